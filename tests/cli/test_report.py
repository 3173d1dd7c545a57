"""Table, CSV and files: what a person reads, what a spreadsheet reads, and a file that is whole or not there."""

import contextlib
import csv
import io
import json
import stat
from pathlib import Path

import pytest

from beadwatch.cli.report import CSV_COLUMNS
from beadwatch.domain.errors import BeadwatchError
from beadwatch.domain.labels import SURFACE, TIG, Task, TaskKind, label_named
from tests.bundles import between, colour_of, half_and_half, write_bundle
from tests.cli.conftest import Run
from tests.pictures import RED, encoded, png

pytestmark = pytest.mark.usefixtures("models_dir")


@pytest.fixture
def pictures() -> list[str]:
    colours = {
        "good.png": colour_of(SURFACE, "good welding"),
        "crack, with; marks \"'.png": between(colour_of(SURFACE, "crack"), colour_of(SURFACE, "porosity")),
        "spatters.png": colour_of(SURFACE, "spatters"),
    }
    for name, colour in colours.items():
        Path(name).write_bytes(png(colour))
    Path("far.png").write_bytes(encoded(half_and_half()))
    Path("text.png").write_text("no picture")
    return [*colours, "far.png", "text.png"]


def table_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_reads_back_row_by_row(beadwatch: Run, pictures: list[str]) -> None:
    rows = table_of(beadwatch("inspect", "--format", "csv", *pictures).out)
    assert [row["path"] for row in rows] == pictures
    assert all(tuple(row) == CSV_COLUMNS for row in rows)
    assert [row["disposition"] for row in rows] == ["accept", "reject", "review", "review", ""]
    assert rows[2]["iso6520"] == "602"
    assert rows[4]["error_type"] == "UnsupportedImageError"
    assert rows[4]["error_message"]


@pytest.mark.parametrize("name", ["=HYPERLINK(0).png", "+1.png", "@SUM.png"])
def test_name_that_a_spreadsheet_would_run_is_marked(beadwatch: Run, name: str) -> None:
    Path(name).write_bytes(png(RED))
    (row,) = table_of(beadwatch("inspect", "--model", "surface", "--format", "csv", name).out)
    assert row["path"] == f"'{name}"
    (line,) = beadwatch("inspect", "--model", "surface", "--format", "jsonl", name).lines
    assert line["path"] == name


def test_csv_says_the_same_as_jsonl(beadwatch: Run, pictures: list[str]) -> None:
    rows = table_of(beadwatch("inspect", "--format", "csv", *pictures[:4]).out)
    lines = beadwatch("inspect", "--format", "jsonl", *pictures[:4]).lines
    for row, line in zip(rows, lines, strict=True):
        assert float(row["confidence"]) == line["confidence"]
        assert row["labels"] == "; ".join(line["labels"])
        assert row["reasons"] == "; ".join(line["reasons"])
        assert (row["sha256"], row["label"], row["model_version"]) == (
            line["sha256"],
            line["label"],
            line["model_version"],
        )


def test_condition_has_no_number_in_csv(beadwatch: Run) -> None:
    Path("gas.png").write_bytes(png(colour_of(TIG, "lack of shielding gas")))
    (row,) = table_of(beadwatch("inspect", "--model", "tig", "--format", "csv", "gas.png").out)
    assert (row["label"], row["iso6520"]) == ("lack of shielding gas", "")


def test_table_has_a_word_and_a_shape_for_every_verdict(beadwatch: Run, pictures: list[str]) -> None:
    text = beadwatch("inspect", "--format", "table", *pictures).out
    for shown in ("✔ accept", "✘ reject", "? review", "! error", "UnsupportedImageError", "100, 2011", "crack", "602"):
        assert shown in text


def test_table_shows_a_condition_as_such(beadwatch: Run) -> None:
    Path("fast.png").write_bytes(png(colour_of(TIG, "high travel speed")))
    assert "condition" in beadwatch("inspect", "--model", "tig", "--format", "table", "fast.png").out


