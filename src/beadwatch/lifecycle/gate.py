"""The gate: whether a challenger may take the champion's place. One pure function, figures in, verdict out.

Every rule is always judged; there is no switch that skips one. A figure that is missing or not finite fails its rule. A
person may release against the verdict, with a name and a reason; the verdict stays what it was and shows both for ever.

Knows figures. Does not know who makes them (see `paired`) or what becomes of the verdict (`store.release_channel`).
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from beadwatch.domain.errors import ReleaseError

Figure = float | None


@dataclass(frozen=True, slots=True)
class Paired:
    """One figure of champion and challenger on the same pictures; all None where it is undefined.

    `difference` is challenger minus champion; `low` and `high` are its 95 % interval by resampling groups, for both
    models the same ones. `groups` is how many groups the figure rests on: for a recall, those that hold the class.
    """

    champion: Figure = None
    challenger: Figure = None
    difference: Figure = None
    low: Figure = None
    high: Figure = None
    groups: int = 0


@dataclass(frozen=True, slots=True)
class PartEvidence:
    """Both models on one set of pictures.

    `recall` of each class is where both raise as many false alarms as the champion does with its thresholds: with other
    thresholds any model finds more. `auc` is the area under each class's ROC curve, and `balanced` the mean over the
    classes of balanced accuracy with each model's own thresholds; `ece` is the calibration error.
    """

    pictures: int
    groups: int
    macro_auc: Paired
    recall: Mapping[str, Paired]
    ece: Paired
    auc: Mapping[str, Paired] = field(default_factory=dict)
    balanced: Paired = Paired()


@dataclass(frozen=True, slots=True)
class GateEvidence:
    """All that the gate judges by. `frozen` is the frozen test part, `new` what has come in since.

    `classes` are those of the task: each must have its recall on the frozen part. `parity_scores` is the largest
    difference of a score between the network and its export, `parity_agreement` the share of pictures with the same
    classes. `latency_ms` is that of one answer. `cost` is what an answer costs, in any unit that both share. `without`
    has the macro AUC on the new data without what each person labelled, by the person's name.
    """

    task: str
    champion: str
    challenger: str
    classes: tuple[str, ...]
    frozen: PartEvidence
    new: PartEvidence
    parity_scores: Figure
    parity_agreement: Figure
    latency_ms: Figure
    champion_cost: Figure
    challenger_cost: Figure
    without: Mapping[str, Paired] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GateLimits:
    """How far is too far. Shares are of 1. `bench/gate.py` shows what the margins let through and what they hold."""

    recall_margin: float = 0.10
    class_auc_margin: float = 0.10
    macro_auc_margin: float = 0.02
    balanced_margin: float = 0.05
    macro_auc_floor: float = 0.75
    min_groups: int = 10
    equal_within: float = 0.005
    max_ece: float = 0.15
    max_parity_scores: float = 1e-3
    min_parity_agreement: float = 0.99
    max_latency_ms: float = 100.0
    min_people: int = 1
    person_margin: float = 0.05

    def __post_init__(self) -> None:
        if wrong := [name for name, value in asdict(self).items() if not (math.isfinite(value) and value >= 0)]:
            raise ReleaseError(f"limits of the gate: {', '.join(wrong)} must be finite and not below 0")


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: whether it is kept, the figures it was judged by (None: missing), and both in words."""

    name: str
    passed: bool
    figures: Mapping[str, Figure]
    words: str


