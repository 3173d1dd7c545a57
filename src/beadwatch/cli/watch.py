"""`beadwatch watch`: the line."""

import contextlib
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from logging.handlers import QueueHandler, QueueListener
from queue import SimpleQueue
from typing import TYPE_CHECKING, Annotated

import typer

from beadwatch.cli.extras import needing

if TYPE_CHECKING:
    from beadwatch.domain.line import LineStatus, RunInfo
    from beadwatch.line.sinks.port import Message
    from beadwatch.services.watching import Watched

_STOP_ON = ["defect", "unknown"]
_SHAPES = {"idle": "-", "good": "✔", "review": "?", "defect": "✘", "unknown": "!"}
_STYLES = {"idle": "dim", "good": "bold cyan", "review": "bold yellow", "defect": "bold red", "unknown": "bold magenta"}


def watch(
    source: Annotated[
        str,
        typer.Argument(
            help="A video file, a folder of pictures, rtsp://..., http://... (MJPEG), v4l2:///dev/video0, "
            "genicam://..., or sim://tig for drawn pictures."
        ),
    ],
    model: Annotated[str, typer.Option(help="Model: a bundle's name or path.")] = "tig",
    line: Annotated[str, typer.Option(help="Name of the line, in topics and reports.")] = "line-1",
    to: Annotated[
        list[str] | None,
        typer.Option(
            help="Whom to tell, several times if need be: mqtt://host/prefix, sparkplug://host/group/node, "
            "opc.tcp://0.0.0.0:4840, http://... (webhook), prometheus://127.0.0.1:9464, or FILE.jsonl."
        ),
    ] = None,
    station: Annotated[
        str | None, typer.Option(help="Station that shows the line live, such as http://127.0.0.1:8000.")
    ] = None,
    travel_speed: Annotated[str | None, typer.Option(help="Travel speed: 8mm/s, 48cm/min, 20ipm.")] = None,
    pose: Annotated[
        str | None,
        typer.Option(help="Where the torch is: the robot's FILE.csv, mqtt://host/topic or opc.tcp://host/...?x=NODE."),
    ] = None,
    fps: Annotated[float | None, typer.Option(help="Frames a second of a folder of pictures.")] = None,
    fast: Annotated[bool, typer.Option(help="Read a recording as fast as it can be judged.")] = False,
    agree: Annotated[
        str, typer.Option(help="AGREE/WINDOW[/RELEASE]: how many of the last frames must show a class, and may still.")
    ] = "5/8/2",
    stop_on: Annotated[
        list[str], typer.Option(help="State or class that stops the machine; several if need be.")
    ] = _STOP_ON,
    stale_after: Annotated[float, typer.Option(help="Seconds without an answer until the state is unknown.")] = 0.5,
    black_is_idle: Annotated[
        bool, typer.Option(help="A black picture means that there is no arc, as behind a welding filter; not a fault.")
    ] = False,
    min_sharpness: Annotated[
        float, typer.Option(min=0.0, help="A picture of an arc less sharp than this is blurred; 0: never.")
    ] = 0.125,
    frames: Annotated[bool, typer.Option(help="Give every frame to JSON lines too.")] = False,
    statuses: Annotated[bool, typer.Option(help="Give every status to webhooks too.")] = False,
    seconds: Annotated[float | None, typer.Option("--for", min=0.0, help="Stop after so many seconds.")] = None,
) -> None:
    """Watch a weld as it is made, and tell the machine in time. Ctrl-C ends the run with its record complete."""
    from beadwatch.domain.errors import SettingsError
    from beadwatch.settings import load_settings

    with needing("line"):
        from beadwatch.line.judge import JudgeRules
        from beadwatch.line.monitor import MonitorRules
        from beadwatch.line.watch import WatchRules
        from beadwatch.services.watching import SinkWishes, WatchOrder
        from beadwatch.services.watching import watch as watch_line
    if travel_speed and pose:
        raise SettingsError("--travel-speed and --pose both say where the torch is: give one of them")
    agreed, window, release = _agreement(agree)
    monitor = MonitorRules(window, agreed, release, stop_on=frozenset(stop_on))
    order = WatchOrder(
        source=source,
        model=model,
        line=line,
        rules=WatchRules(monitor, stale_after_s=stale_after),
        judge=JudgeRules(black_is_idle=black_is_idle, min_sharpness=min_sharpness),
        fps=fps,
        paced=not fast,
        track=travel_speed or pose,
        seconds=seconds,
        sinks=SinkWishes(tuple(to or ()), station, frames=frames, statuses=statuses),
    )
    sys.setswitchinterval(0.0005)  # a thread that draws or decodes holds up the one that judges by no more than that
    with _log_aside():
        watched = watch_line(order, load_settings(), _stop_event(), [Reporter()])
    _summarise(watched)


