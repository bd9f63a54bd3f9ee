"""A briefing as a text that an office edits on: headings, paragraphs, tables, and maps and charts as images."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from emmap.briefing import qr
from emmap.briefing.outputs.archive import repacked
from emmap.briefing.outputs.images import photograph
from emmap.briefing.outputs.plates import Plates, plates
from emmap.briefing.outputs.properties import describe
from emmap.briefing.outputs.shapes import (
    EXERCISE,
    data_until,
    foot,
    header,
    issue,
    record,
    shapes_of,
    signatures,
    widths,
)

_BODY, _HEADING = "仿宋", "黑体"
"""After GB/T 9704, the layout of official documents; Word, WPS and LibreOffice have them or replace them."""
_LATIN = "Times New Roman"
_SIZES_MM = {"a4": (210.0, 297.0), "a3": (297.0, 420.0)}
_SIDE_MM = 22.0
_RED, _MUTED, _EXERCISE = RGBColor(0xC4, 0x16, 0x1C), RGBColor(0x4F, 0x60, 0x72), RGBColor(0x8A, 0x4B, 0x00)
_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
}


def text(content: Mapping[str, Any], *, at: datetime) -> bytes:
    """The document. `at` is the time written into it."""
    return repacked(_Text(content).made(at))


class _Text:
    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self.document = Document()
        _name_styles(self.document)
        self.room_mm = self._page()

    def made(self, at: datetime) -> bytes:
        shapes = shapes_of(self.content)
        drawn = iter(plates(self.content, shapes, legend_mm=None, at=at))
        self._masthead()
        for one in shapes:
            if one["title"]:
                self.document.add_heading(one["title"], level=2)
            match one["shape"]:
                case "text":
                    for paragraph in one["paragraphs"]:
                        self._paragraph(paragraph, indent=True)
                case "pictures":
                    self._pictures(one, next(drawn))
                case "table":
                    self._table(one)
                case "list":
                    self._list(one)
                case "photos":
                    self._photos(one)
        self._closing()
        self._foot()
        if self.content["exercise"]:
            _watermark(self.document.sections[0])
        return self._saved(at)

    def _saved(self, at: datetime) -> bytes:
        describe(self.document.core_properties, self.content, at)
        raw = BytesIO()
        self.document.save(raw)
        return raw.getvalue()

    def _page(self) -> float:
        """Sets the paper; how wide the text runs, in mm."""
        paper = self.content.get("paper") or "a4"
        wide, high = _SIZES_MM.get(paper.split("-")[0], _SIZES_MM["a4"])
        section = self.document.sections[0]
        if paper.endswith("landscape") or paper == "16:9":
            wide, high = high, wide
            section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Mm(wide), Mm(high)
        section.left_margin = section.right_margin = Mm(_SIDE_MM)
        section.top_margin, section.bottom_margin = Mm(24), Mm(24)
        return wide - 2 * _SIDE_MM

    def _masthead(self) -> None:
        said = "　".join(
            one for one in (self._exercise_mark(), header(self.content, "classification")) if one
        )
        if said:
            self._paragraph(said, size=10, align="right")
        if masthead := header(self.content, "masthead"):
            self._paragraph(masthead, size=36, align="center", colour=_RED, bold=True)
        if number := issue(self.content):
            self._paragraph(number, size=14, align="center")
        line = self.document.add_paragraph()
        line.paragraph_format.tab_stops.add_tab_stop(Mm(self.room_mm), WD_TAB_ALIGNMENT.RIGHT)
        office = header(self.content, "office") or self.content["producing_unit"]
        line.add_run(f"{office}\t{header(self.content, 'date')}")
        _ruled(line, "bottom", 18, "C4161C")
        self.document.add_heading(self.content["title"], level=1)
        if corrects := self.content.get("corrects"):
            self._paragraph(f"本期更正编号 {corrects} 的简报", size=10.5, align="center", colour=_MUTED)
        self._paragraph(data_until(self.content), size=10.5, align="center", colour=_MUTED)

    def _exercise_mark(self) -> str:
        return f"【{EXERCISE}】" if self.content["exercise"] else ""

    def _paragraph(
        self,
        text: str,
        *,
        size: float | None = None,
        align: str = "left",
        colour: RGBColor | None = None,
        bold: bool = False,
        indent: bool = False,
    ) -> None:
        paragraph = self.document.add_paragraph()
        _say(paragraph, text, size=size, align=align, colour=colour, bold=bold)
        if indent:
            # Two characters, whatever the size that the office sets.
            paragraph.paragraph_format.first_line_indent = Pt(28)
            paragraph._p.pPr.ind.set(qn("w:firstLineChars"), "200")

    def _pictures(self, one: Mapping[str, Any], drawn: Sequence[Plates]) -> None:
        columns = one["columns"]
        wide = (self.room_mm - 4 * (columns - 1)) / columns
        pairs = list(zip(one["pictures"], drawn, strict=True))
        if columns == 1:
            for told, plate in pairs:
                paragraph = self.document.add_paragraph()
                _image(paragraph, plate.picture.png, min(wide, plate.picture.width_mm), told["alt"])
                self._caption(told["caption"])
        else:
            table = self.document.add_table(rows=-(-len(pairs) // columns), cols=columns)
            for place, (told, plate) in enumerate(pairs):
                cell = table.cell(place // columns, place % columns)
                _image(cell.paragraphs[0], plate.picture.png, wide - 4, told["alt"])
                _say(cell.add_paragraph(), told["caption"], size=10.5, align="center", bold=True)
        for told, plate in pairs:
            if plate.legend:
                if columns > 1:
                    self._paragraph(told["caption"], size=9, colour=_MUTED)
                paragraph = self.document.add_paragraph()
                _image(paragraph, plate.legend.png, min(self.room_mm, plate.legend.width_mm), "图例")
        notes = list(dict.fromkeys(note for told, _ in pairs for note in told["notes"]))
        if notes:
            self._paragraph(" · ".join(notes), size=9, colour=_MUTED)

    def _caption(self, text: str) -> None:
        if text:
            self._paragraph(text, size=10.5, align="center", bold=True)

    def _table(self, one: Mapping[str, Any]) -> None:
        columns, total = one["columns"], one["total"]
        if columns:
            rows = [[column["title"] for column in columns], *one["rows"], *([total] if total else [])]
            self._rows(rows, [column["align"] for column in columns], total=bool(total))
        if one["note"]:
            self._paragraph(one["note"], size=9, colour=_MUTED)

    def _rows(self, rows: Sequence[Sequence[str]], aligned: Sequence[str], *, total: bool) -> None:
        """The first row is the heading, which each page repeats."""
        table = self.document.add_table(rows=len(rows), cols=len(aligned), style="Table Grid")
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        wide = [Mm(one) for one in widths(rows, self.room_mm)]
        for column, width in zip(table.columns, wide, strict=True):
            column.width = width
        for line, (row, cells) in enumerate(zip(rows, table.rows, strict=True)):
            strong = line == 0 or (total and line == len(rows) - 1)
            for text, align, cell, width in zip(row, aligned, cells.cells, wide, strict=True):
                cell.width = width
                _say(cell.paragraphs[0], text, size=10.5, align=align, bold=strong)
                cell.paragraphs[0].paragraph_format.space_after = Pt(0)
        table.rows[0]._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
        self.document.add_paragraph().paragraph_format.space_after = Pt(0)

    def _list(self, one: Mapping[str, Any]) -> None:
        for item in one["items"]:
            number = f"{item['number']}. " if item["number"] else ""
            level = f"【{item['level']}】" if item["level"] else ""
            note = f"（{item['note']}）" if item["note"] else ""
            self._paragraph(f"{number}{level}{item['text']}{note}")
        if not one["items"]:
            self._paragraph("无。")
        if one["left"] > 0:
            self._paragraph(f"另有 {one['left']} 条未列出。", size=9, colour=_MUTED)

    def _photos(self, one: Mapping[str, Any]) -> None:
        for told in one["photos"]:
            upright = told["height_px"] > told["width_px"]
            paragraph = self.document.add_paragraph()
            wide = self.room_mm * (0.5 if upright else 0.8)
            _image(paragraph, photograph(told), wide, told["caption"] or "照片")
            self._caption(told["caption"])

    def _closing(self) -> None:
        named = (("主送", "to"), ("抄送", "cc"), ("联系电话", "phone"))
        for title, name in named:
            if told := header(self.content, name):
                self._paragraph(f"{title}：{told}", size=12)
        signed = [f"{title}：{name}" for title, name in signatures(self.content)]
        if "blocks" in self.content:
            self._paragraph("　　".join(signed), size=12)
        url = self.content.get("record_url", "")
        if code := qr.png(url):
            self._paragraph(f"本期记录：{url}", size=10.5)
            _image(self.document.add_paragraph(), code, 28, f"本期记录：{url}", align="left")

    def _foot(self) -> None:
        paragraph = self.document.sections[0].footer.paragraphs[0]
        _say(paragraph, " · ".join(foot(self.content)), size=8, colour=_MUTED)
        line = self.document.sections[0].footer.add_paragraph()
        _say(line, "第 ", size=8, align="right", colour=_MUTED)
        for field, after in (("PAGE", " 页 共 "), ("NUMPAGES", " 页")):
            line._p.append(
                parse_xml(
                    f'<w:fldSimple {nsdecls("w")} w:instr="{field}"><w:r><w:rPr><w:sz w:val="16"/></w:rPr>'
                    "<w:t>1</w:t></w:r></w:fldSimple>"
                )
            )
            _say(line, after, size=8, align="right", colour=_MUTED)
        _ruled(paragraph, "top", 4, "4F6072")
        top = self.document.sections[0].header.paragraphs[0]
        told = f"{self._exercise_mark()}{record(self.content)}"
        _say(top, told, size=8, align="right", colour=_EXERCISE if self.content["exercise"] else _MUTED)


def _name_styles(document: Any) -> None:
    """The fonts of the styles, for Latin and for Chinese."""
    for name, font, size in (
        ("Normal", _BODY, 14),
        ("Heading 1", _HEADING, 20),
        ("Heading 2", _HEADING, 15),
    ):
        style = document.styles[name]
        style.font.size, style.font.name = Pt(size), _LATIN
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[theme]
        fonts.set(qn("w:eastAsia"), font)
        style.font.color.rgb = RGBColor(0, 0, 0)
    for lang in document.styles.element.iter(qn("w:lang")):
        lang.set(qn("w:eastAsia"), "zh-CN")
    document.styles["Heading 1"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.styles["Normal"].paragraph_format.space_after = Pt(4)


def _say(
    paragraph: Any,
    text: str,
    *,
    size: float | None = None,
    align: str = "left",
    colour: RGBColor | None = None,
    bold: bool = False,
) -> None:
    run = paragraph.add_run(text)
    run.bold = bold
    if size:
        run.font.size = Pt(size)
    if colour is not None:
        run.font.color.rgb = colour
    if bold:
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _HEADING)
    paragraph.alignment = _ALIGN[align]


def _ruled(paragraph: Any, side: str, eighths: int, colour: str) -> None:
    """A line above or below a paragraph, so many eighths of a point wide."""
    line = f'<w:{side} w:val="single" w:sz="{eighths}" w:space="4" w:color="{colour}"/>'
    paragraph._p.get_or_add_pPr().insert_element_before(
        parse_xml(f"<w:pBdr {nsdecls('w')}>{line}</w:pBdr>"),
        "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr",
    )  # fmt: skip


def _image(paragraph: Any, body: bytes, wide_mm: float, alt: str, align: str = "center") -> None:
    paragraph.alignment = _ALIGN[align]
    drawn = paragraph.add_run().add_picture(BytesIO(body), width=Mm(wide_mm))
    drawn._inline.docPr.set("descr", alt)


def _watermark(section: Any) -> None:
    """演练 across every page: the very shape that Word makes of a text watermark."""
    section.header.paragraphs[0].add_run()._r.append(
        parse_xml(
            f'<w:pict {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office">'
            '<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800"'
            ' path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/>'
            '<v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/>'
            '<v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/></v:formulas>'
            '<v:path textpathok="t" o:connecttype="rect"/><v:textpath on="t" fitshape="t"/></v:shapetype>'
            f'<v:shape id="PowerPlusWaterMarkObject1" o:spid="_x0000_s1025" type="#_x0000_t136" alt="{EXERCISE}"'
            ' style="position:absolute;width:380pt;height:190pt;rotation:-38;z-index:-251654144;'
            "mso-position-horizontal:center;mso-position-horizontal-relative:margin;mso-position-vertical:center;"
            'mso-position-vertical-relative:margin" o:allowincell="f" fillcolor="#8a4b00" stroked="f">'
            f'<v:fill opacity="0.14"/><v:textpath style="font-family:&quot;{_HEADING}&quot;;font-size:1pt" string="{EXERCISE}"/>'
            "</v:shape></w:pict>"
        )
    )
