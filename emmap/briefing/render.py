"""From a spec to bytes: Typst sets the page, with pinned fonts and the spec's own time."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, cast, get_args

import typst

from emmap import __version__
from emmap.briefing.content import content
from emmap.briefing.draw import FONT, city_extent
from emmap.briefing.spec import LONGEST_TITLE, Spec, instant, moment_of, read_spec
from emmap.errors import Malformed, NotFound, SetupError
from emmap.layer import Layer
from emmap.settings import Settings
from emmap.store import answers, briefings
from emmap.store.database import Database
from emmap.store.versions import tick
from emmap.view import KNOWN_THEN, view_of

Format = Literal["pdf", "png", "svg"]
FORMATS: tuple[str, ...] = get_args(Format)
MEDIA_TYPES: Mapping[str, str] = {"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml"}
TEMPLATES = Path(__file__).parent / "templates"
FONT_FILES = tuple(
    Path("/usr/share/fonts/opentype/noto") / name
    for name in ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc")
)
PNG_DPI = 150
ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a briefing still renders to what it was. `differs` names what does not."""

    briefing_id: str
    same: bool
    differs: tuple[str, ...]
    formats: Mapping[str, str]


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
    """Freezes a View into a stored briefing. Its layers tick first, so that K is final.

    Raises `Malformed` for a view or template that cannot be understood.
    """
    if template not in templates():
        raise Malformed(
            f"没有模板 {template[:40]};可用:{', '.join(templates())}。",
            f"There is no template {template[:40]}; there are: {', '.join(templates())}.",
        )
    asked = view_of(view, layers)
    realm = asked.realm or db.default_realm
    chosen = asked.layers if asked.layers is not None else tuple(layers)
    now = datetime.now(UTC)
    at = asked.at or now.replace(microsecond=0)
    then = at if asked.known_at == KNOWN_THEN and asked.at is not None else None
    wanted = then or (asked.known_at if isinstance(asked.known_at, datetime) else None)
    with db.engine("app", realm).begin() as conn:
        known_at = {name: _freeze(conn, name, wanted) for name in sorted(chosen)}
    frozen = replace(
        asked, realm=realm, layers=tuple(chosen), bbox=asked.bbox or city_extent(), at=at, known_at=None
    )
    spec = Spec(
        title=_clean(title) or "应急一张图",
        template=template,
        realm=realm,
        view=frozen.to_query(),
        at=instant(at),
        known_at=known_at,
        current_knowledge=wanted is None,
        created_at=instant(now),
        producing_unit=settings.producing_unit,
        map_approval_number=settings.map_approval_number,
    )
    stored = briefings.Stored(
        briefing_id="".join(secrets.choice(ID_ALPHABET) for _ in range(10)),
        title=spec.title,
        template=template,
        realm=realm,
        spec=spec.canonical(),
        sha256=spec.sha256,
        account=account,
        created_at=now,
    )
    with db.engine("app").begin() as conn:
        briefings.add(conn, stored)
    return stored


def _freeze(conn: Any, layer: str, wanted: datetime | None) -> str | None:
    """The stamp as known at which a layer is answered. The tick makes everything before it final."""
    if answers.stamps(conn).get(layer) is None:
        return None
    stamp = tick(conn, layer)
    return instant(min(wanted, stamp) if wanted else stamp)


def _clean(title: str) -> str:
    """A title on one line, without characters that no font shows."""
    return "".join(c if c.isprintable() else " " for c in title).strip()[:LONGEST_TITLE]


def render(
    db: Database, layers: Mapping[str, Layer], briefing_id: str, format: str, dpi: int = PNG_DPI
) -> bytes:
    """The briefing in a format. The first rendering is remembered by its hash.

    Raises `NotFound`, `Malformed` for a format that does not exist, `SetupError` where a font is missing.
    """
    stored = find(db, briefing_id)
    body = _rendered(db, layers, stored, format, dpi)
    if format != "png" or dpi == PNG_DPI:
        with db.engine("app").begin() as conn:
            briefings.keep_output(conn, briefing_id, format, hashlib.sha256(body).hexdigest(), manifest())
    return body


