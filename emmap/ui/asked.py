"""A View in words, in both languages: the area, and each filter with what it wants."""

from collections.abc import Sequence

from emmap.area import Area, Circle, District, Outline, size_km2
from emmap.codes import SEVERITIES, districts, hazards
from emmap.layer import Layer
from emmap.ui.words import word
from emmap.view import View


def area_words(area: Area, lang: str) -> str:
    """`圆形:中心 113.32, 23.12,半径 5 km,约 78.5 km²`."""
    match area:
        case District(code):
            told = str(getattr(districts()[code], lang))
        case Circle(lon, lat, radius):
            told = word("area_circle", lang, lon=_place(lon), lat=_place(lat), radius=length(radius))
        case Outline(ring, rectangular=True):
            sides = dict(zip(("west", "south", "east", "north"), ring[0] + ring[2], strict=True))
            told = word("area_box", lang, **{name: _place(n) for name, n in sides.items()})
        case Outline(ring):
            told = word("area_polygon", lang, n=len(ring))
    return told + word("area_size", lang, n=f"{float(f'{size_km2(area):.3g}'):,g}")


def _place(degrees: float) -> str:
    """To the metre, without idle noughts."""
    return f"{degrees:.5f}".rstrip("0").rstrip(".")


def length(metres: float) -> str:
    """`800 m`, `5.25 km`."""
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:,.4g} km"


def filters(view: View, layers: Sequence[Layer], lang: str) -> list[tuple[str, str]]:
    """Each filter of a View: its name and the wanted values by their names."""
    known = [*hazards().values(), *districts().values()]
    names = {("severity", code.code): getattr(code, lang) for code in SEVERITIES}
    names |= {(field, code.code): getattr(code, lang) for field in ("hazards", "districts") for code in known}
    titles = {name: word(name, lang) for name in ("hazards", "severity", "districts", "status")}
    for layer in layers:
        for name, field in layer.fields.items():
            titles.setdefault(name, getattr(field.info, lang))
            names |= {(name, choice.code): getattr(choice, lang) for choice in field.info.choices}
    wanted: dict[str, Sequence[str]] = {
        "hazards": view.hazard,
        "severity": [str(level) for level in sorted(view.severity, reverse=True)],
        "districts": view.district,
        "status": view.status,
        **view.fields,
    }
    told = [
        (titles.get(name, name), word("list_join", lang).join(names.get((name, one), one) for one in values))
        for name, values in wanted.items()
        if values
    ]
    return [*told, *([(word("text_search", lang), view.q)] if view.q else [])]
