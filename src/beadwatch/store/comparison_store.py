"""What second answers and first ones differ in: counts by version, and the disagreements, the gravest first.

A picture belongs to a team where the team gave feedback on it; inspections by themselves have no team. Reads what
`inspection_store`, `reinspection_store` and `feedback_store` write. Knows JSON objects; does not know models or people.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from beadwatch.domain.feedback import ReviewVerdict
from beadwatch.domain.labels import Disposition
from beadwatch.domain.second_answers import Score, Truth, score_of
from beadwatch.store.sessions import transaction
from beadwatch.store.tables import FeedbackReviewRow, FeedbackRow, InspectionRow, ReinspectionRow

Version = tuple[str, str]  # a task and a version of its model
_Truths = dict[tuple[str, str], Truth]  # by task and sha256 of the picture
_DECIDED = (Disposition.ACCEPT.value, Disposition.REJECT.value)


@dataclass(frozen=True, slots=True)
class Move:
    """How many pictures went from one disposition to another, or stayed, and in how many of them the answers differ."""

    before: Disposition
    now: Disposition
    pictures: int
    changed: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """All second answers of one version, against those that were given first."""

    task: str
    version: str
    same: int
    changed: int
    failed: int
    moves: tuple[Move, ...]
    score: Score


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One picture on which two answers differ: the inspection and the later one, and the truth where people said it."""

    id: str
    created_at: datetime
    before: dict[str, Any]
    now: dict[str, Any]
    truth: Truth | None


@dataclass(frozen=True, slots=True)
class DisagreementFilter:
    """Which disagreements to list: at most `limit`, behind the inspection whose id is `after` in the same order."""

    task: str
    version: str
    before: Disposition | None = None
    now: Disposition | None = None
    after: str | None = None
    limit: int = 20


