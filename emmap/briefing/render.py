"""Stored briefings: freezing a View, and rendering it again to the same bytes."""

import hashlib
import json
import re
import secrets
import sqlite3
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from emmap import __version__
from emmap.briefing import fonts, parts
from emmap.briefing import template as templates
from emmap.briefing.answering import Asked, realm_of
from emmap.briefing.content import content
from emmap.briefing.desk.drafting import first_body
from emmap.briefing.freeze import checked_title, spec_of
from emmap.briefing.outputs.formats import FORMATS, OF_A_PAGE, made
from emmap.briefing.sight import instant, moment_of, take
from emmap.briefing.spec import Spec, read_spec
from emmap.briefing.template import SHEET
from emmap.codes import DATA
from emmap.errors import Malformed, NotFound
from emmap.layer import Layer, style_table
from emmap.settings import Settings
from emmap.store import briefings
from emmap.store.briefing_evidence import versions_hash
from emmap.store.database import Database
from emmap.view import view_of

PNG_DPI = 150
DPIS = (96, 150, 300)
ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
ID_LENGTH = 12
"""Letters of an id: 59 bits, which nobody guesses, and no two that look alike."""


VERSIONS = "versions "
"""Begins the name of a manifest's entry that hashes the versions of a layer: `versions LAYER T K FILTERS`."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """An output's bytes, and what they depend on besides the spec."""

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
    template: str = SHEET,
    account: str,
) -> briefings.Stored:
    """Freezes a View into a stored briefing as its template composes it at first, and renders it once, as PDF. Its
    layers tick first, so that K is final.

    Raises `Malformed` for a title, view or template that cannot be used, `NotFound` for an unknown realm.
    """
    declared = templates.template(template)
    title = checked_title(title) if title.strip() or template == SHEET else ""
    asked = view_of(view, layers)
    data = take(db, asked.realm, layers)
    body = first_body(db, layers, settings, named=declared.name, view=view, title=title, data=data)
    spec = spec_of(body, data, layers, settings, signed={"drafted_by": account})
    stored = stored_of(spec, account=account, drafted_by=account)
    with db.engine("app").begin() as conn:
        keep(conn, db, layers, stored)
    return stored


def stored_of(spec: Spec, *, account: str, briefing_id: str = "", **more: Any) -> briefings.Stored:
    """A briefing of this spec. `more`: what else `Stored` has, of one that is signed."""
    return briefings.Stored(
        briefing_id=briefing_id or new_id(),
        title=spec.title,
        template=spec.template,
        realm=spec.realm,
        spec=spec.canonical(),
        sha256=spec.sha256,
        account=account,
        created_at=moment_of(spec.created_at),
        corrects=spec.corrects or None,
        **more,
    )


def keep(conn: Connection, db: Database, layers: Mapping[str, Layer], stored: briefings.Stored) -> None:
    """Stores a briefing, rendered once as PDF: what cannot be set is refused before anything is stored. The manifest of
    this first rendering hashes the versions behind it."""
    first = rendered(db, layers, stored, "pdf", proving=True)
    briefings.add(conn, stored)
    briefings.keep_output(conn, stored.briefing_id, "pdf", first.sha256, first.manifest)


def number_as_json(number: briefings.Number | None) -> dict[str, Any] | None:
    """A number as specs and answers hold it."""
    return asdict(number) if number else None


def new_id() -> str:
    """An id that nobody guesses."""
    return "".join(secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH))


def find(db: Database, briefing_id: str) -> briefings.Stored:
    """A stored briefing; `NotFound` where there is none."""
    with db.engine("app").connect() as conn:
        stored = briefings.find(conn, briefing_id)
    if stored is None:
        raise NotFound(f"没有简报 {briefing_id[:40]}。", f"There is no briefing {briefing_id[:40]}.")
    return stored


def render(
    db: Database,
    layers: Mapping[str, Layer],
    briefing_id: str,
    format: str,
    dpi: int = PNG_DPI,
    page: int = 1,
) -> bytes:
    """The briefing in a format; `dpi` is of PNG, `page` of PNG and SVG. The first rendering of each is remembered by its
    hash.

    Raises `NotFound` for a briefing or format that does not exist, `Malformed` for a resolution, `SetupError` where
    a font is missing.
    """
    _check_format(format, dpi, page)
    stored = find(db, briefing_id)
    output = _output(format, dpi, page)
    found = rendered(db, layers, stored, output)
    with db.engine("app").begin() as conn:
        briefings.keep_output(conn, briefing_id, output, found.sha256, found.manifest)
    return found.body


