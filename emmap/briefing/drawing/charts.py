"""Charts as vector SVG, in hundredths of a millimetre, to be set beside maps: the same letters, and colours that keep their
order in grey print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from emmap.briefing.drawing.frame import UNITS_PER_MM
from emmap.briefing.drawing.lettering import INK, MUTED, text, width, wrapped
from emmap.briefing.drawing.symbols import svg
from emmap.layer import SEVERITY_SYMBOLS

RAIN = "#2f6fb2"
_RULE, _NO_LEVEL = "#dde3ea", "#a7b2be"
_SMALL = 240.0
"""Size of the letters, in paper units: 6.8 pt."""
_NAMES = 2500
_ROW = 1500
_AXIS = 520


@dataclass(frozen=True, slots=True)
class Line:
    """One row of columns: its name, what stands below it, and a value for each step; None: nothing is known."""

    name: str
    note: str
    values: Sequence[float | None]


def columns(
    wide_mm: float, lines: Sequence[Line], steps: Sequence[str], digits: int = 1
) -> tuple[str, float]:
    """Rows of columns over the same steps and in the same scale, and how high they are in mm. The greatest of each row is
    told; a step that nothing is known of has a dash. `steps` are the words below them."""
    wide = round(wide_mm * UNITS_PER_MM)
    high = _ROW * len(lines) + _AXIS
    greatest = (
        max((value for line in lines for value in line.values if value is not None), default=0.0) or 1.0
    )
    each = (wide - _NAMES - 200) / max(1, len(steps))
    body = []
    for place, line in enumerate(lines):
        base = (place + 1) * _ROW - 120
        body.append(f'<path d="M{_NAMES} {base}H{wide - 200}" stroke="{MUTED}" stroke-width="15"/>')
        names = wrapped(line.name, 10)
        for row, part in enumerate(names):
            body.append(text(0, base - 560 + 290 * row, part, _SMALL, bold=True, anchor="start", halo=""))
        body.append(
            text(0, base - 560 + 290 * len(names), line.note, _SMALL, anchor="start", colour=MUTED, halo="")
        )
        body += _bars(line.values, base, each, greatest, digits)
    apart = ceil(max((width(step, _SMALL) for step in steps), default=0) * 1.25 / each) if each else 1
    for step in range(len(steps) - 1, -1, -apart):
        x = _NAMES + each * (step + 0.5)
        body.append(text(x, high - 170, steps[step], _SMALL, colour=MUTED, halo=""))
    return _sheet(wide, high, body), high / UNITS_PER_MM


def _bars(values: Sequence[float | None], base: int, each: float, greatest: float, digits: int) -> list[str]:
    tall = _ROW - 520
    known = [value for value in values if value is not None]
    top = values.index(max(known)) if known and max(known) > 0 else None
    found = []
    for place, value in enumerate(values):
        x = _NAMES + each * place
        if value is None:
            found.append(text(x + each / 2, base - 60, "–", _SMALL, colour=MUTED, halo=""))
        elif value > 0:
            up = max(12.0, tall * value / greatest)
            found.append(
                f'<rect x="{x + each * 0.12:.0f}" y="{base - up:.0f}" width="{each * 0.76:.0f}" height="{up:.0f}" fill="{RAIN}"/>'
            )
        if place == top and value is not None:
            up = tall * value / greatest
            found.append(text(x + each / 2, base - up - 70, f"{value:.{digits}f}", _SMALL, bold=True))
    return found


def stacked(
    wide_mm: float, high_mm: float, counts: Sequence[Mapping[int, int]], steps: Mapping[int, str]
) -> str:
    """How many hold at each of evenly spaced steps, by severity, the worst undermost. `steps`: words by step."""
    wide, high = round(wide_mm * UNITS_PER_MM), round(high_mm * UNITS_PER_MM)
    left, right, top, bottom = 1500, wide - 250, 350, high - 620
    most = max((sum(one.values()) for one in counts), default=0)
    scale, tick = _scale(most)
    body = []
    for n in range(0, scale + 1, tick):
        y = bottom - (bottom - top) * n / scale
        body.append(f'<path d="M{left} {y:.0f}H{right}" stroke="{_RULE}" stroke-width="15"/>')
        body.append(text(left - 120, y + 80, f"{n:,}", _SMALL, anchor="end", colour=MUTED, halo=""))
    each = (right - left) / max(1, len(counts))
    below = [0] * len(counts)
    for severity in (4, 3, 2, 1, 0):
        amounts = [one.get(severity, 0) for one in counts]
        if not any(amounts):
            continue
        upper = [low + n for low, n in zip(below, amounts, strict=True)]
        path = _steps(upper, left, each, bottom, (bottom - top) / scale) + _steps(
            below[::-1], right, -each, bottom, (bottom - top) / scale, "L"
        )
        body.append(f'<path d="{path}Z" fill="{level_colour(severity)}" stroke="#fff" stroke-width="10"/>')
        below = upper
    for step, words in steps.items():
        x = left + each * step
        body.append(f'<path d="M{x:.0f} {bottom}v120" stroke="{INK}" stroke-width="20"/>')
        body.append(text(x, bottom + 420, words, _SMALL, colour=MUTED, halo=""))
    body.append(f'<path d="M{left} {bottom}H{right}" stroke="{INK}" stroke-width="20"/>')
    return _sheet(wide, high, body)


def level_colour(severity: int) -> str:
    """What a level is drawn in."""
    return SEVERITY_SYMBOLS[str(severity)].colour if severity else _NO_LEVEL


def swatch(colour: str) -> str:
    """A colour for the legend."""
    return svg(600, 340, f'<path d="M20 20h560v300h-560z" fill="{colour}"/>')


def _steps(values: Sequence[int], x: float, each: float, bottom: int, unit: float, first: str = "M") -> str:
    """A line of steps from `x` on."""
    parts = []
    for place, value in enumerate(values):
        y = bottom - unit * value
        parts.append(f"{first if place == 0 else 'L'}{x:.0f} {y:.0f}H{x + each:.0f}")
        x += each
    return "".join(parts)


def _scale(most: int) -> tuple[int, int]:
    """The top of an axis for counts up to `most`, and its ticks: whole, round, four to seven of them."""
    if most <= 4:
        return max(1, most), 1
    unit = 10 ** floor(log10(most / 4))
    tick = next(unit * n for n in (1, 2, 5, 10) if most <= unit * n * 6)
    return ceil(most / tick) * tick, tick


def _sheet(wide: int, high: int, body: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" fill="none"'
        f' width="{wide / UNITS_PER_MM:g}mm" height="{high / UNITS_PER_MM:g}mm">{"".join(body)}</svg>'
    )
