"""Warnings, responses and incidents of a scenario as a table tells them: a row is a state, a later row of the same id and
start corrects the earlier one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from emmap.codes import SEVERITIES, districts, hazards
from emmap.exercise.ground import Ground, point
from emmap.exercise.knowledge import Fact
from emmap.layer import Layer, Row
from emmap.view import BEIJING

MARK = "【演练】"


def beijing(text: str) -> datetime:
    """`YYYY-MM-DD HH:MM` Beijing time as aware UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING).astimezone(UTC)


def codes(text: str) -> tuple[str, ...]:
    """The entries of a list in a cell."""
    return tuple(item for item in text.split(";") if item)


def names(where: Sequence[str]) -> str:
    """Districts by their names, all of them as 全市."""
    return "全市" if len(where) == len(districts()) else "、".join(districts()[code].zh for code in where)


def scripted(layer: Layer, table: Iterable[Mapping[str, str]], prefix: str, ground: Ground) -> Iterator[Fact]:
    """The layer's rows of a script (data/exercises/README.md), their ids after `prefix`. `place` is `city`, districts by
    code, or `town:NAME`, which is at the town's centre unless the row has `lon` and `lat`."""
    for row in table:
        if row["layer"] != layer.id:
            continue
        place, town, spot = row["place"], None, None
        if place.startswith("town:"):
            town = ground.named(place.removeprefix("town:"))
            where: tuple[str, ...] = (town.district,)
            spot = (float(row["lon"]), float(row["lat"])) if row.get("lon") else (town.lon, town.lat)
        else:
            where = tuple(districts()) if place == "city" else codes(place)
        yield from stated(
            layer,
            f"{prefix}-{row['id']}",
            beijing(row["recorded_at"]),
            (beijing(row["valid_from"]), beijing(row["valid_to"]) if row["valid_to"] else None),
            where,
            {
                "headline": MARK + row["headline"],
                "description": row["description"],
                "form": row["form"] or None,
                "severity": int(row["severity"]),
                "hazards": codes(row["hazards"]),
                "issuer": row["issuer"],
                "event": hazards()[codes(row["hazards"])[0]].zh,
                "area": names(where) if town is None else f"{districts()[town.district].zh}{town.name}",
            },
            point(*spot) if spot else ground.area(where),
        )


def stated(
    layer: Layer,
    feature_id: str,
    recorded_at: datetime,
    span: tuple[datetime, datetime | None],
    where: tuple[str, ...],
    values: Mapping[str, Any],
    geometry: bytes,
) -> Iterator[Fact]:
    """One state of a warning, as an exercise. Without an end it holds until the next one, not for the layer's
    time to live: the scenario knows what follows."""
    start, end = span
    row = Row(
        position=1,
        feature_id=feature_id,
        properties=layer.properties.model_validate(
            {
                **values,
                "colour": SEVERITIES[int(values["severity"])].zh if values.get("form") else None,
                "sent_at": start,
                "onset_at": start,
                "expires_at": end,
                "cap_status": "Exercise",
            }
        ),
        geometry=geometry,
        valid_from=start,
        valid_to=end,
        districts=where,
    )
    for record in layer.records(row):
        yield Fact(recorded_at, replace(record, valid_to=end))