@dataclass(frozen=True, slots=True)
class Override:
    """Who released against the gate, why, and when (UTC)."""

    name: str
    reason: str
    at: datetime

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.reason.strip():
            raise ReleaseError("an override needs a name and a reason: both are shown for ever")

    def to_dict(self) -> dict[str, str]:
        """Return JSON-ready values."""
        return {"name": self.name, "reason": self.reason, "at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """What the gate says, with all that it was judged by. `passed` follows from the checks, whatever anybody wants."""

    evidence: GateEvidence
    limits: GateLimits
    checks: tuple[Check, ...]
    override: Override | None = field(default=None)

    @property
    def passed(self) -> bool:
        """Whether every rule is kept."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    @property
    def released(self) -> bool:
        """Whether the challenger may be released: it passed, or a person overrode the gate."""
        return self.passed or self.override is not None

    def overridden(self, override: Override) -> "GateVerdict":
        """Return the same verdict with an override.

        Raises:
            ReleaseError: it has one already, which stays for ever.
        """
        if self.override is not None:
            raise ReleaseError(f"the verdict was overridden by {self.override.name} already: {self.override.reason}")
        return replace(self, override=override)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values: figures that are not finite are None."""
        named = ("task", "champion", "challenger")
        return {
            **{name: getattr(self.evidence, name) for name in named},
            "passed": self.passed,
            "released": self.released,
            "override": self.override and self.override.to_dict(),
            "checks": [_jsonable(asdict(check)) for check in self.checks],
            "limits": asdict(self.limits),
            "evidence": _jsonable(asdict(self.evidence)),
        }


def judge(evidence: GateEvidence, limits: GateLimits) -> GateVerdict:
    """Judge a challenger against the champion."""
    frozen, new = evidence.frozen, evidence.new
    checks = []
    for name in evidence.classes:
        # Of a class's few groups each is a tenth of its recall: an interval would hold every challenger.
        checks.append(_no_loss(f"recall of {name}", frozen.recall.get(name, Paired()), limits.recall_margin, None))
        auc = frozen.auc.get(name, Paired())
        checks.append(_no_loss(f"AUC of {name}", auc, limits.class_auc_margin, limits.min_groups))
    checks += [
        _no_loss("macro AUC", frozen.macro_auc, limits.macro_auc_margin, limits.min_groups),
        _no_loss("balanced accuracy", frozen.balanced, limits.balanced_margin, limits.min_groups),
        _at_least("macro AUC, frozen test part", frozen.macro_auc.challenger, limits.macro_auc_floor),
        _at_least("macro AUC, new data", new.macro_auc.challenger, limits.macro_auc_floor),
        _better_or_cheaper(evidence, limits.equal_within),
        _at_most("calibration error, frozen test part", frozen.ece.challenger, limits.max_ece),
        _calibrated_on_new(new.ece, limits.max_ece),
        _at_most("parity: difference of a score", evidence.parity_scores, limits.max_parity_scores),
        _at_least("parity: same classes", evidence.parity_agreement, limits.min_parity_agreement),
        _at_most("latency in ms", evidence.latency_ms, limits.max_latency_ms),
        _borne_out(evidence.without, limits),
    ]
    return GateVerdict(evidence, limits, tuple(checks))


def _borne_out(without: Mapping[str, Paired], limits: GateLimits) -> Check:
    """Judge whether the new data of all others speaks against what one person's says: that one may be wrong."""
    name = "borne out by others"
    figures: dict[str, Figure] = {who: pair.difference for who, pair in without.items()}
    if len(without) < limits.min_people:
        words = f"the new data was labelled by {len(without)} people; {limits.min_people} are needed"
        return Check(name, False, figures, words)
    against = [who for who, by in figures.items() if by is not None and not by >= -limits.person_margin]
    if against:
        told = ", ".join(f"{who} ({figures[who]:+.3f})" for who in against)
        words = (
            f"macro AUC on the new data falls by more than {limits.person_margin:g} once left out what was labelled by"
        )
        return Check(name, False, figures, f"{words} {told}: look at those labels")
    silent = [who for who, by in figures.items() if by is None]
    aside = f"; too little is left without {', '.join(silent)} to judge by" if silent else ""
    return Check(name, True, figures, f"nobody's labels alone carry the new data{aside}")


def _calibrated_on_new(pair: Paired, most: float) -> Check:
    """Judge the error itself, or that it is surely smaller than the champion's.

    New pictures are few, and of so few the error is large by chance alone; what answers now may be far worse on them.
    """
    check = _at_most("calibration error, new data", pair.challenger, most)
    if check.passed or pair.difference is None or pair.high is None or not math.isfinite(pair.difference):
        return check
    better = math.isfinite(pair.high) and pair.high < 0
    words = f"{check.words}; it differs from the champion's by {pair.difference:+.3f}, at most {pair.high:+.3f}"
    figures = {**check.figures, "champion": pair.champion, "difference": pair.difference, "high": pair.high}
    return Check(check.name, better, figures, f"{words}: {'surely smaller' if better else 'not surely smaller'}")


def _no_loss(what: str, pair: Paired, margin: float, min_groups: int | None) -> Check:
    """Judge the lower end of the difference's interval; with few groups, which give none, or None, the difference."""
    name = f"no loss: {what}"
    figures: dict[str, Figure] = {
        key: getattr(pair, key) for key in ("champion", "challenger", "difference", "low", "high", "groups")
    }
    if missing := _missing(figures):
        return Check(name, False, figures, f"{what} on the frozen test part cannot be judged: {missing}")
    enough = min_groups is not None and pair.groups >= min_groups
    judged = figures["low"] if enough else figures["difference"]
    assert judged is not None
    passed = judged > -margin
    if enough:
        why = f"; the lower end of its interval over {pair.groups} groups, {pair.low:+.3f},"
    elif min_groups is None:
        why = " at as many false alarms, which"
    else:
        why = f"; that itself (only {pair.groups} groups, too few for an interval, which takes {min_groups})"
    words = (
        f"{what} on the frozen test part went from {pair.champion:.3f} to {pair.challenger:.3f}, by "
        f"{pair.difference:+.3f}{why} {'is' if passed else 'is not'} above {-margin:+.3f}"
    )
    return Check(name, passed, figures, words)


def _better_or_cheaper(evidence: GateEvidence, equal_within: float) -> Check:
    pair = evidence.new.macro_auc
    figures: dict[str, Figure] = {
        **{key: getattr(pair, key) for key in ("champion", "challenger", "difference", "low", "high")},
        "champion_cost": evidence.champion_cost,
        "challenger_cost": evidence.challenger_cost,
    }
    name, what = "better on new data, or equal and cheaper", "macro AUC on the new data"
    if missing := _missing(figures):
        return Check(name, False, figures, f"{what} and cost cannot be judged: {missing}")
    assert pair.difference is not None
    assert evidence.champion_cost is not None
    assert evidence.challenger_cost is not None
    better, worse = pair.difference > equal_within, pair.difference < -equal_within
    cheaper = evidence.challenger_cost < evidence.champion_cost
    words = (
        f"{what} went from {pair.champion:.3f} to {pair.challenger:.3f}, by {pair.difference:+.3f} "
        f"({pair.low:+.3f} to {pair.high:+.3f}): {'better' if better else 'worse' if worse else 'equal'}; its cost "
        f"went from {evidence.champion_cost:g} to {evidence.challenger_cost:g}"
    )
    return Check(name, better or (not worse and cheaper), figures, words)


def _at_least(what: str, value: Figure, limit: float) -> Check:
    return _within(what, value, limit, "at least")


def _at_most(what: str, value: Figure, limit: float) -> Check:
    return _within(what, value, limit, "at most")


def _within(what: str, value: Figure, limit: float, side: str) -> Check:
    figures = {"challenger": value, "limit": limit}
    if value is None or not math.isfinite(value):
        return Check(what, False, figures, f"{what} cannot be judged: {_missing(figures)}")
    passed = value >= limit if side == "at least" else value <= limit
    return Check(what, passed, figures, f"{what} is {value:.4g}, and must be {side} {limit:g}")


def _missing(figures: Mapping[str, Figure]) -> str:
    """Say which figures are missing; an empty text where none is."""
    absent = [name.replace("_", " ") for name, value in figures.items() if value is None]
    strange = [
        name.replace("_", " ") for name, value in figures.items() if value is not None and not math.isfinite(value)
    ]
    parts = [f"no figure for {', '.join(absent)}"] if absent else []
    parts += [f"not finite: {', '.join(strange)}"] if strange else []
    return "; ".join(parts)


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
