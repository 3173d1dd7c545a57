"""A visual-testing report as a PDF on A4, to be printed, filled in and signed by hand.

Letters beyond Western Europe need the DejaVu fonts of the system; without them such a letter is shown as its escape.
"""

import io
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import CondPageBreak, Flowable, Image, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from beadwatch.reports.visual_testing import FIELDS, NONE_LISTED, SIGNING, Line, VisualTesting

_WIDTH = A4[0] - 36 * mm
_LINE = colors.HexColor("#c9cdd3")
_SOFT = colors.HexColor("#454c55")
_WARN = colors.HexColor("#f0e442")


def visual_testing_pdf(report: VisualTesting) -> bytes:
    """Return the bytes of the PDF; the same report gives the same bytes."""
    buffer = io.BytesIO()
    title = f"Visual testing report, run {report.run_id}"
    document = SimpleDocTemplate(
        buffer, pagesize=A4, title=title, creator="Beadwatch", leftMargin=18 * mm, rightMargin=18 * mm,
        topMargin=20 * mm, bottomMargin=18 * mm, invariant=True,
    )  # fmt: skip

    def frame(canvas: Any, _document: object) -> None:
        canvas.saveState()
        regular, bold = _fonts()
        if report.simulated:
            canvas.setFillColor(_WARN)
            canvas.rect(0, A4[1] - 12 * mm, A4[0], 12 * mm, stroke=0, fill=1)
            canvas.setFillColor(colors.black)
            canvas.setFont(bold, 11)
            canvas.drawCentredString(A4[0] / 2, A4[1] - 8 * mm, "SIMULATED: drawn pictures, no evidence")
        canvas.setFillColor(_SOFT)
        canvas.setFont(regular, 8)
        canvas.drawString(18 * mm, 10 * mm, _printable(title))
        canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, f"page {canvas.getPageNumber()}")
        canvas.restoreState()

    document.build(_story(report, title), onFirstPage=frame, onLaterPages=frame)
    return buffer.getvalue()


def _story(report: VisualTesting, title: str) -> list[Flowable]:
    about = {FIELDS[name]: report.fields[name] for name in FIELDS if name not in SIGNING}
    signing = {FIELDS[name]: report.fields[name] for name in SIGNING}
    story: list[Flowable] = [_text(title, 15, bold=True), Spacer(0, 4 * mm)]
    for heading, facts in (
        ("What was tested", about), ("Extent of testing", report.extent), ("Devices", report.devices),
    ):  # fmt: skip
        story += [*_heading(heading), _facts(facts)]
    for heading, lines in report.lists.items():
        story += [*_heading(f"{heading}: {len(lines)}"), _list(lines) if lines else _text(NONE_LISTED)]
    story += [*_heading("Result"), _text(report.result, bold=True), Spacer(0, 2 * mm)]
    story += [_facts({"Accepted / not accepted": "", **signing, "Signature": ""}), Spacer(0, 4 * mm)]
    story += [_text(f"- {note}", 8, soft=True) for note in report.notes]
    return story


def _facts(facts: Mapping[str, str]) -> Table:
    rows = [[_text(name, soft=True), _text(value)] for name, value in facts.items()]
    style = [("LINEBELOW", (1, 0), (1, -1), 0.5, _LINE), ("VALIGN", (0, 0), (-1, -1), "BOTTOM")]
    return Table(rows, [45 * mm, _WIDTH - 45 * mm], style=TableStyle(style), minRowHeights=[7 * mm] * len(rows))


def _list(lines: Sequence[Line]) -> Table:
    head = [_text(name, 8, soft=True) for name in ("", "picture", "what", "location", "extent", "note")]
    rows = [
        [
            _text(str(line.number), bold=True), _picture(line.picture),
            [_text(line.name, bold=True), _text(f"state: {line.state}", 8, soft=True)],
            [_text(where, 8) for where in line.location], _text(line.extent, 8), _text(line.note, 8),
        ]
        for line in lines
    ]  # fmt: skip
    widths = [9 * mm, 30 * mm, 36 * mm, 44 * mm, 22 * mm]
    style = [("LINEBELOW", (0, 0), (-1, -1), 0.5, _LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    return Table([head, *rows], [*widths, _WIDTH - sum(widths)], repeatRows=1, style=TableStyle(style))


def _picture(data: bytes | None) -> Flowable:
    if data is None:
        return _text("no picture", 8, soft=True)
    image = Image(io.BytesIO(data))
    scale = min(27 * mm / image.imageWidth, 27 * mm / image.imageHeight)
    image.drawWidth, image.drawHeight = image.imageWidth * scale, image.imageHeight * scale
    return image


def _heading(words: str) -> list[Flowable]:
    style = ParagraphStyle("h", fontName=_fonts()[1], fontSize=11, leading=14, spaceBefore=10, spaceAfter=4)
    return [CondPageBreak(50 * mm), Paragraph(escape(words), style)]  # room for the heading and a first row


def _text(words: str, size: int = 9, bold: bool = False, soft: bool = False) -> Paragraph:
    style = ParagraphStyle(
        "t", fontName=_fonts()[bold], fontSize=size, leading=size * 1.3, textColor=_SOFT if soft else colors.black,
        splitLongWords=1,
    )  # fmt: skip
    return Paragraph(escape(_printable(words)), style)


def _printable(words: str) -> str:
    """Return a text whose letters the font has; others, and what is no valid Unicode, as escapes."""
    codec = "utf-8" if _fonts()[0] == "DejaVuSans" else "cp1252"
    return words.encode(codec, "backslashreplace").decode(codec)


@cache
def _fonts() -> tuple[str, str]:
    """Return the names of the regular and the bold font."""
    try:
        for name in ("DejaVuSans", "DejaVuSans-Bold"):
            pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    except (TTFError, OSError):
        return "Helvetica", "Helvetica-Bold"
    return "DejaVuSans", "DejaVuSans-Bold"
