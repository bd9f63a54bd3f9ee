"""Words of layers that are shown from afar: as counts, and as density."""

WORDS: dict[str, tuple[str, str]] = {
    "density": ("疏密", "Density"),
    "density_none": ("不显示", "Not shown"),
    "hexagons": ("六边形", "hexagons"),
    "heat": ("热力", "heat"),
    "density_few": ("疏", "few"),
    "density_many": ("密", "many"),
    "density_hexagons": (
        "每个六边形内的个数；视野内六边形共 {n} 个对象。",
        "How many lie in a hexagon; {n} in the hexagons in view.",
    ),
    "density_heat": (
        "视野内 {n} 个；最密处每 32 像素见方约 {most} 个，颜色按平方根。",
        "{n} in view; some {most} in the densest square of 32 pixels, on a square-root scale.",
    ),
    "hover_hexagon": ("这里 {n} 个", "{n} here"),
    "distant_list": (
        "{layers}数量很大，放大后才逐条列出；各处计数是准确的。",
        "{layers}: very many. They are listed one by one once you zoom in; every count is exact.",
    ),
    "distant_selected": (
        "{layers}没有计入：数量很大，请放大到能看到所选范围内的每一个。",
        "{layers} not counted: very many. Zoom in until each one in the area is shown.",
    ),
}
