"""Comparisons: counts, the gravest first, paged; of one team's pictures alone; and who was right."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from beadwatch.domain.feedback import Sender, feedback_from_dict, review_from_dict
from beadwatch.domain.labels import Disposition
from beadwatch.domain.second_answers import Score, Truth
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.comparison_store import ComparisonStore, DisagreementFilter, Move, Scope
from beadwatch.storage.database import open_database
from beadwatch.storage.feedback_answer_store import FeedbackAnswerStore
from beadwatch.storage.feedback_removal import Chosen, FeedbackRemoval
from beadwatch.storage.feedback_store import FeedbackStore
from beadwatch.storage.reinspection_store import ReinspectionStore
from beadwatch.storage.sessions import transaction
from beadwatch.storage.tables import InspectionRow
from tests.domain.test_feedback import sent

ALL = DisagreementFilter("tig", "tig-2")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield opened
    opened.dispose()


def answer(disposition: str, *labels: str) -> dict[str, Any]:
    return {"disposition": disposition, "label": labels[0], "labels": list(labels), "seen_in_training": False}


def compared(engine: Engine, number: int, before: str, now: str | None, *, same: bool = False) -> None:
    """Store an inspection and what the next version says of it; None where it could say nothing."""
    first = answer(before, "burn through")
    with transaction(engine, "store") as session:
        row = InspectionRow(
            id=f"{number:032x}", created_at=datetime.now(UTC), sha256=digest(number), task="tig", disposition=before,
            label="burn through", confidence=0.9, model_version="tig-1", body=first,
        )  # fmt: skip
        session.add(row)
        session.flush()
        sequence = row.sequence
    second = {"error": {}} if now is None else {"inspection": answer(now, "burn through" if same else "contamination")}
    assert ReinspectionStore(engine).append(sequence, "tig-2", None if now is None else not same, second)


def digest(number: int) -> str:
    return sha256(str(number).encode()).hexdigest()


def answered(engine: Engine, key: int, gravity: int | None, now: str = "contamination", *, seen: bool = False) -> None:
    """Store what the next version says of the feedback of that number; without a gravity, it could say nothing."""
    sequence = {int(one.id, 16): one.sequence for one in FeedbackAnswerStore(engine).waiting("tig", "tig-2", 0, 100)}
    second = {"inspection": answer("review", now), "gravity": gravity, "seen_before": seen}
    stored = FeedbackAnswerStore(engine).append(
        sequence[key],
        "tig-2",
        None if gravity is None else now != "burn through",
        {"error": {}} if gravity is None else second,
    )
    assert stored


@pytest.fixture
def store(engine: Engine) -> ComparisonStore:
    """Return a store of six pictures: of each gravity one or two, one without a difference, one that failed."""
    moves = [
        ("reject", "reject"), ("accept", "review"), ("accept", "reject"), ("review", "accept"), ("reject", "accept"),
    ]  # fmt: skip
    for number, (before, now) in enumerate(moves, 1):
        compared(engine, number, before, now)
    compared(engine, 6, "accept", "accept", same=True)
    compared(engine, 7, "accept", None)
    return ComparisonStore(engine)


@pytest.fixture
def say(engine: Engine, tmp_path: Path) -> Any:
    """Return a function with which a team labels a picture, and a reviewer says something to it."""
    feedback = FeedbackStore(engine, BlobStore(str(tmp_path / "blobs")))

    def said(number: int, *labels: str, team: str = "north", verdict: str = "", key: int = 0) -> None:
        picture, name = str(number).encode(), f"{key or number:032x}"
        body = sent(id=name, sha256=digest(number), labels=list(labels), boxes=[], task="tig")
        body["answer"] |= {"scores": {"burn through": 0.9, "contamination": 0.1}, "labels": ["burn through"]}
        given = feedback_from_dict(body, Sender(None, None, team), datetime.now(UTC))
        feedback.append(given, picture)
        if verdict:
            feedback.review(team, name, review_from_dict({"verdict": verdict}, "rosa", datetime.now(UTC)))

    return said


def listed(store: ComparisonStore, team: str | None = None, **wanted: Any) -> list[int]:
    return [int(each.id, 16) for each in store.disagreements(DisagreementFilter("tig", "tig-2", **wanted), Scope(team))]


def test_the_gravest_come_first_and_pages_join(store: ComparisonStore) -> None:
    assert listed(store) == [5, 3, 4, 2, 1]
    pages, after = [], None
    while page := listed(store, after=after, limit=2):
        pages += page
        after = f"{page[-1]:032x}"
    assert pages == [5, 3, 4, 2, 1]
    assert listed(store, after="f" * 32) == []
    assert listed(store, before=Disposition.ACCEPT, now=Disposition.REJECT) == [3]
    assert store.disagreements(DisagreementFilter("tig", "tig-3"), Scope()) == []


def test_all_are_counted_by_where_they_went(store: ComparisonStore) -> None:
    (found,) = store.comparisons(Scope())
    assert (found.task, found.version, found.same, found.changed, found.failed) == ("tig", "tig-2", 1, 5, 1)
    accept, review, reject = Disposition.ACCEPT, Disposition.REVIEW, Disposition.REJECT
    assert set(found.moves) == {
        Move(accept, accept, 1, 0), Move(accept, review, 1, 1), Move(accept, reject, 1, 1),
        Move(review, accept, 1, 1), Move(reject, accept, 1, 1), Move(reject, reject, 1, 1),
    }  # fmt: skip


def test_a_team_sees_what_it_gave_feedback_on(store: ComparisonStore, say: Any) -> None:
    say(3, "contamination")
    say(4, "burn through", team="south")
    assert listed(store, "north") == [3]
    (found,) = store.comparisons(Scope("north"))
    assert (found.changed, found.same, found.failed) == (1, 0, 0)
    assert found.score == Score(1, 1, 0, 0)
    assert store.comparisons(Scope("west")) == []
    (everything,) = store.comparisons(Scope())
    assert everything.score == Score(2, 1, 1, 0)


def test_what_another_team_said_of_the_same_picture_is_not_told(store: ComparisonStore, say: Any) -> None:
    say(3, "contamination")
    say(3, "burn through", team="south", key=31)
    (found,) = store.disagreements(ALL, Scope("north"))
    assert found.truth == Truth(("contamination",), accepted=False)
    assert [one.score for one in store.comparisons(Scope("south"))] == [Score(1, 0, 1, 0)]


def test_what_was_accepted_is_the_truth_and_what_was_rejected_never(store: ComparisonStore, say: Any) -> None:
    say(1, "contamination", verdict="rejected")
    say(3, "contamination", verdict="accepted")
    say(3, "burn through", key=30)
    say(4, "burn through")
    say(4, "contamination", key=40)
    truths = {int(each.id, 16): each.truth for each in store.disagreements(ALL, Scope())}
    assert (truths[1], truths[2]) == (None, None)
    assert truths[3] == Truth(("contamination",), accepted=True)
    assert truths[4] == Truth(("contamination",), accepted=False)


def test_answers_of_before_the_column_get_their_disposition(engine: Engine) -> None:
    compared(engine, 1, "accept", "reject")
    compared(engine, 2, "accept", None)
    config = Config()
    config.set_main_option("script_location", "beadwatch.storage:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0008")
        command.upgrade(config, "head")
        found = connection.execute(text("SELECT disposition FROM reinspections ORDER BY inspection")).scalars().all()
    assert found == ["reject", None]


def test_phones_answers_are_listed_among_the_inspections(engine: Engine, store: ComparisonStore, say: Any) -> None:
    for number, gravity in ((11, 2), (12, 0), (13, 1)):
        say(number, "contamination")
        answered(engine, number, gravity)
    say(14, "contamination")
    answered(engine, 14, 2, "burn through")
    say(15, "contamination")
    answered(engine, 15, None)
    assert listed(store) == [12, 5, 3, 13, 4, 2, 11, 1]
    for limit in (1, 2, 3):
        pages: list[int] = []
        after = None
        while page := store.disagreements(DisagreementFilter("tig", "tig-2", after=after, limit=limit), Scope()):
            pages += [int(each.id, 16) for each in page]
            after = page[-1].place
        assert pages == [12, 5, 3, 13, 4, 2, 11, 1]
    assert listed(store, before=Disposition.REJECT) == [5, 1]
    assert 12 in listed(store, now=Disposition.REVIEW)
    first = store.disagreements(ALL, Scope())[0]
    assert (first.team, first.before["labels"], first.before["seen_in_training"]) == ("north", ["burn through"], False)
    (found,) = store.comparisons(Scope())
    assert (found.same, found.changed, found.failed, found.on_phones) == (2, 8, 2, 4)
    assert sum(move.pictures for move in found.moves) == 6
    assert found.score == Score(3, 3, 0, 0)


def test_pages_join_where_all_came_at_one_moment(engine: Engine, store: ComparisonStore, say: Any) -> None:
    for number in (11, 12):
        say(number, "contamination")
        answered(engine, number, 2)
    with engine.begin() as connection:
        connection.execute(text("UPDATE inspections SET created_at = '2026-01-01 00:00:00.000000'"))
        connection.execute(text("UPDATE feedback SET received_at = '2026-01-01 00:00:00.000000'"))
    pages: list[int] = []
    after = None
    while page := store.disagreements(DisagreementFilter("tig", "tig-2", after=after, limit=1), Scope()):
        pages += [int(each.id, 16) for each in page]
        after = page[-1].place
    assert pages == [5, 3, 4, 2, 1, 12, 11] == listed(store)


def test_feedback_is_for_its_team_also_where_all_inspections_are_seen(
    engine: Engine, store: ComparisonStore, say: Any
) -> None:
    say(11, "contamination")
    say(11, "contamination", team="south", key=12)
    answered(engine, 11, 2)
    answered(engine, 12, 2)
    assert listed(store, "north") == [11]
    assert listed(store, "west") == []
    engineer = store.disagreements(ALL, Scope("south", all_inspections=True))
    assert [int(each.id, 16) for each in engineer] == [5, 3, 4, 2, 12, 1]
    assert [one.changed for one in store.comparisons(Scope("south", all_inspections=True))] == [6]


def test_a_picture_that_was_inspected_too_counts_once(engine: Engine, store: ComparisonStore, say: Any) -> None:
    say(1, "contamination")
    assert FeedbackAnswerStore(engine).waiting("tig", "tig-2", 0, 9) == []
    say(21, "contamination")
    answered(engine, 21, 2)
    before = store.comparisons(Scope())[0]
    compared(engine, 21, "accept", "reject")
    (after,) = store.comparisons(Scope())
    assert (before.changed, after.changed, after.on_phones, after.score) == (6, 6, 0, Score(2, 2, 0, 0))
    assert listed(store).count(21) == 1
    assert FeedbackAnswerStore(engine).count("tig", "tig-2")["changed"] == 0


def test_pictures_that_the_phones_model_was_trained_on_are_left_out(
    engine: Engine, store: ComparisonStore, say: Any
) -> None:
    say(11, "contamination")
    answered(engine, 11, 2, seen=True)
    assert store.comparisons(Scope())[0].score == Score(0, 0, 0, 1)


def test_what_was_accepted_last_holds_and_classes_that_exclude_each_other_never(
    engine: Engine, store: ComparisonStore, say: Any, tmp_path: Path
) -> None:
    say(2, "contamination")
    say(2, "burn through", verdict="accepted", key=20)
    accepted = review_from_dict({"verdict": "accepted"}, "rosa", datetime.now(UTC))
    FeedbackStore(engine, BlobStore(str(tmp_path / "blobs"))).review("north", f"{2:032x}", accepted)
    say(3, "contamination", verdict="accepted")
    say(3, "burn through", "good weld", verdict="accepted", key=30)
    say(4, "contamination", "good weld")
    truths = {int(each.id, 16): each.truth for each in store.disagreements(ALL, Scope())}
    assert truths[2] == truths[3] == Truth(("contamination",), accepted=True)
    assert truths[4] is None


def test_an_answer_to_feedback_is_stored_once_and_goes_with_it(engine: Engine, say: Any, tmp_path: Path) -> None:
    say(11, "contamination")
    say(12, "contamination")
    answers = FeedbackAnswerStore(engine)
    one, other = answers.waiting("tig", "tig-2", 0, 9)
    assert answers.count_waiting("tig", "tig-2", datetime.now(UTC)) == 0
    assert [each.id for each in answers.waiting("tig", "surface-1", 0, 9)] == [], (
        "what the version itself said on the phone"
    )
    answered(engine, 11, 2)
    assert not answers.append(one.sequence, "tig-2", None, {"error": {}})
    assert answers.count("tig", "tig-2") == {"same": 0, "changed": 1, "failed": 0}
    assert answers.count_waiting("tig", "tig-2") == 1
    removal = FeedbackRemoval(engine, BlobStore(str(tmp_path / "blobs")))
    removal.delete(Chosen(ids=(one.id, other.id)), datetime.now(UTC))
    assert answers.count("tig", "tig-2") == {"same": 0, "changed": 0, "failed": 0}
    assert not answers.append(other.sequence, "tig-2", None, {"error": {}}), "deleted while it was looked at"
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM feedback_second_answers")).scalar() == 0
