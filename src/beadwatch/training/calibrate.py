"""Temperature, thresholds and limits, chosen on held-out answers only.

Knows logits and targets. Does not know which network gave them. Figures that depend on what is chosen here must be
computed with `cross_fitted`, where each fold is judged by what the others chose.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from beadwatch.domain.appearance import AppearanceLimits
from beadwatch.domain.errors import TrainingError
from beadwatch.domain.guarantee import Guarantee
from beadwatch.domain.labels import Task, TaskKind
from beadwatch.domain.model_card import Calibration
from beadwatch.training.cross_validate import Floats, HeldOut
from beadwatch.training.guarantee import Risk, certify
from beadwatch.training.references import shows_weld
from beadwatch.training.thresholds import best_cost_threshold, best_f1_threshold

MAX_BAD_AMONG_ACCEPTED = 0.02
NEVER = 1.0
APPEARANCE = AppearanceLimits(min_contrast=5.0, min_detail=0.1, max_detail=2.3)  # bench/strangers.py: what welds have
_KNOWN_SHARE = 0.99  # of held-out welds stay within max_distance
_PARTS = 5  # of the groups; each is judged by thresholds that the others chose

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CalibrationOptions:
    """What a user wants of the thresholds.

    `miss_cost` says how many false alarms a missed finding costs; None asks for the best F1. `risk` is what the accept
    threshold shall guarantee. Where that cannot be certified, accepting follows an empirical rule, at most 2 % of the
    held-out pictures accepted being bad, and every verdict says that nothing is certified; with `accept_uncertified`
    off, such a model accepts nothing.

    Raises:
        TrainingError: a value out of range.
    """

    miss_cost: float | None = None
    risk: Risk = field(default_factory=Risk)
    accept_uncertified: bool = True

    def __post_init__(self) -> None:
        if self.miss_cost is not None and not 0.0 < self.miss_cost < math.inf:
            raise TrainingError(f"a miss costs {self.miss_cost} false alarms: it must be a number above 0")


DEFAULT = CalibrationOptions()


def probabilities(logits: Floats, temperature: float, kind: TaskKind) -> Floats:
    """Return softmax (single label) or sigmoid (multi label) of `logits / temperature`, N x C."""
    scaled = logits / temperature
    if kind is TaskKind.MULTI_LABEL:
        sigmoid: Floats = 1.0 / (1.0 + np.exp(-scaled))
        return sigmoid
    exponents = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    softmax: Floats = exponents / exponents.sum(axis=1, keepdims=True)
    return softmax


def calibrate(held_out: HeldOut, task: Task, options: CalibrationOptions = DEFAULT) -> Calibration:
    """Choose temperature (Guo et al., ICML 2017), thresholds and limits from held-out answers."""
    temperature = fit_temperature(held_out.logits, held_out.targets, task.kind)
    scores = probabilities(held_out.logits, temperature, task.kind)
    thresholds = choose_thresholds(scores, held_out.targets, task, options.miss_cost)
    max_distance = round(float(np.quantile(held_out.distance[shows_weld(held_out.targets, task)], _KNOWN_SHARE)), 4)
    threshold, guarantee = _certified(held_out, scores, task, options, max_distance)
    if threshold is None:
        levels = np.where(held_out.distance <= max_distance, accept_levels(scores, task, thresholds), -np.inf)
        bad = ~truly_good(held_out.targets, task)
        threshold = _empirical_threshold(levels, bad) if options.accept_uncertified else NEVER
    return Calibration(
        temperature=round(temperature, 4),
        thresholds=thresholds,
        accept_threshold=max(threshold, thresholds[task.labels[_good_index(task)].name]),
        max_distance=max_distance,
        miss_cost=options.miss_cost,
        guarantee=guarantee,
        appearance=APPEARANCE,
    )


def cross_fitted(held_out: HeldOut, task: Task, options: CalibrationOptions = DEFAULT) -> tuple[Floats, Flags, Flags]:
    """Return calibrated scores N x C, classes present N x C and accepted N, each fold judged by the others' choice."""
    scores, present = np.empty_like(held_out.logits), np.zeros(held_out.logits.shape, dtype=bool)
    accepted = np.zeros(len(held_out.fold), dtype=bool)
    for fold in np.unique(held_out.fold):
        inside = held_out.fold == fold
        chosen = calibrate(_rows(held_out, ~inside), task, options)
        scores[inside] = probabilities(held_out.logits[inside], chosen.temperature, task.kind)
        present[inside] = scores[inside] >= [chosen.thresholds[name] for name in task.label_names]
        accepted[inside] = is_accepted(scores[inside], task, chosen.thresholds, chosen.accept_threshold)
        accepted[inside] &= held_out.distance[inside] <= chosen.max_distance
    return scores, present, accepted


