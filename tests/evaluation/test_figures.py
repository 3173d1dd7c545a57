"""Figures against the tables of `by_hand`, and against scikit-learn where that has the same figure."""

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

from beadwatch.evaluation.answers import Answers
from beadwatch.evaluation.figures import SECTIONS, expected_calibration_error, measures_of, strangers_auc
from beadwatch.evaluation.ranking import Ranking, area_under_roc, average_precision
from tests.evaluation.by_hand import multi, single


def figures(answers: Answers, rows: list[int] | None = None) -> dict[str, float]:
    return measures_of(answers)(np.array(range(len(answers)) if rows is None else rows))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("recall/good weld", 2 / 3),
        ("recall/burn through", 2 / 3),
        ("recall/contamination", 1 / 2),
        ("macro_recall", (2 / 3 + 2 / 3 + 1 / 2) / 3),
        ("precision/good weld", 2 / 3),
        ("precision/burn through", 2 / 4),
        ("precision/contamination", 1 / 1),
        ("macro_precision", (2 / 3 + 1 / 2 + 1) / 3),
        ("f1/good weld", 2 / 3),
        ("f1/burn through", 4 / 7),
        ("f1/contamination", 2 / 3),
        ("macro_f1", 40 / 63),
        ("accuracy", 5 / 8),
        ("auc/good weld", 14 / 15),  # only 0.3 is below a picture of another class (0.5)
        ("auc/burn through", 13 / 15),  # 0.4 is below 0.6 and 0.5
        ("auc/contamination", 1.0),
        ("average_precision/good weld", (1 + 1 + 3 / 4) / 3),
        ("average_precision/burn through", (1 + 1 + 3 / 5) / 3),
        ("average_precision/contamination", 1.0),
        # Confidence 0.8, 0.7, 0.6 and 0.5, two pictures each; 0, 0, 1 and 2 of them wrong.
        ("aurc", (2 * 0 / 2 + 2 * 0 / 4 + 2 * 1 / 6 + 2 * 3 / 8) / 8),
        ("errors_left_at_90_coverage", (1 + 2 * (7.2 - 6) / 2) / 3),
        ("ece", (abs(1.6 - 2) + abs(1.4 - 2) + abs(1.2 - 1) + abs(1.0 - 0)) / 8),
        ("accepted_of_good", 1 / 3),
        ("bad_among_accepted", 1 / 2),
        ("accepted_of_bad", 1 / 5),
        ("rejected_of_good", 0.0),
        ("share_accept", 2 / 8),
        ("share_review", 3 / 8),
        ("share_reject", 3 / 8),
        ("over_max_distance", 1 / 8),
    ],
)
def test_single_label_by_hand(name: str, expected: float) -> None:
    assert figures(single())[name] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("recall/background", 0.0),
        ("recall/crack", 1.0),
        ("recall/good welding", 1.0),
        ("macro_recall", 2 / 3),
        ("precision/background", 0.0),  # it has a picture and is never found: 0, as scikit-learn says
        ("precision/crack", 1.0),
        ("precision/good welding", 1 / 2),
        ("f1/background", 0.0),
        ("f1/good welding", 2 / 3),
        ("exact_match", 2 / 4),
        ("auc/crack", 1.0),
        ("ece", (0.3 + 0.4 + 0.1 + 0.4 + 0.7 + 0.2 + 0.1) / 12),
        ("accepted_of_good", 1.0),
        ("bad_among_accepted", 0.0),
        ("distance_auc_background", 1.0),
        # Confidence 0.9 x 0.9 x 0.9, 0.8 x 0.6 x 0.7, 0.7 x 0.7 x 0.8 and 0.9 x 0.8 x 0.7; second and third wrong.
        ("aurc", (0 + 0 + 1 / 3 + 2 / 4) / 4),
    ],
)
def test_multi_label_by_hand(name: str, expected: float) -> None:
    assert figures(multi())[name] == pytest.approx(expected)


def test_a_row_that_is_drawn_twice_counts_twice() -> None:
    twice = figures(single(), [0, 0, 2, 5])
    assert twice["accuracy"] == pytest.approx(2 / 4)
    assert twice["recall/good weld"] == pytest.approx(2 / 3)
    assert twice["recall/burn through"] == 0.0
    assert np.isnan(twice["recall/contamination"])
    assert np.isnan(twice["macro_recall"]), "the mean over classes is not that over the classes that happen to be drawn"


def test_a_class_without_pictures_is_left_out_of_the_mean() -> None:
    some = single().take(np.arange(6))
    assert figures(some)["macro_recall"] == pytest.approx(2 / 3)
    assert np.isnan(figures(some)["recall/contamination"])


def test_every_title_is_of_a_figure() -> None:
    named = {name for titles in SECTIONS.values() for name in titles}
    computed = {name for name in {**figures(single()), **figures(multi())} if "/" not in name}
    assert named == computed


@pytest.mark.parametrize("seed", range(4))
def test_the_same_as_scikit_learn(seed: int) -> None:
    dice = np.random.default_rng(seed)
    scores = dice.integers(0, 12, 200) / 11  # many ties
    truth = dice.random(200) < 0.2 + 0.4 * scores
    weights = dice.integers(0, 4, 200).astype(float)
    ranking = Ranking(scores)
    hits, others = ranking.cumulated(weights * truth), ranking.cumulated(weights * ~truth)
    assert area_under_roc(hits, others) == pytest.approx(roc_auc_score(truth, scores, sample_weight=weights))
    assert average_precision(hits, others) == pytest.approx(
        average_precision_score(truth, scores, sample_weight=weights)
    )


def test_macro_figures_are_those_of_scikit_learn() -> None:
    dice = np.random.default_rng(0)
    rows = dice.integers(0, 8, 300)
    answers = single().take(rows)
    truth, found = answers.targets.argmax(axis=1), answers.found.argmax(axis=1)
    ours = figures(answers)
    assert ours["macro_recall"] == pytest.approx(recall_score(truth, found, average="macro"))
    assert ours["macro_precision"] == pytest.approx(precision_score(truth, found, average="macro"))
    assert ours["macro_f1"] == pytest.approx(f1_score(truth, found, average="macro"))


@pytest.mark.parametrize(
    ("scores", "correct", "expected"),
    [
        ([1.0, 1.0], [True, True], 0.0),
        ([1.0, 1.0], [True, False], 0.5),
        ([0.9, 0.9, 0.1, 0.1], [True, True, False, False], 0.1),
    ],
)
def test_calibration_error_by_hand(scores: list[float], correct: list[bool], expected: float) -> None:
    assert expected_calibration_error(np.array(scores), np.array(correct)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("welds", "strangers", "expected"), [([0.1, 0.2], [0.3], 1.0), ([0.1, 0.3], [0.2], 0.5), ([0.2], [0.2], 0.5)]
)
def test_strangers_are_those_farther_away(welds: list[float], strangers: list[float], expected: float) -> None:
    assert strangers_auc(np.array(welds), np.array(strangers)) == pytest.approx(expected)


def test_answers_whose_rows_do_not_agree_are_refused() -> None:
    with pytest.raises(ValueError, match="distance has the shape"):
        single(distance=np.zeros(3))
    with pytest.raises(ValueError, match="names has 1 entries for 8"):
        single(names=("one",))
