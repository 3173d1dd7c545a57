"""A prediction holds one probability for each class, exactly as computed."""

import dataclasses
import math

import pytest

from beadwatch.domain.labels import SURFACE, TIG
from beadwatch.domain.prediction import Prediction

SCORES = (0.1, 0.2, 0.3, 0.15, 0.05, 0.2)


@pytest.mark.parametrize(
    "scores",
    [
        (),
        SCORES[:-1],
        (*SCORES, 0.0),
        (-1e-9, *SCORES[1:]),
        (1.0000001, *SCORES[1:]),
        (math.nan, *SCORES[1:]),
        (math.inf, *SCORES[1:]),
    ],
    ids=["none", "one short", "one over", "below 0", "above 1", "nan", "infinite"],
)
def test_scores_that_are_no_probabilities_of_the_classes_are_refused(scores: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"scores"):
        Prediction(TIG, scores, 0.1)


def test_zero_and_one_are_probabilities() -> None:
    assert Prediction(TIG, (1.0, 0.0, 0.0, 0.0, 0.0, 0.0), 0.0).score_of("good weld") == 1.0


def test_scores_go_by_name_in_the_order_of_the_task() -> None:
    prediction = Prediction(TIG, SCORES, 0.1)
    assert list(prediction.by_label()) == list(TIG.label_names)
    assert [prediction.score_of(name) for name in TIG.label_names] == list(SCORES)


def test_scores_of_a_multi_label_task_need_not_sum_to_one() -> None:
    assert Prediction(SURFACE, (0.9,) * 7, 0.1).scores == (0.9,) * 7


def test_unknown_class_has_no_score() -> None:
    with pytest.raises(KeyError):
        Prediction(TIG, SCORES, 0.1).score_of("porosity")


def test_prediction_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Prediction(TIG, SCORES, 0.1).distance = 0.0  # type: ignore[misc]
