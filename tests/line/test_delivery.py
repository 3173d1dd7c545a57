"""A sink gets events in order and once, whatever happens to it; frames never wait for it."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from beadwatch.domain.errors import StoreError
from beadwatch.domain.line import FrameResult, LineStatus
from beadwatch.line import delivery, trouble
from beadwatch.line.delivery import QUEUE_SIZE, SinkWorker
from beadwatch.storage.database import open_database
from beadwatch.storage.run_store import RunStore
from tests.line.fakes import FakeSink
from tests.line.made import ended, made_event, made_frame, made_run, made_status
from tests.waiting import until


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_FIRST_RETRY_S", 0.02)
    monkeypatch.setattr(delivery, "_LONGEST_RETRY_S", 0.05)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    opened = RunStore(open_database(f"sqlite:///{tmp_path / 'a.db'}"))
    yield opened
    opened.close()


def record(store: RunStore, worker: SinkWorker, *numbers: int) -> list[str]:
    for number in numbers:
        store.append("cell-1", made_event(number))
        worker.wake()
    return [f"r1-{number}" for number in numbers]


def test_events_arrive_in_order(store: RunStore) -> None:
    worker = SinkWorker(sink := FakeSink(), store, made_run())
    expected = record(store, worker, *range(250))
    until(lambda: len(sink.events) == 250)
    assert [event.id for event in sink.events] == expected
    worker.close()
    assert sink.closed


def test_a_receiver_that_was_away_gets_everything_afterwards_once(store: RunStore) -> None:
    worker = SinkWorker(sink := FakeSink(), store, made_run())
    first = record(store, worker, 1)
    until(lambda: len(sink.events) == 1)
    sink.away = True
    rest = record(store, worker, 2, 3)
    store.append("cell-1", ended(made_event(2)))
    until(lambda: sink.tries > 4)
    assert worker.fault == "the fake is away"
    sink.away = False
    until(lambda: len(sink.events) == 4)
    assert [event.message_id for event in sink.events] == [f"{one}-started" for one in first + rest] + ["r1-2-ended"]
    worker.close()
    assert len(sink.events) == 4


def test_after_a_restart_it_goes_on_where_it_was(store: RunStore) -> None:
    worker = SinkWorker(sink := FakeSink(), store, made_run())
    record(store, worker, 1)
    until(lambda: len(sink.events) == 1)
    sink.away = True
    record(store, worker, 2)
    until(lambda: worker.fault is not None)
    worker.close()
    again = SinkWorker(fresh := FakeSink(), store, made_run("r2"))
    until(lambda: len(fresh.events) == 1)
    assert fresh.events[0].id == "r1-2"
    again.close()


def test_a_new_sink_is_not_told_of_the_past(store: RunStore) -> None:
    store.append("cell-1", made_event(1))
    worker = SinkWorker(sink := FakeSink("new"), store, made_run())
    record(store, worker, 2)
    until(lambda: sink.events)
    assert [event.id for event in sink.events] == ["r1-2"]
    worker.close()


def test_a_slow_receiver_makes_nobody_wait_and_the_oldest_frames_go(store: RunStore) -> None:
    sink = FakeSink()
    sink.slow_s = 0.2
    worker = SinkWorker(sink, store, made_run())
    began = time.monotonic()
    for number in range(3 * QUEUE_SIZE):
        worker.offer(made_frame(number))
    assert time.monotonic() - began < 0.2
    assert worker.unsent >= 2 * QUEUE_SIZE - 2
    sink.slow_s = 0.0
    until(lambda: len(sink.received) + worker.unsent == 3 * QUEUE_SIZE)
    numbers = [message.number for message in sink.received if isinstance(message, FrameResult)]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 3 * QUEUE_SIZE - 1
    worker.close()


def test_frames_go_only_to_those_who_want_them(store: RunStore) -> None:
    worker = SinkWorker(sink := FakeSink(wants_frames=False), store, made_run())
    worker.offer(made_frame())
    worker.offer(status := made_status())
    until(lambda: sink.received)
    worker.close()
    assert sink.received == [status]
    assert worker.unsent == 0


def test_statuses_still_arrive_while_an_event_is_refused(store: RunStore) -> None:
    class Picky(FakeSink):
        def send(self, message: object) -> None:
            self.away = message in refused
            super().send(message)  # type: ignore[arg-type]

    refused = [made_event(1)]
    worker = SinkWorker(sink := Picky(), store, made_run())
    record(store, worker, 1)
    until(lambda: worker.fault)
    worker.offer(status := made_status())
    until(lambda: status in sink.received)
    refused.clear()
    until(lambda: sink.events)
    worker.close()


def test_a_store_that_forgets_does_not_make_it_send_twice(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreError("disk full")

    worker = SinkWorker(sink := FakeSink(), store, made_run())
    monkeypatch.setattr(store, "advance", full)
    expected = record(store, worker, 1, 2)
    until(lambda: len(sink.events) == 2)
    worker.close()
    assert [event.id for event in sink.events] == expected


def test_a_mistake_in_a_sink_ends_no_thread_and_is_logged_once(
    store: RunStore, caplog: pytest.LogCaptureFixture
) -> None:
    class Clumsy(FakeSink):
        mistaken = True

        def send(self, message: object) -> None:
            if self.mistaken:
                raise RuntimeError("a mistake")
            super().send(message)  # type: ignore[arg-type]

    worker = SinkWorker(sink := Clumsy(), store, made_run())
    expected = record(store, worker, 1)
    for number in range(5):
        worker.offer(made_status(number))
    until(lambda: worker.unsent == 5 and "RuntimeError" in str(worker.fault))
    sink.mistaken = False
    worker.offer(status := made_status(6))
    until(lambda: status in sink.received and sink.events)
    assert [event.id for event in sink.events] == expected
    until(lambda: worker.fault is None)
    worker.close()
    told = sorted(record.message.split(";")[0] for record in caplog.records)
    assert told == sorted(
        f"{what} {how}" for what in ("fake", "fake, events") for how in ("failed unexpectedly", "works again")
    )


def test_a_receiver_that_refuses_events_is_said_once_though_statuses_arrive(
    store: RunStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Picky(FakeSink):
        def send(self, message: object) -> None:
            self.away = not isinstance(message, LineStatus)
            super().send(message)  # type: ignore[arg-type]

    monkeypatch.setattr(trouble, "_PATIENCE_S", 0.05)
    worker = SinkWorker(sink := Picky(), store, made_run())
    record(store, worker, 1)
    while sink.tries < 40:
        worker.offer(made_status())
        time.sleep(0.01)
    assert worker.fault == "the fake is away"
    worker.close()
    assert [record.message for record in caplog.records] == ["the fake is away; it is tried again"]


def test_a_sink_that_cannot_be_closed_keeps_nobody_from_closing(store: RunStore) -> None:
    class Stuck(FakeSink):
        def close(self) -> None:
            super().close()
            raise RuntimeError("a mistake")

    worker = SinkWorker(sink := Stuck(), store, made_run())
    worker.close()
    assert sink.closed


class Hanging(FakeSink):
    """Takes nothing before its gate is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def send(self, message: object) -> None:
        self.tries += 1
        self.gate.wait()
        super().send(message)  # type: ignore[arg-type]


def test_a_status_that_a_slow_receiver_would_hear_late_is_let_go(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_LATE_S", 0.1)
    worker = SinkWorker(sink := Hanging(), store, made_run())
    statuses = [made_status(number) for number in range(5)]
    for status in statuses[:4]:
        worker.offer(status)
    until(lambda: sink.tries)
    time.sleep(0.2)
    worker.offer(statuses[4])
    sink.gate.set()
    until(lambda: statuses[4] in sink.received)
    worker.close()
    assert sink.received == [statuses[0], statuses[4]]
    assert worker.unsent == 3


def test_a_sink_that_hangs_is_left_alone_once_it_is_closed(store: RunStore) -> None:
    worker = SinkWorker(sink := Hanging(), store, made_run())
    for number in range(5):
        worker.offer(made_status(number))
    worker.close(timeout_s=0.05)
    assert sink.closed
    sink.gate.set()
    worker._thread.join(5)
    assert len(sink.received) <= 1, "what waited goes to no closed sink"
