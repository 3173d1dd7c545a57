"""A visual-testing report as one HTML page that loads nothing, to be printed, filled in and signed by hand."""

from collections.abc import Sequence

from beadwatch.imaging.report_page import document, panel, picture, text
from beadwatch.reports.page import facts, lines_of, simulated_band, style
from beadwatch.reports.visual_testing import FIELDS, NONE_LISTED, SIGNING, Line, VisualTesting


def visual_testing_page(report: VisualTesting) -> str:
    """Return the page."""
    about = [name for name in FIELDS if name not in SIGNING]
    parts = (
        simulated_band({"simulated": report.simulated}),
        panel("What was tested", _blanks(report, about)),
        panel("Extent of testing", facts(report.extent)),
        panel("Devices", facts(report.devices)),
        *(panel(f"{name}: {len(lines)}", _list(lines)) for name, lines in report.lists.items()),
        panel("Result", f"<p><b>{text(report.result)}</b></p>{_blanks(report, SIGNING)}{_signature()}"),
        '<ul class="soft">' + "".join(f"<li>{text(note)}</li>" for note in report.notes) + "</ul>",
    )
    return document(f"Visual testing report, run {report.run_id}", parts, style())


def _blanks(report: VisualTesting, names: Sequence[str]) -> str:
    lines = "".join(f"<dt>{text(FIELDS[name])}</dt><dd>{text(report.fields[name])}</dd>" for name in names)
    return f'<dl class="blanks">{lines}</dl>'


def _signature() -> str:
    return '<dl class="blanks"><dt>Accepted / not accepted</dt><dd></dd><dt>Signature</dt><dd></dd></dl>'


def _list(lines: Sequence[Line]) -> str:
    if not lines:
        return f"<p>{text(NONE_LISTED)}</p>"
    head = "".join(
        f'<th scope="col" class="text">{name}</th>' for name in ("", "picture", "what", "location", "extent", "note")
    )
    return (
        f'<div class="wide"><table class="events"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(map(_row, lines))}</tbody></table></div>"
    )


def _row(line: Line) -> str:
    shown = f'<b>{text(line.name)}</b><span class="state is-{text(line.state)}">{text(line.state)}</span>'
    cells = (picture(line.picture), shown, lines_of(line.location), text(line.extent), text(line.note))
    return (
        f'<tr id="event-{line.number}"><th scope="row">{line.number}</th>'
        + "".join(f'<td class="text">{cell}</td>' for cell in cells)
        + "</tr>"
    )
