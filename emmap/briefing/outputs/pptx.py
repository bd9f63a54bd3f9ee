"""A briefing as slides, 16:9: text and tables that can be edited, maps and charts as images."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.slide import Slide

from emmap.briefing import qr
from emmap.briefing.outputs.archive import repacked
from emmap.briefing.outputs.images import photograph
from emmap.briefing.outputs.plates import Plate, Plates, plates
from emmap.briefing.outputs.properties import describe
from emmap.briefing.outputs.shapes import (
    data_until,
    foot,
    header,
    issue,
    length,
    lines,
    record,
    shapes_of,
    signatures,
    widths,
)
from emmap.briefing.outputs.slide_parts import (
    BOTTOM_MM,
    MM_PER_PT,
    MUTED,
    RED,
    ROOM_MM,
    SIDE_MM,
    TOP_MM,
    WIDE_MM,
    image,
    name_fonts,
    page_number,
    rows_of,
    rule,
    title_of,
    to_wide,
    watermark,
    write,
)

_LEGEND_MM, _LEGEND_SET_MM = 84.0, 58.0
"""How wide a legend is on a slide, and how wide it is set: its letters grow by as much."""
_TEXT_PT, _LIST_PT = 20.0, 16.0


def slides(content: Mapping[str, Any], *, at: datetime) -> bytes:
    """The presentation: a title, then each block on as many slides as it needs. `at` is the time written into it."""
    return repacked(_Deck(content).made(at))


class _Deck:
    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self.deck = Presentation()
        to_wide(self.deck)
        name_fonts(self.deck)

    def made(self, at: datetime) -> bytes:
        shapes = shapes_of(self.content)
        drawn = iter(plates(self.content, shapes, legend_mm=_LEGEND_SET_MM, at=at))
        self._cover()
        for one in shapes:
            match one["shape"]:
                case "text":
                    self._text(one)
                case "pictures":
                    self._pictures(one, next(drawn))
                case "table":
                    self._table(one)
                case "list":
                    self._list(one)
                case "photos":
                    self._photos(one)
        self._closing()
        for number, slide in enumerate(self.deck.slides, 1):
            self._finish(slide, number)
        return self._saved(at)

    def _saved(self, at: datetime) -> bytes:
        describe(self.deck.core_properties, self.content, at)
        raw = BytesIO()
        self.deck.save(raw)
        return raw.getvalue()

    def _cover(self) -> None:
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        masthead, said = header(self.content, "masthead"), header(self.content, "classification")
        if masthead:
            write(slide, [masthead], (SIDE_MM, 34, ROOM_MM, 18), 32, colour=RED, bold=True, centred=True)
        if number := issue(self.content):
            write(slide, [number], (SIDE_MM, 53, ROOM_MM, 9), 14, centred=True)
        if said:
            write(slide, [said], (WIDE_MM - 110, 10, 96, 8), 12, right=True)
        size = (
            40 if length(self.content["title"]) <= 18 else 32 if length(self.content["title"]) <= 44 else 24
        )
        title_of(slide, self.content["title"], (SIDE_MM, 66, ROOM_MM, 44), size, centred=True)
        write(slide, [data_until(self.content)], (SIDE_MM, 114, ROOM_MM, 10), 16, colour=MUTED, centred=True)
        who = [header(self.content, name) for name in ("office", "date")]
        told = "　".join(one for one in who if one) or self.content["producing_unit"]
        write(slide, [told], (SIDE_MM, 142, ROOM_MM, 10), 16, centred=True)

    def _slide(self, title: str) -> Slide:
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        told = title or self.content["title"]
        title_of(slide, told, (SIDE_MM, 9, ROOM_MM, 14), 26 if length(told) <= 34 else 18)
        rule(slide)
        return slide

    def _text(self, one: Mapping[str, Any]) -> None:
        wide = ROOM_MM / (_TEXT_PT * MM_PER_PT)
        room = int((BOTTOM_MM - TOP_MM) / (_TEXT_PT * 1.65 * MM_PER_PT))
        pieces = [piece for paragraph in one["paragraphs"] for piece in _pieces(paragraph, wide * room * 0.9)]
        for told in _portions(pieces, lambda piece: lines(piece, wide), room):
            box = (SIDE_MM, TOP_MM, ROOM_MM, BOTTOM_MM - TOP_MM)
            write(self._slide(one["title"]), told, box, _TEXT_PT)

    def _pictures(self, one: Mapping[str, Any], drawn: Sequence[Plates]) -> None:
        most = {1: 1, 2: 2}.get(one["columns"], 3)
        pairs = list(zip(one["pictures"], drawn, strict=True))
        for start in range(0, len(pairs), most):
            slide, row = self._slide(one["title"]), pairs[start : start + most]
            wide = (ROOM_MM - 6 * (most - 1)) / most
            for place, (told, plate) in enumerate(row):
                self._picture(slide, told, plate, SIDE_MM + place * (wide + 6), wide, alone=most == 1)

    def _picture(
        self, slide: Slide, told: Mapping[str, Any], plate: Plates, left: float, wide: float, *, alone: bool
    ) -> None:
        legend = plate.legend if alone else None
        words = [one for one in (told["caption"], " · ".join(told["notes"])) if one]
        high = BOTTOM_MM - TOP_MM - (6 * len(words) + 2 if words else 0)
        room = wide - (_LEGEND_MM + 6 if legend else 0)
        width, height = _fit(plate.picture, room, high)
        image(slide, plate.picture.png, (left + (room - width) / 2, TOP_MM, width, height), told["alt"])
        if legend:
            side, tall = _fit(legend, _LEGEND_MM, high)
            image(slide, legend.png, (left + room + 6, TOP_MM, side, tall), _legend_words(told["legend"]))
        if words:
            write(
                slide,
                words,
                (left, TOP_MM + height + 1, room, 6 * len(words)),
                10,
                colour=MUTED,
                centred=True,
            )

    def _table(self, one: Mapping[str, Any]) -> None:
        columns = one["columns"]
        if not columns:
            write(self._slide(one["title"]), [one["note"] or "无"], (SIDE_MM, TOP_MM, ROOM_MM, 12), _LIST_PT)
            return
        titles = [column["title"] for column in columns]
        rows = [*one["rows"], *([one["total"]] if one["total"] else [])]
        size = (
            18
            if len(columns) <= 6 and len(rows) <= 8
            else 14
            if len(columns) <= 9 and len(rows) <= 14
            else 11
        )
        wide = widths([titles, *rows], ROOM_MM)
        room = int((BOTTOM_MM - TOP_MM - 8) / (size * 1.75 * MM_PER_PT)) - 1

        def high(row: Sequence[str]) -> int:
            fitting = [(one - 4) / (size * MM_PER_PT) for one in wide]
            return max(lines(text, room) for text, room in zip(row, fitting, strict=True))

        for part in _portions(rows, high, room) or [[]]:
            slide = self._slide(one["title"])
            rows_of(
                slide,
                columns,
                part,
                wide,
                size,
                total=one["total"] is not None and part[-1] is one["total"],
            )
            if one["note"]:
                write(slide, [one["note"]], (SIDE_MM, BOTTOM_MM - 6, ROOM_MM, 6), 10, colour=MUTED)

    def _list(self, one: Mapping[str, Any]) -> None:
        columns = [{"title": title, "align": "left"} for title in ("", "级别", "内容", "时间")]
        rows = [[item["number"], item["level"], item["text"], item["note"]] for item in one["items"]]
        left = f"另有 {one['left']} 条未列出。" if one["left"] > 0 else ""
        kept = [at for at in range(4) if at == 2 or any(row[at] for row in rows)]
        self._table(
            {
                "title": one["title"],
                "columns": [columns[at] for at in kept] if rows else [],
                "rows": [[row[at] for at in kept] for row in rows],
                "total": None,
                "note": left,
            }
        )

    def _photos(self, one: Mapping[str, Any]) -> None:
        for start in range(0, len(one["photos"]), 2):
            slide, row = self._slide(one["title"]), one["photos"][start : start + 2]
            wide = (ROOM_MM - 6 * (len(row) - 1)) / len(row)
            for place, told in enumerate(row):
                left, high = SIDE_MM + place * (wide + 6), BOTTOM_MM - TOP_MM - 8
                share = min(wide / told["width_px"], high / told["height_px"])
                width, height = told["width_px"] * share, told["height_px"] * share
                box = (left + (wide - width) / 2, TOP_MM, width, height)
                image(slide, photograph(told), box, told["caption"] or "照片")
                write(slide, [told["caption"]], (left, TOP_MM + height + 1, wide, 7), 12, centred=True)

    def _closing(self) -> None:
        """Where it comes from and who answers for it."""
        told = [*foot(self.content)]
        told += [f"{title}：{name}" for title, name in signatures(self.content) if name]
        slide = self._slide("来源与编号")
        write(slide, told, (SIDE_MM, TOP_MM, ROOM_MM - 60, 120), 13)
        url = self.content.get("record_url", "")
        if code := qr.png(url):
            image(slide, code, (WIDE_MM - SIDE_MM - 50, TOP_MM, 50, 50), f"本期记录：{url}")

    def _finish(self, slide: Slide, number: int) -> None:
        if number > 1:
            told = f"{data_until(self.content)} · {self.content['approval']} · {record(self.content)}"
            told += " · 演练数据" if self.content["exercise"] else ""
            write(slide, [told], (SIDE_MM, 177, ROOM_MM - 20, 7), 10, colour=MUTED)
        page_number(slide, number)
        if self.content["exercise"]:
            watermark(slide)


def _fit(plate: Plate, wide: float, high: float) -> tuple[float, float]:
    share = min(wide / plate.width_mm, high / plate.height_mm)
    return plate.width_mm * share, plate.height_mm * share


def _legend_words(legend: Sequence[Mapping[str, Any]]) -> str:
    told = [
        f"{layer['title']} {layer['count']}："
        + "、".join(f"{one['label']} {one['count']}" for one in layer["entries"])
        for layer in legend
    ]
    return "图例。" + "；".join(told)


def _pieces(paragraph: str, most: float) -> Iterator[str]:
    """A paragraph that no slide holds, in pieces that one does."""
    piece, wide = "", 0.0
    for one in paragraph:
        piece, wide = piece + one, wide + length(one)
        if wide >= most:
            yield piece
            piece, wide = "", 0.0
    if piece:
        yield piece


def _portions(items: Sequence[Any], high: Any, room: int) -> list[list[Any]]:
    """Items in their order, as many to a slide as fit."""
    found: list[list[Any]] = []
    left = 0
    for one in items:
        needed = high(one)
        if not found or needed > left:
            found.append([])
            left = room
        found[-1].append(one)
        left -= needed
    return found
