"""The check for drift: two sets of observations in, a report out, the same each time. Reads and writes nothing.

An alarm is a difference that chance does not make, all tests of the check counted together, and that is large enough to
matter. What a test counts as one piece of evidence is a group, not a picture: pictures of one weld are alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtrit

from beadwatch.domain.errors import DatasetError
from beadwatch.domain.model_card import Interval
from beadwatch.lifecycle.drift.distributions import compare, most_unlike
from beadwatch.lifecycle.drift.limits import DriftLimits
from beadwatch.lifecycle.drift.performance import Performance, intervals, performance_of
from beadwatch.lifecycle.drift.pool import Pool, corrected
from beadwatch.lifecycle.drift.report import ClassCount, DriftReport, DriftVerdict, Finding, Kind, Part
from beadwatch.lifecycle.observations import Flags, Floats, Observations

_NORMAL_975 = 1.959964


def check_drift(reference: Observations, current: Observations, limits: DriftLimits) -> DriftReport:
    """Say whether `current` still is what `reference` was.

    Both need scores and embeddings of the same model. Labels are used where both have them, and where only `current`
    has them, its AUC is still held against the floor. Groups that stand in both are left out of `current`.

    Raises:
        DatasetError: other classes, or embeddings of another length: another model.
    """
    if reference.task.label_names != current.task.label_names:
        raise DatasetError(
            f"drift: {reference.task.name} and {current.task.name} have other classes: one model at once"
        )
    if reference.embeddings.shape[1] != current.embeddings.shape[1]:
        lengths = f"{reference.embeddings.shape[1]} and {current.embeddings.shape[1]}"
        raise DatasetError(f"drift: embeddings of length {lengths}: observe both sets with the same model")
    (reference, current), notes = _prepared(reference, current, limits)
    few = [*_too_few(reference, "reference", limits), *_too_few(current, "current set", limits)]
    if few:
        before, now = (Part(len(each), _groups(each), {}) for each in (reference, current))
        verdict = DriftVerdict.TOO_LITTLE
        return DriftReport(reference.task.name, verdict, tuple(few), tuple(notes), before, now, (), (), (), limits)
    return _report(_Sides(reference, current, limits), notes)


class _Sides:
    """Both sides in one pool, and everything that more than one step needs."""

    def __init__(self, reference: Observations, current: Observations, limits: DriftLimits) -> None:
        self.reference, self.current, self.limits = reference, current, limits
        self.task = reference.task
        truth = None
        if current.truth is not None:
            before = np.zeros(reference.scores.shape, bool) if reference.truth is None else reference.truth
            truth = np.concatenate([before, current.truth])
        self.truth = truth
        self.comparable = truth is not None and reference.truth is not None
        self.pool = Pool(np.concatenate([reference.groups, current.groups]), _side(reference, current))
        self.splits = self.pool.splits(limits.permutations, limits.seed)
        scores = np.concatenate([reference.scores, current.scores])
        self.performance: Performance = performance_of(self.task, self.pool, scores, truth, limits.thresholds)
        self.classes = self._counted(self.performance.present) if truth is not None else ()
        # The floors of AUC are tests too: they get half of what may go wrong.
        self.alpha = limits.alpha / 2 if truth is not None else limits.alpha

    def _counted(self, present: Floats | None) -> tuple[ClassCount, ...]:
        if present is None:
            return ()
        with_class, rest = present, self.pool.sizes[:, None] - present
        sides = [~self.pool.current, self.pool.current] if self.comparable else [self.pool.current]
        enough = np.ones(len(self.task.labels), dtype=bool)
        for side in sides:
            for each in (with_class[side], rest[side]):
                enough &= each.sum(axis=0) >= self.limits.min_class_pictures
                enough &= (each > 0).sum(axis=0) >= self.limits.min_class_groups
        before, now = with_class[~self.pool.current], with_class[self.pool.current]
        return tuple(
            ClassCount(
                label, int(before[:, column].sum()), int((before[:, column] > 0).sum()),
                int(now[:, column].sum()), int((now[:, column] > 0).sum()), bool(enough[column]),
            )
            for column, label in enumerate(self.task.label_names)
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Fall:
    """One figure that should not get worse: its statistic (more is worse), real split first, and what is bearable."""

    kind: Kind
    name: str
    before: float
    now: float
    worse: Floats
    limit: float

    def finding(self, p: float, alpha: float) -> Finding:
        effect = float(self.worse[0])
        alarm = bool(p <= alpha and effect > self.limit)
        said = "is worse than in the reference" if alarm else "is not worse enough to tell"
        words = f"{self.name} {said}: {self.now:.3f} against {self.before:.3f} (p = {p:.4f})"
        return Finding(self.kind, self.name, self.before, self.now, effect, self.limit, p, alarm, words)


def _report(sides: _Sides, notes: list[str]) -> DriftReport:
    reference, current, limits, pool = sides.reference, sides.current, sides.limits, sides.pool
    distributions = compare(reference, current, pool, sides.splits)
    falls = _falls(sides)
    p = corrected({each.name: each.statistic for each in distributions} | {each.name: each.worse for each in falls})
    now = intervals(sides.performance, pool, True, limits.seed)
    before = intervals(sides.performance, pool, False, limits.seed)
    if not sides.comparable:
        before = {name: each for name, each in before.items() if name.startswith("expected")}
    findings = [each.finding(p[each.name], sides.alpha, limits.min_effect) for each in distributions]
    findings += [each.finding(p[each.name], sides.alpha) for each in falls]
    findings += _floors(sides, now)
    notes += [_too_few_of(each) for each in sides.classes if not each.enough]
    if sides.truth is None:
        notes.append("there are no labels: how well the model does is estimated from its scores only")
    alarms = tuple(each.words for each in findings if each.alarm)
    quiet = f"none of {len(findings)} comparisons shows a difference that chance does not make and that matters"
    return DriftReport(
        task=sides.task.name,
        verdict=DriftVerdict.DRIFT if alarms else DriftVerdict.NO_DRIFT,
        reasons=alarms or (quiet,),
        notes=tuple(notes),
        reference=Part(len(reference), _groups(reference), before),
        current=Part(len(current), _groups(current), now),
        findings=tuple(findings),
        classes=sides.classes,
        unlike=most_unlike(reference, current),
        limits=limits,
    )


def _falls(sides: _Sides) -> list[_Fall]:
    """Return what should not get worse. The sets hold other pictures, so groups are split anew, not pictures paired."""
    splits, performance, limits = sides.splits, sides.performance, sides.limits
    expected = "expected accuracy"

    def fall(kind: Kind, name: str, before: Floats, now: Floats) -> _Fall:
        rises = name == "calibration error"
        worse, limit = (now - before, limits.min_rise) if rises else (before - now, limits.min_fall)
        return _Fall(kind, name, float(before[0]), float(now[0]), worse, limit)

    accuracy = [
        (weights @ performance.expected_right) / (weights @ performance.pictures) for weights in (1.0 - splits, splits)
    ]
    found = [fall(Kind.ESTIMATED, expected, accuracy[0], accuracy[1])]
    if not sides.comparable:
        return found
    before, now = performance.labelled_figures(1.0 - splits), performance.labelled_figures(splits)
    for each in sides.classes:
        if each.enough:
            found += [
                fall(Kind.PERFORMANCE, f"{told} of {each.label}", before[f"{name}/{each.label}"],
                     now[f"{name}/{each.label}"])
                for name, told in (("auc", "AUC"), ("recall", "recall"))
            ]  # fmt: skip
    found.append(fall(Kind.PERFORMANCE, "calibration error", before["ece"], now["ece"]))
    return found


def _floors(sides: _Sides, figures: dict[str, Interval]) -> list[Finding]:
    """Hold the AUC of each class against its floor: an alarm only if the whole, corrected interval is below."""
    judged = [each for each in sides.classes if each.enough]
    found = []
    for each in judged:
        interval, floor = figures[f"auc/{each.label}"], sides.limits.auc_floor(each.label)
        # Few groups make the bootstrap too narrow: Student's t instead of the normal distribution widens it.
        reach = float(stdtrit(each.current_groups - 1, 1.0 - sides.alpha / len(judged))) / _NORMAL_975
        high = min(interval.value + (interval.high - interval.value) * reach, 1.0)
        alarm = high < floor
        words = (
            f"AUC of {each.label} is {interval.value:.3f}, at most {high:.3f}: "
            f"{'below' if alarm else 'not surely below'} the limit of {floor:.2f}"
        )
        name = f"AUC of {each.label} against its limit"
        shortfall = max(floor - interval.value, 0.0)
        found.append(Finding(Kind.PERFORMANCE, name, floor, interval.value, shortfall, floor, None, alarm, words))
    return found


def _prepared(
    reference: Observations, current: Observations, limits: DriftLimits
) -> tuple[tuple[Observations, Observations], list[str]]:
    notes = []
    shared = np.isin(current.groups, reference.groups)
    if shared.any():
        notes.append(f"{shared.sum()} current pictures of groups that stand in the reference too are left out")
        current = current.take(~shared)
    if (reference.truth is None) != (current.truth is None):
        having = "current set" if reference.truth is None else "reference"
        notes.append(f"only the {having} has labels: they cannot be compared")
        reference = replace(reference, truth=None)
    thinned = []
    for each, name in ((reference, "reference"), (current, "current set")):
        rows = _thinned(each, limits)
        if not rows.all():
            notes.append(f"{rows.sum():,} of {len(each):,} pictures of the {name} were compared, in whole groups")
        thinned.append(each.take(rows))
    return (thinned[0], thinned[1]), notes


def _thinned(observations: Observations, limits: DriftLimits) -> Flags:
    if len(observations) <= limits.max_pictures:
        return np.ones(len(observations), dtype=bool)
    names, index = np.unique(observations.groups, return_inverse=True)
    order = np.random.default_rng(limits.seed).permutation(len(names))
    taken = order[np.cumsum(np.bincount(index)[order]) <= limits.max_pictures]
    return np.asarray(np.isin(index, taken))


def _too_few(observations: Observations, name: str, limits: DriftLimits) -> Sequence[str]:
    pictures, groups = len(observations), _groups(observations)
    if pictures >= limits.min_pictures and groups >= limits.min_groups:
        return ()
    needed = f"{limits.min_pictures} of {limits.min_groups} groups are needed"
    return (f"the {name} has {pictures} pictures of {groups} groups: {needed}",)


def _too_few_of(each: ClassCount) -> str:
    return (
        f"not enough to say about {each.label}: {each.current_pictures} labelled pictures of {each.current_groups} "
        f"groups now, {each.reference_pictures} of {each.reference_groups} in the reference"
    )


def _groups(observations: Observations) -> int:
    return len(np.unique(observations.groups))


def _side(reference: Observations, current: Observations) -> Flags:
    return np.repeat([False, True], [len(reference), len(current)])
