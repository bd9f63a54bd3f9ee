"""A briefing's spec: a View frozen to instants and stamps, and all that the page needs besides the store.

Rendering reads nothing but the spec, the versions known at its stamps, the photographs that it names by hash, and the
software, templates, boundaries and fonts that the manifest names.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from emmap.briefing.sight import Knowledge, Sight, instant, moment_of
from emmap.errors import Conflict

__all__ = ["Knowledge", "Sight", "Spec", "instant", "moment_of", "read_spec"]


@dataclass(frozen=True, slots=True)
class Spec:
    """What a briefing shows. The first sight is its own (`view` to `live`, see `Sight`); `heard` and `expected_s` as
    in `Data`. `taken_at`: when its data were taken, `stamps`: of every layer then, `measured_at`: of measurements;
    `created_at`: the time written into the document.

    Of a composed briefing: `paper`; `header`: masthead, office and the like by name; `blocks`: as in the draft's body,
    each `view` of theirs replaced by a `sight`; `number`: series, year, issue and total, None until it is signed;
    `signed`: who drafted, checked and signed; `corrects`: the id of the briefing that this one replaces;
    `record_url`: where its record is read. Instants RFC 3339, UTC.
    """

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
    taken_at: str = ""
    stamps: Mapping[str, str | None] = field(default_factory=dict)
    measured_at: str = ""
    paper: str = ""
    header: Mapping[str, str] = field(default_factory=dict)
    blocks: Sequence[Mapping[str, Any]] = ()
    number: Mapping[str, Any] | None = None
    signed: Mapping[str, str] = field(default_factory=dict)
    corrects: str = ""
    record_url: str = ""

    @property
    def sight(self) -> Sight:
        """The briefing's own sight."""
        return Sight(self.view, self.at, self.known_at, self.knowledge, self.live)

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
