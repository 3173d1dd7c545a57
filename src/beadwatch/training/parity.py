"""Do the runtimes say the same? Compares the answers of torch, ONNX Runtime and TFLite to the same real pictures.

Knows arrays of answers and the limits. Does not know how an answer was computed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import Task, TaskKind

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
WANTED_PICTURES = 200


@dataclass(frozen=True, slots=True)
class Answers:
    """What one runtime says of N pictures: `scores` N x C, and `distance` N, or None where it gives no distance."""

    scores: Floats
    distance: Floats | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a runtime may be from torch: in a probability, in the cosine distance, and in classes held present."""

    scores: float
    distance: float
    agreement: float


# Float arithmetic in another order moves a score by some 1e-5; a wrong scale, colour order or layer by far more than
# 1e-3. A score that lies on its threshold may still fall to either side, so that one picture in a hundred may differ.
_ROUNDING = Limits(scores=1e-3, distance=1e-3, agreement=0.99)
LIMITS = {
    "onnx": _ROUNDING,
    "tflite": _ROUNDING,
    # Eight bits do move scores, most for pictures that the model is unsure of. A distance may move by the most that a
    # golden check may forgive; whether the classes are still the right ones is for `int8_gate` to say.
    "int8": Limits(scores=0.2, distance=0.05, agreement=0.97),
}


@dataclass(frozen=True, slots=True)
class Parity:
    """How far one runtime is from torch on `pictures` pictures: largest differences, and the share of equal classes."""

    runtime: str
    pictures: int
    scores: float
    distance: float | None
    agreement: float

    @property
    def holds(self) -> bool:
        """Whether all figures are within the runtime's limits; a NaN is not."""
        limits = LIMITS[self.runtime]
        near = self.distance is None or self.distance <= limits.distance
        return self.scores <= limits.scores and near and self.agreement >= limits.agreement

    def to_dict(self) -> dict[str, float | None]:
        """Return JSON-ready values for the card."""
        return {
            "max_score_difference": self.scores,
            "max_distance_difference": self.distance,
            "agreement": self.agreement,
        }


def present_classes(scores: Floats, task: Task, thresholds: Mapping[str, float]) -> Flags:
    """Return which classes are held present, bool N x C, by scores N x C: the highest, or those at their threshold."""
    if task.kind is TaskKind.SINGLE_LABEL:
        return np.eye(len(task.labels), dtype=bool)[scores.argmax(axis=1)]
    present: Flags = scores >= np.array([thresholds[name] for name in task.label_names])
    return present


def compare(runtime: str, reference: Answers, other: Answers, task: Task, thresholds: Mapping[str, float]) -> Parity:
    """Measure how far `other` is from `reference`, the answers of torch to the same pictures."""
    same = present_classes(reference.scores, task, thresholds) == present_classes(other.scores, task, thresholds)
    distance = None
    if reference.distance is not None and other.distance is not None:
        distance = float(np.abs(reference.distance - other.distance).max())
    return Parity(
        runtime=runtime,
        pictures=len(reference.scores),
        scores=float(np.abs(reference.scores - other.scores).max()),
        distance=distance,
        agreement=float(same.all(axis=1).mean()),
    )


def check(parities: Iterable[Parity]) -> None:
    """Refuse runtimes that are past their limits.

    Raises:
        TrainingError: one is; the message holds the table of all.
    """
    parities = list(parities)
    wrong = [parity.runtime for parity in parities if not parity.holds]
    if wrong:
        table = "\n".join(parity_table(parities))
        raise TrainingError(f"the exported graph differs from torch by too much: {', '.join(wrong)}\n{table}")


def parity_table(parities: Iterable[Parity]) -> list[str]:
    """Return one line for each runtime under a heading, the limits beside the figures."""
    lines = [f"{'runtime':8} {'pictures':>8} {'max score diff.':>20} {'max distance diff.':>20} {'same classes':>20}"]
    for parity in parities:
        limits = LIMITS[parity.runtime]
        distance = "-" if parity.distance is None else f"{parity.distance:.1e} of {limits.distance:g}"
        lines.append(
            f"{parity.runtime:8} {parity.pictures:8} {f'{parity.scores:.1e} of {limits.scores:g}':>20} {distance:>20} "
            f"{f'{parity.agreement:.3f}, least {limits.agreement:g}':>20}"
        )
    return lines
