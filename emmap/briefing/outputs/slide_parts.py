"""What stands on a slide: texts, tables, images, the mark of an exercise. Places and sizes in mm."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

from lxml import etree
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.slide import Slide
from pptx.util import Length, Mm, Pt

from emmap.briefing.outputs.shapes import EXERCISE, FONT

WIDE_MM, HIGH_MM = 338.7, 190.5
SIDE_MM, TOP_MM, BOTTOM_MM = 14.0, 30.0, 172.0
ROOM_MM = WIDE_MM - 2 * SIDE_MM
INK, MUTED, RED, _EXERCISE = "14202E", "4F6072", "C4161C", "8A4B00"
MM_PER_PT = 25.4 / 72
_GRID = "{5940675A-B579-460E-94D1-54222C63F5DA}"
"""PowerPoint's table style "No Style, Table Grid" (ISO/IEC 29500 names styles by such ids)."""
_ALIGN = {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT, "center": PP_ALIGN.CENTER}


def to_wide(deck: Any) -> None:
    """Layouts and all that they hold, from the 4:3 of the blank presentation to 16:9."""
    share = Mm(WIDE_MM) / deck.slide_width
    tall = Mm(HIGH_MM) / deck.slide_height
    for layout in (deck.slide_master, *deck.slide_layouts):
        for shape in layout.placeholders:
            if shape.element.spPr.xfrm is None:
                continue
            shape.left, shape.width = Length(round(shape.left * share)), Length(round(shape.width * share))
            shape.top, shape.height = Length(round(shape.top * tall)), Length(round(shape.height * tall))
    deck.slide_width, deck.slide_height = Mm(WIDE_MM), Mm(HIGH_MM)


def name_fonts(deck: Any) -> None:
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


def title_of(slide: Slide, text: str, box: Box, size: float, *, centred: bool = False) -> None:
    """The slide's title."""
    title = slide.shapes.title
    assert title is not None  # every slide is made with the layout that has one
    title.left, title.top, title.width, title.height = _place(box)
    title.text_frame.word_wrap = True
    title.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    paragraph = title.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.CENTER if centred else PP_ALIGN.LEFT
    _run(paragraph, text, size, bold=True)


def write(
    slide: Slide,
    paragraphs: Iterable[str],
    box: Box,
    size: float,
    *,
    colour: str = INK,
    bold: bool = False,
    centred: bool = False,
    right: bool = False,
) -> None:
    """Paragraphs in a box of text."""
    frame = slide.shapes.add_textbox(*_place(box)).text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Mm(0)
    for place, text in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.CENTER if centred else PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        paragraph.space_after = Pt(size * 0.4)
        _run(paragraph, text, size, colour=colour, bold=bold)


def _run(paragraph: Any, text: str, size: float, *, colour: str = INK, bold: bool = False) -> Any:
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


def rows_of(
    slide: Slide,
    columns: Sequence[Mapping[str, Any]],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    size: float,
    *,
    total: bool,
) -> None:
    """A table that can be edited, its heading above the rows."""
    high = size * 1.75 * MM_PER_PT
    box = (SIDE_MM, TOP_MM, ROOM_MM, high * (len(rows) + 1))
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
            if text:
                _run(paragraph, text, size, bold=line == 0 or (total and line == len(rows)))
            else:
                # An empty line is as high as its own size says, which is 18 points where none does.
                etree.SubElement(paragraph._p, qn("a:endParaRPr")).set("sz", str(round(size * 100)))


def image(slide: Slide, body: bytes, box: Box, alt: str) -> None:
    """A picture, told in words to who cannot see it."""
    picture = slide.shapes.add_picture(BytesIO(body), *_place(box))
    picture._element.nvPicPr.cNvPr.set("descr", alt)


def page_number(slide: Slide, number: int) -> None:
    """A field that follows when slides are moved."""
    frame = slide.shapes.add_textbox(*_place((WIDE_MM - SIDE_MM - 16, 177, 16, 7))).text_frame
    frame.margin_right = Mm(0)
    paragraph = frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT
    field = etree.SubElement(paragraph._p, qn("a:fld"))
    field.set("id", "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}")
    field.set("type", "slidenum")
    etree.SubElement(field, qn("a:rPr")).set("sz", "1000")
    etree.SubElement(field, qn("a:t")).text = str(number)


def watermark(slide: Slide) -> None:
    """演练 across the slide, over maps too."""
    box = slide.shapes.add_textbox(*_place((49, 60, 240, 70)))
    box.name, box.rotation = EXERCISE, -24
    frame = box.text_frame
    frame.word_wrap = False
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    frame.paragraphs[0].alignment = PP_ALIGN.CENTER
    run = _run(frame.paragraphs[0], EXERCISE, 150, colour=_EXERCISE, bold=True)
    etree.SubElement(run._r.rPr.find(f".//{qn('a:srgbClr')}"), qn("a:alpha")).set("val", "12000")


def rule(slide: Slide) -> None:
    """The red line below a title."""
    line = slide.shapes.add_connector(1, Mm(SIDE_MM), Mm(25), Mm(WIDE_MM - SIDE_MM), Mm(25))
    line.line.color.rgb, line.line.width = RGBColor.from_string(RED), Pt(1.5)
