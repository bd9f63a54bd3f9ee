"""Words of the sources page."""

WORDS = {
    "sources_title": ("来源", "Sources"),
}
