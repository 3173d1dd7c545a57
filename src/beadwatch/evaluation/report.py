"""An evaluation's report as one value: what was judged, the verdict on the figures, figures with intervals, tables.

Knows answers. Does not know how they came about, nor how a report is drawn (`page`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from beadwatch.domain.labels import Task
from beadwatch.domain.model_card import Interval
from beadwatch.evaluation.answers import Answers, Flags, Floats, Rows
from beadwatch.evaluation.bootstrap import group_bootstrap
from beadwatch.evaluation.figures import measures_of, strangers_auc
from beadwatch.evaluation.tables import (
    Bin,
    ClassRow,
    Counts,
    GroupRow,
    Timing,
    class_rows,
    confusion,
    disposition_table,
    false_beside,
    group_rows,
    reliability,
    risk_coverage,
    timing,
)
from beadwatch.evaluation.verdict import Verdict, judge

SCHEMA_VERSION = 1
MIN_GROUPS = 5  # of a class: with fewer an interval says little


@dataclass(frozen=True, slots=True)
class Subject:
    """What was judged, in words: the model, the pictures, how, and when (ISO 8601).

    `ungrouped` counts pictures without a group; `doubts` are reasons why it cannot be known what the model has learned
    from; `limits` are what a reader of the figures must know besides.
    """

    model: str
    data: str
    snapshot: str
    protocol: str
    created: str
    ungrouped: int = 0
    doubts: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Strangers:
    """Distances (length M) of pictures that are no welds, whether each is over the limit, and where they are from."""

    source: str
    distance: Floats
    far: Flags


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the pictures with figures of its own."""

    pictures: int
    groups: int
    figures: Mapping[str, Interval]

    @property
    def has_intervals(self) -> bool:
        """Whether the intervals mean anything: with one group there is nothing to resample."""
        return self.groups > 1

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; without intervals `low` and `high` are null."""
        shown = {
            name: asdict(figure) | ({} if self.has_intervals else {"low": None, "high": None})
            for name, figure in self.figures.items()
        }
        return {"pictures": self.pictures, "groups": self.groups, "figures": shown}


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Everything that an evaluation found. `whole` are all pictures, `unseen` those of groups never learned from.

    `unseen` is None where that is all of them or none. `strangers_of` says where the strangers are from. The tables are
    of all pictures.
    """

    task: Task
    subject: Subject
    verdict: Verdict
    whole: Part
    unseen: Part | None
    strangers: Part | None
    strangers_of: str
    confusion: Counts
    false_beside: Counts
    classes: tuple[ClassRow, ...]
    groups: tuple[GroupRow, ...]
    dispositions: Mapping[str, Mapping[str, int]]
    reliability: tuple[Bin, ...]
    risk_coverage: tuple[tuple[float, float], ...]
    inference: Timing | None
    decoding: Timing | None

    @property
    def limits(self) -> tuple[str, ...]:
        """What a reader must know besides the figures. Rule of three: Hanley and Lippman-Hand, JAMA 1983."""
        empty = [row.label for row in self.classes if not row.pictures]
        thin = [f"{row.label} ({row.groups})" for row in self.classes if row.pictures and row.groups < MIN_GROUPS]
        notes = []
        if empty:
            notes.append(
                f"No picture of {', '.join(empty)}: nothing is known about them; macro figures leave them out."
            )
        if thin:
            notes.append(f"Few groups: {', '.join(thin)}. Intervals that rest on so few welds are too narrow.")
        if self.whole.has_intervals and any(each.low == each.high for each in self.whole.figures.values()):
            notes.append(
                f"A figure at 0 or 1 has no width when resampled. With {self.whole.groups:,} groups the truth may lie "
                f"{min(1.0, 3 / self.whole.groups):.2f} or more away (the rule of three: 3 / groups)."
            )
        return (*self.subject.limits, *notes)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        subject = asdict(self.subject)
        del subject["doubts"], subject["limits"]
        return {
            "schema_version": SCHEMA_VERSION,
            **self.verdict.to_dict(),
            "task": self.task.name,
            **subject,
            "limits": list(self.limits),
            **self.whole.to_dict(),
            "unseen": self.unseen.to_dict() if self.unseen else None,
            "strangers": self.strangers.to_dict() | {"of": self.strangers_of} if self.strangers else None,
            "labels": list(self.task.label_names),
            "confusion": [list(row) for row in self.confusion],
            "false_beside": [list(row) for row in self.false_beside],
            "classes": [row.to_dict() for row in self.classes],
            "dispositions": {name: dict(counts) for name, counts in self.dispositions.items()},
            "reliability": [asdict(each) for each in self.reliability],
            "risk_coverage": [list(point) for point in self.risk_coverage],
            "by_group": [row.to_dict() for row in self.groups],
            "ms_a_picture": {
                name: asdict(times) if times else None
                for name, times in (("inference", self.inference), ("decoding", self.decoding))
            },
        }


def make_report(
    answers: Answers, subject: Subject, strangers: Strangers | None = None, seed: int = 0
) -> EvaluationReport:
    """Compute everything. The same answers and seed give the same report."""
    seen = answers.group_seen
    some = seen.any() and not seen.all()
    return EvaluationReport(
        task=answers.task,
        subject=subject,
        verdict=judge(answers, subject.ungrouped, subject.doubts),
        whole=_part(answers, seed),
        unseen=_part(answers.take(np.flatnonzero(~seen)), seed) if some else None,
        strangers=_strangers(answers, strangers, seed) if strangers else None,
        strangers_of=strangers.source if strangers else "",
        confusion=confusion(answers),
        false_beside=false_beside(answers),
        classes=class_rows(answers),
        groups=group_rows(answers),
        dispositions=disposition_table(answers),
        reliability=reliability(answers),
        risk_coverage=risk_coverage(answers),
        inference=timing(answers.latency_ms),
        decoding=timing(answers.decode_ms),
    )


def _part(answers: Answers, seed: int) -> Part:
    figures = group_bootstrap(measures_of(answers), answers.groups, seed)
    return Part(len(answers), len(set(answers.groups)), figures)


def _strangers(answers: Answers, strangers: Strangers, seed: int) -> Part:
    """Resample welds by their groups, and strangers one by one: nobody says which belong together."""
    welds = len(answers)

    def measures(rows: Rows) -> dict[str, float]:
        aliens = rows[rows >= welds] - welds
        return {
            "over_max_distance": float(strangers.far[aliens].mean()) if len(aliens) else np.nan,
            "distance_auc": strangers_auc(answers.distance[rows[rows < welds]], strangers.distance[aliens]),
        }

    groups: Sequence[str] = [*answers.groups, *(f"stranger {n}" for n in range(len(strangers.distance)))]
    count = len(strangers.distance)
    return Part(count, count, group_bootstrap(measures, groups, seed))
