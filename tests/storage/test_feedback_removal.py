"""Deletion for privacy: whole, for ever, and never a row without its picture, whatever comes between."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from beadwatch.domain.errors import FeedbackDeletedError, StoreError
from beadwatch.domain.feedback import Feedback, Sender
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.feedback_removal import Chosen, Counted, FeedbackRemoval, Settled
from beadwatch.storage.feedback_store import FeedbackStore
from beadwatch.storage.inspection_store import InspectionStore
from beadwatch.storage.run_store import RunStore
from tests.domain.test_feedback import RECEIVED
from tests.line.made import made_event
from tests.storage.test_feedback_store import PICTURE, blobs, made, review
from tests.storage.test_inspection_store import made as inspection

ADA, BOB = "a" * 32, "b" * 32
DIGEST = sha256(PICTURE).hexdigest()
LATER = RECEIVED + timedelta(days=9)


def of(person: str | None, number: int, picture: bytes = PICTURE, team: str = "north") -> Feedback:
    return replace(made(number, picture, team), sender=Sender(person, "d" * 32, team))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield opened
    opened.dispose()


@pytest.fixture
def store(engine: Engine, tmp_path: Path) -> FeedbackStore:
    """Return a store of four: 1 and 2 by Ada, 2 with a picture of its own, 3 by Bob, 4 by a guest."""
    store = FeedbackStore(engine, BlobStore(str(tmp_path / "blobs")))
    for person, number, picture in ((ADA, 1, PICTURE), (ADA, 2, b"two"), (BOB, 3, b"three"), (None, 4, b"four")):
        store.append(of(person, number, picture), picture)
    for number in (1, 1, 3):
        store.review("north", made(number).id, review())
    return store


@pytest.fixture
def removal(engine: Engine, tmp_path: Path) -> FeedbackRemoval:
    return FeedbackRemoval(engine, BlobStore(str(tmp_path / "blobs")))


def rows(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        count: int = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    return count


def kept(tmp_path: Path) -> set[str]:
    pictures = {sha256(data).hexdigest(): str(data, "ascii") for data in (PICTURE, b"two", b"three", b"four")}
    return {pictures[name] for name in blobs(tmp_path)}


@pytest.mark.parametrize(
    ("chosen", "counted", "left"),
    [
        (Chosen(account_id=ADA), Counted(2, 2), {"three", "four"}),
        (Chosen(account_id=BOB), Counted(1, 1), {"a picture", "two", "four"}),
        (Chosen(ids=(made(2).id, made(4).id, "f" * 32)), Counted(2, 0), {"a picture", "three"}),
        (Chosen(account_id=ADA, ids=(made(2).id, made(3).id)), Counted(1, 0), {"a picture", "three", "four"}),
        (Chosen(received_before=RECEIVED + timedelta(seconds=3)), Counted(2, 2), {"three", "four"}),
        (Chosen(account_id="%"), Counted(0, 0), {"a picture", "two", "three", "four"}),
        (Chosen(ids=()), Counted(0, 0), {"a picture", "two", "three", "four"}),
    ],
    ids=lambda value: "",
)
def test_what_is_chosen_goes_with_its_reviews_and_pictures(
    store: FeedbackStore,
    removal: FeedbackRemoval,
    engine: Engine,
    tmp_path: Path,
    chosen: Chosen,
    counted: Counted,
    left: set[str],
) -> None:
    assert removal.count(chosen) == counted
    assert len(list(removal.read(chosen))) == counted.uploads
    assert removal.delete(chosen, LATER) == counted
    assert rows(engine, "feedback") == 4 - counted.uploads
    assert rows(engine, "feedback_reviews") == 3 - counted.reviews
    assert rows(engine, "feedback_labels") == 2 * (4 - counted.uploads)
    assert removal.settle(set()) == Settled(removed=counted.uploads)
    assert kept(tmp_path) == left
    assert removal.delete(chosen, LATER) == Counted(0, 0)
    assert removal.settle(set()) == Settled()


def test_choosing_nothing_in_particular_is_refused() -> None:
    with pytest.raises(ValueError, match="all feedback"):
        Chosen()


def test_what_is_read_has_all_reviews(store: FeedbackStore, removal: FeedbackRemoval) -> None:
    read = list(removal.read(Chosen(account_id=ADA)))
    assert [upload["id"] for upload in read] == [made(1).id, made(2).id]
    assert read[0] == {**of(ADA, 1).to_dict(), "reviews": [review().to_dict()] * 2}
    assert removal.missing(Chosen(account_id=ADA, ids=(made(1).id, made(3).id))) == [made(3).id]


def test_deleted_feedback_does_not_come_back_and_nothing_personal_is_left(
    store: FeedbackStore, removal: FeedbackRemoval, engine: Engine, tmp_path: Path
) -> None:
    removal.delete(Chosen(account_id=ADA), LATER)
    removal.settle(set())
    with pytest.raises(FeedbackDeletedError, match="is not taken again"):
        store.append(of(ADA, 1), PICTURE)
    assert store.get("north", made(1).id) is None
    assert "a picture" not in kept(tmp_path)
    assert store.append(of(BOB, 1, team="south"), PICTURE)[1], "another team has ids of its own"
    with engine.connect() as connection:
        left = connection.execute(text("SELECT team, id, sha256 FROM feedback_tombstones ORDER BY id")).all()
    assert [tuple(row) for row in left] == [("north", made(number).id, None) for number in (1, 2)]


def test_tombstone_that_comes_between_look_and_write_holds(
    store: FeedbackStore, removal: FeedbackRemoval, engine: Engine, tmp_path: Path
) -> None:
    class Slow(BlobStore):
        """Somebody else sends the same and it is deleted, while this one writes its picture."""

        calls = 0

        def put(self, data: bytes, digest: str | None = None) -> str:
            self.calls += 1
            if self.calls == 1:
                store.append(of(ADA, 9), PICTURE)
                removal.delete(Chosen(ids=(made(9).id,)), LATER)
            return super().put(data, digest)

    with pytest.raises(FeedbackDeletedError):
        FeedbackStore(engine, Slow(str(tmp_path / "blobs"))).append(of(ADA, 9), PICTURE)
    assert store.get("north", made(9).id) is None


def test_picture_that_is_removed_between_look_and_write_is_written_again(
    store: FeedbackStore, removal: FeedbackRemoval, engine: Engine, tmp_path: Path
) -> None:
    class Overtaken(BlobStore):
        """After it has found the picture there, the only one who refers to it is deleted."""

        calls = 0

        def put(self, data: bytes, digest: str | None = None) -> str:
            self.calls += 1
            put = super().put(data, digest)
            if self.calls == 1:
                removal.delete(Chosen(account_id=ADA), LATER)
                assert removal.settle(set()).removed == 2
            return put

    FeedbackStore(engine, Overtaken(str(tmp_path / "blobs"))).append(of(BOB, 9), PICTURE)
    assert kept(tmp_path) == {"a picture", "three", "four"}


def test_nobody_begins_to_refer_to_a_picture_while_it_is_removed(
    store: FeedbackStore, removal: FeedbackRemoval, engine: Engine, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(1) as pool:
        sent = []

        class Raced(BlobStore):
            """Between look and removal somebody sends the same picture, and has half a second to get through."""

            def remove(self, digest: str) -> None:
                if digest == DIGEST:
                    sent.append(pool.submit(store.append, of(BOB, 9), PICTURE))
                    wait(sent, timeout=0.5)
                super().remove(digest)

        removal.delete(Chosen(account_id=ADA), LATER)
        assert FeedbackRemoval(engine, Raced(str(tmp_path / "blobs"))).settle(set()).removed == 2
        assert sent[0].result()[1]
    assert kept(tmp_path) == {"a picture", "three", "four"}


def _other_feedback(engine: Engine, folder: Path) -> None:
    FeedbackStore(engine, BlobStore(str(folder / "blobs"))).append(of(BOB, 7), PICTURE)


def _inspection(engine: Engine, folder: Path) -> None:
    InspectionStore(engine).append(replace(inspection(), sha256=DIGEST))


def _best_frame(engine: Engine, folder: Path) -> None:
    RunStore(engine).append("cell-1", replace(made_event(), picture=DIGEST))


@pytest.mark.parametrize("refer", [_other_feedback, _inspection, _best_frame, None])
def test_picture_that_something_else_refers_to_stays(
    store: FeedbackStore, removal: FeedbackRemoval, engine: Engine, tmp_path: Path, refer: object
) -> None:
    if callable(refer):
        refer(engine, tmp_path)
    removal.delete(Chosen(account_id=ADA), LATER)
    assert removal.settle(set() if refer else {DIGEST}) == Settled(removed=1, kept=1)
    assert kept(tmp_path) == {"a picture", "three", "four"}


def test_picture_that_cannot_be_removed_is_said_and_tried_again(
    store: FeedbackStore, removal: FeedbackRemoval, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removal.delete(Chosen(account_id=ADA), LATER)

    def refuse(*_: object) -> None:
        raise StoreError("cannot remove it")

    with monkeypatch.context() as patch:
        patch.setattr(BlobStore, "remove", refuse)
        assert removal.settle(set()) == Settled(failed=["cannot remove it"] * 2)
    assert removal.settle(set()) == Settled(removed=2)
    assert kept(tmp_path) == {"three", "four"}


def test_failed_deletion_deletes_nothing(store: FeedbackStore, removal: FeedbackRemoval, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE feedback_tombstones RENAME TO hidden"))
    with pytest.raises(StoreError, match="cannot delete feedback"):
        removal.delete(Chosen(account_id=ADA), LATER)
    assert (rows(engine, "feedback"), rows(engine, "feedback_reviews"), rows(engine, "feedback_labels")) == (4, 3, 8)


KILLED = """
import os, signal, sys
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.feedback_removal import Chosen, FeedbackRemoval
from tests.storage.test_feedback_removal import ADA, LATER

