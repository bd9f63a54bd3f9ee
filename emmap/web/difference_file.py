"""What differs between two Views, all of it, as a file: a table (CSV) or a layer (GeoJSON)."""

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from emmap.codes import SEVERITIES, districts
from emmap.ingest.formulas import tamed
from emmap.layer import Layer
from emmap.store.answers import Moment
from emmap.store.differences import Differing, State
from emmap.store.points import stamp_text
from emmap.ui.times import beijing
from emmap.ui.words import word

SIDES = ("before", "after")


def write_table(
    path: Path, layer: Layer, found: Iterable[Differing], *, realm: str, lang: str, apart: str
) -> int:
    """A CSV in UTF-8 with a byte-order mark, codes by their names, times of Beijing; answers how many rows it has.
    `apart`: in what both sides are, see `differences.apart`."""
    heads = [word(f"difference_{name}", lang) for name in ("kind", "id", "name", "districts")]
    for name in ("severity", "status", "valid_from", "valid_to", "recorded_at"):
        heads += [
            word(
                "difference_of_side",
                lang,
                what=word(f"difference_{name}", lang),
                side=word(f"compare_{side}", lang),
            )
            for side in SIDES
        ]
    heads += [word(f"difference_{name}", lang) for name in ("lon", "lat")]
    if realm != "real":
        heads[0] = word("exercise_mark", lang) + heads[0]
    levels = {str(code.code): str(getattr(code, lang)) for code in SEVERITIES}
    statuses = {
        str(choice.code): str(getattr(choice, lang))
        for field in layer.fields.values()
        if field.name == "status"
        for choice in field.info.choices
    }
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        for one in found:
            states = (one.left, one.right)
            cells = [
                word(f"{apart}_{one.kind}", lang),
                one.feature_id,
                layer.title_of(one.properties, lang),
                word("list_join", lang).join(str(getattr(districts()[code], lang)) for code in one.districts),
            ]
            cells += [levels[str(state.severity)] if state else "" for state in states]
            cells += [
                statuses.get(state.status or "", state.status or "") if state else "" for state in states
            ]
            for instant in ("valid_from", "valid_to", "recorded_at"):
                cells += [_beijing(getattr(state, instant)) if state else "" for state in states]
            cells += ["" if degrees is None else f"{degrees:.7f}" for degrees in (one.lon, one.lat)]
            writer.writerow([tamed(cell) for cell in cells])
            count += 1
    return count


def write_layer(
    path: Path, layer: Layer, found: Iterable[Differing], *, realm: str, sides: tuple[Moment, Moment]
) -> int:
    """A GeoJSON FeatureCollection; each feature's properties are its fields and, with `_before` and `_after`, both its
    states. Answers how many features it has."""
    head = {
        "type": "FeatureCollection",
        "realm": realm,
        "exercise": realm != "real",
        "layer": layer.id,
        **{
            name: {"at": stamp_text(side.at), "known_at": stamp_text(side.known_at)}
            for name, side in zip(("left", "right"), sides, strict=True)
        },
    }
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{json.dumps(head, ensure_ascii=False)[:-1]}, "features": [')
        for one in found:
            file.write(",\n" if count else "\n")
            file.write(json.dumps(_feature(layer, one), ensure_ascii=False))
            count += 1
        file.write("\n]}\n")
    return count


def _feature(layer: Layer, one: Differing) -> dict[str, Any]:
    both = {
        f"{name}_{side}": value
        for side, state in zip(SIDES, (one.left, one.right), strict=True)
        for name, value in _told(state)
    }
    return {
        "type": "Feature",
        "id": one.feature_id,
        "geometry": json.loads(one.place) if one.place else None,
        "properties": {
            **one.properties,
            "title": layer.title_of(one.properties, "zh") or one.feature_id,
            "districts": list(one.districts),
            "kind": one.kind,
            **both,
        },
    }


def _told(state: State | None) -> Iterator[tuple[str, Any]]:
    for name in ("severity", "status"):
        yield name, getattr(state, name, None)
    for name in ("valid_from", "valid_to", "recorded_at"):
        yield name, stamp_text(getattr(state, name, None))


def _beijing(at: datetime | None) -> str:
    return "" if at is None else beijing(at, seconds=True)
