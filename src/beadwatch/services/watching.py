"""Puts a run of the line together by addresses and settings: camera, model, track, sinks, stores. No terminal."""

import fcntl
import math
import re
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from beadwatch.domain.errors import SettingsError, WithdrawalError
from beadwatch.domain.line import LineState, RunInfo
from beadwatch.domain.text import cleaned
from beadwatch.inference.bundle import Precision
from beadwatch.inference.classifier import Classifier
from beadwatch.line.cameras.address import open_camera
from beadwatch.line.feed import FrameFeed
from beadwatch.line.frame import Camera
from beadwatch.line.frame_record import FrameRecord
from beadwatch.line.judge import Judge, JudgeRules
from beadwatch.line.outlets import open_outlets
from beadwatch.line.sinks.address import SinkOptions, open_sink
from beadwatch.line.sinks.port import Sink
from beadwatch.line.sinks.station import StationSink
from beadwatch.line.tracks.address import open_track
from beadwatch.line.watch import Instruments, LineWatch, WatchRules
from beadwatch.services.answering import open_answering, withdrawal_of
from beadwatch.services.run_reports import run_folder
from beadwatch.settings import Settings
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.private import make_private_folder
from beadwatch.storage.run_store import RunStore

_LONGEST_S = 60.0
_LONGEST_RUN_S = 366 * 86_400.0
_LINE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class SinkWishes:
    """Whom to tell what: addresses of sinks, a station for the live view, and what some leave out unless asked."""

    addresses: Sequence[str] = ()
    station: str | None = None
    frames: bool = False
    statuses: bool = False


@dataclass(frozen=True, slots=True)
class WatchOrder:
    """What is to be watched. `track` is a speed, a robot's CSV or the address of a live pose.

    After `seconds`, counted from the moment at which the camera is opened, the run is stopped.
    """

    source: str
    model: str
    line: str
    rules: WatchRules
    judge: JudgeRules = field(default_factory=JudgeRules)
    fps: float | None = None
    paced: bool = True
    track: str | None = None
    seconds: float | None = None
    sinks: SinkWishes = field(default_factory=SinkWishes)


@dataclass(frozen=True, slots=True)
class Watched:
    """A run that is over."""

    run: RunInfo
    summary: dict[str, Any]
    folder: Path


def watch(
    order: WatchOrder,
    settings: Settings,
    stop: threading.Event,
    viewers: Sequence[Sink] = (),
) -> Watched:
    """Watch until the recording is over or `stop` is set. `viewers` are told as the sinks of the order are.

    Raises:
        BeadwatchError: something cannot be opened, or the recording is damaged.
    """
    camera, track = open_camera(order.source, order.fps, order.paced), open_track(order.track)
    sinks = [*viewers, *_sinks(order, settings)]
    # The int8 graph halves the time of a frame.
    classifier = open_answering(order.model, settings, Precision.INT8)
    if withdrawn := withdrawal_of(classifier.card, settings):
        raise WithdrawalError(f"{withdrawn.words}: no line is judged by it; --model names another")
    _check(order, classifier.card.task.label_names)
    with ExitStack() as stack:
        stack.enter_context(_only_one(settings.data_dir / "runs", order.line))
        stack.enter_context(track)
        store = RunStore(open_database(settings.database))
        stack.callback(store.close)
        run = _new_run(order, classifier, camera, track.description)
        folder = run_folder(settings, run.id)
        record = FrameRecord(folder, run)
        outlets = open_outlets(run, (store, BlobStore(settings.blobs)), record, sinks)
        feed = FrameFeed(camera)
        line = LineWatch(run, feed, Instruments(Judge(classifier, order.judge), track), outlets, order.rules)
        try:
            with feed, _after(order.seconds, stop):
                line.run(stop)
        finally:
            outlets.close()
            summary = line.summary() | {"frames_lost": record.lost, "precision": classifier.precision.value}
            store.finish(run.id, line.ended_at, summary)
        return Watched(run, summary, folder)


def _sinks(order: WatchOrder, settings: Settings) -> list[Sink]:
    wishes, secret = order.sinks, settings.webhook_key
    options = SinkOptions(secret.text if secret else None, wishes.statuses, wishes.frames)
    sinks = [open_sink(address, order.line, options) for address in wishes.addresses]
    if wishes.station is not None:
        token = settings.station_token
        sinks.append(StationSink(wishes.station, token=token.text if token else None))
    names = [sink.name for sink in sinks]
    if twice := {name for name in names if names.count(name) > 1}:
        raise SettingsError(f"{', '.join(sorted(twice))}: named twice; each receiver is told once")
    return sinks


def _new_run(order: WatchOrder, classifier: Classifier, camera: Camera, track: str) -> RunInfo:
    started_at = time.time()
    stamp = datetime.fromtimestamp(started_at, UTC).strftime("%Y%m%dT%H%M%S")
    card = classifier.card
    return RunInfo(
        id=f"{stamp}-{secrets.token_hex(3)}",
        line=order.line,
        source=cleaned(camera.description),
        task=card.task.name,
        model=card.name,
        model_version=card.version,
        labels=card.task.label_names,
        started_at=started_at,
        track=cleaned(track),
        simulated=camera.simulated,
    )


def _check(order: WatchOrder, labels: Sequence[str]) -> None:
    if not _LINE_NAME.fullmatch(order.line):
        raise SettingsError(f"{order.line!r} is no name for a line: letters, digits, '-', '_' and '.', at most 64")
    if not (0 < order.rules.stale_after_s <= _LONGEST_S and 0 < order.rules.heartbeat_s <= _LONGEST_S):
        raise SettingsError(
            f"the time to the watchdog and between heartbeats must be above 0 s and at most {_LONGEST_S:g} s: a longer "
            "one would hide that nobody looks"
        )
    if not 0 <= order.judge.min_sharpness < math.inf:
        raise SettingsError("the least sharpness is a number from 0")
    if order.seconds is not None and not 0 <= order.seconds <= _LONGEST_RUN_S:
        raise SettingsError("a run is stopped after 0 seconds to a year; leave that out for one that goes on")
    there = [*(state.value for state in LineState if state is not LineState.GOOD), *labels]
    for name in sorted(order.rules.monitor.stop_on):
        if name not in there:
            raise SettingsError(f"{name!r} cannot stop the machine; states and classes that can: {', '.join(there)}")


@contextmanager
def _after(seconds: float | None, stop: threading.Event) -> Iterator[None]:
    """Set `stop` when so many seconds have passed in the block."""
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, stop.set)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def _only_one(folder: Path, line: str) -> Iterator[None]:
    """Hold the line: a second watch of it would end the events of the first."""
    try:
        make_private_folder(folder)
        lock = (folder / f".{line}.lock").open("w")
    except OSError as error:
        raise SettingsError(
            f"{folder} cannot be written ({error.strerror}): set BEADWATCH_DATA_DIR to another folder"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SettingsError(
                f"the line {line!r} is being watched by another process: stop that one, or give this one another name"
            ) from error
        yield
