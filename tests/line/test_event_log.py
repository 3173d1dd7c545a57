"""Events reach the store in order with their pictures, and wait in memory while it refuses."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from beadwatch.domain.errors import StoreError
from beadwatch.imaging.decode import decode
from beadwatch.line import event_log
from beadwatch.line.event_log import EventLog
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.run_store import RunStore
from tests.line.made import ended, made_event
from tests.waiting import until

PICTURE = np.full((40, 60, 3), 90, np.uint8)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    opened = RunStore(open_database(f"sqlite:///{tmp_path / 'a.db'}"))
    yield opened
    opened.close()


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(str(tmp_path / "blobs"))


def test_an_event_is_stored_with_its_picture_and_then_told(store: RunStore, blobs: BlobStore) -> None:
    woken = list[int]()
    log = EventLog("cell-1", store, blobs, lambda: woken.append(len(store.events("r1"))))
    log.put(made_event(1), PICTURE)
    log.put(ended(made_event(1)), None)
    log.put(made_event(2), None)
    log.close()
    first, second = store.events("r1")
    assert (first["phase"], second["picture"]) == ("ended", None)
    picture = store.after("cell-1", 0)[0][1]["picture"]
    assert decode(blobs.get(picture)).pixels.shape == PICTURE.shape
    assert woken == [1, 1, 2]


def test_what_cannot_be_stored_waits_and_keeps_its_order(
    store: RunStore, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "_RETRY_S", 0.02)
    append, full = store.append, [True]

    def picky(line: str, event: object) -> int:
        if full[0]:
            raise StoreError("no space left on device")
        return append(line, event)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "append", picky)
    log = EventLog("cell-1", store, blobs, lambda: None)
    for number in range(5):
        log.put(made_event(number), PICTURE)
    until(lambda: log.fault is not None)
    assert log.unrecorded == 5
    assert "no space" in str(log.fault)
    full[0] = False
    until(lambda: log.unrecorded == 0)
    assert [body["id"] for _, body in store.after("cell-1", 0)] == [f"r1-{number}" for number in range(5)]
    assert log.fault is None
    log.close()


def test_closing_gives_up_on_a_store_that_is_gone(
    store: RunStore, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> int:
        raise StoreError("gone")

    monkeypatch.setattr(store, "append", gone)
    log = EventLog("cell-1", store, blobs, lambda: None)
    log.put(made_event(), None)
    until(lambda: log.fault is not None)
    log.close(timeout_s=2.0)
    assert not log._thread.is_alive()
    assert log.unrecorded == 1


def test_pictures_of_many_waiting_events_do_not_fill_the_memory(
    store: RunStore, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> int:
        raise StoreError("gone")

    monkeypatch.setattr(store, "append", gone)
    log = EventLog("cell-1", store, blobs, lambda: None)
    for number in range(100):
        log.put(made_event(number), PICTURE)
    kept = [picture for _, picture in log._waiting if picture is not None]
    assert len(kept) == event_log._MAX_PICTURES
    log.close()


def test_a_mistake_of_the_program_loses_no_event(
    store: RunStore, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(event_log, "_RETRY_S", 0.02)
    append, failures = store.append, [RuntimeError("a mistake"), RuntimeError("a mistake")]

    def clumsy(line: str, event: object) -> int:
        if failures:
            raise failures.pop()
        return append(line, event)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "append", clumsy)
    log = EventLog("cell-1", store, blobs, lambda: None)
    log.put(first := made_event(1), PICTURE)
    log.put(second := made_event(2), None)
    until(lambda: log.unrecorded == 0)
    log.close()
    assert [body["id"] for _, body in store.after("cell-1", 0)] == [first.id, second.id]
    assert [record.message.split(";")[0] for record in caplog.records] == [
        "the record of events failed unexpectedly",
        "the record of events works again",
    ]
