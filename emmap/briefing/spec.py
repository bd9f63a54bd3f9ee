"""A briefing's spec: a View frozen to instants and stamps, and all that the page needs besides the store.

Rendering reads nothing but the spec, the versions known at its stamps, and the templates and fonts whose hashes the
manifest names.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from emmap.errors import Conflict
from emmap.view import View

LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Spec:
    """What a briefing showed. `view` is the View's text form with realm, layers, extent and T written out;
    `known_at` maps each layer to the stamp (RFC 3339) as known at which it is answered, None for a layer that had
    never been written. Instants RFC 3339."""

    title: str
    template: str
    realm: str
    view: str
    at: str
    known_at: Mapping[str, str | None]
    current_knowledge: bool
    created_at: str
    producing_unit: str
    map_approval_number: str

    def canonical(self) -> str:
        """The text that is stored and hashed: sorted keys, no spare blanks."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @property
    def sha256(self) -> str:
        """Hash of the canonical text, hex."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()


def read_spec(text: str, sha256: str) -> Spec:
    """The spec of a stored text. `Conflict` where the text is not the one that was hashed."""
    if hashlib.sha256(text.encode()).hexdigest() != sha256:
        raise Conflict(
            "保存的简报内容与其校验值不符,可能被改动过。",
            "The stored spec does not match its hash: it may have been altered.",
            code="altered_spec",
        )
    return Spec(**json.loads(text))


def moment_of(text: str) -> datetime:
    """An instant of a spec, aware UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def instant(at: datetime) -> str:
    """An instant as a spec holds it: UTC with six decimals."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def without_extent(view: View) -> dict[str, Any]:
    """The filters of a View, for words and counts."""
    return {
        "hazard": view.hazard,
        "severity": view.severity,
        "status": view.status,
        "district": view.district,
        "q": view.q,
        **view.fields,
    }
