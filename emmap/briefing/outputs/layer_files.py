"""What held of a layer, as a layer of a GeoPackage and as a table: codes for programs, names for people."""

import csv
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

from emmap.briefing.words import beijing
from emmap.codes import SEVERITIES, districts, hazards
from emmap.ingest.formulas import tamed
from emmap.layer import Field, Layer
from emmap.store.extracts import Extracted

_AT_A_TIME = 20_000
_OWN = ("feature_id", "districts", "valid_from", "valid_to", "recorded_from")
_NO_TIME = "1970-01-01T00:00:00.000Z"
_NUMBERS = {"integer": np.float64, "number": np.float64}


class LayerFiles:
    """One layer being written, a portion at a time. `name` is that of the GeoPackage's layer."""

    def __init__(self, package: Path, table: Path, layer: Layer, name: str) -> None:
        self.layer, self.name, self.package = layer, name, package
        self.fields = [one for one in layer.fields.values() if not one.info.personal and not one.info.outline]
        self._file = table.open("w", encoding="utf-8-sig", newline="")
        self._table = csv.writer(self._file)
        self._table.writerow([tamed(head) for head in self._heads()])
        self.written = 0

    def write(self, found: Iterable[Extracted]) -> None:
        """Writes them all, and closes."""
        portion: list[Extracted] = []
        for one in found:
            self._table.writerow([tamed(cell) for cell in self._cells(one)])
            portion.append(one)
            if len(portion) == _AT_A_TIME:
                self._append(portion)
                portion = []
        if portion or not self.written:
            self._append(portion)
        self._file.close()

    def _append(self, portion: Sequence[Extracted]) -> None:
        columns: list[Callable[[Extracted], Any]] = [
            lambda one: one.feature_id,
            lambda one: ";".join(one.districts),
            lambda one: _instant(one.valid_from),
            lambda one: _instant(one.valid_to),
            lambda one: _instant(one.recorded_from),
        ]
        data = [np.array([column(one) for one in portion], dtype=object) for column in columns]
        for field in self.fields:
            values = [_plain(one.fields[field.name]) for one in portion]
            data.append(np.array(values, dtype=_NUMBERS.get(field.kind, object)))
        geometry = np.empty(len(portion), dtype=object)
        geometry[:] = [one.geometry for one in portion]
        pyogrio.raw.write(
            str(self.package),
            geometry=geometry,
            field_data=data,
            fields=[*_OWN, *(field.name for field in self.fields)],
            layer=self.name,
            driver="GPKG",
            geometry_type="Point" if self.layer.geometry == "point" else "Unknown",
            crs="EPSG:4326",
            append=self.written > 0,
        )
        self.written += len(portion)

    def _heads(self) -> list[str]:
        titled = [
            f"{one.info.zh}（{one.info.unit}）" if one.info.unit else one.info.zh for one in self.fields
        ]
        place = ["经度", "纬度"] if self.layer.geometry == "point" else ["几何（WKT）"]
        return ["编号", *titled, "所在区", "开始", "结束", "掌握自", *place]

    def _cells(self, one: Extracted) -> list[str]:
        told = [one.feature_id, *(_said(one.fields[field.name], field) for field in self.fields)]
        told.append(
            "、".join(districts()[code].zh if code in districts() else code for code in one.districts)
        )
        for at in (one.valid_from, one.valid_to, one.recorded_from):
            told.append(beijing(at.replace(microsecond=0)) if at else "")
        return [*told, *self._place(one)]

    def _place(self, one: Extracted) -> list[str]:
        place = shapely.from_wkb(one.geometry) if one.geometry is not None else None
        if self.layer.geometry == "point":
            return ["", ""] if place is None else [f"{place.x:.7f}", f"{place.y:.7f}"]
        return [shapely.to_wkt(place, rounding_precision=7) if place is not None else ""]


def settle(package: Path) -> bytes:
    """The GeoPackage's bytes, less the time at which it was written."""
    tidy = package.with_suffix(".tidy")
    with closing(sqlite3.connect(package)) as held:
        held.execute("update gpkg_contents set last_change = ?", (_NO_TIME,))
        held.commit()
        held.execute("vacuum into ?", (str(tidy),))
    return tidy.read_bytes()


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _plain(value: Any) -> Any:
    return ";".join(str(one) for one in value) if isinstance(value, list) else value


def _said(value: Any, field: Field) -> str:
    """A value in words: codes by their Chinese names."""
    if value is None:
        return ""
    if field.name == "severity":
        return str(SEVERITIES[value].zh)
    if isinstance(value, list):
        return "、".join(_said(one, field) for one in value)
    if field.name == "hazards" and value in hazards():
        return hazards()[value].zh
    choices = {choice.code: choice.zh for choice in field.info.choices}
    return str(choices.get(value, value))
