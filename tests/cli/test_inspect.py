"""`beadwatch inspect`: its JSON lines, its exit codes, and what it says to a person when something is wrong."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from beadwatch.domain.labels import SURFACE, TIG, Task
from tests.bundles import between, colour_of, half_and_half, spotted, tiny_graph, write_bundle, zipped
from tests.cli.conftest import Run
from tests.pictures import RED, encoded, png

pytestmark = pytest.mark.usefixtures("models_dir")
DOCUMENTED = (
    "path", "sha256", "task", "model", "model_version", "label", "labels", "confidence", "scores", "disposition",
    "reasons", "imperfections", "regions", "latency_ms",
)  # fmt: skip
BEYOND = {"distance", "seen_in_training"}


def drawn(name: str, label: str, task: Task = SURFACE) -> Path:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_bytes(png(colour_of(task, label)))
    return Path(name)


def test_line_has_the_documented_keys_in_order(beadwatch: Run) -> None:
    (line,) = beadwatch("inspect", drawn("a.png", "crack")).lines
    assert tuple(key for key in line if key not in BEYOND) == DOCUMENTED
    assert set(line) - set(DOCUMENTED) == BEYOND


def test_line_says_what_was_found(beadwatch: Run) -> None:
    data = drawn("a.png", "crack").read_bytes()
    (line,) = beadwatch("inspect", "a.png").lines
    assert line == line | {
        "path": "a.png",
        "sha256": hashlib.sha256(data).hexdigest(),
        "task": "surface",
        "model": "surface",
        "model_version": "surface-1",
        "label": "crack",
        "labels": ["crack"],
        "disposition": "reject",
        "seen_in_training": False,
    }
    assert line["confidence"] == line["scores"]["crack"] > 0.9
    assert list(line["scores"]) == list(SURFACE.label_names)
    assert line["reasons"][0].startswith("crack")


@pytest.mark.parametrize(
    ("task", "label", "kind", "number"),
    [
        (SURFACE, "crack", "imperfection", "100"),
        (SURFACE, "porosity", "imperfection", "2011"),
        (TIG, "burn through", "imperfection", "510"),
        (TIG, "lack of shielding gas", "condition", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_finding_is_an_imperfection_with_a_number_or_a_condition_without(
    beadwatch: Run, task: Task, label: str, kind: str, number: str | None
) -> None:
    (line,) = beadwatch("inspect", "--model", task.name, drawn("a.png", label, task)).lines
    (finding,) = line["imperfections"]
    assert (finding["label"], finding["kind"], finding["iso6520"]) == (label, kind, number)


def test_several_findings_are_all_listed(beadwatch: Run) -> None:
    colour = between(colour_of(SURFACE, "crack"), colour_of(SURFACE, "porosity"))
    Path("a.png").write_bytes(png(colour))
    (line,) = beadwatch("inspect", "a.png").lines
    assert set(line["labels"]) == {finding["label"] for finding in line["imperfections"]} == {"crack", "porosity"}


def test_finding_says_where_to_look(beadwatch: Run) -> None:
    Path("a.png").write_bytes(encoded(spotted(colour_of(SURFACE, "crack"), row=1, column=3)))
    (line,) = beadwatch("inspect", "a.png").lines
    (region,) = line["regions"]
    assert region["label"] == "crack"
    assert region["peak"] == pytest.approx([0.7, 0.375])


def test_good_weld_has_nowhere_to_look(beadwatch: Run) -> None:
    Path("a.png").write_bytes(encoded(spotted(colour_of(SURFACE, "good welding"), row=1, column=3)))
    (line,) = beadwatch("inspect", "a.png").lines
    assert (line["labels"], line["regions"]) == (["good welding"], [])


def test_good_weld_is_accepted_without_imperfections(beadwatch: Run) -> None:
    (line,) = beadwatch("inspect", drawn("a.png", "good welding")).lines
    assert (line["disposition"], line["imperfections"]) == ("accept", [])


def test_picture_unlike_the_known_ones_is_reviewed(beadwatch: Run) -> None:
    Path("a.png").write_bytes(encoded(half_and_half()))
    (line,) = beadwatch("inspect", "a.png").lines
    assert (line["disposition"], line["distance"]) == ("review", pytest.approx(1.0))


def test_all_done_is_exit_code_0_and_a_summary_on_standard_error(beadwatch: Run) -> None:
    outcome = beadwatch("inspect", drawn("a.png", "crack"), drawn("b.png", "good welding"), drawn("c.png", "spatters"))
    assert outcome.code == 0
    assert outcome.err.splitlines() == [
        "3 inspected with surface surface-1: 1 accept, 1 reject, 1 review; 0 failed",
        "accept: not certified how many accepted welds are bad: the model card promises nothing",
    ]


def test_summary_without_an_accepted_weld_says_nothing_of_accepting(beadwatch: Run) -> None:
    assert "accept:" not in beadwatch("inspect", drawn("a.png", "crack")).err


def test_bad_file_is_an_error_object_and_exit_code_1_and_the_rest_is_done(beadwatch: Run) -> None:
    Path("text.png").write_text("no picture")
    outcome = beadwatch("inspect", drawn("a.png", "crack"), "text.png", "gone.png", drawn("b.png", "spatters"))
    assert outcome.code == 1
    assert [line["path"] for line in outcome.lines] == ["a.png", "text.png", "gone.png", "b.png"]
    for line, kind in zip(outcome.lines[1:3], ("UnsupportedImageError", "SourceError"), strict=True):
        assert set(line) == {"path", "error"}
        assert set(line["error"]) == {"type", "message"}
        assert line["error"]["type"] == kind
    assert "2 inspected" in outcome.err
    assert "2 failed" in outcome.err


def test_folder_is_inspected_in_order_of_names(beadwatch: Run) -> None:
    for name in ("d/c.png", "d/a.png", "d/b.JPG", "d/deeper/e.png"):
        drawn(name, "crack")
    assert [line["path"] for line in beadwatch("inspect", "d").lines] == ["d/a.png", "d/b.JPG", "d/c.png"]
    assert [line["path"] for line in beadwatch("inspect", "-r", "d").lines][3:] == ["d/deeper/e.png"]


def test_empty_folder_is_exit_code_1_with_a_hint(beadwatch: Run) -> None:
    Path("d").mkdir()
    outcome = beadwatch("inspect", "d")
    assert outcome.code == 1
    assert "--recursive" in outcome.lines[0]["error"]["message"]


def test_pictures_that_were_trained_on_are_pointed_out(beadwatch: Run) -> None:
    data = drawn("a.png", "crack").read_bytes()
    write_bundle(Path("mine"), SURFACE, seen=[hashlib.sha256(data).hexdigest()])
    outcome = beadwatch("inspect", "--model", "mine", "a.png", drawn("b.png", "spatters"))
    assert [line["seen_in_training"] for line in outcome.lines] == [True, False]
    assert "1 of them is a picture that the model was trained on" in outcome.err


@pytest.mark.parametrize("model", ["surface", "tig", "models/tig", "mine.zip"])
def test_model_is_chosen_by_name_or_path(beadwatch: Run, model: str) -> None:
    zipped(write_bundle(Path("mine"), TIG))
    assert beadwatch("inspect", "--model", model, drawn("a.png", "crack")).code == 0


def test_unknown_model_is_exit_code_2_and_says_what_there_is(beadwatch: Run) -> None:
    outcome = beadwatch("inspect", "--model", "laser", drawn("a.png", "crack"))
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("beadwatch: BundleError: no model 'laser'")
    assert "(there: surface, tig)" in outcome.err


@pytest.mark.parametrize("name", ["model.onnx", "golden.png", "seen.txt", "card.json"])
def test_damaged_bundle_is_exit_code_2_and_names_the_file(beadwatch: Run, name: str) -> None:
    Path("models/surface", name).write_bytes(b"damaged")
    outcome = beadwatch("inspect", drawn("a.png", "crack"))
    assert (outcome.code, outcome.out) == (2, "")
    assert name in outcome.err
    assert "Traceback" not in outcome.err


def test_model_that_fails_on_a_picture_is_a_result_and_not_a_crash(beadwatch: Run) -> None:
    from onnx import helper

    nan = helper.make_node("Div", ["half", "half"], ["distance"])
    folder = write_bundle(Path("mine"), SURFACE, model=tiny_graph(SURFACE, extra=[nan]))
    card = (folder / "card.json").read_text()
    before, _, after = card.partition('"distance": ')
    (folder / "card.json").write_text(before + '"distance": 1.0' + after[after.index(",") :])
    outcome = beadwatch("inspect", "--model", "mine", drawn("a.png", "background"))
    assert outcome.code == 1
    assert outcome.lines[0]["error"]["type"] == "BundleError"


@pytest.mark.parametrize(
    "arguments",
    [
        ["inspect"],
        ["inspect", "--format", "xml", "a.png"],
        ["inspect", "--no-such-option", "a.png"],
        ["inspect", "--model"],
        ["no-such-command"],
        [],
    ],
    ids=lambda arguments: " ".join(arguments) or "nothing",
)
def test_wrong_usage_is_exit_code_2_with_a_hint(beadwatch: Run, arguments: list[str]) -> None:
    outcome = beadwatch(*arguments)
    assert outcome.code == 2
    assert any(hint in outcome.err + outcome.out for hint in ("Usage: ", "requires an argument"))


@pytest.mark.parametrize(
    ("variable", "value"), [("BEADWATCH_THREADS", "many"), ("BEADWATCH_MAX_UPLOAD_MB", "0")], ids=["threads", "upload"]
)
def test_wrong_setting_is_exit_code_2_and_named(
    beadwatch: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    outcome = beadwatch("inspect", drawn("a.png", "crack"))
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"beadwatch: SettingsError: {variable}:")


def test_file_name_that_is_no_unicode_is_written_as_escapes(beadwatch: Run) -> None:
    name = os.fsdecode(b"Schwei\xdfnaht.png")
    Path(name).write_bytes(png(RED))
    for form in ("jsonl", "csv", "table"):
        outcome = beadwatch("inspect", "--format", form, name, os.fsdecode(b"\xff.png"))
        assert outcome.code == 1
        assert "udcdfnaht" in outcome.out


def test_names_in_any_script_stay_readable(beadwatch: Run) -> None:
    drawn("Schweißnaht 焊缝 №1.png", "crack")
    assert "Schweißnaht 焊缝 №1.png" in beadwatch("inspect", "Schweißnaht 焊缝 №1.png").out


def test_inspecting_stores_nothing(beadwatch: Run, tmp_path: Path) -> None:
    beadwatch("inspect", drawn("a.png", "crack"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "models"]


@pytest.mark.parametrize("pictures", [1, 40], ids=["within the buffer", "beyond the buffer"])
def test_reader_that_leaves_ends_it_quietly(pictures: int) -> None:
    for number in range(pictures):
        drawn(f"d/{number}.png", "crack")
    reading, writing = os.pipe()
    os.close(reading)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-c", "from beadwatch.cli import main; main()", "inspect", "d"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, env=environment, text=True, check=False)
    os.close(writing)
    assert done.returncode == 1
    assert "Broken" not in done.stderr
