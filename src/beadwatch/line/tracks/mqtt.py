"""A position from a machine that tells it by MQTT, as JSON: `{"x_mm": 1.5, "y_mm": 0, "z_mm": 12, "layer": 3}`."""

import json
import time
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from beadwatch.domain.addresses import in_url
from beadwatch.domain.errors import TrackError
from beadwatch.domain.position import Position
from beadwatch.line.tracks.poses import PoseBuffer, parse_pose
from beadwatch.line.trouble import Trouble

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_FIRST_RETRY_S, _LAST_RETRY_S = 1, 5
_KEEP_ALIVE_S = 10


class MqttTrack:
    """Positions from one MQTT topic. Connects in the background, and again whenever the broker is gone.

    Each message is a whole pose: what it leaves out is unknown then. `received` counts the poses and `bad` the messages
    that were none; those are ignored.
    """

    def __init__(self, address: str) -> None:
        """Take an address `mqtt://[user:password@]host[:port]/topic`; `mqtts` encrypts.

        Raises:
            TrackError: it is no such address.
        """
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError:
            raise TrackError("the track's address is none: write mqtt://host:1883/topic") from None
        self._topic = unquote(parts.path[1:])
        if parts.scheme not in _PORTS or not parts.hostname or not self._topic or "+" in self._topic:
            raise TrackError(
                f"{parts.scheme}://{in_url(parts.hostname or '')}{parts.path} is no address of a topic: "
                "write mqtt://host:1883/topic, with the one topic that carries the position"
            )
        self._host, self._port = parts.hostname, port or _PORTS[parts.scheme]
        self._login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._encrypted = parts.scheme == "mqtts"
        self.description = f"{parts.scheme}://{in_url(self._host)}:{self._port}/{self._topic}"
        self.received = self.bad = 0
        self._trouble = Trouble(self.description)
        self._poses = PoseBuffer()
        self._client: paho.Client | None = None

    def __enter__(self) -> Self:
        """Connect in the background."""
        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.on_connect, client.on_connect_fail = self._connected, self._not_connected
        client.on_message = self._arrived
        if self._login:
            client.username_pw_set(*self._login)
        if self._encrypted:
            client.tls_set()
        client.reconnect_delay_set(_FIRST_RETRY_S, _LAST_RETRY_S)
        client.connect_async(self._host, self._port, _KEEP_ALIVE_S)
        client.loop_start()
        self._client = client
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Disconnect."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    @property
    def connected(self) -> bool:
        """Whether the broker is there now."""
        return self._client is not None and self._client.is_connected()

    def start(self, monotonic_s: float) -> None:
        """Count elapsed time and path from this moment."""
        self._poses.start(monotonic_s)

    def at(self, elapsed_s: float) -> Position:
        """Return the position `elapsed_s` seconds after the start; unknown where no message is near enough."""
        return self._poses.at(elapsed_s)

    def _connected(
        self, client: paho.Client, _user: object, _flags: paho.ConnectFlags, reason: ReasonCode, _: Properties | None
    ) -> None:
        if reason.is_failure:
            self._trouble.begin(TrackError(f"{self.description} refuses: {reason}"))
        else:
            client.subscribe(self._topic)
            self._trouble.end()

    def _not_connected(self, _client: paho.Client, _user: object) -> None:
        self._trouble.begin(TrackError(f"{self.description} does not answer"))

    def _arrived(self, _client: paho.Client, _user: object, message: paho.MQTTMessage) -> None:
        arrived_s = time.monotonic()
        if message.retain:  # what the broker kept is of unknown age
            return
        try:
            pose = parse_pose(json.loads(message.payload))
        except (ValueError, RecursionError):
            self.bad += 1
            return
        self._poses.add(arrived_s, pose)
        self.received += 1
