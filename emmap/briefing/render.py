"""Stored briefings: freezing a View, rendering it again to the same bytes, and proving that it is the same."""

import hashlib
import json
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

from emmap import __version__
from emmap.briefing import base_map, fonts
from emmap.briefing.content import answered, content, digest
from emmap.briefing.spec import Knowledge, Spec, instant, moment_of, read_spec
from emmap.briefing.typeset import Format, templates, typeset
from emmap.codes import DATA
from emmap.errors import Malformed, NotFound
from emmap.layer import Layer, style_table
from emmap.settings import Settings
from emmap.store import briefings, inbox, migrate, source_states
from emmap.store.database import Database
from emmap.store.present import present
from emmap.view import KNOWN_THEN, View, view_of

FORMATS: tuple[str, ...] = get_args(Format)
MEDIA_TYPES: Mapping[str, str] = {"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml"}
PNG_DPI = 150
DPIS = (96, 150, 300)
LONGEST_TITLE = 80
DEFAULT_TITLE = "应急一张图"
ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
ID_LENGTH = 12
"""Letters of an id: 59 bits, which nobody guesses, and no two that look alike."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a briefing still renders to what it was. `differs` names what does not, by output; `formats` the
    hash of each output now."""

    briefing_id: str
    same: bool
    differs: tuple[str, ...]
    formats: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Rendered:
    body: bytes
    manifest: Mapping[str, str]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


def create(
    db: Database,
    layers: Mapping[str, Layer],
    settings: Settings,
    *,
    title: str,
    view: Mapping[str, Any],
    template: str = "map",
    account: str,
) -> briefings.Stored:
    """Freezes a View into a stored briefing and renders it once, as PDF. Its layers tick first, so that K is final.

    Raises `Malformed` for a title, view or template that cannot be used, `NotFound` for an unknown realm.
    """
    if template not in templates():
        raise Malformed(
            f"没有模板 {template[:40]}；可用：{', '.join(templates())}。",
            f"There is no template {template[:40]}; there are: {', '.join(templates())}.",
        )
    asked = view_of(view, layers)
    realm = asked.realm or db.default_realm
    if realm not in migrate.realms(db, as_role="app"):
        raise NotFound(f"没有库 {realm}。", f"There is no realm {realm}.", code="unknown_realm")
    spec = _frozen(db, layers, settings, asked, realm, title=_checked_title(title), template=template)
    stored = briefings.Stored(
        briefing_id="".join(secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH)),
        title=spec.title,
        template=template,
        realm=realm,
        spec=spec.canonical(),
        sha256=spec.sha256,
        account=account,
        created_at=moment_of(spec.created_at),
    )
    first = _rendered(db, layers, stored, "pdf", PNG_DPI)
    with db.engine("app").begin() as conn:
        briefings.add(conn, stored)
        briefings.keep_output(conn, stored.briefing_id, "pdf", first.sha256, first.manifest)
    return stored


def _frozen(
    db: Database,
    layers: Mapping[str, Layer],
    settings: Settings,
    asked: View,
    realm: str,
    *,
    title: str,
    template: str,
) -> Spec:
    """The View with nothing left open: realm, layers, extent, T, and K as a vector of stamps."""
    now = datetime.now(UTC)
    with db.engine("app", realm).connect() as conn:
        at = asked.at or present(conn).replace(microsecond=0)
    chosen = asked.layers if asked.layers is not None else tuple(one.id for one in asked.chosen(layers))
    wanted: datetime | None = None
    knowledge: Knowledge = "now"
    if isinstance(asked.known_at, datetime):
        wanted, knowledge = asked.known_at, "fixed"
    elif asked.known_at == KNOWN_THEN and asked.at is not None:
        wanted, knowledge = asked.at, "then"
    known_at = {name: _stamp(db, realm, name, wanted) for name in sorted(chosen)}
    with db.engine("app", realm).connect() as conn:
        vouching = source_states.vouching(conn)
        heard = inbox.last_success(conn) | {name: one.last_success_at for name, one in vouching.items()}
    box = asked.bbox or base_map.city_extent()
    # The page shows what the map shows; an area is a question beside it.
    whole = replace(asked, realm=realm, layers=chosen, bbox=box, area=None, at=at, known_at=None)
    return Spec(
        title=title,
        template=template,
        realm=realm,
        view=whole.to_query(),
        at=instant(at),
        known_at=known_at,
        knowledge=knowledge,
        live=asked.live,
        created_at=instant(now),
        producing_unit=settings.producing_unit,
        map_approval_number=settings.map_approval_number,
        heard={name: instant(last) for name in sorted(chosen) if (last := heard.get(name))},
        expected_s={n: vouching[n].expected.total_seconds() for n in sorted(chosen) if n in vouching},
    )


def _stamp(db: Database, realm: str, layer: str, wanted: datetime | None) -> str | None:
    """The stamp as known at which a layer is answered; None for one that was never written."""
    committed = briefings.final_stamp(db, realm, layer)
    if committed is None:
        return None
    return instant(min(wanted, committed) if wanted else committed)


