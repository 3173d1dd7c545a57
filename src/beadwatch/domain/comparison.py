"""Two model cards side by side: figures, thresholds and training. Knows cards; does not say which model to use."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from beadwatch.domain.model_card import Interval, ModelCard

_KINDS = ("dataset", "evaluation", "threshold", "training")


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure of both cards, None where a card lacks it, and how the second stands to the first in words."""

    name: str
    first: Interval | None
    second: Interval | None

    @property
    def words(self) -> str:
        """Whether the second is higher or lower, and whether the intervals overlap.

        Intervals that overlap leave it open whether there is a difference; that they are apart makes it likely. Both
        come from resampling the pictures of one evaluation each, and know nothing of another training run.
        """
        if self.first is None or self.second is None:
            return "only in one"
        if self.first == self.second:
            return "the same"
        value, other = self.first.value, self.second.value
        direction = "equal" if value == other else "second higher" if other > value else "second lower"
        apart = self.first.high < self.second.low or self.second.high < self.first.low
        return f"{direction}, intervals {'apart' if apart else 'overlap'}"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        both = {side: None if figure is None else asdict(figure) for side, figure in self._sides().items()}
        return {"kind": "figure", "name": self.name, **both, "words": self.words}

    def _sides(self) -> dict[str, Interval | None]:
        return {"first": self.first, "second": self.second}


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that stands on both cards and differs, or on one card only (the other is None)."""

    kind: str
    name: str
    first: Any
    second: Any

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)


def compare_figures(first: ModelCard, second: ModelCard) -> list[FigureChange]:
    """Return all figures of two cards, in the order of the first, then those that only the second has."""
    one, other = first.metrics.values, second.metrics.values
    return [FigureChange(name, one.get(name), other.get(name)) for name in dict.fromkeys((*one, *other))]


def compare_rest(first: ModelCard, second: ModelCard) -> list[Difference]:
    """Return what differs in the data set, the evaluation, the thresholds and the training, and nothing else."""
    one, other = dict(_flat(first)), dict(_flat(second))
    keys = sorted(dict.fromkeys((*one, *other)), key=lambda key: _KINDS.index(key[0]))
    return [Difference(*key, one.get(key), other.get(key)) for key in keys if one.get(key) != other.get(key)]


def caveats(first: ModelCard, second: ModelCard) -> list[str]:
    """Return in words why the figures of two cards may not be comparable; none if nothing speaks against it."""
    found = []
    if first.task.label_names != second.task.label_names:
        found.append(f"the classes differ ({first.task.name}, {second.task.name}): figures over all classes do too")
    if first.dataset.get("snapshot") != second.dataset.get("snapshot"):
        found.append("they were judged on different pictures: a difference may come from those")
    if first.metrics.protocol != second.metrics.protocol:
        found.append("they were judged by different protocols")
    return found


def _flat(card: ModelCard) -> Iterator[tuple[tuple[str, str], Any]]:
    judged = {"protocol": card.metrics.protocol, "samples": card.metrics.samples, "groups": card.metrics.groups}
    limits = {**card.calibration.thresholds, "(accept)": card.calibration.accept_threshold}
    limits |= {"(distance)": card.calibration.max_distance, "(temperature)": card.calibration.temperature}
    parts: tuple[Mapping[str, Any], ...] = (card.dataset, judged, limits, card.training)
    for kind, values in zip(_KINDS, parts, strict=True):
        yield from (((kind, name), value) for name, value in _leaves(values))


def _leaves(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value