def _agreement(text: str) -> tuple[int, int, int]:
    from beadwatch.domain.errors import SettingsError

    parts = text.split("/")
    if len(parts) not in {2, 3} or not all(part.strip().isdecimal() for part in parts):
        raise SettingsError(f"--agree {text!r}: give it as 5/8 or 5/8/2, agreeing frames of a window, and the release")
    numbers = [int(part) for part in parts]
    return numbers[0], numbers[1], numbers[2] if len(numbers) == 3 else numbers[0] // 2


def _stop_event() -> threading.Event:
    """Return what ends the run: Ctrl-C or a polite kill. A second Ctrl-C ends the process at once."""
    stop = threading.Event()

    def end(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    return stop


@contextlib.contextmanager
def _log_aside() -> Iterator[None]:
    """Write the log by a thread of its own: one that is held, as by a stopped terminal, keeps no sink from sending."""
    waiting: SimpleQueue[logging.LogRecord] = SimpleQueue()
    handler, listener = QueueHandler(waiting), QueueListener(waiting, logging.StreamHandler())
    logging.getLogger().addHandler(handler)
    listener.start()
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        listener.stop()


class Reporter:
    """A `Sink`: a line on standard error for what run it is, and for each change of state.

    It has a thread of its own as all sinks have: a terminal that is held, or a log on a full disk, stops no line.
    """

    name = "terminal"
    wants_frames = False

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._shown: tuple[object, ...] | None = None

    def open(self, run: "RunInfo") -> None:
        """Take note of what run it is; nothing is shown yet, since a terminal that is held would wait here."""
        self._run = run

    def send(self, message: "Message") -> None:
        """Show a status if it says something new."""
        from beadwatch.domain.errors import SinkError
        from beadwatch.domain.line import LineStatus

        if isinstance(message, LineStatus):
            try:
                self._show(message)
            except OSError as error:
                raise SinkError(f"the terminal does not take what is shown: {error.strerror}") from error

    def close(self) -> None:
        """Do nothing: the terminal stays."""

    def _show(self, status: "LineStatus") -> None:
        run = self._run
        if self._shown is None:
            mark = " SIMULATED," if run.simulated else ""
            self._console.print(
                f"run {run.id}:{mark} {run.source} with {run.model} {run.model_version}, track: {run.track}",
                markup=False,
            )
        if (now := (status.state, status.labels, status.stop, status.running)) == self._shown:
            return
        self._shown = now
        where = "" if status.position.along_mm is None else f"{status.position.along_mm:9.1f} mm"
        word = f"{_SHAPES[status.state.value]} {status.state.value:8}"
        self._console.print(f"{status.at - run.started_at:8.2f} s {where} ", end="", markup=False)
        self._console.print(word, end=" ", style=_STYLES[status.state.value], markup=False)
        stop = "  STOP" if status.stop else ""
        labels = ", ".join(status.labels)
        self._console.print(f"{labels + ': ' if labels else ''}{status.reason}{stop}", markup=False)


def _summarise(watched: "Watched") -> None:
    counters, delays = watched.summary["counters"], watched.summary["delay_ms"]
    seconds = ", ".join(f"{value:.1f} s {name}" for name, value in watched.summary["seconds"].items() if value)
    print(
        f"{counters['judged']} frames judged, {counters['dropped']} dropped, {counters['late']} late, "
        f"{counters['stale']} stale, {counters['unjudged']} not to be judged, {counters['reconnects']} reconnects\n"
        f"{seconds or 'no frame came'}\n"
        f"delay p50 {delays['p50']} ms, p99 {delays['p99']} ms, max {delays['max']} ms\n"
        f"report: beadwatch runs report {watched.run.id}",
        file=sys.stderr,
    )
