"""Words of layers that are shown from afar: as counts, and as density."""

WORDS: dict[str, tuple[str, str]] = {
    "distant_list": (
        "{layers}数量很大，放大后才逐条列出；各处计数是准确的。",
        "{layers}: very many. They are listed one by one once you zoom in; every count is exact.",
    ),
    "distant_selected": (
        "{layers}没有计入：数量很大，请放大到能看到所选范围内的每一个。",
        "{layers} not counted: very many. Zoom in until each one in the area is shown.",
    ),
}
