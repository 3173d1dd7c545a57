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
from beadwatch.store.blobs import BlobStore
from beadwatch.store.comparison_store import ComparisonStore, DisagreementFilter, Move
from beadwatch.store.database import open_database
from beadwatch.store.feedback_store import FeedbackStore
from beadwatch.store.reinspection_store import ReinspectionStore
from beadwatch.store.sessions import transaction
from beadwatch.store.tables import InspectionRow
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
    return [int(each.id, 16) for each in store.disagreements(DisagreementFilter("tig", "tig-2", **wanted), team)]


def test_the_gravest_come_first_and_pages_join(store: ComparisonStore) -> None:
    assert listed(store) == [5, 3, 4, 2, 1]
    pages, after = [], None
    while page := listed(store, after=after, limit=2):
        pages += page
        after = f"{page[-1]:032x}"
    assert pages == [5, 3, 4, 2, 1]
    assert listed(store, after="f" * 32) == []
    assert listed(store, before=Disposition.ACCEPT, now=Disposition.REJECT) == [3]
    assert store.disagreements(DisagreementFilter("tig", "tig-3"), None) == []


def test_all_are_counted_by_where_they_went(store: ComparisonStore) -> None:
    (found,) = store.comparisons(None)
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
    (found,) = store.comparisons("north")
    assert (found.changed, found.same, found.failed) == (1, 0, 0)
    assert found.score == Score(1, 1, 0, 0)
    assert store.comparisons("west") == []
    (everything,) = store.comparisons(None)
    assert everything.score == Score(2, 1, 1, 0)


def test_what_another_team_said_of_the_same_picture_is_not_told(store: ComparisonStore, say: Any) -> None:
    say(3, "contamination")
    say(3, "burn through", team="south", key=31)
    (found,) = store.disagreements(ALL, "north")
    assert found.truth == Truth(("contamination",), accepted=False)
    assert [one.score for one in store.comparisons("south")] == [Score(1, 0, 1, 0)]


def test_what_was_accepted_is_the_truth_and_what_was_rejected_never(store: ComparisonStore, say: Any) -> None:
    say(1, "contamination", verdict="rejected")
    say(3, "contamination", verdict="accepted")
    say(3, "burn through", key=30)
    say(4, "burn through")
    say(4, "contamination", key=40)
    truths = {int(each.id, 16): each.truth for each in store.disagreements(ALL, None)}
    assert (truths[1], truths[2]) == (None, None)
    assert truths[3] == Truth(("contamination",), accepted=True)
    assert truths[4] == Truth(("contamination",), accepted=False)


def test_answers_of_before_the_column_get_their_disposition(engine: Engine) -> None:
    compared(engine, 1, "accept", "reject")
    compared(engine, 2, "accept", None)
    config = Config()
    config.set_main_option("script_location", "beadwatch.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0008")
        command.upgrade(config, "head")
        found = connection.execute(text("SELECT disposition FROM reinspections ORDER BY inspection")).scalars().all()
    assert found == ["reject", None]
