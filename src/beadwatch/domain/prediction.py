"""What a model answers for one picture, and what follows from it for the weld."""

from dataclasses import dataclass

from beadwatch.domain.labels import Disposition, Task


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's calibrated answer for one picture.

    `scores` are probabilities in the order of `task.labels`: they sum to 1 for a single-label task and are
    independent for a multi-label one. They are kept as computed, never rounded and never normalised again.
    `distance` says how unlike its training pictures the model finds this one: cosine distance, 0 (same) to 2.
    """

    task: Task
    scores: tuple[float, ...]
    distance: float

    def __post_init__(self) -> None:
        if len(self.scores) != len(self.task.labels):
            raise ValueError(f"{len(self.scores)} scores for the {len(self.task.labels)} classes of {self.task.name}")
        if not all(0.0 <= score <= 1.0 for score in self.scores):
            raise ValueError(f"scores must be probabilities between 0 and 1, not {self.scores}")

    def score_of(self, label_name: str) -> float:
        """Return the probability of one class; `KeyError` if the task has no such class."""
        return self.by_label()[label_name]

    def by_label(self) -> dict[str, float]:
        """Return `{class name: probability}` in the order of the task."""
        return dict(zip(self.task.label_names, self.scores, strict=True))


@dataclass(frozen=True, slots=True)
class Decision:
    """A disposition with what led to it.

    `label` is the finding that matters most, `labels` are all classes held to be present, and `reasons` are
    sentences for a person, the most important first.
    """

    disposition: Disposition
    label: str
    labels: tuple[str, ...]
    reasons: tuple[str, ...]
