"""`beadwatch models`: which there are, what stands on a card, and two side by side."""

import json
from pathlib import Path

import pytest

from beadwatch.domain.labels import TIG
from beadwatch.domain.model_card import Interval, Metrics
from tests.bundles import write_bundle, zipped
from tests.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("models_dir")


def test_list_has_a_line_for_each_bundle(beadwatch: Run) -> None:
    outcome = beadwatch("models", "list")
    assert outcome.code == 0
    assert [line["name"] for line in outcome.lines] == ["surface", "tig"]
    tig = outcome.lines[1]
    assert tig.pop("size_bytes") == sum(file.stat().st_size for file in Path("models/tig").iterdir())
    assert tig == {
        "name": "tig", "state": "ok", "version": "tig-1", "task": "tig", "created": "2026-01-02T03:04:05+00:00",
        "snapshot": "0" * 64, "figures": {"macro_f1": {"value": 0.9, "low": 0.8, "high": 1.0}}, "error": None,
        "withdrawn": None,
    }  # fmt: skip


@pytest.mark.parametrize("file", ["model.onnx", "card.json"])
def test_refused_bundle_is_listed_with_the_reason_and_exit_code_1(beadwatch: Run, file: str) -> None:
    Path("models/surface", file).write_bytes(b"damaged")
    outcome = beadwatch("models", "list")
    assert outcome.code == 1
    assert [line["state"] for line in outcome.lines] == ["refused", "ok"]
    assert file in outcome.lines[0]["error"]["message"]
    table = beadwatch("models", "list", "--format", "table").out
    assert "✘ refused" in table
    assert "✔ ok" in table
    assert file in table


def test_table_shows_the_figures_that_a_model_is_told_by(beadwatch: Run) -> None:
    values = {"ece": Interval(0.1, 0.0, 0.2), "macro_recall": Interval(0.812, 0.7, 0.9)}
    zipped(write_bundle(Path("models/mine"), TIG, metrics=Metrics("made up", 10, 4, values)))
    shown = beadwatch("models", "list", "--format", "table").out
    assert shown.count("macro recall 0.812 [0.700, 0.900]") == 2, "the folder and its zip"
    assert "2026-01-02" in shown


def test_empty_folder_says_what_to_do(beadwatch: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_MODELS_DIR", "nowhere")
    outcome = beadwatch("models", "list", "--format", "table")
    assert (outcome.code, outcome.out) == (0, "")
    assert "no bundle in nowhere; BEADWATCH_MODELS_DIR" in outcome.err


def test_show_writes_the_card_as_it_is(beadwatch: Run) -> None:
    outcome = beadwatch("models", "show", "tig")
    assert outcome.code == 0
    assert json.loads(outcome.out) == json.loads(Path("models/tig/card.json").read_text())


def test_show_has_everything_that_a_person_asks_for(beadwatch: Run) -> None:
    shown = beadwatch("models", "show", "models/tig", "--format", "table").out
    for words in (
        "tig tig-1", "TIG process camera (tig), single label", "40 x 32 px", "lack of fusion", "401", "condition",
        "reject", "0.50", "macro f1", "0.900 [0.800, 1.000]", "10 pictures of 4 groups; made up for tests",
        "snapshot", "seed", "model.onnx", "drawn by a test",
    ):  # fmt: skip
        assert words in shown


@pytest.mark.parametrize("command", [["show", "laser"], ["compare", "tig", "laser"]])
def test_unknown_model_is_exit_code_2_and_says_what_there_is(beadwatch: Run, command: list[str]) -> None:
    outcome = beadwatch("models", *command)
    assert (outcome.code, outcome.out) == (2, "")
    assert "no model 'laser'" in outcome.err
    assert "(there: surface, tig)" in outcome.err


def test_show_refuses_a_damaged_bundle(beadwatch: Run) -> None:
    Path("models/tig/golden.png").write_bytes(b"damaged")
    assert "golden.png is not the file" in beadwatch("models", "show", "tig").err


@pytest.fixture
def challenger() -> str:
    metrics = Metrics("made up for tests", 10, 4, {"macro_f1": Interval(0.7, 0.6, 0.75)})
    write_bundle(Path("challenger"), TIG, metrics=metrics, version="tig-2", training={"seed": 2})
    return "challenger"


def test_compare_says_in_words_how_the_figures_stand(beadwatch: Run, challenger: str) -> None:
    outcome = beadwatch("models", "compare", "tig", challenger)
    assert (outcome.code, outcome.err) == (0, "")
    figure, *rest = outcome.lines
    assert (figure["kind"], figure["name"], figure["words"]) == ("figure", "macro_f1", "second lower, intervals apart")
    assert rest == [{"kind": "training", "name": "seed", "first": 1, "second": 2}]
    shown = beadwatch("models", "compare", "tig", challenger, "--format", "table").out
    for words in ("first: tig tig-1", "second: tig tig-2", "0.700 [0.600, 0.750]", "intervals apart", "seed"):
        assert words in shown


def test_compare_warns_when_figures_may_not_be_comparable(beadwatch: Run) -> None:
    assert "beware: the classes differ (tig, surface)" in beadwatch("models", "compare", "tig", "surface").err


def test_a_model_beside_itself_has_no_differences(beadwatch: Run) -> None:
    shown = beadwatch("models", "compare", "tig", "tig", "--format", "table").out
    assert "the same" in shown
    assert "data, thresholds and training are the same" in shown
