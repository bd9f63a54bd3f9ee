"""A briefing as slides, 16:9: text and tables that can be edited, maps and charts as images."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.slide import Slide
from pptx.util import Length, Mm, Pt

from emmap.briefing import qr
from emmap.briefing.outputs.archive import repacked
from emmap.briefing.outputs.images import photograph
from emmap.briefing.outputs.plates import Plate, Plates, plates
from emmap.briefing.outputs.shapes import (
    EXERCISE,
    FONT,
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

_WIDE_MM, _HIGH_MM = 338.7, 190.5
_SIDE_MM, _TOP_MM, _BOTTOM_MM = 14.0, 30.0, 172.0
_ROOM_MM = _WIDE_MM - 2 * _SIDE_MM
_LEGEND_MM, _LEGEND_SET_MM = 84.0, 58.0
"""How wide a legend is on a slide, and how wide it is set: its letters grow by as much."""
_INK, _MUTED, _RED, _EXERCISE = "14202E", "4F6072", "C4161C", "8A4B00"
_TEXT_PT, _LIST_PT = 20.0, 16.0
_MM_PER_PT = 25.4 / 72
_GRID = "{5940675A-B579-460E-94D1-54222C63F5DA}"
"""PowerPoint's table style "No Style, Table Grid" (ISO/IEC 29500 names styles by such ids)."""
_ALIGN = {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT, "center": PP_ALIGN.CENTER}


def slides(content: Mapping[str, Any], *, at: datetime) -> bytes:
    """The presentation: a title, then each block on as many slides as it needs. `at` is the time written into it."""
    return repacked(_Deck(content).made(at))


