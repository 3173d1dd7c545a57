"""The tables and curves of a report, as values: frozen, comparable, and JSON-ready.

Knows answers. Does not know intervals (`bootstrap`) or how a table is drawn.
"""

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix, multilabel_confusion_matrix

from beadwatch.domain.labels import Disposition, TaskKind
from beadwatch.evaluation.answers import Answers, Flags
from beadwatch.evaluation.figures import bin_of, judged_scores
from beadwatch.evaluation.ranking import Ranking

Counts = tuple[tuple[int, ...], ...]
CURVE_POINTS = 200
RELIABILITY_BINS = 10


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class: how many pictures and groups have it, its 2 x 2 table, and what was decided about its pictures."""

    label: str
    pictures: int
    groups: int
    hits: int
    missed: int
    false_alarms: int
    rightly_absent: int
    accept: int
    review: int
    reject: int

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One weld, run or source photo: its pictures, how many were answered rightly, and what was decided."""

    group: str
    labels: tuple[str, ...]
    pictures: int
    right: int
    accept: int
    review: int
    reject: int
    bad_accepted: int
    over_max_distance: int
    seen: bool

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self) | {"labels": list(self.labels)}


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of the reliability diagram: scores from `low` to `high`, their mean, and how often they came true."""

    low: float
    high: float
    count: int
    mean_score: float
    came_true: float


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds a picture: median and 95th percentile."""

    median_ms: float
    p95_ms: float


def confusion(answers: Answers) -> Counts:
    """Return a C x C table, rows the truth, columns what was found.

    Of a multi-label task a picture counts in each cell whose class it has and whose class was found: the diagonal holds
    the hits, and the rest what was found beside or instead of a class.
    """
    if answers.task.kind is TaskKind.MULTI_LABEL:
        return _together(answers.targets, answers.found)
    truth, found = answers.targets.argmax(axis=1), answers.found.argmax(axis=1)
    counts = confusion_matrix(truth, found, labels=range(len(answers.task.labels)))
    return tuple(tuple(row) for row in counts.tolist())


def false_beside(answers: Answers) -> Counts:
    """Return which part of each cell of `confusion` is a false alarm: the class of the column is not on the picture."""
    return _together(answers.targets, answers.found & ~answers.targets)


def _together(rows: Flags, columns: Flags) -> Counts:
    return tuple(tuple(row) for row in (rows.astype(np.int64).T @ columns.astype(np.int64)).tolist())


def class_rows(answers: Answers) -> tuple[ClassRow, ...]:
    """Return one row for each class, in the order of the task."""
    rows = []
    tables = multilabel_confusion_matrix(answers.targets, answers.found)
    for index, label in enumerate(answers.task.label_names):
        inside = np.flatnonzero(answers.targets[:, index])
        (absent, false_alarms), (missed, hits) = tables[index].tolist()
        given = Counter(answers.dispositions[row] for row in inside)
        groups = len({answers.groups[row] for row in inside})
        rows.append(
            ClassRow(
                label, len(inside), groups, hits, missed, false_alarms, absent,
                given[Disposition.ACCEPT], given[Disposition.REVIEW], given[Disposition.REJECT],
            )
        )  # fmt: skip
    return tuple(rows)


def disposition_table(answers: Answers) -> dict[str, dict[str, int]]:
    """Return `{disposition: {"good": count, "bad": count}}`; bad is every picture that is not of a good weld alone."""
    return {
        each.value: {
            "good": int((answers.disposed(each) & answers.truly_good).sum()),
            "bad": int((answers.disposed(each) & ~answers.truly_good).sum()),
        }
        for each in Disposition
    }


def group_rows(answers: Answers) -> tuple[GroupRow, ...]:
    """Return one row for each group, the largest share of wrong answers first."""
    members: dict[str, list[int]] = defaultdict(list)
    for row, group in enumerate(answers.groups):
        members[group].append(row)
    rows = []
    for group, inside in members.items():
        given = Counter(answers.dispositions[row] for row in inside)
        bad = [row for row in inside if not answers.truly_good[row]]
        rows.append(
            GroupRow(
                group=group,
                labels=answers.labels_of(np.asarray(answers.targets[inside].any(axis=0))),
                pictures=len(inside),
                right=int(answers.right[inside].sum()),
                accept=given[Disposition.ACCEPT],
                review=given[Disposition.REVIEW],
                reject=given[Disposition.REJECT],
                bad_accepted=sum(answers.dispositions[row] is Disposition.ACCEPT for row in bad),
                over_max_distance=int(answers.far[inside].sum()),
                seen=bool(answers.group_seen[inside].any()),
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.right / row.pictures, -row.pictures, row.group)))


def reliability(answers: Answers, bins: int = RELIABILITY_BINS) -> tuple[Bin, ...]:
    """Return the bins that have scores, equally wide over 0 to 1."""
    scores, correct = judged_scores(answers)
    number = bin_of(scores, bins)
    return tuple(
        Bin(
            each / bins,
            (each + 1) / bins,
            int((number == each).sum()),
            float(scores[number == each].mean()),
            float(correct[number == each].mean()),
        )
        for each in range(bins)
        if (number == each).any()
    )


def risk_coverage(answers: Answers) -> tuple[tuple[float, float], ...]:
    """Return points of coverage and share of errors among the covered, the surest pictures first."""
    ranking = Ranking(answers.confidence)
    covered = ranking.cumulated(np.ones(len(answers)))[1:]
    errors = ranking.cumulated((~answers.right).astype(np.float64))[1:]
    points = np.unique(np.linspace(0, len(covered) - 1, CURVE_POINTS).round().astype(int))
    return tuple((float(covered[n] / len(answers)), float(errors[n] / covered[n])) for n in points)


def timing(times_ms: tuple[float, ...]) -> Timing | None:
    """Return median and 95th percentile; None where nothing was timed."""
    if not times_ms:
        return None
    median, p95 = np.quantile(times_ms, [0.5, 0.95])
    return Timing(round(float(median), 2), round(float(p95), 2))
