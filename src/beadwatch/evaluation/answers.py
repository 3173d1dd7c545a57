"""Answers beside their truth: the one thing that every figure of an evaluation is computed from.

Two producers make them: `from_model` asks a bundle through the production classifier, `from_held_out` reads what a
grouped cross-validation kept. Knows arrays and what they mean. Does not know figures, files or networks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from beadwatch.domain.labels import Disposition, Task, TaskKind

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
T = TypeVar("T")
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Answers:
    """What was answered for N pictures of C classes; rows agree across all fields.

    `scores` (N x C) are calibrated probabilities, `targets` (N x C) the truth, `found` (N x C) the classes held to be
    present: the highest score of a single-label task, those over their threshold otherwise. `distance` (N) is the
    cosine distance to known pictures, `far` (N) whether it is too large to decide. `dispositions` (N) are what the
    production decision says. `groups` (N) names each picture's weld, run or source photo; `group_seen` (N) whether the
    network that answered had learned from a picture of that group. `names` and `sha256s` are empty where they are not
    known, `latency_ms` (preprocessing and inference) and `decode_ms` where nothing was timed.
    """

    task: Task
    scores: Floats
    targets: Flags
    found: Flags
    distance: Floats
    far: Flags
    dispositions: tuple[Disposition, ...]
    groups: tuple[str, ...]
    group_seen: Flags
    names: tuple[str, ...] = ()
    sha256s: tuple[str, ...] = ()
    latency_ms: tuple[float, ...] = ()
    decode_ms: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        shape = (len(self.groups), len(self.task.labels))
        for name, array, expected in (
            *((name, getattr(self, name), shape) for name in ("scores", "targets", "found")),
            *((name, getattr(self, name), shape[:1]) for name in ("distance", "far", "group_seen")),
        ):
            if array.shape != expected:
                raise ValueError(f"{name} has the shape {array.shape}, but must have {expected}")
        for name in ("dispositions", "names", "sha256s", "latency_ms", "decode_ms"):
            if len(getattr(self, name)) not in {shape[0], 0} or (name == "dispositions" and len(self) != shape[0]):
                raise ValueError(f"{name} has {len(getattr(self, name))} entries for {shape[0]} pictures")

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.dispositions)

    @cached_property
    def right(self) -> Flags:
        """Whether exactly the true classes were found: length N."""
        return np.asarray((self.found == self.targets).all(axis=1))

    @cached_property
    def confidence(self) -> Floats:
        """How sure the answer as a whole is: length N.

        The highest score of a single-label task. Of a multi-label one the probability that every class is answered
        rightly, were the classes independent: the product of the score where a class is found and 1 - score elsewhere.
        """
        if self.task.kind is TaskKind.SINGLE_LABEL:
            return np.asarray(self.scores.max(axis=1))
        return np.asarray(np.where(self.found, self.scores, 1.0 - self.scores).prod(axis=1))

    @cached_property
    def truly_good(self) -> Flags:
        """Whether the weld is good and nothing else: length N."""
        good = next(index for index, label in enumerate(self.task.labels) if label.is_good)
        return np.asarray(self.targets[:, good] & (self.targets.sum(axis=1) == 1))

    def disposed(self, disposition: Disposition) -> Flags:
        """Return which pictures got this disposition: length N."""
        return np.array([each is disposition for each in self.dispositions], dtype=bool)

    def labels_of(self, flags: Flags) -> tuple[str, ...]:
        """Return the names of the classes that a row of `targets` or `found` marks."""
        return tuple(name for name, flag in zip(self.task.label_names, flags, strict=True) if flag)

    def take(self, rows: Rows) -> "Answers":
        """Return the answers of some rows."""

        return Answers(
            self.task, self.scores[rows], self.targets[rows], self.found[rows], self.distance[rows], self.far[rows],
            _picked(self.dispositions, rows), _picked(self.groups, rows), self.group_seen[rows],
            _picked(self.names, rows), _picked(self.sha256s, rows),
            _picked(self.latency_ms, rows), _picked(self.decode_ms, rows),
        )  # fmt: skip


def _picked(values: tuple[T, ...], rows: Rows) -> tuple[T, ...]:
    return tuple(values[row] for row in rows) if values else ()


def found_in(scores: Floats, thresholds: Mapping[str, float], task: Task) -> Flags:
    """Return which classes of `scores` (N x C) are held to be present: bool N x C."""
    if task.kind is TaskKind.SINGLE_LABEL:
        return np.asarray(np.eye(len(task.labels), dtype=bool)[scores.argmax(axis=1)])
    return np.asarray(scores >= [thresholds[name] for name in task.label_names])
