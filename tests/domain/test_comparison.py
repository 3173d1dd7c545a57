"""Two cards side by side: what the words say about two intervals, what differs, and when not to compare."""

from typing import Any

import pytest

from beadwatch.domain.comparison import FigureChange, caveats, compare_figures, compare_rest
from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.domain.model_card import Calibration, Interval, Metrics, ModelCard
from tests.bundles import tiny_card


def card(task: Task = TIG, **changes: Any) -> ModelCard:
    return tiny_card(task, {"model.onnx": b"", "golden.png": b""}, **changes)


def judged(**values: Interval) -> ModelCard:
    return card(metrics=Metrics("made up for tests", 10, 4, values))


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (Interval(0.8, 0.7, 0.9), Interval(0.85, 0.75, 0.95), "second higher, intervals overlap"),
        (Interval(0.8, 0.7, 0.9), Interval(0.75, 0.6, 0.85), "second lower, intervals overlap"),
        (Interval(0.8, 0.7, 0.85), Interval(0.9, 0.86, 0.95), "second higher, intervals apart"),
        (Interval(0.9, 0.86, 0.95), Interval(0.8, 0.7, 0.85), "second lower, intervals apart"),
        (Interval(0.8, 0.7, 0.85), Interval(0.9, 0.85, 0.95), "second higher, intervals overlap"),
        (Interval(0.8, 0.7, 0.9), Interval(0.8, 0.6, 0.9), "equal, intervals overlap"),
        (Interval(0.8, 0.7, 0.9), Interval(0.8, 0.7, 0.9), "the same"),
        (None, Interval(0.8, 0.7, 0.9), "only in one"),
        (Interval(0.8, 0.7, 0.9), None, "only in one"),
    ],
)
def test_words_say_how_the_second_stands_to_the_first(
    first: Interval | None, second: Interval | None, words: str
) -> None:
    assert FigureChange("recall", first, second).words == words


def test_figures_of_either_card_are_compared_once() -> None:
    one = judged(recall=Interval(0.8, 0.7, 0.9), ece=Interval(0.1, 0.0, 0.2))
    other = judged(ece=Interval(0.1, 0.0, 0.2), accuracy=Interval(0.9, 0.8, 1.0))
    assert [(change.name, change.words) for change in compare_figures(one, other)] == [
        ("recall", "only in one"),
        ("ece", "the same"),
        ("accuracy", "only in one"),
    ]
    assert compare_figures(one, other)[1].to_dict() == {
        "kind": "figure",
        "name": "ece",
        "first": {"value": 0.1, "low": 0.0, "high": 0.2},
        "second": {"value": 0.1, "low": 0.0, "high": 0.2},
        "words": "the same",
    }


def test_only_what_differs_is_told_in_the_order_of_its_kind() -> None:
    one = card(training={"epochs": 8, "augment": {"blur": 0.1, "noise": 0.1}, "dropout": 0.2})
    thresholds = dict.fromkeys(TIG.label_names, 0.5) | {"burn through": 0.3}
    other = card(
        calibration=Calibration(1.0, thresholds, 0.9, 0.5),
        training={"epochs": 8, "augment": {"blur": 0.1, "noise": 0.2}, "mixup": 0.1},
    )
    assert [(one.kind, one.name, one.first, one.second) for one in compare_rest(one, other)] == [
        ("threshold", "burn through", 0.5, 0.3),
        ("threshold", "(accept)", 0.8, 0.9),
        ("training", "augment.noise", 0.1, 0.2),
        ("training", "dropout", 0.2, None),
        ("training", "mixup", None, 0.1),
    ]


def test_a_card_does_not_differ_from_itself() -> None:
    assert compare_rest(card(), card()) == []
    assert caveats(card(), card()) == []


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (card(SURFACE), "the classes differ"),
        (card(dataset={"snapshot": "1" * 64}), "different pictures"),
        (card(metrics=Metrics("another", 10, 4, {})), "different protocols"),
    ],
    ids=["task", "snapshot", "protocol"],
)
def test_figures_that_may_not_be_comparable_are_pointed_out(other: ModelCard, says: str) -> None:
    assert says in caveats(card(), other)[0]
