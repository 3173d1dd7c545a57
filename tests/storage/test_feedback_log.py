"""All feedback is read with all its reviews in order, over any number of statements."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from beadwatch.domain.feedback import ReviewVerdict
from beadwatch.storage import feedback_log
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.feedback_log import FeedbackLog
from beadwatch.storage.feedback_removal import Chosen, FeedbackRemoval
from beadwatch.storage.feedback_store import FeedbackStore
from tests.storage.test_feedback_store import PICTURE, made, review


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield opened
    opened.dispose()


@pytest.mark.parametrize("at_once", [1, 2, 500])
def test_everything_is_read_once(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(feedback_log, "_AT_ONCE", at_once)
    blobs = BlobStore(str(tmp_path / "blobs"))
    store = FeedbackStore(engine, blobs)
    for number, team in ((1, "north"), (2, "south"), (3, "north"), (4, "north")):
        store.append(made(number, team=team), PICTURE)
    for verdict in ReviewVerdict:
        store.review("south", made(2).id, review(verdict))
    FeedbackRemoval(engine, blobs).delete(Chosen(ids=(made(4).id,)), datetime.now(UTC))
    log = FeedbackLog(engine)
    found = [(body["team"], int(body["id"], 16), [each["verdict"] for each in body["reviews"]]) for body in log.read()]
    assert found == [("north", 1, []), ("south", 2, ["accepted", "rejected"]), ("north", 3, [])]
    assert log.deleted() == {("north", made(4).id)}


def test_nothing_there_is_nothing(engine: Engine) -> None:
    assert list(FeedbackLog(engine).read()) == []