def test_table_takes_names_literally(beadwatch: Run) -> None:
    names = ["[red]a.png", ":warning:.png", "[bold]gone.png"]
    for name in names[:2]:
        Path(name).write_bytes(png())
    text = beadwatch("inspect", "--format", "table", *names).out
    assert all(name in text for name in names)


def test_table_takes_names_of_classes_literally(beadwatch: Run) -> None:
    task = Task("odd", TaskKind.SINGLE_LABEL, "odd", (label_named("[/odd] :x:"), label_named("good weld")))
    write_bundle(Path("odd"), task)
    Path("a.png").write_bytes(png(RED))
    text = beadwatch("inspect", "--model", "odd", "--format", "table", "a.png").out
    assert text.count("[/odd] :x:") == 2


def test_pipe_gets_plain_text(beadwatch: Run, pictures: list[str]) -> None:
    for form in ("table", "csv", "jsonl"):
        outcome = beadwatch("inspect", "--format", form, *pictures)
        assert "\x1b" not in outcome.out + outcome.err


def test_pipe_gets_jsonl_by_default(beadwatch: Run, pictures: list[str]) -> None:
    assert len(beadwatch("inspect", *pictures).lines) == len(pictures)


@pytest.mark.parametrize("form", ["jsonl", "csv", "table"])
def test_file_holds_what_the_output_would(beadwatch: Run, pictures: list[str], form: str) -> None:
    outcome = beadwatch("inspect", "--format", form, "--out", "results", *pictures)
    assert (outcome.code, outcome.out) == (1, "")
    assert all(word in Path("results").read_text(encoding="utf-8") for word in ("accept", "reject", "review"))
    assert stat.S_IMODE(Path("results").stat().st_mode) == 0o644


def test_file_is_jsonl_by_default_and_replaces_an_old_one(beadwatch: Run, pictures: list[str]) -> None:
    Path("results").write_text("old " * 10_000)
    beadwatch("inspect", "--out", "results", *pictures)
    assert [json.loads(line)["path"] for line in Path("results").read_text().splitlines()] == pictures


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, BeadwatchError, RuntimeError])
@pytest.mark.parametrize("old", [None, "old results"])
def test_interrupted_run_leaves_the_old_file_and_no_piece_of_the_new(
    beadwatch: Run, monkeypatch: pytest.MonkeyPatch, pictures: list[str], error: type[BaseException], old: str | None
) -> None:
    Path("out").mkdir()
    if old is not None:
        Path("out/results").write_text(old)
    inspected = iter(range(100))

    def failing(*_: object) -> None:
        if next(inspected) == 2:
            raise error("half way")

    monkeypatch.setattr("beadwatch.cli.report.Summary.count", failing)
    with contextlib.suppress(MemoryError, RuntimeError):
        assert beadwatch("inspect", "--out", "out/results", *pictures).code in {2, 130}
    assert next(inspected) == 3
    assert [path.name for path in Path("out").iterdir()] == ([] if old is None else ["results"])
    assert old is None or Path("out/results").read_text() == old


@pytest.mark.parametrize("out", ["gone/results", "folder", "file/results", "x" * 300])
def test_file_that_cannot_be_written_is_exit_code_2_and_named(beadwatch: Run, pictures: list[str], out: str) -> None:
    Path("folder").mkdir()
    Path("file").touch()
    before = sorted(path.name for path in Path().iterdir())
    outcome = beadwatch("inspect", "--out", out, *pictures)
    assert outcome.code == 2
    assert outcome.err.startswith("beadwatch: SourceError: ")
    assert f"{out}: cannot be written" in outcome.err
    assert sorted(path.name for path in Path().iterdir()) == before


def test_unknown_model_leaves_the_old_file(beadwatch: Run, pictures: list[str]) -> None:
    Path("results").write_text("old")
    assert beadwatch("inspect", "--model", "laser", "--out", "results", *pictures).code == 2
    assert Path("results").read_text() == "old"
