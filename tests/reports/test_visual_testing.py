"""A visual-testing report lists what the machine indicates, leaves blank what nobody said, and accepts nothing."""

import json
import re
import zlib
from base64 import a85decode
from typing import Any

import pytest

from beadwatch.domain.errors import SettingsError
from beadwatch.domain.line import LineState
from beadwatch.reports import visual_testing_pdf as pdf
from beadwatch.reports.visual_testing import FIELDS, NONE_LISTED, RESULT, VisualTesting, visual_testing
from beadwatch.reports.visual_testing_page import visual_testing_page
from tests.reports.made import blobs, event_at, in_state, jpeg, report_on
from tests.reports.test_page import NASTY, checked

GOOD = in_state(range(100), LineState.GOOD)


def laid_out(fields: dict[str, str] | None = None, **run: Any) -> VisualTesting:
    kept = blobs(jpeg())
    events = [
        event_at(1, 1.0, picture=next(iter(kept))),
        event_at(2, 3.0, label="contamination", state=LineState.REVIEW),
        event_at(3, 5.0, label="high travel speed", state=LineState.REVIEW),
        event_at(4, 7.0, label="unknown", state=LineState.UNKNOWN, confidence=None, reason="camera lost"),
        event_at(5, 8.0, label="bad welding"),
    ]
    return visual_testing(report_on(GOOD, events, kept, ended_s=10.0, **run), fields)


def test_imperfections_conditions_and_what_nobody_saw_are_apart() -> None:
    report = laid_out()
    assert [line.name for line in report.imperfections] == ["510 burn through", "300 solid inclusion (contamination)"]
    assert [line.name for line in report.conditions] == ["high travel speed"]
    assert [line.name for line in report.others] == ["bad welding"]
    assert [line.name for line in report.unseen] == ["camera lost"]
    assert "size to be measured: length" in report.imperfections[1].note
    assert "size" not in report.imperfections[0].note
    assert "likely to cause 5011 continuous undercut" in report.conditions[0].note
    assert report.imperfections[0].location == ("10.0 mm along", "to 20.0 mm along", "1.00 s after the start")
    assert report.imperfections[0].extent == "10.0 mm, 1.00 s"


def test_fields_are_those_given_and_empty_lines() -> None:
    report = laid_out({"manufacturer": "Example Ltd", "tester": " A. Person "})
    assert report.fields == {**dict.fromkeys(FIELDS, ""), "manufacturer": "Example Ltd", "tester": "A. Person"}
    page = visual_testing_page(report)
    checked(page)
    assert "<dt>Manufacturer</dt><dd>Example Ltd</dd>" in page
    assert "<dt>Material</dt><dd></dd>" in page
    with pytest.raises(SettingsError, match="no field 'colour'; it has manufacturer, object"):
        laid_out({"colour": "red"})


def test_extent_and_devices_are_of_the_run() -> None:
    report = laid_out()
    assert report.extent["time"] == "10.0 s"
    assert report.extent["length along the seam"] == "99.0 mm"
    assert report.extent["frames judged"] == "100: 100.0 % of those that were not idle"
    assert (report.devices["camera"], report.devices["model"]) == ("rtsp://camera/weld", "tig-small 3")
    assert "without closing" in visual_testing(report_on(GOOD)).extent["until"]


def test_nothing_indicated_is_not_accepted() -> None:
    report = visual_testing(report_on(GOOD, ended_s=10.0))
    assert report.result == RESULT
    page = visual_testing_page(report)
    assert page.count(NONE_LISTED) == 2
    assert RESULT in page


def test_json_has_everything() -> None:
    told = json.loads(json.dumps(laid_out(simulated=True).to_dict(), allow_nan=False))
    assert list(told) == [
        "kind", "run_id", "simulated", "fields", "extent_of_testing", "devices", "imperfections", "conditions",
        "others", "unseen", "result", "notes",
    ]  # fmt: skip
    assert told["simulated"]
    assert told["imperfections"][0]["sha256"] == next(iter(blobs(jpeg())))
    assert told["imperfections"][0]["number"] == 1


def test_page_escapes_and_shows_that_it_is_simulated() -> None:
    report = laid_out(dict.fromkeys(FIELDS, NASTY), simulated=True, source=NASTY, line=NASTY)
    page = visual_testing_page(report)
    checked(page)
    assert "Nothing here is evidence" in page


def contents(data: bytes) -> list[str]:
    """Return the text of each page of a PDF of ours in one of the standard fonts."""
    pages = []
    for stream in re.findall(rb"ASCII85Decode /FlateDecode \][^>]*>>\s*stream\r?\n(.*?)endstream", data, re.DOTALL):
        drawing = zlib.decompress(a85decode(b"<~" + stream.strip(), adobe=True))
        if b" Tf" in drawing:
            pieces = re.findall(rb"\(((?:\\.|[^()\\])*)\) Tj|( T\*)", drawing)
            words = b"".join(re.sub(rb"\\(.)", rb"\1", piece) + b" " * bool(line_end) for piece, line_end in pieces)
            pages.append(words.decode("cp1252"))
    return pages


def test_pdf_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_fonts", lambda: ("Helvetica", "Helvetica-Bold"))
    data = pdf.visual_testing_pdf(laid_out({"manufacturer": "M <b>& Co", "tester": "\u0141ukasz"}, simulated=True))
    pages = contents(data)
    assert pages
    assert all("SIMULATED: drawn pictures, no evidence" in page for page in pages)
    whole = " ".join(pages)
    for words in (
        "Visual testing report, run r1", "M <b>& Co", "\\u0141ukasz", "510 burn through",
        "size to be measured:", "high travel speed", "Not signed off: a person decides.", "Signature", "Material",
    ):  # fmt: skip
        assert words in whole, words
    assert len(re.findall(rb"/Subtype /Image", data)) == 1


def test_pdf_is_the_same_each_time_and_has_its_pages() -> None:
    events = [event_at(at, 0.1 * at) for at in range(80)]
    report = visual_testing(report_on(GOOD, events, ended_s=10.0))
    data = pdf.visual_testing_pdf(report)
    assert data.startswith(b"%PDF-")
    assert data == pdf.visual_testing_pdf(report)
    assert int(re.findall(rb"/Count (\d+)", data)[0]) > 3