def choose_thresholds(scores: Floats, targets: Floats, task: Task, miss_cost: float | None) -> dict[str, float]:
    """Return for each class the score from which it is present; good and background are no finding that one misses."""
    return {
        label.name: best_f1_threshold(scores[:, index], targets[:, index])
        if miss_cost is None or label.excludes_others
        else best_cost_threshold(scores[:, index], targets[:, index], miss_cost)
        for index, label in enumerate(task.labels)
    }


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


def accept_levels(scores: Floats, task: Task, thresholds: Mapping[str, float]) -> Floats:
    """Return for each row of `scores` (N x C) the highest accept threshold at which it is accepted, -inf for none."""
    good = _good_index(task)
    present = scores >= np.array([thresholds[name] for name in task.label_names])
    clean = present[:, good] & ~np.delete(present, good, axis=1).any(axis=1)
    levels: Floats = np.where(clean, scores[:, good], -np.inf)
    return levels


def is_accepted(scores: Floats, task: Task, thresholds: Mapping[str, float], accept_threshold: float) -> Flags:
    """Return which rows of `scores` (N x C) the production decision accepts, distance left aside: bool, length N."""
    good = _good_index(task)
    present = scores >= np.array([thresholds[name] for name in task.label_names])
    clean = ~np.delete(present, good, axis=1).any(axis=1)
    mask: Flags = clean & (scores[:, good] >= accept_threshold) & (accept_threshold < NEVER)
    return mask


def truly_good(targets: Floats, task: Task) -> Flags:
    """Return which rows of `targets` (N x C) say that the weld is good and nothing else: bool, length N."""
    good = _good_index(task)
    truly: Flags = (targets[:, good] > 0) & (np.delete(targets, good, axis=1).sum(axis=1) == 0)
    return truly


def _certified(
    held_out: HeldOut, scores: Floats, task: Task, options: CalibrationOptions, max_distance: float
) -> tuple[float | None, Guarantee]:
    """Return the lowest certified accept threshold, if there is one, and the guarantee for the card.

    No group is judged by class thresholds that it helped to choose. Temperature and distance limit are one number each
    for all pictures, and the second does not depend on the truth: those are shared.
    """
    part = np.unique(np.array(held_out.groups), return_inverse=True)[1] % _PARTS
    levels = np.full(len(scores), -np.inf)
    for number in np.unique(part):
        inside = part == number
        if inside.all():
            break
        chosen = choose_thresholds(scores[~inside], held_out.targets[~inside], task, options.miss_cost)
        levels[inside] = accept_levels(scores[inside], task, chosen)
    levels[held_out.distance > max_distance] = -np.inf
    # In the steps of the card, so that what is tested is what ships; 1.0 would mean never.
    levels = np.floor(levels * 10_000).clip(max=9_999) / 10_000
    return certify(levels, ~truly_good(held_out.targets, task), held_out.groups, options.risk)


def _empirical_threshold(levels: Floats, bad: Flags) -> float:
    """Return the lowest accept threshold at which at most 2 % of the accepted pictures are bad, NEVER for none."""
    for threshold in (*np.arange(5, 100) / 100, 0.995, 0.999):
        accepted = levels >= threshold
        if accepted.any() and (accepted & bad).sum() <= MAX_BAD_AMONG_ACCEPTED * accepted.sum():
            return float(threshold)
    return NEVER


def _good_index(task: Task) -> int:
    return next(index for index, label in enumerate(task.labels) if label.is_good)


def _rows(held_out: HeldOut, chosen: Flags) -> HeldOut:
    groups = tuple(group for group, keep in zip(held_out.groups, chosen, strict=True) if keep)
    return HeldOut(
        held_out.logits[chosen],
        held_out.targets[chosen],
        held_out.distance[chosen],
        held_out.fold[chosen],
        groups,
    )
