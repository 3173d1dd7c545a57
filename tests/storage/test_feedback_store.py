"""Feedback is stored once under its id, with its picture first; another team's is not there; reviews only add."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from beadwatch.domain.errors import FeedbackConflictError, FeedbackError, StoreError
from beadwatch.domain.feedback import Feedback, Review, ReviewVerdict, Sender
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.feedback_store import FeedbackFilter, FeedbackStore
from tests.domain.test_feedback import RECEIVED, taken

PICTURE = b"a picture"
AGREES: dict[str, Any] = {"labels": ["porosity"], "boxes": []}


def made(number: int = 1, picture: bytes = PICTURE, team: str = "north", **changes: Any) -> Feedback:
    """Return feedback on a picture, with an id made of its number and received so many seconds later."""
    fields = {"id": f"{number:032x}", "sha256": sha256(picture).hexdigest()} | changes
    received_at = RECEIVED + timedelta(seconds=number)
    return replace(taken(**fields), sender=Sender("a" * 32, "d" * 32, team), received_at=received_at)


def review(verdict: ReviewVerdict = ReviewVerdict.ACCEPTED, note: str = "") -> Review:
    return Review(verdict, "c" * 32, datetime(2026, 3, 2, tzinfo=UTC), note)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FeedbackStore]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield FeedbackStore(engine, BlobStore(str(tmp_path / "blobs")))
    engine.dispose()


def numbers(store: FeedbackStore, **wanted: Any) -> list[int]:
    return [int(found.body["id"], 16) for found in store.find(FeedbackFilter("north", **wanted))]


def blobs(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "blobs").rglob("*") if path.is_file())


def test_feedback_is_kept_with_its_picture(store: FeedbackStore, tmp_path: Path) -> None:
    feedback = made()
    stored, is_new = store.append(feedback, PICTURE)
    assert is_new
    assert stored.to_dict() == {**feedback.to_dict(), "review": None}
    assert store.get("north", feedback.id) == stored
    assert BlobStore(str(tmp_path / "blobs")).get(feedback.sha256) == PICTURE


def test_sending_again_changes_nothing_whoever_sends_and_when(store: FeedbackStore) -> None:
    first, _ = store.append(made(), PICTURE)
    later = replace(made(), sender=Sender("b" * 32, "e" * 32, "north"), received_at=RECEIVED + timedelta(days=1))
    assert store.append(later, PICTURE) == (first, False)
    assert numbers(store) == [1]


@pytest.mark.parametrize(
    "changes", [{"labels": [], "boxes": []}, {"note": "other"}, {"captured_at": "2026-01-01T00:00:00Z"}], ids=str
)
def test_other_content_under_the_same_id_is_a_conflict(store: FeedbackStore, changes: dict[str, Any]) -> None:
    first, _ = store.append(made(), PICTURE)
    with pytest.raises(FeedbackConflictError, match="says something else"):
        store.append(made(**changes), PICTURE)
    assert store.get("north", made().id) == first


def test_another_picture_under_the_same_id_is_a_conflict_and_not_kept(store: FeedbackStore, tmp_path: Path) -> None:
    store.append(made(), PICTURE)
    with pytest.raises(FeedbackConflictError):
        store.append(made(picture=b"other"), b"other")
    assert blobs(tmp_path) == [sha256(PICTURE).hexdigest()]


def test_the_same_id_belongs_to_each_team_by_itself(store: FeedbackStore) -> None:
    assert store.append(made(), PICTURE)[1]
    assert store.append(made(team="south", note="ours"), PICTURE)[1]
    found = store.get("south", made().id)
    assert found is not None
    assert found.body["note"] == "ours"
    assert store.get("west", made().id) is None
    assert [found.body["team"] for found in store.find(FeedbackFilter("south"))] == ["south"]


def test_picture_that_is_another_one_is_refused_and_not_kept(store: FeedbackStore, tmp_path: Path) -> None:
    with pytest.raises(FeedbackError, match="send it again"):
        store.append(made(), PICTURE[:-1])
    assert numbers(store) == []
    assert blobs(tmp_path) == []


def test_parallel_sends_of_one_id_make_one_row(store: FeedbackStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: store.append(made(), PICTURE), range(40)))
    assert sum(is_new for _, is_new in answers) == 1
    assert len({stored.body["received_at"] for stored, _ in answers}) == 1
    assert numbers(store) == [1]


def test_parallel_sends_of_many_ids_are_all_there(store: FeedbackStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: store.append(made(number), PICTURE), range(60)))
    assert sorted(numbers(store, limit=100)) == list(range(60))


KILLED_BETWEEN = """
import os, signal, sys
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.feedback_store import FeedbackStore
from tests.storage.test_feedback_store import PICTURE, made

class Killed(BlobStore):
    def put(self, data, digest=None):
        if sys.argv[2] == "after":
            super().put(data, digest)
        os.kill(os.getpid(), signal.SIGKILL)

