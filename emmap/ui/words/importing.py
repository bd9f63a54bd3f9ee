"""Words of the import page."""

WORDS = {
    "import_title": ("导入文件", "Import a file"),
    "import_intro": (
        "表格、GIS 文件、FIRMS、测站数据和 CAP 消息都可以。先识别、再预览，点了导入才会写入。",
        "Tables, GIS files, FIRMS, gauges and CAP messages. It is recognised, then previewed; only applying it writes.",
    ),
    # Choosing a file
    "import_layer": ("导入到图层", "Into layer"),
    "import_drop": ("把文件拖到这里，或点此选择", "Drop a file here, or click to choose one"),
    "import_kinds": (
        "CSV、XLSX、XLS、ODS、GeoJSON、GeoPackage、Shapefile（zip）、CAP XML",
        "CSV, XLSX, XLS, ODS, GeoJSON, GeoPackage, zipped Shapefile, CAP XML",
    ),
    "import_template": ("下载「{layer}」模板", "Template for {layer}"),
    "import_sending": ("正在上传并识别 {name}…", "Sending and recognising {name}…"),
    "import_another": ("换一个文件", "Another file"),
    # Recognised
    "import_recognised": ("识别结果", "Recognised"),
    "import_is": ("{format} · {rows} 行", "{format} · {rows} rows"),
    "import_header_line": ("表头在第 {n} 行", "header on line {n}"),
    "import_examples": ("另有示例 {n} 行，不导入", "{n} example rows, passed over"),
    "import_habit": (
        "与 {account} 在 {time} 导入的表格相同，已沿用当时的列对应和选项。",
        "The same kind of table as {account} imported at {time}: its columns and options are proposed again.",
    ),
    "import_name": (
        "给这类表格起个名字（可选，下次可选用）",
        "Name this kind of table (optional, to choose it next time)",
    ),
    "import_messages": (
        "消息按内容进入相应图层，没有列要对应。",
        "Each message goes to the layer that claims it; there are no columns to map.",
    ),
    # Columns
    "import_columns": ("列的含义", "What the columns mean"),
    "import_column": ("文件里的列", "Column of the file"),
    "import_cells": ("内容举例", "Some cells"),
    "import_field": ("对应字段", "Field"),
    "import_ignored": ("（不导入）", "(not read)"),
    "import_required": ("必填", "required"),
    "import_missing": (
        "还缺必需的：{fields}。请在下面选出对应的列。",
        "Still missing: {fields}. Choose their columns below.",
    ),
    "import_field_of": ("列「{column}」对应的字段", "Field of column “{column}”"),
    # Datum
    "import_datum": ("坐标系", "Datum"),
    "datum_wgs84": ("WGS 84（卫星定位）", "WGS 84 (GPS)"),
    "datum_cgcs2000": ("CGCS2000（天地图、测绘）", "CGCS2000 (Tianditu, surveys)"),
    "datum_gcj02": ("GCJ-02（高德、腾讯）", "GCJ-02 (Amap, Tencent)"),
    "datum_bd09": ("BD-09（百度）", "BD-09 (Baidu)"),
    "import_datum_sure": ("依据明确", "clear evidence"),
    "import_inside": (
        "{n} / {of} 个点落在自报的区内（{percent}%）",
        "{n} of {of} points lie in the district that they name ({percent}%)",
    ),
    "import_met": (
        "与库中 {n} 个同编号要素相差约 {metres} 米",
        "about {metres} m from {n} features of the same id",
    ),
    "import_datum_unsure": (
        "没有足够的依据判断坐标系（靠近区界、写明所在区的点太少），请向提供方确认；选错会偏约 600 米。",
        "Too little speaks for any datum (few points near a boundary name their district): ask whoever sent it. A wrong one "
        "is off by about 600 m.",
    ),
    "import_no_places": ("没有可判断的坐标。", "There are no coordinates to judge."),
    "import_crs": (
        "文件自带坐标系 {crs}，会自动换算。",
        "The file states its system {crs} and is converted.",
    ),
    # Mode
    "import_mode": ("导入方式", "Mode"),
    "mode_partial": ("增补：只新增和更新", "Partial: adds and changes"),
    "mode_complete": (
        "完整：文件没有提到的要素从现在起结束",
        "Complete: what the file does not mention ends now",
    ),
    # Preview
    "import_preview": ("预览", "Preview"),
    "import_previewing": ("正在预览…", "Previewing…"),
    "import_previewed": ("导入后会怎样", "What applying it would do"),
    "import_stale": ("选项改过了，请重新预览。", "The choices have changed: preview again."),
    "import_applying": ("正在导入…", "Importing…"),
    "import_elapsed": ("{line}（{seconds} 秒）", "{line} ({seconds} s)"),
    "import_apply": ("导入 {n} 行", "Apply {n} rows"),
    "import_apply_none": ("没有要导入的变化", "Nothing would change"),
    "import_discard": ("放弃", "Discard"),
    "import_discarded": ("已放弃，什么都没有写入。", "Discarded; nothing was written."),
    "import_outcome_added": ("新增", "Added"),
    "import_outcome_changed": ("变更", "Changed"),
    "import_outcome_ended": ("结束", "Ended"),
    "import_outcome_unchanged": ("未变", "Unchanged"),
    "import_outcome_rejected": ("拒收", "Rejected"),
    "import_counts": ("各类数量", "Counts by outcome"),
    "import_some": ("列出 {n} 个，共 {of} 个", "{n} of {of} listed"),
    "import_none": ("没有。", "None."),
    "import_id": ("编号", "Id"),
    "import_what": ("名称", "Name"),
    "import_differs": ("变化", "What differs"),
    "import_reason": ("原因", "Reason"),
    "import_row_number": ("次", "Run"),
    "import_valid_from": ("有效期起", "Valid from"),
    "import_valid_to": ("有效期止", "Valid to"),
    "import_row": ("行", "Row"),
    "import_before_after": ("{field}：{before} → {after}", "{field}: {before} → {after}"),
    "import_returns": (
        "曾经有过，后来撤回或取消，现在重新出现",
        "known before, then taken back; now it returns",
    ),
    "import_moved": ("位置有变", "place differs"),
    "import_personal": ("个人信息有变", "personal data differ"),
    "import_nothing": ("空", "empty"),
    "import_abroad": ("其中 {n} 行在广东省外", "{n} of them lie outside Guangdong"),
    "import_map": (
        "预览地图：新增 {added}，变更 {changed}，结束 {ended}",
        "Preview map: {added} added, {changed} changed, {ended} ended",
    ),
    "import_map_cut": ("每类最多画 {n} 个", "at most {n} of each are drawn"),
    "import_zoom_in": ("放大", "Zoom in"),
    "import_zoom_out": ("缩小", "Zoom out"),
    "import_zoom_all": ("全部", "All"),
    "import_map_keys": (
        "拖动或方向键平移，滚轮或加减键缩放",
        "Drag or arrow keys move, wheel or + and − zoom",
    ),
    # Done
    "import_done": (
        "已导入（第 {run} 次）：新增 {added}，变更 {changed}，未变 {unchanged}，结束 {ended}，拒收 {rejected}。",
        "Imported (run {run}): {added} added, {changed} changed, {unchanged} unchanged, {ended} ended, {rejected} rejected.",
    ),
    "import_mend": (
        "下载拒收的 {n} 行，改好后再导入",
        "Download the {n} rejected rows, mend them and import them again",
    ),
    # Past imports
    "import_past": ("导入记录", "Past imports"),
    "import_when": ("时间", "Time"),
    "import_who": ("谁", "Who"),
    "import_file": ("文件", "File"),
    "import_layer_short": ("图层", "Layer"),
    "import_result": ("结果", "Result"),
    "import_acts": ("操作", "Acts"),
    "import_counted": (
        "新增 {added} · 变更 {changed} · 结束 {ended} · 拒收 {rejected}",
        "{added} added · {changed} changed · {ended} ended · {rejected} rejected",
    ),
    "import_withdrew": (
        "撤回第 {run} 次：恢复 {restored} · 移除 {removed} · 未动 {left}",
        "Withdrew run {run}: {restored} restored · {removed} removed · {left} left",
    ),
    "import_withdrawn": ("已撤回", "Withdrawn"),
    "import_withdraw": ("撤回", "Withdraw"),
    "import_withdraw_ask": (
        "撤回后，这次导入改动的要素回到导入前的状态；后来又改过的保持不动。历史不会删除。",
        "Features that this import changed go back to what they were; those changed since stay. No history is deleted.",
    ),
    "import_withdraw_yes": ("确认撤回", "Withdraw it"),
    "import_withdraw_no": ("不撤回", "Keep it"),
    "import_withdraw_done": (
        "已撤回第 {run} 次导入：恢复 {restored} 个，移除 {removed} 个。",
        "Import {run} is withdrawn: {restored} restored, {removed} removed.",
    ),
    "import_withdraw_left": (
        "{n} 个后来又改过，没有动：{features}。",
        "{n} were changed since and stay: {features}.",
    ),
    "import_rejected_short": ("拒收行", "Rejected rows"),
    "import_older": ("更早的", "Older"),
    "import_past_none": ("还没有导入过。", "Nothing has been imported yet."),
}
