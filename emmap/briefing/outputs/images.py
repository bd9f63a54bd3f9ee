"""Photographs as the files that they were kept as."""

import base64
import re
from collections.abc import Mapping
from typing import Any

_DATA = re.compile(r'href="data:[a-z/]+;base64,([^"]+)"')


def photograph(told: Mapping[str, Any]) -> bytes:
    """The image file that a photograph's SVG wraps."""
    found = _DATA.search(told["svg"])
    if found is None:
        raise ValueError(f"photograph {told['image']} holds no image")
    return base64.b64decode(found[1])
