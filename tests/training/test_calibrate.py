"""Temperature and thresholds are found where they were hidden, and acceptance is the one of the production decision."""

from dataclasses import replace

import numpy as np
import pytest

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import SURFACE, TASKS, TIG, Disposition, TaskKind
from beadwatch.domain.prediction import Prediction
from beadwatch.inference.decision import decide
from beadwatch.training import calibrate as calibrate_module
from beadwatch.training.calibrate import (
    MAX_BAD_AMONG_ACCEPTED,
    NEVER,
    CalibrationOptions,
    calibrate,
    cross_fitted,
    fit_temperature,
    is_accepted,
    probabilities,
)
from beadwatch.training.cross_validate import Floats, HeldOut


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
    assert calibrate(answers, TIG).accept_threshold == NEVER


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


def test_background_does_not_count_as_known() -> None:
    answers = held_out("surface")
    targets, distance = answers.targets.copy(), answers.distance.copy()
    targets[:300] = np.eye(7)[0]
    distance[:300] = 1.5
    limit = calibrate(replace(answers, targets=targets, distance=distance), SURFACE).max_distance
    welds = targets[:, 0] == 0
    assert limit == pytest.approx(np.quantile(distance[welds], 0.99), abs=1e-4)
    assert limit < 0.5


def surer(task_name: str) -> HeldOut:
    """Return answers that are right about every weld, with a weld for each five pictures."""
    return held_out(task_name, size=3000, sharpness=9.0)


def test_many_welds_certify_and_the_card_says_with_how_many() -> None:
    chosen = calibrate(surer("tig"), TIG)
    assert chosen.guarantee is not None
    assert chosen.guarantee.certified
    assert chosen.guarantee.groups >= 45
    assert chosen.accept_threshold < NEVER


@pytest.mark.parametrize(("accept_uncertified", "never"), [(True, False), (False, True)])
def test_too_few_welds_fall_back_or_never_accept(accept_uncertified: bool, never: bool) -> None:
    answers = held_out("tig", size=100)
    chosen = calibrate(answers, TIG, CalibrationOptions(accept_uncertified=accept_uncertified))
    assert chosen.guarantee is not None
    assert not chosen.guarantee.certified
    assert "45 are needed" in chosen.guarantee.reason
    assert (chosen.accept_threshold == NEVER) is never


def test_a_weld_does_not_choose_the_thresholds_that_it_is_judged_by(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, judged = surer("tig"), list[tuple[int, int]]()
    choose = calibrate_module.choose_thresholds

    def watched(scores: Floats, *rest: object) -> dict[str, float]:
        judged.append((len(scores), len(answers.fold)))
        return choose(scores, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(calibrate_module, "choose_thresholds", watched)
    calibrate(answers, TIG)
    assert [size == whole for size, whole in judged] == [True, *[False] * 5]


def test_the_cost_of_a_miss_lowers_thresholds_of_findings_only() -> None:
    answers = held_out("surface")
    plain, costly = calibrate(answers, SURFACE), calibrate(answers, SURFACE, CalibrationOptions(miss_cost=20))
    assert (plain.miss_cost, costly.miss_cost) == (None, 20)
    for label in SURFACE.labels:
        if label.excludes_others:
            assert costly.thresholds[label.name] == plain.thresholds[label.name]
        else:
            assert costly.thresholds[label.name] <= 1 / 21 + 1e-4
    missed = [
        int(((answers.targets > 0) & ~(scores >= list(chosen.thresholds.values())))[:, [1, 2, 3, 5, 6]].sum())
        for chosen in (plain, costly)
        for scores in [probabilities(answers.logits, chosen.temperature, SURFACE.kind)]
    ]
    assert missed[1] < missed[0]


def test_cross_fitted_figures_use_the_options() -> None:
    answers = held_out("surface")
    _, plain, _ = cross_fitted(answers, SURFACE)
    _, costly, accepted = cross_fitted(answers, SURFACE, CalibrationOptions(miss_cost=20, accept_uncertified=False))
    assert costly[:, 2].sum() > plain[:, 2].sum()
    assert accepted.dtype == bool


@pytest.mark.parametrize("miss_cost", [0.0, -1.0, float("nan"), float("inf")])
def test_a_cost_out_of_range_is_refused(miss_cost: float) -> None:
    with pytest.raises(TrainingError, match="a miss costs"):
        CalibrationOptions(miss_cost=miss_cost)
