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
}
