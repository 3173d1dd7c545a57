"""`beadwatch runs`: which there are, one of them, and its reports as files."""

import json
import sys
from pathlib import Path

import pytest

from beadwatch.line.frame_record import FrameRecord
from beadwatch.settings import load_settings
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.run_store import RunStore
from tests.cli.conftest import Run
from tests.line.made import STARTED_AT, ended, made_event, made_frame, made_run
from tests.reports.made import jpeg

OLD, NEW, KILLED = "20300317-174640-aaaa", "20300317-184640-bbbb", "20300317-194640-bbcc"


@pytest.fixture
def runs() -> None:
    """Store three runs: one with an event and frames, one simulated, and one that was killed."""
    settings = load_settings()
    store = RunStore(open_database(settings.database))
    picture = BlobStore(settings.blobs).put(jpeg())
    for at, run_id in enumerate((OLD, NEW, KILLED)):
        run = made_run(
            run_id, started_at=STARTED_AT + 3600 * at, simulated=run_id == NEW, source="sim://tig", line=f"cell-{at}"
        )
        store.start(run)
        event = made_event(run_id=run_id, picture=picture, started_at=run.started_at + 5.0)
        store.append(run.line, event)
        record = FrameRecord(settings.data_dir / "runs" / run_id, run)
        for number in range(500):
            record.add(made_frame(number, run_id=run_id, captured_at=run.started_at + number / 50))
        record.close()
        if run_id != KILLED:
            store.append(run.line, ended(event))
            store.finish(run_id, run.started_at + 10, {"counters": {"received": 500}})
    store.close()


def test_no_run_yet_says_so(beadwatch: Run) -> None:
    outcome = beadwatch("runs", "list", "--format", "table")
    assert (outcome.code, outcome.out) == (0, "")
    assert "no run yet" in outcome.err


@pytest.mark.usefixtures("runs")
def test_list_has_the_newest_first(beadwatch: Run) -> None:
    listed = beadwatch("runs", "list").lines
    assert [line["id"] for line in listed] == [KILLED, NEW, OLD]
    assert [line["ended_at"] is None for line in listed] == [True, False, False]
    assert [line["id"] for line in beadwatch("runs", "list", "--line", "cell-1", "--limit", 5).lines] == [NEW]
    table = beadwatch("runs", "list", "--format", "table").out
    for words in (OLD, "not closed", "10.0 s", "SIMULATED sim://tig", "cell-2"):
        assert words in table


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(("wanted", "found"), [("latest", KILLED), (OLD, OLD), ("20300317-17", OLD)])
def test_a_run_is_found_by_its_beginning(beadwatch: Run, wanted: str, found: str) -> None:
    told = json.loads(beadwatch("runs", "show", wanted).out)
    assert told["run"]["id"] == found
    assert told["closed"] == (found != KILLED)
    assert told["watched"]["frames"] == 500
    assert told["indications"][0]["event"]["phase"] == ("started" if found == KILLED else "ended")


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("wanted", "why"),
    [("2029", "no run '2029'"), ("", "no run ''"), ("20300317", "3 runs begin with '20300317'"), ("%", "no run '%'")],
)
def test_a_run_that_is_none_or_several_is_exit_code_2(beadwatch: Run, wanted: str, why: str) -> None:
    outcome = beadwatch("runs", "show", wanted)
    assert (outcome.code, outcome.out) == (2, "")
    assert f"beadwatch: StoreError: {why}" in outcome.err


def test_latest_of_none_is_exit_code_2(beadwatch: Run) -> None:
    assert "no run 'latest'" in beadwatch("runs", "report", "latest").err


@pytest.mark.usefixtures("runs")
def test_show_tells_people_the_same(beadwatch: Run) -> None:
    shown = beadwatch("runs", "show", "latest", "--format", "table").out
    for words in ("Defect", "ended without closing", "burn through", "not ended", "510", "p95", "good", "less current"):
        assert words in shown
    assert "SIMULATED" in beadwatch("runs", "show", NEW, "--format", "table").out


@pytest.mark.usefixtures("runs")
def test_a_report_lies_beside_the_frames_unless_it_is_told_where(beadwatch: Run) -> None:
    outcome = beadwatch("runs", "report", OLD)
    folder = load_settings().data_dir / "runs" / OLD / "report"
    names = ["report.html", "report.json", "visual-testing.html", "visual-testing.json", "visual-testing.pdf"]
    assert (outcome.code, outcome.out.splitlines()) == (0, [str(folder / name) for name in names])
    assert sorted(path.name for path in folder.iterdir()) == names
    assert "data:image/jpeg" in (folder / "report.html").read_text()
    assert (folder / "visual-testing.pdf").read_bytes().startswith(b"%PDF-")
    assert json.loads((folder / "report.json").read_text())["kind"] == "run report"


@pytest.mark.usefixtures("runs")
def test_only_what_is_named_is_written(beadwatch: Run) -> None:
    outcome = beadwatch(
        "runs", "report", "latest", "--json", "a/b.json", "--visual-testing", "c.JSON", "--field", "object=Pipe = 3",
        "--field", "tester=A",
    )  # fmt: skip
    assert outcome.out.splitlines() == ["a/b.json", "c.JSON"]
    fields = json.loads(Path("c.JSON").read_text())["fields"]
    assert (fields["object"], fields["tester"], fields["material"]) == ("Pipe = 3", "A", "")
    assert sorted(beadwatch("runs", "report", OLD, "--out", "all").out.split())[0] == "all/report.html"


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--field", "object"], "SettingsError: --field 'object': say NAME=VALUE"),
        (["--field", "colour=red"], "SettingsError: a visual-testing report has no field 'colour'"),
        (["--visual-testing", "a.docx"], "its ending must be .html, .json or .pdf"),
        (["--html", "."], "cannot be written"),
    ],
)
def test_wrong_options_are_exit_code_2(beadwatch: Run, options: list[str], why: str) -> None:
    outcome = beadwatch("runs", "report", OLD, *options)
    assert outcome.code == 2
    assert why in outcome.err


@pytest.mark.usefixtures("runs", "models_dir")
def test_the_card_is_shown_only_if_it_is_of_the_same_version(beadwatch: Run) -> None:
    assert json.loads(beadwatch("runs", "show", OLD).out)["card"] is None
    store = RunStore(open_database(load_settings().database))
    store.start(made_run("zz", model="tig", model_version="tig-1"))
    store.close()
    card = json.loads(beadwatch("runs", "show", "zz").out)["card"]
    assert (card["version"], card["figures"]["macro_f1"]["value"]) == ("tig-1", 0.9)
    assert card["promise"].startswith("not certified")


@pytest.mark.usefixtures("runs")
def test_a_damaged_part_is_named(beadwatch: Run) -> None:
    part = next((load_settings().data_dir / "runs" / OLD / "frames").iterdir())
    part.write_bytes(b"damaged")
    outcome = beadwatch("runs", "show", OLD)
    assert outcome.code == 2
    assert part.name in outcome.err


def test_a_missing_package_is_named_with_its_extra(beadwatch: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "beadwatch.services.run_reports", None)
    outcome = beadwatch("runs", "list")
    assert outcome.code == 2
    assert "pip install 'beadwatch[line]'" in outcome.err
