"""One inspection: which picture, which model, what it said, what follows. Immutable, and the same everywhere.

`to_dict` is the JSON object of the command line and of HTTP; nothing else in Beadwatch spells it out.
"""

from dataclasses import dataclass
from typing import Any

from beadwatch.domain.imperfections import Condition, Imperfection
from beadwatch.domain.labels import ClassLabel, label_named
from beadwatch.domain.prediction import Decision, Prediction
from beadwatch.domain.region import Region


@dataclass(frozen=True, slots=True)
class Inspection:
    """The outcome of looking at one picture with one model.

    `path` is the name under which the picture came (a file path or an upload's name); `sha256` is of its bytes;
    `latency_ms` is preprocessing and inference, without reading and decoding the file and without what finds the
    regions. `seen_in_training` warns that the model was trained on this very file, so that its answer says nothing
    about how good the model is. `regions` are places to look at more closely, for findings that have one.
    """

    path: str
    sha256: str
    model: str
    model_version: str
    prediction: Prediction
    decision: Decision
    latency_ms: float
    seen_in_training: bool
    regions: tuple[Region, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the inspection as JSON-ready values, in the documented order of keys."""
        prediction, decision = self.prediction, self.decision
        return {
            "path": self.path,
            "sha256": self.sha256,
            "task": prediction.task.name,
            "model": self.model,
            "model_version": self.model_version,
            "label": decision.label,
            "labels": list(decision.labels),
            "confidence": prediction.score_of(decision.label),
            "scores": prediction.by_label(),
            "distance": prediction.distance,
            "disposition": decision.disposition.value,
            "reasons": list(decision.reasons),
            "imperfections": [
                finding_to_dict(label) for label in map(label_named, decision.labels) if label.finding is not None
            ],
            "regions": [region.to_dict() for region in self.regions],
            "latency_ms": round(self.latency_ms, 2),
            "seen_in_training": self.seen_in_training,
        }


def finding_to_dict(label: ClassLabel) -> dict[str, Any]:
    """Return what a class stands for, an imperfection and a condition kept apart by `kind`.

    A condition has no ISO 6520-1 number of its own (`iso6520` is None); it lists what it is likely to cause.
    """
    common = {"label": label.name, "cause": label.cause, "remedy": label.remedy}
    match label.finding:
        case Imperfection() as imperfection:
            return common | {
                "iso6520": imperfection.iso6520,
                "kind": "imperfection",
                "name": imperfection.name,
                "variants": [_numbered(variant) for variant in imperfection.variants],
            }
        case Condition() as condition:
            return common | {
                "iso6520": None,
                "kind": "condition",
                "name": condition.name,
                "likely_to_cause": [_numbered(imperfection) for imperfection in condition.likely_to_cause],
            }
        case None:
            raise ValueError(f"{label.name!r} stands for no finding")


def _numbered(imperfection: Imperfection) -> dict[str, str]:
    return {"iso6520": imperfection.iso6520, "name": imperfection.name}
