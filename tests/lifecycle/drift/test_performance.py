"""Every figure against scikit-learn, and against evaluation's own; estimates against what is true."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import recall_score, roc_auc_score

from beadwatch.domain.labels import TIG
from beadwatch.evaluation.figures import expected_calibration_error
from beadwatch.lifecycle.drift.performance import intervals, performance_of
from beadwatch.lifecycle.drift.pool import Pool
from beadwatch.lifecycle.observations import Observations
from tests.lifecycle.drawn import TASK, draw

THRESHOLDS = {"good weld": 0.3, "porosity": 0.6, "spatters": 0.5}


def pooled(drawn: Observations) -> Pool:
    return Pool(drawn.groups, np.zeros(len(drawn), dtype=bool))


def tied(drawn: Observations) -> Observations:
    return replace(drawn, scores=drawn.scores.round(1))


def test_figures_of_a_multi_label_task() -> None:
    drawn = tied(draw(1, flipped=0.3))
    assert drawn.truth is not None
    pool = pooled(drawn)
    performance = performance_of(TASK, pool, drawn.scores, drawn.truth, THRESHOLDS)
    dice = np.random.default_rng(0)
    drawn_twice = dice.integers(0, 4, (5, len(pool.sizes))).astype(np.float64)
    figures = performance.figures(drawn_twice)
    rows = np.unique(drawn.groups, return_inverse=True)[1]
    for number, weights in enumerate(drawn_twice):
        weight = weights[rows]
        for column, name in enumerate(TASK.label_names):
            truth, scores = drawn.truth[:, column], drawn.scores[:, column]
            found = scores >= THRESHOLDS[name]
            area, recall = figures[f"auc/{name}"][number], figures[f"recall/{name}"][number]
            assert area == pytest.approx(roc_auc_score(truth, scores, sample_weight=weight))
            assert recall == pytest.approx(recall_score(truth, found, sample_weight=weight))
        error = expected_calibration_error(drawn.scores.ravel(), drawn.truth.ravel(), np.repeat(weight, 3))
        assert figures["ece"][number] == pytest.approx(error)


def test_figures_of_a_single_label_task() -> None:
    dice = np.random.default_rng(0)
    scores = dice.dirichlet(np.ones(6), 90)
    kind = np.array([dice.choice(6, p=row) for row in scores])
    truth, groups = np.eye(6, dtype=bool)[kind], np.array([f"{number // 3}" for number in range(90)])
    pool = Pool(groups, np.zeros(90, dtype=bool))
    figures = performance_of(TIG, pool, scores, truth, {}).figures(np.ones((1, 30)))
    found = scores.argmax(axis=1)
    assert figures["recall/burn through"][0] == pytest.approx(recall_score(kind == 1, found == 1))
    assert figures["ece"][0] == pytest.approx(expected_calibration_error(scores.max(axis=1), found == kind))
    assert figures["expected_accuracy"][0] == pytest.approx(scores.max(axis=1).mean())


def test_calibrated_scores_foretell_accuracy_and_auc() -> None:
    dice = np.random.default_rng(0)
    scores = dice.beta(0.5, 1.0, (1500, 3))
    truth = dice.random(scores.shape) < scores
    pool = Pool(np.arange(1500).astype(str), np.zeros(1500, dtype=bool))
    figures = performance_of(TASK, pool, scores, truth, {}).figures(np.ones((1, 1500)))
    assert figures["expected_accuracy"][0] == pytest.approx(((scores >= 0.5) == truth).mean(), abs=0.02)
    for name in TASK.label_names:
        assert figures[f"expected_auc/{name}"][0] == pytest.approx(figures[f"auc/{name}"][0], abs=0.04)


def test_without_labels_there_are_estimates_only() -> None:
    drawn = draw(1, groups=10)
    figures = performance_of(TASK, pooled(drawn), drawn.scores, None, {}).figures(np.ones((1, 10)))
    assert {name.partition("/")[0] for name in figures} == {"expected_accuracy", "expected_auc"}


def test_intervals_are_wider_when_pictures_of_a_group_are_alike() -> None:
    drawn = draw(1, groups=40, pictures=10)
    alone = replace(drawn, groups=drawn.names)
    wide, narrow = (
        intervals(performance_of(TASK, pool, drawn.scores, drawn.truth, {}), pool, False, seed=0)["expected_accuracy"]
        for pool in (pooled(drawn), pooled(alone))
    )
    assert wide.value == pytest.approx(narrow.value)
    assert wide.low < wide.value < wide.high
    assert wide.high - wide.low > 2.0 * (narrow.high - narrow.low)


def test_a_class_that_is_not_there_has_no_figures() -> None:
    drawn = draw(1, groups=10)
    assert drawn.truth is not None
    empty = drawn.truth & np.array([True, False, True])
    pool = pooled(drawn)
    found = intervals(performance_of(TASK, pool, drawn.scores, empty, {}), pool, False, seed=0)
    assert "auc/porosity" not in found
    assert {"auc/good weld", "expected_auc/porosity", "ece"} <= set(found)
