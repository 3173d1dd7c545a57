"""What second answers and first ones differ in: counts by version, and the disagreements, the gravest first.

First answers are inspections, and what phones answered and sent as feedback, which has classes and no disposition. A
picture belongs to a team where the team gave feedback on it; inspections by themselves have no team. Reads what the
stores of inspections, feedback and second answers write. Knows JSON objects; does not know models or people.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, case, exists, false, func, null, or_, select, true
from sqlalchemy.orm import Session

from beadwatch.domain.feedback import ReviewVerdict
from beadwatch.domain.labels import TASKS, Disposition
from beadwatch.domain.second_answers import Score, Truth, score_of
from beadwatch.storage.feedback_answer_store import counts_here
from beadwatch.storage.sessions import transaction
from beadwatch.storage.tables import (
    FeedbackReviewRow,
    FeedbackRow,
    FeedbackSecondAnswerRow,
    InspectionRow,
    ReinspectionRow,
)

Version = tuple[str, str]  # a task and a version of its model
_Truths = dict[tuple[str, str], Truth]  # by task and sha256 of the picture
_Place = tuple[int, datetime, bool, int]  # in the order of the list: gravity, moment, whether a phone's, sequence
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
    on_phones: int
    moves: tuple[Move, ...]
    score: Score


@dataclass(frozen=True, slots=True)
class Scope:
    """What somebody sees: the pictures that their team gave feedback on, and its feedback; or all inspections, too.

    Without a team: all there is.
    """

    team: str | None = None
    all_inspections: bool = False

    @property
    def inspections_of(self) -> str | None:
        """The team whose inspections are seen, and whose word on them; None for all."""
        return None if self.all_inspections else self.team


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One picture on which two answers differ: the first and the later one, and the truth where people said it.

    The first is an inspection; or with a `team`, what a phone answered (`labels`, `scores`, `model`, `model_version`,
    `seen_in_training`, which is None where it is not known), received at `created_at` as feedback of that id.
    """

    id: str
    created_at: datetime
    before: dict[str, Any]
    now: dict[str, Any]
    truth: Truth | None
    team: str | None = None

    @property
    def place(self) -> str:
        """What tells it from all others of the list: an inspection's id, or a feedback's with its team."""
        return self.id if self.team is None else f"{self.team}/{self.id}"


@dataclass(frozen=True, slots=True)
class DisagreementFilter:
    """Which disagreements to list: at most `limit`, behind the one whose place is `after` in the same order.

    With `before`, no feedback is listed: phones answer classes and no disposition.
    """

    task: str
    version: str
    before: Disposition | None = None
    now: Disposition | None = None
    after: str | None = None
    limit: int = 20


