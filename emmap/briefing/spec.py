"""A briefing's spec: a View frozen to instants and stamps, and all that the page needs besides the store.

Rendering reads nothing but the spec, the versions known at its stamps, and the software, templates, boundaries and
fonts that the manifest names.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Literal

from emmap.errors import Conflict

Knowledge = Literal["now", "then", "fixed"]
"""How K was asked for: what is known now, what was known at T (当时掌握), or at an instant of its own."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What a briefing shows. `view` is the View's text form with realm, layers, extent and T written out;
    `known_at` maps each layer to the stamp (RFC 3339) as known at which it is answered, None for a layer that had
    never been written; `live`: T and K were now; `heard`: when something last came in for each layer, by the wall
    clock; `expected_s`: where a source vouches for a layer, for how long it may be silent, in seconds. Instants
    RFC 3339, UTC."""

    title: str
    template: str
    realm: str
    view: str
    at: str
    known_at: Mapping[str, str | None]
    knowledge: Knowledge
    live: bool
    created_at: str
    producing_unit: str
    map_approval_number: str
    heard: Mapping[str, str] = field(default_factory=dict)
    expected_s: Mapping[str, float] = field(default_factory=dict)

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
            "保存的简报内容与其校验值不符，可能被改动过；请从备份核对。",
            "The stored spec does not match its hash: it may have been altered. Compare it with a backup.",
            code="altered_spec",
        )
    try:
        return Spec(**json.loads(text))
    except TypeError as error:
        raise Conflict(
            "这份简报由不同版本的 emmap 保存，本版本无法读取。",
            "This briefing was stored by another version of emmap, and this one cannot read it.",
            code="foreign_spec",
        ) from error


def moment_of(text: str) -> datetime:
    """An instant of a spec, aware UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def instant(at: datetime) -> str:
    """An instant as a spec holds it: UTC with six decimals."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