class _Deck:
    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self.deck = Presentation()
        _to_wide(self.deck)
        _name_fonts(self.deck)

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
        told = self.deck.core_properties
        told.title, told.author = self.content["title"], self.content["producing_unit"] or "emmap"
        told.last_modified_by, told.language = told.author, "zh-CN"
        told.created = told.modified = at.replace(tzinfo=None)
        told.identifier, told.keywords = self.content["id"], self.content["sha256"]
        told.comments = f"规格 sha256 {self.content['sha256']}"
        raw = BytesIO()
        self.deck.save(raw)
        return raw.getvalue()

    def _cover(self) -> None:
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        masthead, said = header(self.content, "masthead"), header(self.content, "classification")
        if masthead:
            _write(slide, [masthead], (_SIDE_MM, 34, _ROOM_MM, 18), 32, colour=_RED, bold=True, centred=True)
        if number := issue(self.content):
            _write(slide, [number], (_SIDE_MM, 53, _ROOM_MM, 9), 14, centred=True)
        if said:
            _write(slide, [said], (_WIDE_MM - 110, 10, 96, 8), 12, right=True)
        size = (
            40 if length(self.content["title"]) <= 18 else 32 if length(self.content["title"]) <= 44 else 24
        )
        _title(slide, self.content["title"], (_SIDE_MM, 66, _ROOM_MM, 44), size, centred=True)
        _write(
            slide, [data_until(self.content)], (_SIDE_MM, 114, _ROOM_MM, 10), 16, colour=_MUTED, centred=True
        )
        who = [header(self.content, name) for name in ("office", "date")]
        told = "　".join(one for one in who if one) or self.content["producing_unit"]
        _write(slide, [told], (_SIDE_MM, 142, _ROOM_MM, 10), 16, centred=True)

    def _slide(self, title: str) -> Slide:
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        told = title or self.content["title"]
        _title(slide, told, (_SIDE_MM, 9, _ROOM_MM, 14), 26 if length(told) <= 34 else 18)
        line = slide.shapes.add_connector(1, Mm(_SIDE_MM), Mm(25), Mm(_WIDE_MM - _SIDE_MM), Mm(25))
        line.line.color.rgb, line.line.width = RGBColor.from_string(_RED), Pt(1.5)
        return slide

    def _text(self, one: Mapping[str, Any]) -> None:
        wide = _ROOM_MM / (_TEXT_PT * _MM_PER_PT)
        room = int((_BOTTOM_MM - _TOP_MM) / (_TEXT_PT * 1.65 * _MM_PER_PT))
        pieces = [piece for paragraph in one["paragraphs"] for piece in _pieces(paragraph, wide * room * 0.9)]
        for told in _portions(pieces, lambda piece: lines(piece, wide), room):
            box = (_SIDE_MM, _TOP_MM, _ROOM_MM, _BOTTOM_MM - _TOP_MM)
            _write(self._slide(one["title"]), told, box, _TEXT_PT)

    def _pictures(self, one: Mapping[str, Any], drawn: Sequence[Plates]) -> None:
        most = {1: 1, 2: 2}.get(one["columns"], 3)
        pairs = list(zip(one["pictures"], drawn, strict=True))
        for start in range(0, len(pairs), most):
            slide, row = self._slide(one["title"]), pairs[start : start + most]
            wide = (_ROOM_MM - 6 * (most - 1)) / most
            for place, (told, plate) in enumerate(row):
                self._picture(slide, told, plate, _SIDE_MM + place * (wide + 6), wide, alone=most == 1)

    def _picture(
        self, slide: Slide, told: Mapping[str, Any], plate: Plates, left: float, wide: float, *, alone: bool
    ) -> None:
        legend = plate.legend if alone else None
        words = [one for one in (told["caption"], " · ".join(told["notes"])) if one]
        high = _BOTTOM_MM - _TOP_MM - (6 * len(words) + 2 if words else 0)
        room = wide - (_LEGEND_MM + 6 if legend else 0)
        width, height = _fit(plate.picture, room, high)
        _image(slide, plate.picture.png, (left + (room - width) / 2, _TOP_MM, width, height), told["alt"])
        if legend:
            side, tall = _fit(legend, _LEGEND_MM, high)
            _image(slide, legend.png, (left + room + 6, _TOP_MM, side, tall), _legend_words(told["legend"]))
        if words:
            _write(
                slide,
                words,
                (left, _TOP_MM + height + 1, room, 6 * len(words)),
                10,
                colour=_MUTED,
                centred=True,
            )

    def _table(self, one: Mapping[str, Any]) -> None:
        columns = one["columns"]
        if not columns:
            _write(
                self._slide(one["title"]), [one["note"] or "无"], (_SIDE_MM, _TOP_MM, _ROOM_MM, 12), _LIST_PT
            )
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
        wide = widths([titles, *rows], _ROOM_MM)
        room = int((_BOTTOM_MM - _TOP_MM - 8) / (size * 1.75 * _MM_PER_PT)) - 1

        def high(row: Sequence[str]) -> int:
            fitting = [(one - 4) / (size * _MM_PER_PT) for one in wide]
            return max(lines(text, room) for text, room in zip(row, fitting, strict=True))

        for part in _portions(rows, high, room) or [[]]:
            slide = self._slide(one["title"])
            _rows(
                slide,
                columns,
                part,
                wide,
                size,
                total=one["total"] is not None and part[-1] is one["total"],
            )
            if one["note"]:
                _write(slide, [one["note"]], (_SIDE_MM, _BOTTOM_MM - 6, _ROOM_MM, 6), 10, colour=_MUTED)

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
            wide = (_ROOM_MM - 6 * (len(row) - 1)) / len(row)
            for place, told in enumerate(row):
                left, high = _SIDE_MM + place * (wide + 6), _BOTTOM_MM - _TOP_MM - 8
                share = min(wide / told["width_px"], high / told["height_px"])
                width, height = told["width_px"] * share, told["height_px"] * share
                box = (left + (wide - width) / 2, _TOP_MM, width, height)
                _image(slide, photograph(told), box, told["caption"] or "照片")
                _write(slide, [told["caption"]], (left, _TOP_MM + height + 1, wide, 7), 12, centred=True)

    def _closing(self) -> None:
        """Where it comes from and who answers for it."""
        told = [*foot(self.content)]
        told += [f"{title}：{name}" for title, name in signatures(self.content) if name]
        slide = self._slide("来源与编号")
        _write(slide, told, (_SIDE_MM, _TOP_MM, _ROOM_MM - 60, 120), 13)
        url = self.content.get("record_url", "")
        if code := qr.png(url):
            _image(slide, code, (_WIDE_MM - _SIDE_MM - 50, _TOP_MM, 50, 50), f"本期记录：{url}")

    def _finish(self, slide: Slide, number: int) -> None:
        if number > 1:
            told = f"{data_until(self.content)} · {self.content['approval']} · {record(self.content)}"
            told += " · 演练数据" if self.content["exercise"] else ""
            _write(slide, [told], (_SIDE_MM, 177, _ROOM_MM - 20, 7), 10, colour=_MUTED)
        _page_number(slide, number)
        if self.content["exercise"]:
            _watermark(slide)


def _to_wide(deck: Any) -> None:
    """Layouts and all that they hold, from the 4:3 of the blank presentation to 16:9."""
    share = Mm(_WIDE_MM) / deck.slide_width
    tall = Mm(_HIGH_MM) / deck.slide_height
    for layout in (deck.slide_master, *deck.slide_layouts):
        for shape in layout.placeholders:
            if shape.element.spPr.xfrm is None:
                continue
            shape.left, shape.width = Length(round(shape.left * share)), Length(round(shape.width * share))
            shape.top, shape.height = Length(round(shape.top * tall)), Length(round(shape.height * tall))
    deck.slide_width, deck.slide_height = Mm(_WIDE_MM), Mm(_HIGH_MM)


