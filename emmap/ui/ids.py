"""Ids of the page's components, named once. The browser modules use the same."""

THEME = "theme"
PAGE = "page"
WORDS = "page-words"
MAP = "map"
SHAPES = "shapes"
"""Prefix of the GeoJSON component of a layer: `shapes-<layer>`."""
SIDE_TABS = "side-tabs"
EXPORT = "export"
ORIGINAL = "original"
DETAILS = "details"
DETAILS_BODY = "details-body"
DETAILS_REQUEST = "details-request"


def shapes_of(layer_id: str) -> str:
    """Id of the component that draws a layer's lines and areas."""
    return f"{SHAPES}-{layer_id}"
