"""Maps, charts and legends as images: Office programs differ in how they draw SVG."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emmap.briefing.template import FOLDER
from emmap.briefing.typeset import pages

DPI = 200
_BARE: Mapping[str, Any] = {
    "number": None,
    "header": {},
    "signed": {},
    "corrects": "",
    "record_url": "",
    "qr": "",
    "paper": "a4",
}
"""What the shared template reads and a quick export does not have."""


@dataclass(frozen=True, slots=True)
class Plate:
    """A PNG, and its size on paper in mm."""

    png: bytes
    width_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True)
class Plates:
    """A picture and its legend; None where it has none."""

    picture: Plate
    legend: Plate | None


def plates(
    content: Mapping[str, Any],
    shapes: Sequence[Mapping[str, Any]],
    *,
    legend_mm: float | None,
    at: datetime,
) -> list[list[Plates]]:
    """Those of each block of pictures, in order. `legend_mm`: how wide legends are; None: as wide as their picture."""
    told = [one["pictures"] for one in shapes if one["shape"] == "pictures"]
    figures = []
    for picture in (picture for pictures in told for picture in pictures):
        figures.append(
            {"svg": picture["svg"], "width_mm": picture["width_mm"], "alt": picture["alt"] or "图"}
        )
        if picture["legend"]:
            wide = legend_mm or picture["width_mm"]
            figures.append({"svg": "", "width_mm": wide, "legend": picture["legend"]})
    if not figures:
        return [[] for _ in told]
    given = {**_BARE, **content, "blocks": [], "map": "", "figures": figures}
    images = iter(pages(FOLDER / "figure.typ", given, "png", dpi=DPI, at=at))
    return [
        [
            Plates(_plate(next(images)), _plate(next(images)) if picture["legend"] else None)
            for picture in pictures
        ]
        for pictures in told
    ]


def _plate(png: bytes) -> Plate:
    wide, high = struct.unpack_from(">II", png, 16)
    return Plate(png, wide / DPI * 25.4, high / DPI * 25.4)