class ComparisonStore:
    """Reads comparisons: of all pictures, or with a `team`, of those that it gave feedback on.

    Every method raises `StoreError` where the database refuses.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def comparisons(self, team: str | None) -> list[Comparison]:
        """Return every version that has second answers, the one that answered the newest picture first."""
        was, now = InspectionRow.disposition, ReinspectionRow.disposition
        key = (InspectionRow.task, ReinspectionRow.model_version, ReinspectionRow.changed, was, now)
        query = _joined(select(*key, func.count(), func.max(InspectionRow.sequence)), team).group_by(*key)
        with transaction(self._engine, "count second answers") as session:
            counted = [tuple(row) for row in session.execute(query)]
            scores = _scores(session, team)
        newest: dict[Version, int] = {}
        for task, version, *_, sequence in counted:
            newest[task, version] = max(sequence, newest.get((task, version), 0))
        return [
            _comparison(version, [row[2:6] for row in counted if row[:2] == version], scores.get(version))
            for version in sorted(newest, key=lambda each: -newest[each])
        ]

    def disagreements(self, wanted: DisagreementFilter, team: str | None) -> list[Disagreement]:
        """Return disagreements: accept against reject first, then to and from review, then of classes alone.

        Within these the newest first; none if `after` names no inspection with a second answer of the version.
        """
        query = _changed(select(InspectionRow, ReinspectionRow), team).where(
            InspectionRow.task == wanted.task, ReinspectionRow.model_version == wanted.version
        )
        if wanted.before is not None:
            query = query.where(InspectionRow.disposition == wanted.before.value)
        if wanted.now is not None:
            query = query.where(ReinspectionRow.disposition == wanted.now.value)
        query = query.order_by(_gravity(), InspectionRow.sequence.desc()).limit(wanted.limit)
        with transaction(self._engine, "read second answers") as session:
            if wanted.after is not None:
                place = _edge(session, wanted)
                if place is None:
                    return []
                gravity, sequence = place
                query = query.where(
                    or_(_gravity() > gravity, and_(_gravity() == gravity, InspectionRow.sequence < sequence))
                )
            rows = [(first, second) for first, second in session.execute(query)]
            truths = _truths(session, team, [first.sha256 for first, _ in rows])
            return [
                Disagreement(
                    first.id,
                    first.created_at,
                    first.body,
                    second.body["inspection"],
                    truths.get((first.task, first.sha256)),
                )
                for first, second in rows
            ]


def _gravity() -> ColumnElement[int]:
    """Return 0 where one accepts what the other rejects, 1 to or from review, 2 where classes differ alone."""
    was, now = InspectionRow.disposition, ReinspectionRow.disposition
    return case((was == now, 2), (and_(was.in_(_DECIDED), now.in_(_DECIDED)), 0), else_=1)


def _joined(query: Select[Any], team: str | None) -> Select[Any]:
    query = query.join(InspectionRow, ReinspectionRow.inspection == InspectionRow.sequence)
    if team is None:
        return query
    given = (FeedbackRow.sha256 == InspectionRow.sha256, FeedbackRow.task == InspectionRow.task)
    return query.where(exists().where(*given, FeedbackRow.team == team))


def _changed(query: Select[Any], team: str | None) -> Select[Any]:
    return _joined(query.select_from(ReinspectionRow), team).where(ReinspectionRow.changed.is_(True))


def _edge(session: Session, wanted: DisagreementFilter) -> tuple[int, int] | None:
    query = _changed(select(_gravity(), InspectionRow.sequence), None).where(
        InspectionRow.id == wanted.after, ReinspectionRow.model_version == wanted.version
    )
    found = session.execute(query).first()
    return None if found is None else (found[0], found[1])


def _truths(session: Session, team: str | None, pictures: Iterable[str] | None = None) -> _Truths:
    """Return what people said of pictures, all or those of these sha256: what is accepted before what nobody reviewed,
    then the newest; what a reviewer rejected never."""
    newest = (
        select(FeedbackReviewRow.feedback, func.max(FeedbackReviewRow.sequence).label("sequence"))
        .group_by(FeedbackReviewRow.feedback)
        .subquery()
    )
    query = (
        select(FeedbackRow, FeedbackReviewRow.verdict)
        .outerjoin(newest, newest.c.feedback == FeedbackRow.sequence)
        .outerjoin(FeedbackReviewRow, FeedbackReviewRow.sequence == newest.c.sequence)
        .order_by(FeedbackRow.sequence)
    )
    if team is not None:
        query = query.where(FeedbackRow.team == team)
    if pictures is None:
        query = query.where(FeedbackRow.sha256.in_(_changed(select(InspectionRow.sha256), None)))
    else:
        query = query.where(FeedbackRow.sha256.in_(list(pictures)))
    found: _Truths = {}
    for row, verdict in session.execute(query):
        accepted, known = verdict == ReviewVerdict.ACCEPTED.value, found.get((row.task, row.sha256))
        if verdict == ReviewVerdict.REJECTED.value or (known is not None and known.accepted and not accepted):
            continue
        found[row.task, row.sha256] = Truth(tuple(row.body["labels"]), accepted)
    return found


def _scores(session: Session, team: str | None) -> dict[Version, Score]:
    """Score every version over the pictures that people labelled, each picture once: its newest inspection."""
    truths = _truths(session, team)
    labelled = exists().where(FeedbackRow.sha256 == InspectionRow.sha256, FeedbackRow.task == InspectionRow.task)
    query = _changed(select(InspectionRow, ReinspectionRow), team).where(labelled).order_by(InspectionRow.sequence)
    pictures: dict[Version, dict[str, tuple[Truth, Mapping[str, Any], Mapping[str, Any]]]] = {}
    for first, second in session.execute(query):
        if truth := truths.get((first.task, first.sha256)):
            mine = pictures.setdefault((first.task, second.model_version), {})
            mine[first.sha256] = (truth, first.body, second.body["inspection"])
    return {version: score_of(mine.values()) for version, mine in pictures.items()}


def _comparison(version: Version, rows: list[tuple[Any, ...]], score: Score | None) -> Comparison:
    totals = {changed: sum(row[3] for row in rows if row[0] is changed) for changed in (False, True, None)}
    return Comparison(
        *version,
        same=totals[False],
        changed=totals[True],
        failed=totals[None],
        moves=tuple(_moves(rows)),
        score=score or Score(0, 0, 0, 0),
    )


def _moves(rows: list[tuple[Any, ...]]) -> Iterator[Move]:
    for was in Disposition:
        for now in Disposition:
            mine = [(changed, number) for changed, one, other, number in rows if (one, other) == (was, now)]
            if mine:
                yield Move(was, now, sum(number for _, number in mine), sum(n for changed, n in mine if changed))
