"""All places where the words of the line go: sinks, the record of frames, the log of events, and live pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from beadwatch.domain.line import (
    EventPhase,
    FrameResult,
    InspectionEvent,
    LineStatus,
    RunInfo,
    event_from_dict,
)
from beadwatch.imaging.decode import Pixels
from beadwatch.line.delivery import SinkWorker
from beadwatch.line.event_log import EventLog
from beadwatch.line.sinks.port import Sink
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.run_store import RunStore

PictureViewer = Callable[[int, Pixels], None]


class Record(Protocol):
    """Keeps the result of every frame; see `frame_record`."""

    def add(self, result: FrameResult) -> None:
        """Take one; never waits."""
        ...

    def close(self) -> None:
        """Write what waits."""
        ...


@dataclass(slots=True)
class Outlets:
    """Hands everything on; what it hands to never makes a frame wait. Implements `watch.Outlet`."""

    log: EventLog
    record: Record
    workers: list[SinkWorker] = field(default_factory=list)
    viewers: Sequence[PictureViewer] = ()

    def frame(self, result: FrameResult, pixels: Pixels) -> None:
        """Hand on the result of a frame and, for whoever looks, its picture."""
        for view in self.viewers:  # first: who gets the result then has its picture
            view(result.number, pixels)
        self.record.add(result)
        for worker in self.workers:
            worker.offer(result)

    def status(self, status: LineStatus) -> None:
        """Hand on a status."""
        for worker in self.workers:
            worker.offer(status)

    def event(self, event: InspectionEvent, picture: Pixels | None) -> None:
        """Hand on one phase of an event: it is stored first, and reaches the sinks from there."""
        self.log.put(event, picture)

    def backlog(self) -> tuple[int, int]:
        """Return how many messages were let go, and how many events wait to be stored."""
        return sum(worker.unsent for worker in self.workers), self.log.unrecorded

    def close(self) -> None:
        """Store and send what waits, as far as that is possible in seconds, and close everything."""
        self.log.close()
        for worker in self.workers:
            worker.close()
        self.record.close()  # last: a disk that hangs must not keep a receiver from hearing the end


def open_outlets(run: RunInfo, stores: tuple[RunStore, BlobStore], record: Record, sinks: Sequence[Sink]) -> Outlets:
    """Start a run: start feeding the sinks, store the run, and close what a killed run of this line left open.

    Raises:
        SinkError: a sink can never work.
        StoreError: the database refuses.
    """
    store, blobs = stores
    workers: list[SinkWorker] = []

    def wake() -> None:
        for worker in workers:
            worker.wake()

    log = EventLog(run.line, store, blobs, wake)
    outlets = Outlets(log, record, workers, [view for sink in sinks if (view := getattr(sink, "offer_picture", None))])
    try:
        # Before any sink reads where it got to: a new one is not told of what happened before it.
        for sink in sinks:
            workers.append(SinkWorker(sink, store, run))  # noqa: PERF401  # if a later one fails, these are closed
        store.start(run)  # not before: a run that cannot start leaves nothing behind
        close_left_open(run.line, store)
    except BaseException:
        outlets.close()
        raise
    wake()
    return outlets


def close_left_open(line: str, store: RunStore) -> int:
    """End the events that a killed run of this line left open, where they were seen last; return how many.

    Raises:
        StoreError: the database refuses.
    """
    left = [event_from_dict(body) for body in store.open_events(line)]
    for event in left:
        reason = f"{event.reason}; the run was killed before the end was seen"
        store.append(line, replace(event, phase=EventPhase.ENDED, reason=reason))
    return len(left)
