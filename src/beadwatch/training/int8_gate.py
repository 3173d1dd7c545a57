"""Is an int8 graph worth having? Only if it is nearly as good as the fp32 one, and faster where it was measured.

Knows graphs, labelled pictures and the two conditions. Does not know how the graph was quantised.
"""

import statistics
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import Task
from beadwatch.inference.session import Session
from beadwatch.training.parity import Answers, Flags, present_classes

MAX_RECALL_DROP = 0.005
_ROUNDS = 50
_BATCH = 32
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Int8Pictures:
    """Real pictures for making and judging an int8 graph, preprocessed as the card says: uint8 N x H x W x 3, RGB.

    Activations are ranged on `calibration`. Recall is measured on `judging`, whose classes are `targets` (bool N x C);
    a fair judgement takes pictures of welds that are in neither `calibration` nor the training set.
    """

    calibration: Pixels
    judging: Pixels
    targets: Flags

    def __post_init__(self) -> None:
        if len(self.judging) == 0 or len(self.judging) != len(self.targets):
            raise TrainingError(
                f"{len(self.judging)} pictures with the classes of {len(self.targets)} to judge int8 by"
            )


@dataclass(frozen=True, slots=True)
class Int8Figures:
    """What the gate looks at: macro recall of both graphs on `pictures`, and their median milliseconds a picture."""

    pictures: int
    macro_recall_fp32: float
    macro_recall_int8: float
    ms_fp32: float
    ms_int8: float

    def to_dict(self) -> dict[str, float | str | bool | None]:
        """Return JSON-ready values for the card, with the outcome."""
        reason = reason_against(self)
        return {**asdict(self), "kept": reason is None, "left_out_because": reason}


def reason_against(figures: Int8Figures) -> str | None:
    """Return why the int8 graph is left out, or None if it is kept."""
    drop = figures.macro_recall_fp32 - figures.macro_recall_int8
    if not drop < MAX_RECALL_DROP:
        return (
            f"macro recall falls by {100 * drop:.2f} points to {figures.macro_recall_int8:.4f} on {figures.pictures} "
            f"pictures; it must be less than {100 * MAX_RECALL_DROP:g}"
        )
    if not figures.ms_int8 < figures.ms_fp32:
        return f"it is no faster: {figures.ms_int8:.2f} ms a picture, fp32 takes {figures.ms_fp32:.2f} ms"
    return None


def measure_int8(
    fp32: bytes, int8: bytes, pictures: Int8Pictures, task: Task, thresholds: Mapping[str, float]
) -> Int8Figures:
    """Run both graphs on the judging pictures, and time them in turn, one picture at a time on one thread."""
    sessions = Session(fp32, threads=1), Session(int8, threads=1)
    recalls = []
    for session in sessions:
        present = present_classes(answers(session, pictures.judging).scores, task, thresholds)
        recalls.append(macro_recall(present, pictures.targets))
    times = [_median_ms(column) for column in zip(*_timings(sessions, pictures.judging), strict=True)]
    return Int8Figures(len(pictures.judging), *recalls, *times)


def answers(session: Session, pixels: Pixels) -> Answers:
    """Return what an ONNX graph says of `pixels`, uint8 N x H x W x 3."""
    batches = [session.run(np.ascontiguousarray(pixels[at : at + _BATCH])) for at in range(0, len(pixels), _BATCH)]
    return Answers(np.concatenate([one.scores for one in batches]), np.concatenate([one.distance for one in batches]))


def macro_recall(present: Flags, targets: Flags) -> float:
    """Return the mean over classes of the share of its pictures found; a class without a picture does not count."""
    shown = targets.any(axis=0)
    return float(((present & targets).sum(axis=0)[shown] / targets.sum(axis=0)[shown]).mean())


def _timings(sessions: tuple[Session, Session], pixels: Pixels) -> list[tuple[float, ...]]:
    """Time both graphs in turn, so that whatever else the machine does slows both."""
    rounds = []
    for number in range(_ROUNDS):
        picture, times = pixels[number % len(pixels)][None], []
        for session in sessions:
            started = time.perf_counter()
            session.run(picture)
            times.append(time.perf_counter() - started)
        rounds.append(tuple(times))
    return rounds


def _median_ms(times_s: tuple[float, ...]) -> float:
    return round(1000 * statistics.median(times_s), 3)
