"""Words of the second clock, on the map page: what was known when."""

WORDS = {
    "known_slider": ("掌握时间 K", "As known at K"),
    "known_slider_meaning": (
        "掌握时间 K：拖动；左右键移动一步，Shift 或 PageUp、PageDown 十步，逗号、句号到上一次、下一次录入，End 为现在掌握；"
        "拖到画面时间上即与它同步",
        "As known at K: drag; arrows move one step, with Shift or PageUp and PageDown ten, comma and full stop go to "
        "the report before and after, End is now; dropped on the picture time it goes along with it",
    ),
    "known_lane": ("掌握时间 K：点击或拖动", "As known at K: click or drag"),
    "known_handle_now": ("K 现在", "K now"),
    "no_report": (
        "这个方向没有更多录入了。",
        "Nothing more was recorded in that direction.",
    ),
    # A feature's life on both clocks
    "late_by_report": ("迟录 {age}", "reported {age} late"),
    "corrected": ("更正", "corrected"),
    "withdrawn_at": ("撤回 {time}", "withdrawn {time}"),
    "lifetimes": (
        "版本图：横为有效时间，竖为录入时间，每块是一个版本；下面的列表是同样的内容",
        "Versions: when they hold across, when they were recorded down, a block each; the list below says the same",
    ),
    "lifetimes_read": (
        "横：何时有效 竖：何时录入（疏密不按比例）。点一下看那一刻，虚线上当时掌握。",
        "Across: when it holds; down: when it was known (not to scale). Click to go there; on the dashed line K = T.",
    ),
    "lifetime": (
        "{state}：有效 {valid}；掌握 {known}",
        "{state}: holds {valid}; known {known}",
    ),
    "lifetime_go": ("，回车看这一版", ", Enter goes there"),
    "since_always": ("起始不详", "start unknown"),
    "until_open": ("未定", "open"),
    "until_now": ("至今", "until now"),
    "axis_now": ("现在", "now"),
    # What was known later
    "hindsight": ("后来变化", "Later"),
    "hindsight_meaning": (
        "在地图上标出画面时间的情况中后来才知道、后来更正和后来撤回的，与现在掌握相比",
        "Mark on the map what of the picture's time was known later, corrected or withdrawn, compared with what is known now",
    ),
    "hindsight_tab": ("后来", "Later"),
    "hindsight_title": ("掌握截至 {k}，与现在掌握相比", "As known at {k}, compared with now"),
    "hindsight_together": (
        "两个时钟都在现在，没有差别可比。",
        "Both clocks stand at now: there is nothing to compare.",
    ),
    "hindsight_none": (
        "没有差别：当时掌握的与现在一样。",
        "No difference: what was known then is what is known now.",
    ),
    "hindsight_appeared": ("后来知道", "Known later"),
    "hindsight_changed": ("后来更正", "Corrected"),
    "hindsight_gone": ("后来撤回", "Withdrawn"),
    "hindsight_appeared_line": ("{time} 录入，迟 {late}", "recorded {time}, {late} late"),
    "hindsight_early_line": ("{time} 录入", "recorded {time}"),
    "hindsight_changed_line": ("{time} 更正：{what}", "corrected {time}: {what}"),
    "hindsight_gone_line": ("{time} 撤回", "withdrawn {time}"),
    "hindsight_from_to": ("{name} {before} → {after}", "{name} {before} → {after}"),
    "hindsight_dashed": ("虚线：画面上没有的", "dashed: not in the picture"),
    "hindsight_ended": (
        "另有 {n} 个当时一样，只是后来才知道何时结束，不标出",
        "{n} more were the same; only when they end was known later: not marked",
    ),
    "hindsight_layers_left": (
        "{layers}太大，不在内；请用 比较",
        "{layers} too large, left out: use Diff",
    ),
    "hindsight_in_view": ("只列视野内", "only in view"),
    "hindsight_of": ("{n} 个", "{n}"),
}