class Killed(BlobStore):
    def remove(self, digest):
        if sys.argv[2] == "after":
            super().remove(digest)
        os.kill(os.getpid(), signal.SIGKILL)

removal = FeedbackRemoval(open_database(f"sqlite:///{sys.argv[1]}/a.db"), Killed(sys.argv[1] + "/blobs"))
removal.delete(Chosen(account_id=ADA), LATER)
removal.settle(set())
"""


@pytest.mark.parametrize(("when", "pictures"), [("before", 4), ("after", 3)])
def test_killed_between_rows_and_pictures_is_finished_by_the_next_removal(
    store: FeedbackStore, removal: FeedbackRemoval, engine: Engine, tmp_path: Path, when: str, pictures: int
) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), when]
    done = subprocess.run(command, check=False, cwd=Path(__file__).parents[2], timeout=60, env=os.environ)
    assert done.returncode == -signal.SIGKILL
    assert (rows(engine, "feedback"), len(blobs(tmp_path))) == (2, pictures)
    assert removal.settle(set()) == Settled(removed=2)
    assert kept(tmp_path) == {"three", "four"}


def test_sending_and_deleting_at_once_never_leaves_a_row_without_its_picture(
    store: FeedbackStore, removal: FeedbackRemoval, engine: Engine, tmp_path: Path
) -> None:
    def send_and_delete(number: int) -> None:
        if number % 2:
            store.append(of(ADA, 100 + number), PICTURE)
            removal.delete(Chosen(ids=(made(100 + number).id,)), LATER)
            removal.settle(set())
        else:
            store.append(of(BOB, 100 + number), PICTURE)
            assert DIGEST in blobs(tmp_path)

    removal.delete(Chosen(account_id=ADA), LATER)
    removal.settle(set())
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send_and_delete, range(24)))
    removal.delete(Chosen(account_id=BOB), LATER)
    assert removal.settle(set()).removed >= 1
    assert kept(tmp_path) == {"four"}
