"""How two answers differ, and which of them a person's labels bear out."""

from typing import Any

import pytest

from beadwatch.domain.labels import TIG
from beadwatch.domain.second_answers import Right, Score, Truth, difference, gravity_of, right_of, score_of


def answer(*labels: str, seen: bool = False, **changes: Any) -> dict[str, Any]:
    return {"labels": list(labels), "label": labels[0], "disposition": "reject", "seen_in_training": seen} | changes


def test_only_what_differs_is_named_and_the_order_of_classes_is_no_difference() -> None:
    assert difference(answer("a", "b"), answer("b", "a", label="a")) == {}
    assert difference(answer("a"), answer("b", disposition="accept")) == {
        "disposition": ["reject", "accept"],
        "label": ["a", "b"],
        "labels": [["a"], ["b"]],
    }


@pytest.mark.parametrize(
    ("truth", "before", "now", "right"),
    [
        (["a"], ["a"], ["b"], Right.CHAMPION),
        (["b"], ["a"], ["b"], Right.CHALLENGER),
        (["a", "b"], ["a"], ["b", "a"], Right.CHALLENGER),
        (["a", "b"], ["a"], ["b"], Right.NEITHER),
        (["a"], ["a"], ["a"], Right.BOTH),
    ],
)
def test_right_is_who_has_exactly_the_classes(
    truth: list[str], before: list[str], now: list[str], right: Right
) -> None:
    assert right_of(Truth(tuple(truth), accepted=True), answer(*before), answer(*now)) is right


def test_a_picture_that_a_model_was_trained_on_does_not_count() -> None:
    truth = Truth(("a",), accepted=True)
    pictures = [
        (truth, answer("b"), answer("a")),
        (truth, answer("a"), answer("a", disposition="review")),
        (truth, answer("b"), answer("c")),
        (truth, answer("b"), answer("a", seen=True)),
        (truth, answer("a", seen=True), answer("b")),
    ]
    assert score_of(pictures) == Score(labelled=3, challenger_right=2, champion_right=1, known=2)


@pytest.mark.parametrize(
    ("before", "now", "gravity"),
    [
        (["good weld"], ["burn through"], 0),
        (["burn through", "contamination"], ["good weld"], 0),
        (["good weld"], ["contamination"], 1),
        (["good weld"], [], 1),
        ([], ["burn through"], 1),
        (["burn through"], ["lack of fusion"], 2),
        ([], [], 2),
        (["unknown"], ["contamination"], 2),
    ],
)
def test_without_a_verdict_the_classes_say_how_grave_it_is(before: list[str], now: list[str], gravity: int) -> None:
    assert gravity_of(TIG, before, now) == gravity
    assert gravity_of(TIG, now, before) == gravity
