"""Thresholds of one class: the best F1, and the least cost within the bound that Bayes sets."""

import numpy as np
import pytest

from beadwatch.training.thresholds import best_cost_threshold, best_f1_threshold


@pytest.mark.parametrize(
    ("scores", "targets", "expected"),
    [
        ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], 0.5),  # anything between is perfect: the middle
        ([0.1, 0.6, 0.8, 0.9], [0, 0, 1, 1], 0.7),
        ([0.3, 0.4], [1, 1], 0.17),
    ],
)
def test_the_threshold_has_the_best_f1(scores: list[float], targets: list[int], expected: float) -> None:
    assert best_f1_threshold(np.array(scores), np.array(targets, dtype=float)) == pytest.approx(expected, abs=0.011)


@pytest.mark.parametrize(
    ("scores", "targets", "miss_cost", "expected"),
    [
        pytest.param([0.0, 0.01, 0.9], [0, 0, 1], 20, 1 / 21, id="easy: Bayes, not the middle of the gap"),
        pytest.param([0.02, 0.03, 0.9], [0, 1, 1], 20, 0.03, id="a miss worth lowering for"),
        pytest.param([0.031] * 25 + [0.03], [0] * 25 + [1], 20, 1 / 21, id="a miss that costs less than its alarms"),
        pytest.param([0.0001, 0.9], [1, 1], 20, 0.1 / 21 * 10, id="an odd label does not lower it to nothing"),
        pytest.param([0.2, 0.3, 0.9], [0, 0, 1], 20, 1 / 21, id="false alarms do not raise it"),
        pytest.param([0.1, 0.9], [0, 1], 1, 0.5, id="equal costs"),
    ],
)
def test_the_threshold_costs_least(scores: list[float], targets: list[int], miss_cost: float, expected: float) -> None:
    chosen = best_cost_threshold(np.array(scores), np.array(targets, dtype=float), miss_cost)
    assert chosen <= 1 / (1 + miss_cost) + 1e-4
    assert chosen == pytest.approx(expected, rel=0.06)


def test_of_calibrated_scores_it_is_near_bayes() -> None:
    generator = np.random.default_rng(0)
    scores = generator.beta(0.3, 2.0, 50_000)
    targets = (generator.random(len(scores)) < scores).astype(float)
    for miss_cost in (2, 10, 50):
        assert best_cost_threshold(scores, targets, miss_cost) == pytest.approx(1 / (1 + miss_cost), rel=0.35)
