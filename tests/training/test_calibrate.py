"""Temperature and thresholds are found where they were hidden, and acceptance is the one of the production decision."""

import numpy as np
import pytest

from beadwatch.domain.labels import SURFACE, TASKS, TIG, Disposition, TaskKind
from beadwatch.domain.prediction import Prediction
from beadwatch.inference.decision import decide
from beadwatch.training.calibrate import (
    MAX_BAD_AMONG_ACCEPTED,
    best_f1_threshold,
    calibrate,
    cross_fitted,
    fit_temperature,
    is_accepted,
    probabilities,
)
from beadwatch.training.cross_validate import HeldOut


def held_out(task_name: str, size: int = 600, sharpness: float = 3.0) -> HeldOut:
    """Draw answers whose logits are truth plus noise."""
    task, generator = TASKS[task_name], np.random.default_rng(0)
    classes = len(task.labels)
    if task.kind is TaskKind.SINGLE_LABEL:
        targets = np.eye(classes)[generator.integers(0, classes, size)]
    else:
        targets = (generator.random((size, classes)) < 0.3).astype(float)
        targets[: size // 3] = np.eye(classes)[4]
    logits = sharpness * (2 * targets - 1) + generator.normal(0, 2, targets.shape)
    groups = tuple(f"g{index // 5}" for index in range(size))
    fold = np.array([index // 5 % 4 for index in range(size)])
    return HeldOut(logits, targets, generator.random(size) * 0.5, fold, groups)


@pytest.mark.parametrize(("kind", "truth"), [(TaskKind.SINGLE_LABEL, 2.5), (TaskKind.MULTI_LABEL, 0.6)])
def test_a_known_temperature_is_recovered(kind: TaskKind, truth: float) -> None:
    generator = np.random.default_rng(0)
    honest = generator.normal(0, 2, (40_000, 4))
    scores = probabilities(honest, 1.0, kind)
    if kind is TaskKind.SINGLE_LABEL:
        chosen = (scores.cumsum(axis=1) > generator.random((len(scores), 1))).argmax(axis=1)
        targets = np.eye(4)[chosen]
    else:
        targets = (generator.random(scores.shape) < scores).astype(float)
    assert fit_temperature(honest * truth, targets, kind) == pytest.approx(truth, rel=0.05)


def test_probabilities_of_huge_logits_are_finite() -> None:
    huge = np.array([[1e4, -1e4, 0.0]])
    with np.errstate(over="ignore"):
        for kind in TaskKind:
            assert np.isfinite(probabilities(huge, 1.0, kind)).all()


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


@pytest.mark.parametrize("name", TASKS)
def test_accepted_pictures_are_those_that_the_decision_accepts(name: str) -> None:
    task, answers = TASKS[name], held_out(name)
    calibration = calibrate(answers, task)
    scores = probabilities(answers.logits, calibration.temperature, task.kind)
    mask = is_accepted(scores, task, calibration.thresholds, calibration.accept_threshold)
    decided = [
        decide(Prediction(task, tuple(row), 0.0), calibration).disposition is Disposition.ACCEPT
        for row in scores.tolist()
    ]
    assert mask.tolist() == decided
    assert 0 < mask.sum() < len(mask)


@pytest.mark.parametrize(("task", "good"), [(TIG, 0), (SURFACE, 4)], ids=["tig", "surface"])
def test_few_of_the_accepted_are_bad(task: object, good: int) -> None:
    name = "tig" if good == 0 else "surface"
    answers = held_out(name)
    calibration = calibrate(answers, TASKS[name])
    scores = probabilities(answers.logits, calibration.temperature, TASKS[name].kind)
    mask = is_accepted(scores, TASKS[name], calibration.thresholds, calibration.accept_threshold)
    truly_good = (answers.targets[:, good] == 1) & (answers.targets.sum(axis=1) == 1)
    assert (~truly_good[mask]).mean() <= MAX_BAD_AMONG_ACCEPTED


def test_when_nothing_can_be_accepted_safely_nothing_is() -> None:
    answers = held_out("tig", sharpness=0.0)
    assert calibrate(answers, TIG).accept_threshold == 0.99


def test_a_fold_does_not_choose_its_own_thresholds() -> None:
    answers = held_out("tig")
    _, before, _ = cross_fitted(answers, TIG)
    spoiled = answers.targets.copy()
    spoiled[answers.fold == 0] = np.roll(spoiled[answers.fold == 0], 1, axis=1)
    _, after, _ = cross_fitted(HeldOut(answers.logits, spoiled, answers.distance, answers.fold, answers.groups), TIG)
    assert np.array_equal(before[answers.fold == 0], after[answers.fold == 0])
    assert not np.array_equal(before, after)


def test_most_known_pictures_are_within_the_distance() -> None:
    answers = held_out("tig")
    assert (answers.distance <= calibrate(answers, TIG).max_distance).mean() == pytest.approx(0.99, abs=0.005)