def _checked_title(title: str) -> str:
    """The title on one line. `Malformed` where it is too long or holds what the font cannot print."""
    plain = "".join(one for one in title if one.isspace() or unicodedata.category(one) not in ("Cc", "Cf"))
    line = re.sub(r"\s+", " ", plain).strip()
    if len(line) > LONGEST_TITLE:
        raise Malformed(
            f"标题过长（{len(line)} 字）；最多 {LONGEST_TITLE} 字。",
            f"The title is too long ({len(line)} characters); at most {LONGEST_TITLE}.",
        )
    if missing := fonts.lacking(line):
        raise Malformed(
            f"标题中的「{''.join(missing[:10])}」字库没有，印不出来；请换一个字。",
            f"The font lacks “{''.join(missing[:10])}” of the title; use another character.",
        )
    return line or DEFAULT_TITLE


def find(db: Database, briefing_id: str) -> briefings.Stored:
    """A stored briefing; `NotFound` where there is none."""
    with db.engine("app").connect() as conn:
        stored = briefings.find(conn, briefing_id)
    if stored is None:
        raise NotFound(f"没有简报 {briefing_id[:40]}。", f"There is no briefing {briefing_id[:40]}.")
    return stored


def render(
    db: Database, layers: Mapping[str, Layer], briefing_id: str, format: str, dpi: int = PNG_DPI
) -> bytes:
    """The briefing in a format; `dpi` is of PNG. The first rendering of each is remembered by its hash.

    Raises `NotFound` for a briefing or format that does not exist, `Malformed` for a resolution, `SetupError` where
    a font is missing.
    """
    _check_format(format, dpi)
    stored = find(db, briefing_id)
    found = _rendered(db, layers, stored, format, dpi)
    with db.engine("app").begin() as conn:
        briefings.keep_output(conn, briefing_id, _output(format, dpi), found.sha256, found.manifest)
    return found.body


def mark(db: Database, layers: Mapping[str, Layer], briefing_id: str, format: str, dpi: int = PNG_DPI) -> str:
    """What the bytes of an output depend on, as a hash; raises like `render`."""
    _check_format(format, dpi)
    stored = find(db, briefing_id)
    spec = read_spec(stored.spec, stored.sha256)
    told = [stored.sha256, format, dpi, dict(manifest()), _declared(layers, spec)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _check_format(format: str, dpi: int) -> None:
    if format not in FORMATS:
        raise NotFound(
            f"简报没有 {format[:10]} 格式；可用：{', '.join(FORMATS)}。",
            f"A briefing has no format {format[:10]}; there are: {', '.join(FORMATS)}.",
        )
    if dpi not in DPIS:
        told = ", ".join(map(str, DPIS))
        raise Malformed(f"dpi 只能是 {told}。", f"dpi is one of {told}.")


def verify(db: Database, layers: Mapping[str, Layer], briefing_id: str) -> Verdict:
    """Renders every output again and compares it with the first; names what differs."""
    stored = find(db, briefing_id)
    with db.engine("app").connect() as conn:
        first = briefings.outputs(conn, briefing_id)
    differs: list[str] = []
    formats: dict[str, str] = {}
    for output in first:
        format, _, dpi = output.format.partition("-")
        found = _rendered(db, layers, stored, format, int(dpi or PNG_DPI))
        formats[output.format] = found.sha256
        if found.sha256 == output.sha256:
            continue
        changed = [
            f"{name} {str(output.manifest.get(name, '–'))[:12]} → {now[:12]}"
            for name, now in found.manifest.items()
            if output.manifest.get(name) != now
        ]
        differs.append(f"{output.format}: {'; '.join(changed) or '原因不明 / for no known reason'}")
    return Verdict(briefing_id, not differs, tuple(differs), formats)


def _output(format: str, dpi: int) -> str:
    """The name under which an output is remembered."""
    return f"{format}-{dpi}" if format == "png" and dpi != PNG_DPI else format


def _rendered(
    db: Database, layers: Mapping[str, Layer], stored: briefings.Stored, format: str, dpi: int
) -> _Rendered:
    spec = read_spec(stored.spec, stored.sha256)
    with db.engine("app", spec.realm).connect() as conn:
        view, found = answered(conn, spec, layers)
    told = content(spec, stored.briefing_id, view, found)
    body = typeset(spec.template, told, format, dpi=dpi, at=moment_of(spec.created_at))
    return _Rendered(body, {**manifest(), "layers": _declared(layers, spec), "data": digest(found)})


@lru_cache(maxsize=1)
def manifest() -> Mapping[str, str]:
    """What a rendering depends on besides spec and data: versions of the software, hashes of the drawing code with
    its templates, the base map and the fonts."""
    return {
        "emmap": __version__,
        "typst": version("typst"),
        "drawing": _files(
            sorted(Path(__file__).parent.rglob("*.py")) + sorted(Path(__file__).parent.rglob("*.typ"))
        ),
        "base_map": _files(sorted(DATA.glob("*.geojson"))),
        **fonts.digests(),
    }


def _files(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


def _declared(layers: Mapping[str, Layer], spec: Spec) -> str:
    """Hash of how the spec's layers are named and look."""
    told = [
        (name, layers[name].title.zh, layers[name].attribution, style_table(layers[name]))
        for name in sorted(spec.known_at)
        if name in layers
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