class ComparisonStore:
    """Reads comparisons: of the pictures in a scope.

    Every method raises `StoreError` where the database refuses.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def comparisons(self, scope: Scope) -> list[Comparison]:
        """Return every version that has second answers, the one that answered the newest picture first."""
        counted = []
        with transaction(self._engine, "count second answers") as session:
            for kind in _KINDS:
                key = (kind.first.task, kind.second.model_version, kind.second.changed, kind.was, kind.now)
                query = _seen(select(*key, func.count(), func.max(kind.moment)), kind, scope).group_by(
                    *(each for each in key if each is not kind.was or not kind.is_phones)
                )
                counted += [tuple(row) for row in session.execute(query)]
            scores = _scores(session, scope)
        newest: dict[Version, datetime] = {}
        for task, version, *_, moment in counted:
            newest[task, version] = max(moment, newest.get((task, version), moment))
        return [
            _comparison(version, [row[2:6] for row in counted if row[:2] == version], scores.get(version))
            for version in sorted(newest, key=lambda each: newest[each], reverse=True)
        ]

    def disagreements(self, wanted: DisagreementFilter, scope: Scope) -> list[Disagreement]:
        """Return disagreements: accept against reject first, then to and from review, then of classes alone.

        For a phone's answer, what its classes justify stands for the disposition. Within these the newest first; none
        if `after` names nothing that differs and that the scope has.
        """
        found: list[tuple[_Place, InspectionRow | FeedbackRow, ReinspectionRow | FeedbackSecondAnswerRow]] = []
        with transaction(self._engine, "read second answers") as session:
            edge = None if wanted.after is None else _edge(session, wanted.after, wanted.version)
            if wanted.after is not None and edge is None:
                return []
            for kind in _KINDS:
                query = _wanted(select(kind.gravity, kind.moment, kind.first, kind.second), kind, wanted, scope)
                if edge is not None:
                    query = query.where(_behind(kind, edge))
                for gravity, moment, first, second in session.execute(query):
                    found.append(((gravity, moment, kind.is_phones, first.sequence), first, second))
            found.sort(key=lambda each: _rank(each[0]))
            del found[wanted.limit :]
            truths = _truths(session, scope.inspections_of, [first.sha256 for _, first, _ in found])
            return [_disagreement(first, second, truths.get((first.task, first.sha256))) for _, first, second in found]


@dataclass(frozen=True, slots=True)
class _Kind:
    """First answers of one kind with their second answers: where they are, and what is asked of both kinds alike."""

    first: type[InspectionRow] | type[FeedbackRow]
    second: type[ReinspectionRow] | type[FeedbackSecondAnswerRow]
    joined: ColumnElement[bool]
    was: ColumnElement[Any]
    now: ColumnElement[Any]
    gravity: ColumnElement[Any]
    moment: ColumnElement[datetime]
    is_phones: bool


def _gravity(was: ColumnElement[Any], now: ColumnElement[Any]) -> ColumnElement[int]:
    """Return 0 where one accepts what the other rejects, 1 to or from review, 2 where classes differ alone."""
    return case((was == now, 2), (and_(was.in_(_DECIDED), now.in_(_DECIDED)), 0), else_=1)


_INSPECTED = _Kind(
    InspectionRow,
    ReinspectionRow,
    InspectionRow.sequence == ReinspectionRow.inspection,
    InspectionRow.disposition.expression,
    ReinspectionRow.disposition.expression,
    _gravity(InspectionRow.disposition.expression, ReinspectionRow.disposition.expression),
    InspectionRow.created_at.expression,
    is_phones=False,
)
_GIVEN = _Kind(
    FeedbackRow,
    FeedbackSecondAnswerRow,
    FeedbackRow.sequence == FeedbackSecondAnswerRow.feedback,
    null(),
    FeedbackSecondAnswerRow.disposition.expression,
    FeedbackSecondAnswerRow.gravity.expression,
    FeedbackRow.received_at.expression,
    is_phones=True,
)
_KINDS = (_INSPECTED, _GIVEN)


def _seen(query: Select[Any], kind: _Kind, scope: Scope) -> Select[Any]:
    """Join first and second answers, as far as the scope has them."""
    query = query.select_from(kind.second).join(kind.first, kind.joined)
    if kind.is_phones:
        query = query.where(counts_here())
        return query if scope.team is None else query.where(FeedbackRow.team == scope.team)
    if scope.inspections_of is None:
        return query
    given = (FeedbackRow.sha256 == InspectionRow.sha256, FeedbackRow.task == InspectionRow.task)
    return query.where(exists().where(*given, FeedbackRow.team == scope.inspections_of))


def _changed(query: Select[Any], kind: _Kind, scope: Scope) -> Select[Any]:
    return _seen(query, kind, scope).where(kind.second.changed.is_(True))


def _wanted(query: Select[Any], kind: _Kind, wanted: DisagreementFilter, scope: Scope) -> Select[Any]:
    query = _changed(query, kind, scope).where(
        kind.first.task == wanted.task, kind.second.model_version == wanted.version
    )
    if wanted.before is not None:
        query = query.where(kind.was == wanted.before.value)
    if wanted.now is not None:
        query = query.where(kind.now == wanted.now.value)
    return query.order_by(kind.gravity, kind.moment.desc(), kind.first.sequence.desc()).limit(wanted.limit)


def _edge(session: Session, after: str, version: str) -> _Place | None:
    team, is_phones, name = after.rpartition("/")
    kind = _GIVEN if is_phones else _INSPECTED
    query = select(kind.gravity, kind.moment, kind.first.sequence).select_from(kind.second)
    query = query.join(kind.first, kind.joined).where(kind.first.id == name, kind.second.model_version == version)
    if is_phones:
        query = query.where(FeedbackRow.team == team)
    found = session.execute(query.where(kind.second.changed.is_(True))).first()
    return None if found is None else (found[0], found[1], kind.is_phones, found[2])


def _behind(kind: _Kind, edge: _Place) -> ColumnElement[bool]:
    gravity, moment, is_phones, sequence = edge
    tied: ColumnElement[bool] = true() if kind.is_phones else false()
    if kind.is_phones is is_phones:
        tied = kind.first.sequence < sequence
    later = or_(kind.moment < moment, and_(kind.moment == moment, tied))
    return or_(kind.gravity > gravity, and_(kind.gravity == gravity, later))


def _rank(place: _Place) -> tuple[int, float, bool, int]:
    gravity, moment, is_phones, sequence = place
    return gravity, -moment.timestamp(), is_phones, -sequence


def _before(first: InspectionRow | FeedbackRow, second: ReinspectionRow | FeedbackSecondAnswerRow) -> dict[str, Any]:
    if isinstance(first, InspectionRow):
        return first.body
    return {**first.body["answer"], "seen_in_training": second.body["seen_before"]}


def _disagreement(
    first: InspectionRow | FeedbackRow, second: ReinspectionRow | FeedbackSecondAnswerRow, truth: Truth | None
) -> Disagreement:
    before, now = _before(first, second), second.body["inspection"]
    if isinstance(first, InspectionRow):
        return Disagreement(first.id, first.created_at, before, now, truth)
    return Disagreement(first.id, first.received_at, before, now, truth, first.team)


def _truths(session: Session, team: str | None, pictures: Iterable[str] | None = None) -> _Truths:
    """Return what people said of pictures, all or those of these sha256: what was accepted last, else the newest that
    nobody reviewed. What a reviewer rejected never counts, nor classes that exclude each other: as in what is learned.
    """
    newest = (
        select(FeedbackReviewRow.feedback, func.max(FeedbackReviewRow.sequence).label("sequence"))
        .group_by(FeedbackReviewRow.feedback)
        .subquery()
    )
    query = (
        select(FeedbackRow, FeedbackReviewRow.verdict)
        .outerjoin(newest, newest.c.feedback == FeedbackRow.sequence)
        .outerjoin(FeedbackReviewRow, FeedbackReviewRow.sequence == newest.c.sequence)
        .order_by(func.coalesce(FeedbackReviewRow.sequence, 0), FeedbackRow.sequence)
    )
    if team is not None:
        query = query.where(FeedbackRow.team == team)
    if pictures is None:
        differ = [_changed(select(kind.first.sha256), kind, Scope()) for kind in _KINDS]
        query = query.where(or_(*(FeedbackRow.sha256.in_(each) for each in differ)))
    else:
        query = query.where(FeedbackRow.sha256.in_(list(pictures)))
    found: _Truths = {}
    for row, verdict in session.execute(query):
        accepted, known = verdict == ReviewVerdict.ACCEPTED.value, found.get((row.task, row.sha256))
        if verdict == ReviewVerdict.REJECTED.value or (known is not None and known.accepted and not accepted):
            continue
        task = TASKS.get(row.task)
        if task is not None and not task.makes_sense(row.body["labels"]):
            continue
        found[row.task, row.sha256] = Truth(tuple(row.body["labels"]), accepted)
    return found


def _scores(session: Session, scope: Scope) -> dict[Version, Score]:
    """Score every version over the pictures that people labelled, each picture once: its newest inspection, if any."""
    truths = _truths(session, scope.inspections_of)
    labelled = exists().where(FeedbackRow.sha256 == InspectionRow.sha256, FeedbackRow.task == InspectionRow.task)
    pictures: dict[Version, dict[str, tuple[Truth, Mapping[str, Any], Mapping[str, Any]]]] = {}
    for kind in (_GIVEN, _INSPECTED):
        query = _changed(select(kind.first, kind.second), kind, scope).order_by(kind.first.sequence)
        for first, second in session.execute(query if kind.is_phones else query.where(labelled)):
            if truth := truths.get((first.task, first.sha256)):
                mine = pictures.setdefault((first.task, second.model_version), {})
                mine[first.sha256] = (truth, _before(first, second), second.body["inspection"])
    return {version: score_of(mine.values()) for version, mine in pictures.items()}


def _comparison(version: Version, rows: list[tuple[Any, ...]], score: Score | None) -> Comparison:
    totals = {changed: sum(row[3] for row in rows if row[0] is changed) for changed in (False, True, None)}
    return Comparison(
        *version,
        same=totals[False],
        changed=totals[True],
        failed=totals[None],
        on_phones=sum(number for changed, was, _, number in rows if was is None and changed is not None),
        moves=tuple(_moves(rows)),
        score=score or Score(0, 0, 0, 0),
    )


def _moves(rows: list[tuple[Any, ...]]) -> Iterator[Move]:
    for was in Disposition:
        for now in Disposition:
            mine = [(changed, number) for changed, one, other, number in rows if (one, other) == (was, now)]
            if mine:
                yield Move(was, now, sum(number for _, number in mine), sum(n for changed, n in mine if changed))
