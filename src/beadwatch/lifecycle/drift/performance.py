"""How well the model does: by labels where there are some, and as its own scores lead one to expect.

What is expected assumes that the scores are calibrated on the current pictures too, as they were on the reference: then
a picture of score 0.8 has the class 8 times in 10, and accuracy and AUC follow without a label (confidence-based
estimation: Garg et al., ICLR 2022; Kivimaki et al., 2025). It sees pictures that are harder, not a relation of picture
and class that has changed, and a network that is sure of itself on strange pictures fools it.

Figures are functions of weights of groups, so that resamples and splits of groups are rows of a matrix.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from beadwatch.domain.labels import Task, TaskKind
from beadwatch.domain.model_card import Interval
from beadwatch.lifecycle.drift.pool import Pool
from beadwatch.lifecycle.observations import Flags, Floats

BINS = 15
RESAMPLES = 1000


class Ranking:
    """The area under the ROC curve of one class, for any weights of the groups."""

    def __init__(self, pool: Pool, scores: Floats, present: Floats) -> None:
        """Take for each picture (N) its score and whether the class is there: 0, 1, or the chance of it."""
        self._over = pool.pair_sums(np.stack([scores, present], axis=1), _won)
        self._with, self._without = pool.sums(present), pool.sums(1.0 - present)

    def area(self, weights: Floats) -> Floats:
        """Return the area for each row of `weights` (R x G); NaN where one side is empty."""
        won = np.einsum("rg,rg->r", weights @ self._over, weights)
        return _ratio(won, (weights @ self._with) * (weights @ self._without))


@dataclass(frozen=True, eq=False)
class Performance:
    """What is needed to compute all figures of some groups; `hits`, `errors` and `rankings` are empty without labels.

    By group: `pictures` (G), `expected_right` (G), and for labels `present` and `hits` (G x C), `errors` (G x BINS).
    """

    task: Task
    pictures: Floats
    answers: Floats
    expected_right: Floats
    expected_rankings: tuple[Ranking, ...]
    rankings: tuple[Ranking, ...] = ()
    present: Floats | None = None
    hits: Floats | None = None
    errors: Floats | None = None

    def figures(self, weights: Floats) -> dict[str, Floats]:
        """Return every figure for each row of `weights` (R x G)."""
        values = {"expected_accuracy": _ratio(weights @ self.expected_right, weights @ self.pictures)}
        for name, ranking in zip(self.task.label_names, self.expected_rankings, strict=True):
            values[f"expected_auc/{name}"] = ranking.area(weights)
        return values | self.labelled_figures(weights)

    def labelled_figures(self, weights: Floats) -> dict[str, Floats]:
        """Return the figures that need labels, for each row of `weights` (R x G); none without labels."""
        if self.present is None or self.hits is None or self.errors is None:
            return {}
        values: dict[str, Floats] = {}
        for column, (name, ranking) in enumerate(zip(self.task.label_names, self.rankings, strict=True)):
            values[f"auc/{name}"] = ranking.area(weights)
            values[f"recall/{name}"] = _ratio(weights @ self.hits[:, column], weights @ self.present[:, column])
        values["ece"] = _ratio(np.abs(weights @ self.errors).sum(axis=1), weights @ self.answers)
        return values


def performance_of(
    task: Task, pool: Pool, scores: Floats, truth: Flags | None, thresholds: Mapping[str, float]
) -> Performance:
    """Return the sums over groups behind all figures; `scores` and `truth` are N x C, in the order of the pool's rows.

    Recall is of the classes held to be present: the highest score of a single-label task, else those from the threshold
    (0.5 for a class without one). Calibration error: Guo et al., ICML 2017, of the answer of a single-label task, else
    of all scores.
    """
    single = task.kind is TaskKind.SINGLE_LABEL
    found = scores >= [thresholds.get(name, 0.5) for name in task.label_names]
    if single:
        found = np.eye(len(task.labels), dtype=bool)[scores.argmax(axis=1)]
    sure = scores.max(axis=1) if single else np.where(found, scores, 1.0 - scores).mean(axis=1)
    columns = range(len(task.labels))
    expected = tuple(Ranking(pool, scores[:, column], scores[:, column]) for column in columns)
    answers = pool.sizes * (1 if single else len(task.labels))
    right = pool.sums(sure)
    if truth is None:
        return Performance(task, pool.sizes, answers, right, expected)
    true = truth.astype(np.float64)
    judged = (scores[found], truth[found]) if single else (scores, truth)
    return Performance(
        task,
        pool.sizes,
        answers,
        right,
        expected,
        tuple(Ranking(pool, scores[:, column], true[:, column]) for column in columns),
        pool.sums(true),
        pool.sums(true * found),
        pool.sums(_errors_by_bin(judged[0].reshape(len(scores), -1), judged[1].reshape(len(scores), -1))),
    )


def intervals(performance: Performance, pool: Pool, current: bool, seed: int) -> dict[str, Interval]:
    """Return each figure of one side with its 95 % interval, by resampling its groups; undefined ones are left out."""
    own = (pool.current == current).astype(np.float64)[None]
    drawn = performance.figures(pool.resamples(RESAMPLES, seed, current))
    found = {}
    for name, (value,) in performance.figures(own).items():
        if np.isfinite(value) and np.isfinite(drawn[name]).any():
            low, high = np.nanquantile(drawn[name], [0.025, 0.975])
            found[name] = Interval(float(value), float(low), float(high))
    return found


def _errors_by_bin(scores: Floats, correct: Flags) -> Floats:
    """Return for each picture, N x BINS, the sum of score minus truth of its scores (N x K) in each bin."""
    number = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    rows = np.repeat(np.arange(len(scores)), scores.shape[1])
    errors = np.zeros((len(scores), BINS))
    np.add.at(errors, (rows, number.ravel()), (scores - correct).ravel())
    return errors


def _won(some: Floats, others: Floats) -> Floats:
    score, rival = some[:, :1], others[:, 0]
    ahead = (score > rival) + 0.5 * (score == rival)
    return np.asarray(ahead * some[:, 1:] * (1.0 - others[:, 1]))


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0))
