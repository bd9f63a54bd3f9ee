"""A file that a person dropped, looked at: what it is, and what the store knows that helps to understand it."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from emmap.ingest.evidence import Evidence, weigh
from emmap.ingest.headers import COMMON, DISTRICT, GEOMETRY, ID, LAT, LON, VALID_FROM, VALID_TO
from emmap.ingest.recognise import Recognised, present, recognise
from emmap.layer import Layer
from emmap.store import changes, drafts
from emmap.store.drafts import Habit

_BY_HEADER, _BY_NAME = "#", "="
"""How the key of a habit begins."""


def look(
    conn: Connection, layer: Layer, file_name: str, content: bytes, limit: int, *, name: str = ""
) -> dict[str, Any]:
    """What a file is: how it is written, its columns and what they seem to mean, the datum with its evidence, and how
    this kind of table was last imported, by `name` or else by its header. `limit`: bytes that an archive may unpack to.
    Raises `Unreadable`, `TooLarge`, `Malformed`."""
    found = recognise(layer, file_name, content, {}, limit)
    habit = (drafts.habit(conn, layer.id, _BY_NAME + name) if name else None) or drafts.habit(
        conn, layer.id, header_key(found.signature)
    )
    if habit is not None:
        mapping = present(habit.options.get("mapping") or {}, found.header)
        found = recognise(layer, file_name, content, mapping, limit)
    evidence = _evidence(conn, layer, found)
    return {
        "format": found.format,
        "found": asdict(found.found),
        "rows": found.rows,
        "examples": found.examples,
        "columns": [asdict(column) for column in found.columns],
        "missing": list(found.missing),
        "crs": found.crs,
        "fields": _fields(layer),
        "datum": _datum(evidence, habit),
        "evidence": asdict(evidence) if evidence else None,
        "mode": habit.options.get("mode", "partial") if habit else "partial",
        "habit": _told(habit),
        "names": [key.removeprefix(_BY_NAME) for key in drafts.habits(conn, layer.id, _BY_NAME)],
    }


def header_key(signature: str) -> str:
    """The key of the habit for tables of this header."""
    return _BY_HEADER + signature


def name_key(name: str) -> str:
    """The key of the habit that a person named."""
    return _BY_NAME + name


def _evidence(conn: Connection, layer: Layer, found: Recognised) -> Evidence | None:
    if found.points is None or not len(found.points.ids):
        return None
    named = [one for one in found.points.ids if one]
    return weigh(found.points, changes.places(conn, layer.id, named) if named else {})


def _datum(evidence: Evidence | None, habit: Habit | None) -> str:
    """Clear evidence goes before habit, habit before a guess."""
    if evidence is not None and evidence.sure:
        kept = habit.options.get("datum") if habit else None
        return "cgcs2000" if kept == "cgcs2000" and evidence.datum == "wgs84" else evidence.datum
    return str(habit.options.get("datum", "wgs84")) if habit else "wgs84"


def _fields(layer: Layer) -> list[dict[str, Any]]:
    """What a column may mean."""
    titles = [(ID, not layer.natural_key)]
    titles += [(name, False) for name in (LON, LAT, GEOMETRY, DISTRICT, VALID_FROM, VALID_TO)]
    common = [
        {"name": name, "zh": COMMON[name].zh, "en": COMMON[name].en, "required": required}
        for name, required in titles
    ]
    own = [
        {"name": one.name, "zh": one.info.zh, "en": one.info.en, "required": one.required}
        for one in layer.fields.values()
    ]
    return [common[0], *own, *common[1:]]


def _told(habit: Habit | None) -> dict[str, Any] | None:
    if habit is None:
        return None
    name = habit.key.removeprefix(_BY_NAME) if habit.key.startswith(_BY_NAME) else ""
    return {"name": name, "account": habit.account, "used_at": habit.used_at.isoformat()}