FeedbackStore(open_database(f"sqlite:///{sys.argv[1]}/a.db"), Killed(sys.argv[1] + "/blobs")).append(made(), PICTURE)
"""


@pytest.mark.parametrize(("when", "kept"), [("before", []), ("after", [sha256(PICTURE).hexdigest()])])
def test_killed_between_picture_and_row_leaves_no_row_and_is_completed_by_sending_again(
    store: FeedbackStore, tmp_path: Path, when: str, kept: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED_BETWEEN, str(tmp_path), when],
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL
    assert numbers(store) == []
    assert blobs(tmp_path) == kept
    assert store.append(made(), PICTURE)[1]
    assert numbers(store) == [1]
    assert blobs(tmp_path) == [sha256(PICTURE).hexdigest()]


def test_full_disk_leaves_no_row(store: FeedbackStore, tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("in the way")
    with pytest.raises(StoreError):
        store.append(made(), PICTURE)
    assert numbers(store) == []


@pytest.fixture
def mixed(store: FeedbackStore) -> FeedbackStore:
    """Return a store of six: 2 and 5 agree with the model, 3 is of tig and of nothing, 4 and 5 are reviewed."""
    tig = {"model": "tig", "model_version": "1", "scores": {"good weld": 1.0}, "labels": ["good weld"]}
    kinds: dict[int, dict[str, Any]] = {
        2: AGREES,
        3: {"task": "tig", "answer": tig, "labels": [], "boxes": []},
        5: AGREES,
    }
    for number in range(1, 7):
        store.append(made(number, **kinds.get(number, {})), PICTURE)
    store.append(made(7, team="south"), PICTURE)
    for number in (4, 5):
        store.review("north", made(number).id, review())
    return store


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"limit": 2}, [6, 5]),
        ({"before": f"{5:032x}"}, [4, 3, 2, 1]),
        ({"before": "f" * 32}, []),
        ({"before": f"{7:032x}"}, []),
        ({"task": "tig"}, [3]),
        ({"label": "crack"}, [6, 4, 1]),
        ({"label": "porosity", "limit": 3}, [6, 5, 4]),
        ({"label": "%"}, []),
        ({"disagrees": True}, [6, 4, 3, 1]),
        ({"disagrees": False}, [5, 2]),
        ({"reviewed": True}, [5, 4]),
        ({"reviewed": False}, [6, 3, 2, 1]),
        ({"since": RECEIVED + timedelta(seconds=5)}, [6, 5]),
        ({"disagreements_first": True}, [6, 4, 3, 1, 5, 2]),
        ({"disagreements_first": True, "before": f"{3:032x}"}, [1, 5, 2]),
        ({"disagreements_first": True, "before": f"{5:032x}"}, [2]),
        ({"reviewed": False, "disagrees": True, "label": "crack"}, [6, 1]),
    ],
    ids=str,
)
def test_filters(mixed: FeedbackStore, wanted: dict[str, Any], expected: list[int]) -> None:
    assert numbers(mixed, **wanted) == expected


@pytest.mark.parametrize("disagreements_first", [False, True])
def test_pages_make_up_the_whole_list(mixed: FeedbackStore, disagreements_first: bool) -> None:
    whole = numbers(mixed, disagreements_first=disagreements_first)
    paged: list[int] = []
    before = None
    while page := numbers(mixed, disagreements_first=disagreements_first, before=before, limit=2):
        paged += page
        before = f"{page[-1]:032x}"
    assert paged == whole


def test_reviews_add_and_the_newest_counts(mixed: FeedbackStore) -> None:
    feedback_id = made(4).id
    answered = mixed.review("north", feedback_id, review(ReviewVerdict.REJECTED, "no crack"))
    assert answered == mixed.get("north", feedback_id)
    assert answered is not None
    assert answered.review is not None
    assert (answered.review["verdict"], answered.review["note"]) == ("rejected", "no crack")
    assert [given["verdict"] for given in mixed.reviews("north", feedback_id)] == ["rejected", "accepted"]
    found = {int(each.body["id"], 16): each.review for each in mixed.find(FeedbackFilter("north"))}
    assert found[4] == answered.review
    assert found[6] is None


@pytest.mark.parametrize("feedback_id", [made(7).id, "f" * 32, ""])
def test_review_of_what_the_team_has_not_is_none_and_stores_nothing(mixed: FeedbackStore, feedback_id: str) -> None:
    assert mixed.review("north", feedback_id, review()) is None
    assert mixed.reviews("north", feedback_id) == mixed.reviews("south", feedback_id) == []


def test_database_that_fails_is_a_store_error(store: FeedbackStore) -> None:
    with store._engine.begin() as connection:
        connection.execute(text("ALTER TABLE feedback RENAME TO hidden"))
    for use in (lambda: store.append(made(), PICTURE), lambda: store.find(FeedbackFilter("north"))):
        with pytest.raises(StoreError, match="cannot read feedback"):
            use()
