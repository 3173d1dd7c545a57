"""Sparkplug B 3.0: an edge node with one device, the line, for SCADA systems that find their tags by themselves.

Births say all metrics, data only what changed, the last will is the node's death. Frames are not sent. A Sparkplug
message is of QoS 0 by the specification; so after an event the broker is asked something on the same connection, and
what it answers, it has had the event before. Does not wait for a primary host application.
"""

import logging
import time

from beadwatch.domain.errors import SinkError
from beadwatch.domain.line import InspectionEvent, LineStatus, RunInfo
from beadwatch.line.sinks import sparkplug_metrics as metrics
from beadwatch.line.sinks.mqtt_session import MqttSession, Outgoing, broker_at
from beadwatch.line.sinks.port import Message
from beadwatch.line.sinks.sparkplug_payload import DataType, Metric, Payload, from_bytes, to_bytes

REBIRTH = "Node Control/Rebirth"
SEND_S = 4.5  # an event: wait for the connection and for the broker's answer, together
_NUMBERS = 256  # seq and bdSeq go round

log = logging.getLogger(__name__)


class SparkplugSink:
    """Tells a Sparkplug host application what the line says."""

    wants_frames = False

    def __init__(self, address: str, line: str) -> None:
        """Take `sparkplug://user:password@host:1883/GROUP/EDGE NODE`, or sparkplugs:// (TLS); the line is the device.

        Raises:
            SinkError: it is no such address, or the line's name cannot be part of a topic.
        """
        self._broker = broker_at(address, "sparkplug")
        self._group, _, self._node = self._broker.path.partition("/")
        if not self._group or not self._node or "/" in self._node:
            raise SinkError("write a Sparkplug address as sparkplug://host:1883/GROUP/NODE")
        if not line or any(sign in line for sign in "/+#\0"):
            raise SinkError(f"the line's name is a part of a Sparkplug topic and must not hold /, + or #: {line!r}")
        self._device = line
        self.name = f"{self._broker.name}/{self._broker.path}/{line}"
        self._session: MqttSession | None = None
        self._values: metrics.Values = {}
        self._seq = 0
        self._bd_seq = -1

    def open(self, run: RunInfo) -> None:
        """Begin to connect; a broker that is away may come later."""
        self._values = metrics.initial(run)
        heard = {self._topic("NCMD"): self._commanded}
        self._session = MqttSession(self._broker, self._topic("NBIRTH"), self._next_death, self._born, heard)
        self._session.start()

    def send(self, message: Message) -> None:
        """Publish what a status changes, or an event, which returns once the broker has it.

        Raises:
            SinkError: the broker is away, or did not answer in time.
        """
        if self._session is None:
            raise RuntimeError("open the sink before sending")
        match message:
            case LineStatus():
                with self._session.lock:  # a connection that comes now gives birth to these values
                    news = metrics.changed(metrics.of_status(message), self._values)
                    self._values |= news
                    self._session.publish(self._data(news, message.at))
            case InspectionEvent():
                deadline_s = time.monotonic() + SEND_S
                self._session.wait_connected(deadline_s)
                with self._session.lock:
                    news = metrics.of_event(message)
                    self._session.publish(self._data(news, message.ended_at))
                    self._values |= news
                self._session.round_trip(deadline_s)

    def close(self) -> None:
        """Say that the device and the node are gone, and disconnect."""
        if self._session is not None:
            self._session.stop(self._farewell)

    def _topic(self, kind: str) -> str:
        node = f"spBv1.0/{self._group}/{kind}/{self._node}"
        return f"{node}/{self._device}" if kind.startswith("D") else node

    def _message(self, kind: str, payload: Payload) -> Outgoing:
        return Outgoing(self._topic(kind), to_bytes(payload), 1 if kind == "NDEATH" else 0, retain=False)

    def _next_seq(self) -> int:
        self._seq = (self._seq + 1) % _NUMBERS
        return self._seq

    def _data(self, values: metrics.Values, at: float) -> Outgoing:
        entries = metrics.metrics(values.items(), metrics.milliseconds(at))
        return self._message("DDATA", Payload(metrics.milliseconds(time.time()), entries, self._next_seq()))

    def _next_death(self) -> Outgoing:
        """Return the will of the next connection, which has a number of its own."""
        self._bd_seq = (self._bd_seq + 1) % _NUMBERS
        return self._death()

    def _death(self) -> Outgoing:
        now_ms = metrics.milliseconds(time.time())
        return self._message("NDEATH", Payload(now_ms, (self._bd_seq_metric(now_ms),), None))

    def _farewell(self) -> list[Outgoing]:
        now_ms = metrics.milliseconds(time.time())
        return [self._message("DDEATH", Payload(now_ms, (), self._next_seq())), self._death()]

    def _bd_seq_metric(self, at_ms: int) -> Metric:
        return Metric("bdSeq", DataType.INT64, self._bd_seq, at_ms)

    def _born(self) -> list[Outgoing]:
        now_ms = metrics.milliseconds(time.time())
        self._seq = 0
        control = Metric(REBIRTH, DataType.BOOLEAN, False, now_ms)
        node = self._message("NBIRTH", Payload(now_ms, (self._bd_seq_metric(now_ms), control), self._seq))
        entries = metrics.metrics(self._values.items(), now_ms)
        return [node, self._message("DBIRTH", Payload(now_ms, entries, self._next_seq()))]

    def _commanded(self, data: bytes) -> None:
        try:
            command = from_bytes(data)
        except ValueError as error:
            log.warning("%s: a command that is none: %s", self.name, error)
            return
        if self._session is not None and any(each.name == REBIRTH and each.value is True for each in command.metrics):
            with self._session.lock:
                for message in self._born():
                    self._session.publish(message)
