"""Paired differences: right figures, intervals of groups, and undefined where nothing can be known."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.lifecycle.gate import Paired
from beadwatch.lifecycle.paired import Floats, ModelAnswers, answers_of, compare

HALF = dict.fromkeys(SURFACE.label_names, 0.5)
GROUPS, EACH = 20, 10
NAMES = tuple(f"g{row // EACH}" for row in range(GROUPS * EACH))


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beadwatch.evaluation.bootstrap.RESAMPLES", 200)


def drawn(seed: int = 0) -> tuple[np.ndarray, Floats]:
    generator = np.random.default_rng(seed)
    truth = generator.random((GROUPS * EACH, 7)) < 0.4
    return truth, np.clip(0.45 * truth + 0.55 * generator.random(truth.shape), 0, 1)


def surface(scores: Floats) -> ModelAnswers:
    return answers_of(scores, HALF, SURFACE)


def test_figures_are_those_of_the_textbook() -> None:
    truth, scores = drawn()
    worse = np.clip(scores * 0.8, 0, 1)
    worse[:, 1] = np.random.default_rng(1).permutation(worse[:, 1])
    part = compare(SURFACE, surface(worse), surface(scores), truth, NAMES)
    aucs = [roc_auc_score(truth[:, index], scores[:, index]) for index in range(7)]
    assert part.macro_auc.challenger == pytest.approx(np.mean(aucs))
    assert (part.pictures, part.groups, part.macro_auc.groups) == (200, 20, 20)
    balanced = [balanced_accuracy_score(truth[:, index], scores[:, index] >= 0.5) for index in range(7)]
    assert part.balanced.challenger == pytest.approx(np.mean(balanced))
    for index, name in enumerate(SURFACE.label_names):
        recall = part.recall[name]
        there = truth[:, index]
        alarms = int((worse[~there, index] >= 0.5).sum())
        assert part.auc[name].challenger == pytest.approx(aucs[index])
        for side, given in (("champion", worse), ("challenger", scores)):
            highest_alarm_left_out = np.sort(given[~there, index])[::-1][alarms]
            assert getattr(recall, side) == pytest.approx((given[there, index] > highest_alarm_left_out).mean())
        assert recall.difference is not None
        assert recall.low is not None
        assert recall.high is not None
        assert recall.low - 1e-4 <= recall.difference <= recall.high + 1e-4
        assert recall.groups == len({NAMES[row] for row in np.flatnonzero(there)})


def test_the_same_model_differs_by_nothing_however_few_groups() -> None:
    truth, scores = drawn()
    part = compare(SURFACE, surface(scores), surface(scores), truth, NAMES)
    for pair in (part.macro_auc, part.ece, part.balanced, *part.recall.values(), *part.auc.values()):
        assert (pair.difference, pair.low, pair.high) == (0.0, 0.0, 0.0)


def test_pairing_cancels_what_is_hard_for_both() -> None:
    """The challenger is better by the same bit everywhere, while groups differ wildly: the interval is narrow."""
    hard = np.repeat(np.arange(GROUPS) % 2 == 0, EACH)
    truth = np.zeros((GROUPS * EACH, 7), dtype=bool)
    truth[::2, 2] = True
    champion = np.where(truth, 0.1, 0.2)
    champion[~hard & truth[:, 2], 2] = 0.9
    challenger = champion.copy()
    challenger[::EACH, 2] = 0.9  # one more of each hard group
    recall = compare(SURFACE, surface(champion), surface(challenger), truth, NAMES).recall["crack"]
    assert recall.difference == pytest.approx(0.1)
    assert recall.low is not None
    assert recall.high is not None
    assert recall.high - recall.low < 0.12, "the champion's own interval is over 0.4 wide"


def test_single_label_answers_are_the_highest_score() -> None:
    truth = np.eye(6, dtype=bool)[np.arange(60) % 6]
    right = truth * 0.9 + 0.01
    wrong = np.roll(right, 1, axis=1)
    part = compare(TIG, answers_of(wrong, {}, TIG), answers_of(right, {}, TIG), truth, [str(n // 6) for n in range(60)])
    assert {pair.difference for pair in part.recall.values()} == {1.0}
    assert part.ece.challenger == pytest.approx(0.09)
    assert part.ece.champion == pytest.approx(0.91)


def test_who_only_lowers_thresholds_finds_no_more_and_is_less_accurate() -> None:
    truth, scores = drawn()
    everything = ModelAnswers(scores, np.ones(truth.shape, dtype=bool))
    part = compare(SURFACE, surface(scores), everything, truth, NAMES)
    assert {pair.difference for pair in part.recall.values()} == {0.0}
    assert part.balanced.challenger == 0.5
    assert part.balanced.champion == pytest.approx(0.9, abs=0.05)


def test_a_class_without_pictures_is_undefined() -> None:
    truth, scores = drawn()
    truth[:, 2] = False
    part = compare(SURFACE, surface(scores), surface(scores), truth, NAMES)
    assert part.recall["crack"] == Paired()
    assert part.macro_auc.difference == 0.0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_that_are_no_numbers_make_no_figures(bad: float) -> None:
    truth, scores = drawn()
    broken = scores.copy()
    broken[3, 2] = bad
    part = compare(SURFACE, surface(scores), surface(broken), truth, NAMES)
    assert part.macro_auc == part.ece == part.recall["good welding"] == Paired()


@pytest.mark.parametrize("task", [TIG, SURFACE], ids=lambda task: task.name)
def test_no_pictures_make_no_figures(task: Task) -> None:
    nothing = np.zeros((0, len(task.labels)))
    answers = answers_of(nothing, HALF, task) if task is SURFACE else ModelAnswers(nothing, nothing.astype(bool))
    part = compare(task, answers, answers, nothing.astype(bool), ())
    assert (part.pictures, part.groups, part.macro_auc, part.ece) == (0, 0, Paired(), Paired())
    assert set(part.recall.values()) == {Paired()}


def test_arrays_that_do_not_fit_are_refused() -> None:
    truth, scores = drawn()
    with pytest.raises(ValueError, match="scores of the challenger"):
        compare(SURFACE, surface(scores), surface(scores[:-1]), truth, NAMES)
    with pytest.raises(ValueError, match="truth"):
        compare(SURFACE, surface(scores), surface(scores), truth[:-1], NAMES)