def mark(
    db: Database,
    layers: Mapping[str, Layer],
    briefing_id: str,
    format: str,
    dpi: int = PNG_DPI,
    page: int = 1,
) -> str:
    """What the bytes of an output depend on, as a hash; raises like `render`."""
    _check_format(format, dpi, page)
    stored = find(db, briefing_id)
    spec = read_spec(stored.spec, stored.sha256)
    told = [stored.sha256, format, dpi, page, dict(manifest()), _declared(layers, spec)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _check_format(format: str, dpi: int, page: int) -> None:
    if format not in FORMATS:
        raise NotFound(
            f"简报没有 {format[:10]} 格式；可用：{', '.join(FORMATS)}。",
            f"A briefing has no format {format[:10]}; there are: {', '.join(FORMATS)}.",
        )
    if dpi not in DPIS:
        told = ", ".join(map(str, DPIS))
        raise Malformed(f"dpi 只能是 {told}。", f"dpi is one of {told}.")
    if page < 1:
        raise Malformed("页码从 1 数起。", "Pages are counted from 1.")


def _output(format: str, dpi: int, page: int) -> str:
    """The name under which an output is remembered: `png-300-p2`."""
    resolution = f"-{dpi}" if format == "png" and dpi != PNG_DPI else ""
    return f"{format}{resolution}" + (f"-p{page}" if format in OF_A_PAGE and page != 1 else "")


def _read_output(name: str) -> tuple[str, int, int]:
    """Format, resolution and page of a remembered output."""
    format, *rest = name.split("-")
    dpi = next((int(one) for one in rest if one.isdigit()), PNG_DPI)
    page = next((int(one[1:]) for one in rest if one.startswith("p")), 1)
    return format, dpi, page


def rendered(
    db: Database, layers: Mapping[str, Layer], stored: briefings.Stored, output: str, *, proving: bool = False
) -> Rendered:
    """An output, by the name that it is remembered under. With `proving` its manifest hashes the versions behind it.
    Raises `Gone` where the realm was dropped, or a layer, template or kind of block removed."""
    format, dpi, page = _read_output(output)
    spec = read_spec(stored.spec, stored.sha256)
    parts.check(spec, layers)
    with realm_of(db, spec) as conn:
        asked = Asked(conn, spec, layers, stored.briefing_id)
        told = content(asked)
        body = made(asked, told, manifest(), format, dpi=dpi, page=page)
        proofs = _versions(asked) if proving else {}
    depends = {**manifest(), "layers": _declared(layers, spec), "data": asked.digest, **proofs}
    if format == "pdf":
        depends["pages"] = _pages_of(body)
    return Rendered(body, depends)


def _pages_of(pdf: bytes) -> str:
    """How many pages a PDF of Typst's has, as its root of pages says."""
    found = re.search(rb"/Type\s*/Pages\s*/Count (\d+)", pdf)
    return found[1].decode() if found else ""


def _versions(asked: Asked) -> dict[str, str]:
    """The hash of the versions that each question was answered from; where one asked for all of a layer, that alone."""
    return {
        f"{VERSIONS}{layer} {instant(moment.at)} {instant(moment.known_at)} {query}".rstrip(): versions_hash(
            asked.conn, asked.layers[layer], filters, moment
        )
        for (layer, query, moment), filters in asked.questions.items()
        if not query or (layer, "", moment) not in asked.questions
    }


@lru_cache(maxsize=1)
def manifest() -> Mapping[str, str]:
    """What a rendering depends on besides spec and data: versions of the software, hashes of the drawing code with
    its templates, the base map and the fonts."""
    return {
        "emmap": __version__,
        **{name: version(name) for name in ("typst", "python-pptx", "python-docx", "pyogrio")},
        # They write archives and GeoPackages, and come with Python.
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "sqlite": sqlite3.sqlite_version,
        "drawing": _files(
            [
                path
                for kind in ("py", "typ", "toml")
                for path in sorted(Path(__file__).parent.rglob(f"*.{kind}"))
            ]
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
