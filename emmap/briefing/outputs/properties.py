"""What an Office file says of itself (ISO/IEC 29500-2, core properties)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def describe(properties: Any, content: Mapping[str, Any], at: datetime) -> None:
    """Title, unit, id, the spec's hash and the briefing's own time, into the core properties of a document or deck."""
    properties.title, properties.author = content["title"], content["producing_unit"] or "emmap"
    properties.last_modified_by, properties.language = properties.author, "zh-CN"
    properties.created = properties.modified = at.replace(tzinfo=None)
    properties.identifier, properties.keywords = content["id"], content["sha256"]
    properties.comments = f"规格 sha256 {content['sha256']}"
