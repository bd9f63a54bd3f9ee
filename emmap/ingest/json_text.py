"""JSON as it comes: bytes to what it says."""

import json
from typing import Any

from emmap.errors import Unreadable
from emmap.ingest.tables import decoded


def json_of(content: bytes) -> Any:
    """What a JSON text says, in any encoding that tables come in. Raises `Unreadable`."""
    try:
        return json.loads(decoded(content)[0])
    except (ValueError, RecursionError):
        raise Unreadable(
            "JSON 有语法错误，可能不完整。",
            "The JSON has a syntax error: it may be incomplete.",
            code="malformed_json",
        ) from None
