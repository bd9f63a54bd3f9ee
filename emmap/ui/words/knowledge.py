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
}