def find(db: Database, briefing_id: str) -> briefings.Stored:
    """A stored briefing; `NotFound` where there is none."""
    with db.engine("app").connect() as conn:
        stored = briefings.find(conn, briefing_id)
    if stored is None:
        raise NotFound(f"没有简报 {briefing_id[:40]}。", f"There is no briefing {briefing_id[:40]}.")
    return stored


def verify(db: Database, layers: Mapping[str, Layer], briefing_id: str) -> Verdict:
    """Renders again and compares with the first renderings; names what differs."""
    stored = find(db, briefing_id)
    with db.engine("app").connect() as conn:
        first = briefings.outputs(conn, briefing_id)
    differs: list[str] = []
    formats: dict[str, str] = {}
    present = manifest()
    for output in first:
        digest = hashlib.sha256(_rendered(db, layers, stored, output.format, PNG_DPI)).hexdigest()
        formats[output.format] = digest
        if digest == output.sha256:
            continue
        changed = [name for name in present if present[name] != output.manifest.get(name)]
        differs.append(f"{output.format}: {'、'.join(changed) if changed else '数据 / data'}")
    return Verdict(briefing_id, not differs, tuple(differs), formats)


def manifest() -> dict[str, str]:
    """Versions of the software, and hashes of template and fonts, that a rendering depends on."""
    template = "".join(path.read_text(encoding="utf-8") for path in sorted(TEMPLATES.glob("*.typ")))
    return {
        "emmap": __version__,
        "typst": version("typst"),
        "templates": hashlib.sha256(template.encode()).hexdigest(),
        **{path.name: _file_hash(path) for path in FONT_FILES},
    }


def templates() -> list[str]:
    """The names of the templates there are."""
    return sorted(path.stem for path in TEMPLATES.glob("*.typ"))


@lru_cache(maxsize=8)
def _file_hash(path: Path) -> str:
    if not path.exists():
        raise SetupError(
            f"缺少中文字体 {path.name};请安装 fonts-noto-cjk。",
            f"The font {path.name} is missing; install fonts-noto-cjk.",
        )
    return hashlib.sha256(path.read_bytes()).hexdigest()


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    for path in FONT_FILES:
        _file_hash(path)
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(FONT_FILES[0].parent)],
    )
    if FONT not in fonts.families():
        raise SetupError(f"字体 {FONT} 无法读取。", f"The font {FONT} cannot be read.")
    return fonts


def _rendered(
    db: Database, layers: Mapping[str, Layer], stored: briefings.Stored, format: str, dpi: int
) -> bytes:
    if format not in FORMATS:
        raise Malformed(
            f"没有格式 {format[:10]};可用:{', '.join(FORMATS)}。",
            f"No format {format[:10]}; there are: {', '.join(FORMATS)}.",
        )
    spec = read_spec(stored.spec, stored.sha256)
    with db.engine("app", spec.realm).connect() as conn:
        told = content(conn, spec, layers)
    try:
        compiler = typst.Compiler(
            (TEMPLATES / f"{spec.template}.typ").read_bytes(),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(told, ensure_ascii=False, sort_keys=True)},
        )
        body, warnings = compiler.compile_with_warnings(
            format=cast(Format, format),
            ppi=float(dpi),
            pdf_standards=["a-2a"] if format == "pdf" else [],
            timestamp=int(moment_of(spec.created_at).timestamp()),
        )
    except typst.TypstError as error:
        raise Malformed(f"排版失败:{error.message}", f"The page cannot be set: {error.message}") from error
    if refused := [w.message for w in warnings if "font" in w.message.lower()]:
        raise SetupError(f"排版缺字体:{refused[0]}", f"A font is missing: {refused[0]}")
    page = body[0] if isinstance(body, list) else body
    return bytes(page or b"")