def _name_fonts(deck: Any) -> None:
    """The theme's fonts for Chinese, so that what is typed later has them too."""
    for rel in deck.slide_master.part.rels.values():
        if rel.reltype.endswith("/theme"):
            theme = etree.fromstring(rel.target_part.blob)
            for font in theme.iter(qn("a:ea")):
                font.set("typeface", FONT)
            rel.target_part._blob = etree.tostring(
                theme, xml_declaration=True, encoding="UTF-8", standalone=True
            )


Box = tuple[float, float, float, float]
"""Left, top, width, height in mm."""


def _place(box: Box) -> tuple[Length, Length, Length, Length]:
    left, top, width, height = (Mm(one) for one in box)
    return left, top, width, height


def _title(slide: Slide, text: str, box: Box, size: float, *, centred: bool = False) -> None:
    title = slide.shapes.title
    assert title is not None  # every slide is made with the layout that has one
    title.left, title.top, title.width, title.height = _place(box)
    title.text_frame.word_wrap = True
    title.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    paragraph = title.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.CENTER if centred else PP_ALIGN.LEFT
    _run(paragraph, text, size, bold=True)


def _write(
    slide: Slide,
    paragraphs: Iterable[str],
    box: Box,
    size: float,
    *,
    colour: str = _INK,
    bold: bool = False,
    centred: bool = False,
    right: bool = False,
) -> None:
    frame = slide.shapes.add_textbox(*_place(box)).text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Mm(0)
    for place, text in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.CENTER if centred else PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        paragraph.space_after = Pt(size * 0.4)
        _run(paragraph, text, size, colour=colour, bold=bold)


def _run(paragraph: Any, text: str, size: float, *, colour: str = _INK, bold: bool = False) -> Any:
    run = paragraph.add_run()
    run.text = text
    run.font.size, run.font.bold = Pt(size), bold
    run.font.color.rgb = RGBColor.from_string(colour)
    _in_chinese(run._r.get_or_add_rPr())
    return run


def _in_chinese(properties: Any) -> None:
    """Names the typeface for Chinese in the run itself: programs that leave the theme aside find it there."""
    properties.set("lang", "zh-CN")
    properties.set("altLang", "en-US")
    for name in ("a:latin", "a:ea"):
        etree.SubElement(properties, qn(name)).set("typeface", FONT)


def _rows(
    slide: Slide,
    columns: Sequence[Mapping[str, Any]],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    size: float,
    *,
    total: bool,
) -> None:
    high = size * 1.75 * _MM_PER_PT
    box = (_SIDE_MM, _TOP_MM, _ROOM_MM, high * (len(rows) + 1))
    frame = slide.shapes.add_table(len(rows) + 1, len(columns), *_place(box))
    table = frame.table
    properties = table._tbl.tblPr
    properties.find(qn("a:tableStyleId")).text = _GRID
    table.horz_banding = False
    for at, width in enumerate(widths):
        table.columns[at].width = Mm(width)
    for line, row in enumerate([[column["title"] for column in columns], *rows]):
        table.rows[line].height = Mm(high)
        for at, text in enumerate(row):
            cell = table.cell(line, at)
            cell.margin_left = cell.margin_right = Mm(1.5)
            cell.margin_top = cell.margin_bottom = Mm(0.6)
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            paragraph = cell.text_frame.paragraphs[0]
            paragraph.alignment = _ALIGN[columns[at]["align"]]
            _run(paragraph, text, size, bold=line == 0 or (total and line == len(rows)))


def _image(slide: Slide, body: bytes, box: Box, alt: str) -> None:
    picture = slide.shapes.add_picture(BytesIO(body), *_place(box))
    picture._element.nvPicPr.cNvPr.set("descr", alt)


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


def _page_number(slide: Slide, number: int) -> None:
    """A field that follows when slides are moved."""
    frame = slide.shapes.add_textbox(*_place((_WIDE_MM - _SIDE_MM - 16, 177, 16, 7))).text_frame
    frame.margin_right = Mm(0)
    paragraph = frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT
    field = etree.SubElement(paragraph._p, qn("a:fld"))
    field.set("id", "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}")
    field.set("type", "slidenum")
    etree.SubElement(field, qn("a:rPr")).set("sz", "1000")
    etree.SubElement(field, qn("a:t")).text = str(number)


def _watermark(slide: Slide) -> None:
    """演练 across the slide, over maps too."""
    box = slide.shapes.add_textbox(*_place((49, 60, 240, 70)))
    box.name, box.rotation = EXERCISE, -24
    frame = box.text_frame
    frame.word_wrap = False
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    frame.paragraphs[0].alignment = PP_ALIGN.CENTER
    run = _run(frame.paragraphs[0], EXERCISE, 150, colour=_EXERCISE, bold=True)
    etree.SubElement(run._r.rPr.find(f".//{qn('a:srgbClr')}"), qn("a:alpha")).set("val", "12000")


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
