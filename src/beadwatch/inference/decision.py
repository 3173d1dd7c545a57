"""From scores to a disposition: pure, total, and the only place where it is decided.

The order matters and is the truth table of the tests:

1. a picture unlike all that the model knows: review;
2. a class other than good reaches its threshold: what its class justifies (reject or review), or review when a class
   that excludes it is present too and scores higher still (a crack, but in a good weld, or where there is no weld);
3. the good class reaches the accept threshold: accept;
4. anything else: review, since the model is not sure.
"""

from beadwatch.domain.labels import ClassLabel, Disposition
from beadwatch.domain.model_card import Calibration
from beadwatch.domain.prediction import Decision, Prediction


def decide(prediction: Prediction, calibration: Calibration) -> Decision:
    """Return what follows from a prediction, with reasons in words."""
    scores = prediction.by_label()
    ranked = sorted(prediction.task.labels, key=lambda label: -scores[label.name])
    if not prediction.distance <= calibration.max_distance:
        reason = (
            f"unlike the pictures that the model knows: distance {prediction.distance:.3f} "
            f"is over {calibration.max_distance:.3f}"
        )
        return Decision(Disposition.REVIEW, ranked[0].name, (), (reason,))
    present = [label for label in ranked if scores[label.name] >= calibration.thresholds[label.name]]
    if findings := [label for label in present if not label.is_good]:
        return _with_findings(findings, present, scores)
    good = next(label for label in ranked if label.is_good)
    if scores[good.name] >= calibration.accept_threshold:
        return Decision(Disposition.ACCEPT, good.name, (good.name,), (_reason(good, scores),))
    return _unsure(ranked[0], tuple(label.name for label in present), scores, calibration)


def _with_findings(findings: list[ClassLabel], present: list[ClassLabel], scores: dict[str, float]) -> Decision:
    # Stable: within one verdict the order of the scores stays.
    findings = sorted(findings, key=lambda label: label.verdict is not Disposition.REJECT)
    worst = findings[0]
    reasons = [_reason(label, scores) for label in findings]
    verdict = worst.verdict
    stronger = [label for label in present if scores[label.name] > scores[worst.name]]
    contradicting = [label for label in stronger if label.excludes_others]
    if contradicting:
        verdict = Disposition.REVIEW
        other = contradicting[0].name
        reasons.insert(0, f"the answer contradicts itself: {worst.name} beside {other} {scores[other]:.2f}")
    return Decision(verdict, worst.name, tuple(label.name for label in present), tuple(reasons))


def _unsure(top: ClassLabel, present: tuple[str, ...], scores: dict[str, float], calibration: Calibration) -> Decision:
    needed = calibration.accept_threshold if top.is_good else calibration.thresholds[top.name]
    reason = f"not sure: {top.name} {scores[top.name]:.2f} is below the {needed:.2f} that it needs"
    return Decision(Disposition.REVIEW, top.name, present, (reason,))


def _reason(label: ClassLabel, scores: dict[str, float]) -> str:
    return f"{label.name} {scores[label.name]:.2f}: {label.why}"
