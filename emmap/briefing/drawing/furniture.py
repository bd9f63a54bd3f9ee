"""What a map is read by: graticule, scale bar, north arrow. Each tells which part of the sheet it takes."""

from emmap.briefing.drawing.frame import UNITS_PER_MM, Box, Frame
from emmap.briefing.drawing.lettering import INK, text, width

_LINE = "#8496a8"
_TICK = 160
_LETTERS = 220.0
_EDGE = 30


def graticule(frame: Frame) -> str:
    """Thin meridians and parallels."""
    lines = "".join(
        f"M{at:.0f} 0v{frame.height}" if axis == "lon" else f"M0 {at:.0f}h{frame.width}"
        for axis, at, _ in frame.ticks()
        if 0 < at < (frame.width if axis == "lon" else frame.height)
    )
    return f'<path d="{lines}" stroke="{_LINE}" stroke-width="9" stroke-opacity="0.75"/>' if lines else ""


def degrees(frame: Frame) -> tuple[str, list[Box]]:
    """Degrees along the upper and the left edge with ticks on all four, and the boxes of the degrees."""
    ticks, words, boxes = [], [], []
    for axis, at, label in frame.ticks():
        half = width(label, _LETTERS) / 2
        if axis == "lon" and _TICK < at < frame.width - _TICK:
            ticks.append(f"M{at:.0f} 0v{_TICK}M{at:.0f} {frame.height}v-{_TICK}")
            box = (at - half, 190.0, at + half, 430.0)
            anchor, x, y = "middle", at, 400.0
        elif axis == "lat" and _TICK < at < frame.height - _TICK:
            ticks.append(f"M0 {at:.0f}h{_TICK}M{frame.width} {at:.0f}h-{_TICK}")
            box = (200.0, at - 125, 210 + 2 * half, at + 115)
            anchor, x, y = "start", 210.0, at + 80
        else:
            continue
        # No degree without its whole word, none in the corners of the arrow and where both edges have theirs.
        whole = box[0] > 60 and box[1] > 60 and box[3] < frame.height - 60
        if whole and (box[2] < frame.width - 950 if axis == "lon" else box[1] > 480):
            words.append(text(x, y, label, _LETTERS, anchor=anchor))
            boxes.append(box)
    return f'<path d="{"".join(ticks)}" stroke="{INK}" stroke-width="20"/>' + "".join(words), boxes


def scale_bar(frame: Frame) -> tuple[str, Box]:
    """The scale bar in the lower right corner."""
    bar = frame.scale_bar()
    length = round(bar.length_mm * UNITS_PER_MM)
    beside = width(bar.words(1), 230) / 2 + 50
    wide = 330 + length + beside + width(bar.unit, 230) + 110
    left, top, high = frame.width - wide - 130, frame.height - 920, 110
    x, y = left + 330, top + 400
    return (
        f'<rect x="{left:.0f}" y="{top}" width="{wide:.0f}" height="720" rx="80" fill="#fff" fill-opacity="0.9"/>'
        f'<rect x="{x:.0f}" y="{y}" width="{length}" height="{high}" fill="#fff" stroke="{INK}" stroke-width="18"/>'
        f'<rect x="{x:.0f}" y="{y}" width="{length // 2}" height="{high}" fill="{INK}"/>'
        + text(x, y - 80, "0", 230)
        + text(x + length / 2, y - 80, bar.words(0.5), 230)
        + text(x + length, y - 80, bar.words(1), 230)
        + text(x + length + beside, y - 80, bar.unit, 230, anchor="start")
    ), (left, float(top), left + wide, top + 720.0)


def north(frame: Frame) -> tuple[str, Box]:
    """The north arrow in the upper right corner: the projection's north is up everywhere."""
    x = frame.width - 620
    return (
        f'<path d="M{x} 720l260 780l-260 -190l-260 190z" fill="{INK}" stroke="#fff" stroke-width="40"'
        ' stroke-linejoin="round" paint-order="stroke"/>' + text(x, 620, "北", 330, bold=True)
    ), (x - 300.0, 300.0, x + 300.0, 1530.0)


def edge(frame: Frame) -> str:
    """The line around the sheet."""
    return (
        f'<rect x="15" y="15" width="{frame.width - _EDGE}" height="{frame.height - _EDGE}" stroke="{INK}"'
        ' stroke-width="30"/>'
    )
