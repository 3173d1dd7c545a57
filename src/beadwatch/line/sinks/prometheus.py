"""What Prometheus scrapes of a line: its state, its frames by what became of them, delays and events.

Each line has a registry and a small HTTP server of its own, and nothing of the Python process in it. Knows metrics and
no other receivers.
"""

import threading
import time
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Histogram, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from beadwatch.domain.addresses import in_url
from beadwatch.domain.errors import SinkError
from beadwatch.domain.line import Counters, EventPhase, FrameResult, InspectionEvent, LineState, LineStatus, RunInfo
from beadwatch.line.sinks.port import Message

DEFAULT_PORT = 9464
STALE_AFTER_S = 1.5  # three heartbeats
DELAY_BUCKETS_S = (0.005, 0.01, 0.02, 0.033, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0)
_FATES = ("received", "judged", "dropped", "late", "stale", "unjudged")


class PrometheusSink:
    """Serves the figures of a line at `http://host:port/metrics`."""

    wants_frames = True

    def __init__(self, host: str, port: int, line: str) -> None:
        """Take where to listen, and the line's name, which labels every figure."""
        self._host, self._port = host, port
        self.name = f"prometheus://{in_url(host)}:{port}"
        self._figures = _Figures(line)
        self._delay: Histogram | None = None
        self._server: WSGIServer | None = None
        self._thread: threading.Thread | None = None

    def open(self, run: RunInfo) -> None:
        """Begin to serve.

        Raises:
            SinkError: the port is taken, or the host is none of this machine.
        """
        registry = CollectorRegistry()
        self._figures.run = run
        registry.register(self._figures)
        self._delay = Histogram(
            "beadwatch_line_frame_delay_seconds",
            "From a frame that was handed over to its result",
            ["line"],
            buckets=DELAY_BUCKETS_S,
            registry=registry,
        )
        try:
            self._server, self._thread = start_http_server(self._port, self._host, registry)
        except (OSError, OverflowError) as error:
            raise SinkError(f"{self.name} cannot be served: {error}; choose another port") from error

    def send(self, message: Message) -> None:
        """Take a message into the figures."""
        figures = self._figures
        match message:
            case FrameResult() if self._delay is not None:
                self._delay.labels(figures.line).observe(message.delay_ms / 1000)
            case LineStatus():
                figures.heard = message, time.monotonic()
            case InspectionEvent() if message.phase is EventPhase.STARTED:
                figures.count(message)

    def close(self) -> None:
        """Stop serving."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()


def prometheus_place(address: str) -> tuple[str, int]:
    """Read `prometheus://host:port`; the port is 9464 by default.

    Raises:
        SinkError: it is no such address.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port == 0 or parts.path.strip("/") or parts.username is not None:
        raise SinkError("write where Prometheus finds the figures as prometheus://127.0.0.1:9464")
    return host, port or DEFAULT_PORT


@dataclass(slots=True, eq=False)
class _Figures(Collector):
    """The newest of everything, read by the server's threads. Each part is replaced in one step, or locked."""

    line: str
    run: RunInfo | None = None
    heard: tuple[LineStatus, float] | None = None  # the newest status, and when it came by the monotonic clock
    _events: Tally[tuple[str, str]] = field(default_factory=Tally)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, event: InspectionEvent) -> None:
        """Count an event."""
        with self._lock:
            self._events[event.label, event.state.value] += 1

    def collect(self) -> Iterator[Metric]:
        """Return all metrics for one scrape. A line that fell silent is unknown; silence takes no stop back."""
        status, heard_s = self.heard or (None, 0.0)
        silent = time.monotonic() - heard_s > STALE_AFTER_S
        yield self._state(LineState.UNKNOWN if status is None or silent else status.state)
        stop = GaugeMetricFamily("beadwatch_line_stop", "1: the machine should stop", labels=["line"])
        stop.add_metric([self.line], 1.0 if status is None or status.stop else 0.0)
        yield stop
        yield from self._counters(Counters() if status is None else status.counters)
        if status is not None:
            at = GaugeMetricFamily(
                "beadwatch_line_last_status_timestamp_seconds", "When the newest status was", labels=["line"]
            )
            at.add_metric([self.line], status.at)
            yield at
        yield self._event_totals()
        if self.run is not None:
            yield self._info(self.run)

    def _state(self, now: LineState) -> Metric:
        family = GaugeMetricFamily("beadwatch_line_state", "1 for the state the line is in", labels=["line", "state"])
        for state in LineState:
            family.add_metric([self.line, state.value], float(state is now))
        return family

    def _counters(self, counters: Counters) -> Iterator[Metric]:
        frames = CounterMetricFamily(
            "beadwatch_line_frames", "Frames of the run by what became of them", labels=["line", "fate"]
        )
        for fate in _FATES:
            frames.add_metric([self.line, fate], getattr(counters, fate))
        yield frames
        for name, help_text, value in (
            ("reconnects", "How often the camera came back in the run", counters.reconnects),
            ("unsent", "Messages of the run that a receiver had no room for", counters.unsent),
        ):
            family = CounterMetricFamily(f"beadwatch_line_{name}", help_text, labels=["line"])
            family.add_metric([self.line], value)
            yield family
        waiting = GaugeMetricFamily("beadwatch_line_unrecorded_events", "Events the store refuses", labels=["line"])
        waiting.add_metric([self.line], counters.unrecorded)
        yield waiting

    def _event_totals(self) -> Metric:
        with self._lock:
            events = dict(self._events)
        family = CounterMetricFamily(
            "beadwatch_line_events", "Events that started since the process did", labels=["line", "label", "state"]
        )
        for (label, state), number in sorted(events.items()):
            family.add_metric([self.line, label, state], number)
        return family

    def _info(self, run: RunInfo) -> Metric:
        values = {"run": run.id, "task": run.task, "model": run.model, "version": run.model_version}
        family = InfoMetricFamily("beadwatch_line", "What is watched, with which model", labels=["line"])
        family.add_metric([self.line], {**values, "source": run.source, "simulated": str(run.simulated).lower()})
        return family
