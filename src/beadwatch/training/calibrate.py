"""Temperature and thresholds, chosen on held-out answers only.

Knows logits and targets. Does not know which network gave them. Figures that depend on what is chosen here must be
computed with `cross_fitted`, where each fold is judged by what the others chose.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from beadwatch.domain.labels import Task, TaskKind
from beadwatch.domain.model_card import Calibration
from beadwatch.training.cross_validate import Floats, HeldOut

MAX_BAD_AMONG_ACCEPTED = 0.02
_KNOWN_SHARE = 0.99  # of held-out pictures stay within max_distance
_GRID = np.linspace(0.05, 0.95, 91)


def probabilities(logits: Floats, temperature: float, kind: TaskKind) -> Floats:
    """Return softmax (single label) or sigmoid (multi label) of `logits / temperature`, N x C."""
    scaled = logits / temperature
    if kind is TaskKind.MULTI_LABEL:
        sigmoid: Floats = 1.0 / (1.0 + np.exp(-scaled))
        return sigmoid
    exponents = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    softmax: Floats = exponents / exponents.sum(axis=1, keepdims=True)
    return softmax


def calibrate(held_out: HeldOut, task: Task) -> Calibration:
    """Choose temperature (Guo et al., ICML 2017), thresholds and limits from held-out answers."""
    temperature = fit_temperature(held_out.logits, held_out.targets, task.kind)
    scores = probabilities(held_out.logits, temperature, task.kind)
    thresholds = {
        label.name: best_f1_threshold(scores[:, index], held_out.targets[:, index])
        for index, label in enumerate(task.labels)
    }
    return Calibration(
        temperature=round(temperature, 4),
        thresholds=thresholds,
        accept_threshold=_accept_threshold(scores, held_out.targets, task, thresholds),
        max_distance=round(float(np.quantile(held_out.distance, _KNOWN_SHARE)), 4),
    )


def cross_fitted(held_out: HeldOut, task: Task) -> tuple[Floats, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return calibrated scores N x C, classes present N x C and accepted N, each fold judged by the others' choice."""
    scores, present = np.empty_like(held_out.logits), np.zeros(held_out.logits.shape, dtype=bool)
    accepted = np.zeros(len(held_out.fold), dtype=bool)
    for fold in np.unique(held_out.fold):
        inside = held_out.fold == fold
        chosen = calibrate(_rows(held_out, ~inside), task)
        scores[inside] = probabilities(held_out.logits[inside], chosen.temperature, task.kind)
        present[inside] = scores[inside] >= [chosen.thresholds[name] for name in task.label_names]
        accepted[inside] = is_accepted(scores[inside], task, chosen.thresholds, chosen.accept_threshold)
        accepted[inside] &= held_out.distance[inside] <= chosen.max_distance
    return scores, present, accepted


def fit_temperature(logits: Floats, targets: Floats, kind: TaskKind) -> float:
    """Return the temperature that minimises the negative log likelihood, between 0.2 and 5."""
    from scipy.optimize import minimize_scalar

    def negative_log_likelihood(log_temperature: float) -> float:
        scores = probabilities(logits, float(np.exp(log_temperature)), kind).clip(1e-7, 1 - 1e-7)
        likelihood = targets * np.log(scores)
        if kind is TaskKind.MULTI_LABEL:
            likelihood += (1 - targets) * np.log(1 - scores)
        return float(-likelihood.sum())

    return float(np.exp(minimize_scalar(negative_log_likelihood, bounds=np.log([0.2, 5.0]), method="bounded").x))


def best_f1_threshold(scores: Floats, targets: Floats) -> float:
    """Return the threshold on a grid of 0.01 with the best F1; the middle one where several are as good."""
    present = scores[:, None] >= _GRID
    hits = (present & (targets[:, None] > 0)).sum(axis=0)
    f1 = 2 * hits / (present.sum(axis=0) + targets.sum()).clip(1)
    best = np.flatnonzero(f1 >= f1.max() - 1e-9)
    return round(float(_GRID[best[len(best) // 2]]), 2)


def _accept_threshold(scores: Floats, targets: Floats, task: Task, thresholds: dict[str, float]) -> float:
    """Return the lowest score of the good class at which at most 2 % of the accepted pictures are not good."""
    good = _good_index(task)
    lowest = thresholds[task.labels[good].name]
    for threshold in (float(round(value, 2)) for value in np.arange(lowest, 0.99, 0.01)):
        accepted = is_accepted(scores, task, thresholds, threshold)
        bad = (accepted & ~_truly_good(targets, good)).sum()
        if accepted.any() and bad <= MAX_BAD_AMONG_ACCEPTED * accepted.sum():
            return threshold
    return 0.99


def is_accepted(
    scores: Floats, task: Task, thresholds: Mapping[str, float], accept_threshold: float
) -> npt.NDArray[np.bool_]:
    """Return which rows of `scores` (N x C) the production decision accepts, distance left aside: bool, length N."""
    good = _good_index(task)
    present = scores >= np.array([thresholds[name] for name in task.label_names])
    clean = ~np.delete(present, good, axis=1).any(axis=1)
    mask: npt.NDArray[np.bool_] = clean & (scores[:, good] >= accept_threshold)
    return mask


def _good_index(task: Task) -> int:
    return next(index for index, label in enumerate(task.labels) if label.is_good)


def _truly_good(targets: Floats, good: int) -> npt.NDArray[np.bool_]:
    truly: npt.NDArray[np.bool_] = (targets[:, good] > 0) & (np.delete(targets, good, axis=1).sum(axis=1) == 0)
    return truly


def _rows(held_out: HeldOut, chosen: npt.NDArray[np.bool_]) -> HeldOut:
    groups = tuple(group for group, keep in zip(held_out.groups, chosen, strict=True) if keep)
    return HeldOut(
        held_out.logits[chosen],
        held_out.targets[chosen],
        held_out.distance[chosen],
        held_out.fold[chosen],
        groups,
    )
