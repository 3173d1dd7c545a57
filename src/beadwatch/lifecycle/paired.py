"""Champion and challenger on the same pictures: each figure of both, and the difference with its interval.

A resample of groups is drawn once and both models are measured on it, so that what makes a picture hard for both
cancels out. Knows arrays. Does not judge: see `gate`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from beadwatch.domain.labels import Task, TaskKind
from beadwatch.evaluation.answers import found_in
from beadwatch.evaluation.bootstrap import group_bootstrap
from beadwatch.evaluation.figures import expected_calibration_error
from beadwatch.evaluation.ranking import Ranking, area_under_roc
from beadwatch.lifecycle.gate import Paired, PartEvidence

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ModelAnswers:
    """What one model answered for N pictures: `scores` (N x C), and `found` (N x C), the classes held to be present."""

    scores: Floats
    found: Flags


def answers_of(scores: Floats, thresholds: Mapping[str, float], task: Task) -> ModelAnswers:
    """Return the answers of a model with those scores (N x C) and the thresholds of its card."""
    scores = np.asarray(scores, dtype=np.float64)
    return ModelAnswers(scores, found_in(scores, thresholds, task))


def compare(
    task: Task,
    champion: ModelAnswers,
    challenger: ModelAnswers,
    truth: Flags,
    groups: Sequence[str],
    seed: int = 0,
) -> PartEvidence:
    """Return all figures of two models on the same pictures, with the intervals of their differences.

    `truth` (N x C) says which classes are there, `groups` (N) to which weld, run or photo each picture belongs. A
    figure is undefined (all None) where no picture has the class, where a macro AUC has no class both with and without
    pictures, or where a model gave scores that are not finite.

    Raises:
        ValueError: the arrays do not fit together.
    """
    truth, names = np.asarray(truth, dtype=bool), np.array(list(groups), dtype=str)
    _check_shapes(task, champion, challenger, truth, len(names))
    one, other = _Figures(task, champion, truth), _Figures(task, challenger, truth)

    def both(rows: Rows) -> tuple[dict[str, float], dict[str, float]]:
        alarms = one.false_alarms(rows)
        return one.of(rows, alarms), other.of(rows, alarms)

    def difference(rows: Rows) -> dict[str, float]:
        first, second = both(rows)
        return {name: second[name] - first[name] for name in first}

    values = both(np.arange(len(names))) if len(names) else ({}, {})
    intervals = group_bootstrap(difference, tuple(names.tolist()), seed) if len(names) else {}

    def paired(figure: str, among: Flags) -> Paired:
        interval = intervals.get(figure)
        if interval is None:
            return Paired()
        first, second = (float(side[figure]) for side in values)
        count = len(np.unique(names[among]))
        return Paired(first, second, second - first, interval.low, interval.high, count)

    every = np.ones(len(names), dtype=bool)
    return PartEvidence(
        pictures=len(names),
        groups=len(np.unique(names)),
        macro_auc=paired("macro_auc", every),
        recall={name: paired(f"recall/{name}", truth[:, index]) for index, name in enumerate(task.label_names)},
        ece=paired("ece", every),
        auc={name: paired(f"auc/{name}", truth[:, index]) for index, name in enumerate(task.label_names)},
        balanced=paired("balanced", every),
    )


class _Figures:
    """One model's figures as a function of some rows; what does not depend on the rows is done once."""

    def __init__(self, task: Task, answers: ModelAnswers, truth: Flags) -> None:
        self._names, self._truth, self._found = task.label_names, truth, answers.found
        self._is_usable = bool(np.isfinite(answers.scores).all())
        self._rankings = [Ranking(answers.scores[:, index]) for index in range(len(self._names))] if len(truth) else []
        if task.kind is TaskKind.SINGLE_LABEL:
            self._judged, self._right = answers.scores.max(axis=1, initial=0.0), (answers.found == truth).all(axis=1)
        else:
            self._judged, self._right = answers.scores.ravel(), truth.ravel()

    def false_alarms(self, rows: Rows) -> Floats:
        """Return for each class in how many pictures without it it is found. A count, so that both models meet it."""
        counts: Floats = self._weights(rows) @ (~self._truth & self._found)
        return counts

    def of(self, rows: Rows, alarms: Floats) -> dict[str, float]:
        """Return the figures on some rows; recall is where that many others (C) are taken for the class."""
        weights, values = self._weights(rows), dict[str, float]()
        for index, (name, ranking) in enumerate(zip(self._names, self._rankings, strict=True)):
            there = self._truth[:, index]
            hits, others = ranking.cumulated(weights * there), ranking.cumulated(weights * ~there)
            values[f"recall/{name}"] = _recall_at(alarms[index], hits, others)
            values[f"auc/{name}"] = area_under_roc(hits, others)
        balanced = (_shares(weights, self._truth, self._found) + _shares(weights, ~self._truth, ~self._found)) / 2
        values["macro_auc"] = _mean([values[f"auc/{name}"] for name in self._names])
        values["balanced"] = _mean(balanced.tolist())
        each = len(self._judged) // len(self._truth)
        values["ece"] = expected_calibration_error(
            np.clip(np.nan_to_num(self._judged), 0.0, 1.0), self._right, np.repeat(weights, each)
        )
        return values if self._is_usable else dict.fromkeys(values, np.nan)

    def _weights(self, rows: Rows) -> Floats:
        return np.bincount(rows, minlength=len(self._truth)).astype(np.float64)


def _shares(weights: Floats, among: Flags, found: Flags) -> Floats:
    """Return for each class the weighted share of `among` that is `found`; NaN where there is none."""
    all_of_them = weights @ among
    shares: Floats = np.divide(
        weights @ (among & found), all_of_them, out=np.full(len(all_of_them), np.nan), where=all_of_them > 0
    )
    return shares


def _recall_at(alarms: float, hits: Floats, others: Floats) -> float:
    """Return the best recall at so many false alarms, from what is taken down to each score; NaN where undefined."""
    return float(np.interp(alarms, others, hits) / hits[-1]) if hits[-1] else np.nan


def _mean(values: list[float]) -> float:
    """Return the mean of what is defined; NaN where nothing is."""
    defined = [value for value in values if np.isfinite(value)]
    return float(np.mean(defined)) if defined else np.nan


def _check_shapes(task: Task, champion: ModelAnswers, challenger: ModelAnswers, truth: Flags, pictures: int) -> None:
    shape = (pictures, len(task.labels))
    arrays = {
        "truth": truth,
        "scores of the champion": champion.scores,
        "scores of the challenger": challenger.scores,
    }
    for what, array in arrays.items():
        if array.shape != shape:
            raise ValueError(f"{what} has the shape {array.shape}, but must have {shape}")
