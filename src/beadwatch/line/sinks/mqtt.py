"""Plain JSON on MQTT topics: `<prefix>/run`, `/status`, `/frame` and `/event`.

The retained status is what the line says now, or the will of a line that is gone: unknown, stop. Knows topics and their
quality of service; how a connection is kept is `mqtt_session`'s work.
"""

import time

from beadwatch.domain.line import FrameResult, InspectionEvent, LineState, LineStatus, RunInfo
from beadwatch.line.sinks.message_json import encode
from beadwatch.line.sinks.mqtt_session import MqttSession, Outgoing, broker_at
from beadwatch.line.sinks.port import Message

SEND_S = 4.5  # an event: wait for the connection and for the acknowledgement, together


class MqttSink:
    """Publishes what the line says as JSON. Frames and statuses never wait for a broker that is away."""

    wants_frames = True

    def __init__(self, address: str, line: str) -> None:
        """Take `mqtt://user:password@host:1883/prefix`, or mqtts:// with TLS; the prefix is beadwatch/LINE by default.

        Raises:
            SinkError: it is no such address.
        """
        self._broker = broker_at(address, "mqtt")
        self._prefix = self._broker.path or broker_at(f"mqtt://line/beadwatch/{line}", "mqtt").path
        self.name = f"{self._broker.name}/{self._prefix}"
        self._session: MqttSession | None = None
        self._run: RunInfo | None = None
        self._status: LineStatus | None = None

    def open(self, run: RunInfo) -> None:
        """Begin to connect; a broker that is away may come later."""
        self._run = run
        self._session = MqttSession(self._broker, self.name, self._lost, self._greeting)
        self._session.start()

    def send(self, message: Message) -> None:
        """Publish a message; an event returns once the broker has acknowledged it.

        Raises:
            SinkError: the broker is away, or did not acknowledge in time.
        """
        session = self._opened()
        match message:
            case FrameResult():
                session.publish(Outgoing(f"{self._prefix}/frame", encode(message), 0, retain=False))
            case LineStatus():
                with session.lock:  # a connection that comes now greets with this status, or has it published here
                    self._status = message
                    session.publish(self._state(message))
            case InspectionEvent():
                deadline_s = time.monotonic() + SEND_S
                session.wait_connected(deadline_s)
                info = session.publish(Outgoing(f"{self._prefix}/event", encode(message), 1, retain=False))
                session.wait_acknowledged(info, deadline_s)

    def close(self) -> None:
        """Disconnect. A line that did not say that it ends leaves the same status as one that is lost."""
        if self._session is not None:
            ended = self._status is not None and not self._status.running
            self._session.stop(lambda: [] if ended else [self._lost()])

    def _opened(self) -> MqttSession:
        if self._session is None:
            raise RuntimeError("open the sink before sending")
        return self._session

    def _greeting(self) -> list[Outgoing]:
        assert self._run is not None
        run = Outgoing(f"{self._prefix}/run", encode(self._run), 1, retain=True)
        return [run] if self._status is None else [run, self._state(self._status)]

    def _state(self, status: LineStatus) -> Outgoing:
        return Outgoing(f"{self._prefix}/status", encode(status), 1, retain=True)

    def _lost(self) -> Outgoing:
        assert self._run is not None
        return self._state(lost_status(self._run.id, time.time()))


def lost_status(run_id: str, at: float) -> LineStatus:
    """Return the status of a line that nobody hears from. Its sequence, -1, is none of the run's.

    `at` is when the connection was made: a will is written before anybody knows when it is needed.
    """
    reason = "connection to the line lost"
    return LineStatus(run_id, -1, at, LineState.UNKNOWN, at, (), reason, stop=True, running=False)
