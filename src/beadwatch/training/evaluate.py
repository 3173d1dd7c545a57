"""Figures with intervals from held-out answers, by scikit-learn.

Intervals come from resampling whole groups (2.5 % and 97.5 % quantiles): pictures of one weld are no independent
evidence. Knows arrays. Does not know how the answers came about.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, roc_auc_score

from beadwatch.domain.labels import Task, TaskKind
from beadwatch.domain.model_card import Interval, Metrics
from beadwatch.training.calibrate import cross_fitted
from beadwatch.training.cross_validate import Floats, HeldOut

RESAMPLES = 1000
Flags = npt.NDArray[np.bool_]
Measures = Callable[[npt.NDArray[np.int64]], dict[str, float]]


def measure(held_out: HeldOut, task: Task, protocol: str, seed: int = 0) -> Metrics:
    """Return the figures of a card. Thresholds and temperature are cross-fitted, so nothing is judged by itself."""
    scores, present, accepted = cross_fitted(held_out, task)
    targets = held_out.targets.astype(bool)
    if task.kind is TaskKind.SINGLE_LABEL:
        present = np.eye(len(task.labels), dtype=bool)[scores.argmax(axis=1)]

    def measures(rows: npt.NDArray[np.int64]) -> dict[str, float]:
        figures = _per_class(task, scores[rows], present[rows], targets[rows])
        figures |= _overall(task, scores[rows], present[rows], targets[rows])
        return figures | _acceptance(task, accepted[rows], targets[rows])

    values = group_bootstrap(measures, held_out.groups, seed)
    return Metrics(protocol, len(scores), len(set(held_out.groups)), values)


def group_bootstrap(measures: Measures, groups: tuple[str, ...], seed: int) -> dict[str, Interval]:
    """Return each figure with its 95 % interval.

    Resamples in which a figure is undefined (NaN) do not count for it; a figure that is undefined itself is left out.
    """
    names, index = np.unique(np.array(groups), return_inverse=True)
    members = [np.flatnonzero(index == number) for number in range(len(names))]
    generator = np.random.default_rng(seed)
    resampled = [
        measures(np.concatenate([members[number] for number in generator.integers(0, len(names), len(names))]))
        for _ in range(RESAMPLES)
    ]
    intervals = {}
    for name, value in measures(np.arange(len(groups))).items():
        draws = np.array([figures[name] for figures in resampled])
        if np.isfinite(value) and np.isfinite(draws).any():
            low, high = np.nanquantile(draws, [0.025, 0.975])
            intervals[name] = Interval(round(value, 4), round(float(low), 4), round(float(high), 4))
    return intervals


def expected_calibration_error(scores: Floats, correct: Flags, bins: int = 15) -> float:
    """Return the mean gap between confidence and accuracy over equal-width bins, weighted by their size."""
    bin_of: npt.NDArray[np.int64] = np.minimum((scores * bins).astype(int), bins - 1)
    gaps = [abs(scores[bin_of == b].sum() - correct[bin_of == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(scores))


def _per_class(task: Task, scores: Floats, present: Flags, targets: Flags) -> dict[str, float]:
    figures = {}
    for index, name in enumerate(task.label_names):
        truth, found, score = targets[:, index], present[:, index], scores[:, index]
        hits = float((truth & found).sum())
        figures[f"recall/{name}"] = hits / truth.sum() if truth.any() else np.nan
        figures[f"precision/{name}"] = hits / found.sum() if found.any() else np.nan
        mixed = truth.any() and not truth.all()
        figures[f"auc/{name}"] = float(roc_auc_score(truth, score)) if mixed else np.nan
        figures[f"average_precision/{name}"] = float(average_precision_score(truth, score)) if mixed else np.nan
    return figures | {
        f"macro_{metric}": float(np.mean([figures[f"{metric}/{name}"] for name in task.label_names]))
        for metric in ("recall", "auc", "average_precision")
    }


def _overall(task: Task, scores: Floats, present: Flags, targets: Flags) -> dict[str, float]:
    if task.kind is TaskKind.SINGLE_LABEL:
        correct: Flags = np.any(present & targets, axis=1)
        return {
            "accuracy": float(correct.mean()),
            "ece": expected_calibration_error(scores.max(axis=1), correct),
        }
    return {
        "exact_match": float((present == targets).all(axis=1).mean()),
        "ece": expected_calibration_error(scores.ravel(), targets.ravel()),
    }


def _acceptance(task: Task, accepted: Flags, targets: Flags) -> dict[str, float]:
    good = next(index for index, label in enumerate(task.labels) if label.is_good)
    truly_good = targets[:, good] & (targets.sum(axis=1) == 1)
    return {
        "accepted_of_good": float(accepted[truly_good].mean()) if truly_good.any() else np.nan,
        "bad_among_accepted": float((~truly_good[accepted]).mean()) if accepted.any() else 0.0,
    }
