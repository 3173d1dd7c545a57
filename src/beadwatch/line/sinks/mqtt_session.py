"""A connection to an MQTT broker that comes back by itself: for plain topics and for Sparkplug.

Each connection has a paho client of its own, because a client that is used again sends what was not acknowledged before
once more, behind the newer retained status. The client identifier stays the same, so that the broker ends what is left
of an earlier process (and publishes its will) before it lets the new one in. Knows topics and bytes, no messages.
"""

import contextlib
import hashlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from beadwatch.domain.addresses import in_url
from beadwatch.domain.errors import SinkError

KEEPALIVE_S = 5  # a broker publishes the will after 1.5 times this where a cable was cut
MAX_UNACKNOWLEDGED = 20  # a broker that acknowledges nothing gets no more than this
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 8.0
_GOOD_BYE_S = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is. `path` is what stands behind the host, without the outer slashes."""

    scheme: str
    host: str
    port: int
    path: str
    tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Return the address for people: without user and password."""
        return f"{self.scheme}://{in_url(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One MQTT message."""

    topic: str
    payload: bytes
    qos: int
    retain: bool


def broker_at(address: str, scheme: str) -> Broker:
    """Read `scheme://user:password@host:port/path`; the scheme with an s at its end means TLS.

    Raises:
        SinkError: it is no such address.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise SinkError(f"a {scheme}:// address cannot be read: {error}") from None
    if parts.scheme not in {scheme, scheme + "s"} or not parts.hostname or port == 0 or parts.query or parts.fragment:
        raise SinkError(f"write the address of a broker as {scheme}://user:password@host:1883/path")
    tls = parts.scheme.endswith("s")
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    path = unquote(parts.path).strip("/")
    if any(sign in path for sign in "+#\0"):
        raise SinkError(f"a topic must not hold +, # or a zero byte: {path!r}")
    return Broker(parts.scheme, parts.hostname, port or (8883 if tls else 1883), path, tls, user, password)


class MqttSession:
    """Keeps one connection to a broker, in a thread of its own.

    `will` is asked for the last will before each connection, `greet` for what to publish first on each: nothing of the
    sink's thread comes before that. Both are called in other threads than the sink's, `greet` while `lock` is held.
    `heard` has a function for each topic to subscribe to.
    """

    def __init__(
        self,
        broker: Broker,
        identity: str,
        will: Callable[[], Outgoing],
        greet: Callable[[], Sequence[Outgoing]],
        heard: Mapping[str, Callable[[bytes], None]] | None = None,
    ) -> None:
        """Take what to say and whom to; `identity` is what the broker tells clients by. Connects to nothing yet."""
        self._broker = broker
        self._client_id = "beadwatch-" + hashlib.sha256(identity.encode()).hexdigest()[:12]
        self._will, self._greet, self._heard = will, greet, dict(heard or {})
        self.lock = threading.Condition()
        self._client: Client | None = None
        self._connected = False
        self._subscribed: set[int] = set()
        self._last: MQTTMessageInfo | None = None  # that is acknowledged, and all before it by then
        self._problem = "not connected yet"
        self._stopping, self._lost = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._keep_connected, name=f"mqtt {broker.name}", daemon=True)

    def start(self) -> None:
        """Begin to connect; a broker that is away is tried again and again."""
        self._thread.start()

    def publish(self, message: Outgoing) -> MQTTMessageInfo:
        """Put a message on the way at once.

        Raises:
            SinkError: the broker is away; nothing is kept for later.
        """
        with self.lock:
            if not self._connected or self._client is None or not self._client.is_connected():
                raise SinkError(self._away())
            info = self._put(self._client, message)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise SinkError(f"{self._broker.name} did not take a message: {info.rc.name}")
        return info

    def wait_connected(self, deadline_s: float) -> None:
        """Wait for the connection until that moment of `time.monotonic()`.

        Raises:
            SinkError: it is not there then.
        """
        with self.lock:
            if not self.lock.wait_for(lambda: self._connected, max(0.0, deadline_s - time.monotonic())):
                raise SinkError(self._away())

    def wait_acknowledged(self, info: MQTTMessageInfo, deadline_s: float) -> None:
        """Wait until the broker has acknowledged a message of QoS 1.

        Raises:
            SinkError: it had not by that moment of `time.monotonic()`, or the connection was lost.
        """
        client = self._client
        while not info.is_published():
            with self.lock:
                if not self._connected or self._client is not client:
                    raise SinkError(self._away())
            if time.monotonic() > deadline_s:
                raise SinkError(f"{self._broker.name} did not acknowledge a message in time")
            info.wait_for_publish(0.2)

    def round_trip(self, deadline_s: float) -> None:
        """Ask the broker something and wait for the answer: it has then had everything that was sent before.

        It works through one client's packets in order; so this is the acknowledgement of messages of QoS 0. The
        question is the subscription that is there already.

        Raises:
            SinkError: no answer by that moment of `time.monotonic()`, or the connection was lost.
        """
        with self.lock:
            client = self._client
            if not self._connected or client is None:
                raise SinkError(self._away())
            _, number = client.subscribe([(topic, 1) for topic in self._heard])
            self.lock.wait_for(
                lambda: number in self._subscribed or not self._connected or self._client is not client,
                max(0.0, deadline_s - time.monotonic()),
            )
            if number not in self._subscribed:
                raise SinkError(f"{self._broker.name} did not answer in time" if self._connected else self._away())

    def stop(self, farewell: Callable[[], Sequence[Outgoing]]) -> None:
        """Publish the last messages, if the broker is there, and disconnect without the will. Not while holding `lock`.

        `farewell` is called while `lock` is held; nothing is published after what it returns.
        """
        with self.lock:
            self._stopping.set()
            with contextlib.suppress(SinkError):
                for message in farewell():
                    self.publish(message)
            was_connected, self._connected = self._connected, False
        if was_connected and self._last is not None:
            # Whoever hangs up with an acknowledgement unread resets the connection: the broker would publish the will.
            with contextlib.suppress(RuntimeError, ValueError):
                self._last.wait_for_publish(_GOOD_BYE_S)
        with self.lock:
            if self._client is not None:
                self._client.disconnect()
        self._lost.set()
        if self._thread.is_alive():
            self._thread.join(KEEPALIVE_S * 3)

    def _put(self, client: Client, message: Outgoing) -> MQTTMessageInfo:
        info = client.publish(message.topic, message.payload, message.qos, message.retain)
        if message.qos > 0:
            self._last = info
        return info

    def _away(self) -> str:
        return f"{self._broker.name} is not connected: {self._problem}"

    def _keep_connected(self) -> None:
        wait_s = FIRST_WAIT_S
        while not self._stopping.is_set():
            wait_s = FIRST_WAIT_S if self._connect_once() else min(2 * wait_s, LONGEST_WAIT_S)
            self._stopping.wait(wait_s)

    def _connect_once(self) -> bool:
        """Live through one connection; return whether there was one."""
        self._lost.clear()
        try:
            with self.lock:
                self._subscribed.clear()
                self._client = client = self._new_client()
            client.connect(self._broker.host, self._broker.port, KEEPALIVE_S)
        except Exception as error:  # noqa: BLE001  # the thread's edge: no certificates, no such host, nobody there
            self._problem = str(error) or type(error).__name__
            return False
        client.loop_start()
        self._lost.wait()
        with self.lock:
            was_connected, self._connected = self._connected, False
            self.lock.notify_all()
        client.loop_stop()
        return was_connected

    def _new_client(self) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, self._client_id, reconnect_on_failure=False)
        client.max_inflight_messages = client.max_queued_messages = MAX_UNACKNOWLEDGED
        if self._broker.user is not None:
            client.username_pw_set(self._broker.user, self._broker.password)
        if self._broker.tls:
            client.tls_set()
        will = self._will()
        client.will_set(will.topic, will.payload, will.qos, will.retain)
        client.on_socket_open = _without_delay
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_message, client.on_subscribe = self._on_message, self._on_subscribe
        return client

    def _on_connect(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        with self.lock:
            if reason.is_failure:
                self._problem = f"refused: {reason}"
                self._lost.set()
            elif self._stopping.is_set():
                client.disconnect()
            else:
                self._welcome(client)

    def _welcome(self, client: Client) -> None:
        try:
            if self._heard:
                client.subscribe([(topic, 1) for topic in self._heard])
            for message in self._greet():
                self._put(client, message)
        except Exception:  # the edge of paho's thread, which would end without a word
            log.exception("%s: cannot greet the broker", self._broker.name)
            self._lost.set()
            return
        self._connected = True
        self.lock.notify_all()

    def _on_disconnect(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        with self.lock:
            if client is self._client:
                self._problem = f"lost: {reason}" if self._connected else self._problem
                self._lost.set()
                self.lock.notify_all()

    def _on_subscribe(self, client: Client, _data: Any, number: int, _reasons: Any, _properties: Any) -> None:
        with self.lock:
            if client is self._client:
                self._subscribed.add(number)
                self.lock.notify_all()

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        try:
            self._heard[message.topic](bytes(message.payload))
        except Exception:  # the edge of paho's thread, which would end without a word
            log.exception("%s: cannot answer a message on %s", self._broker.name, message.topic)


def _without_delay(_client: Client, _data: Any, connection: Any) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
