"""From scores to a disposition: pure, total, and the only place where it is decided.

The order matters and is the truth table of the tests:

1. a picture that shows too little to be judged (blank, without detail, noise): review;
2. a picture unlike all that the model knows: review;
3. a class other than good reaches its threshold: what its class justifies (reject or review), or review when a class
   that excludes it is present too and scores higher still (a crack, but in a good weld, or where there is no weld);
   with thresholds chosen for the cost of a miss, a finding that is less likely than not justifies review and no more;
4. the good class reaches the accept threshold: accept, with what is certified about that;
5. anything else: review, since the model is not sure.

Before all that: whatever a withdrawn model says is for review.
"""

from dataclasses import replace

from beadwatch.domain.appearance import Appearance
from beadwatch.domain.labels import ClassLabel, Disposition
from beadwatch.domain.model_card import Calibration
from beadwatch.domain.prediction import Decision, Prediction

_MORE_LIKELY_THAN_NOT = 0.5


def decide(prediction: Prediction, calibration: Calibration, appearance: Appearance | None = None) -> Decision:
    """Return what follows from a prediction, with reasons in words.

    `appearance` is what the picture itself shows; it counts where the card has limits for it.
    """
    scores = prediction.by_label()
    ranked = sorted(prediction.task.labels, key=lambda label: -scores[label.name])
    if reason := _strange(prediction, calibration, appearance):
        return Decision(Disposition.REVIEW, ranked[0].name, (), (reason,))
    present = [label for label in ranked if scores[label.name] >= calibration.thresholds[label.name]]
    if any(not label.is_good for label in present):
        return _with_findings(present, scores, calibration)
    good = next(label for label in ranked if label.is_good)
    if calibration.accepts(scores[good.name]):
        reasons = (_reason(good, scores), calibration.promise)
        return Decision(Disposition.ACCEPT, good.name, (good.name,), reasons)
    return _unsure(ranked[0], tuple(label.name for label in present), scores, calibration)


def distrusted(decision: Decision, why: str) -> Decision:
    """Return what is left of a decision of a withdrawn model: review, with the reason first."""
    return replace(decision, disposition=Disposition.REVIEW, reasons=(why, *decision.reasons))


def _strange(prediction: Prediction, calibration: Calibration, appearance: Appearance | None) -> str | None:
    if calibration.appearance and appearance and (fault := calibration.appearance.fault_of(appearance)):
        return f"the picture cannot be judged: {fault}"
    if prediction.distance <= calibration.max_distance:
        return None
    return (
        f"unlike the pictures that the model knows: distance {prediction.distance:.3f} "
        f"is over {calibration.max_distance:.3f}"
    )


def _with_findings(present: list[ClassLabel], scores: dict[str, float], calibration: Calibration) -> Decision:
    def verdict_of(label: ClassLabel) -> Disposition:
        # A threshold chosen for the cost of a miss raises an alarm far below 0.5; nobody scraps a weld for that.
        doubtful = calibration.miss_cost is not None and scores[label.name] < _MORE_LIKELY_THAN_NOT
        return Disposition.REVIEW if doubtful else label.verdict

    # Stable: within one verdict the order of the scores stays.
    findings = [label for label in present if not label.is_good]
    findings.sort(key=lambda label: verdict_of(label) is not Disposition.REJECT)
    worst = findings[0]
    verdict, reasons = verdict_of(worst), [_reason(label, scores) for label in findings]
    if verdict is not worst.verdict:
        reasons.insert(0, f"{worst.name} is possible, not likely: a miss costs {calibration.miss_cost:g} false alarms")
    contradicting = [label for label in present if label.excludes_others and scores[label.name] > scores[worst.name]]
    if contradicting:
        verdict = Disposition.REVIEW
        other = contradicting[0].name
        reasons.insert(0, f"the answer contradicts itself: {worst.name} beside {other} {scores[other]:.2f}")
    return Decision(verdict, worst.name, tuple(label.name for label in present), tuple(reasons))


def _unsure(top: ClassLabel, present: tuple[str, ...], scores: dict[str, float], calibration: Calibration) -> Decision:
    needed = calibration.accept_threshold if top.is_good else calibration.thresholds[top.name]
    if top.is_good and needed >= 1.0:
        reason = f"{top.name} {scores[top.name]:.2f}, but this model never accepts: {calibration.promise}"
        return Decision(Disposition.REVIEW, top.name, present, (reason,))
    digits = 2 if round(scores[top.name], 2) != round(needed, 2) else 4
    reason = f"not sure: {top.name} {scores[top.name]:.{digits}f} is below the {needed:.{digits}f} that it needs"
    return Decision(Disposition.REVIEW, top.name, present, (reason,))


def _reason(label: ClassLabel, scores: dict[str, float]) -> str:
    return f"{label.name} {scores[label.name]:.2f}: {label.why}"
