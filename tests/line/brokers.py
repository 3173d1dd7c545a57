"""A real Mosquitto broker on a free port, which a test may kill and start again."""

import queue
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from tests.waiting import free_port, until

ANSWER_S = 20.0  # how long a busy machine may take


class Mosquitto:
    """A broker that forgets everything when it ends. `extra` are lines of its configuration."""

    def __init__(self, folder: Path, extra: str = "allow_anonymous true") -> None:
        """Write the configuration into a folder; skips the test where Mosquitto is not installed."""
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
        if program is None:
            pytest.skip("mosquitto is not installed (Debian: mosquitto)")
        self.port = free_port()
        configuration = folder / f"mosquitto-{self.port}.conf"
        configuration.write_text(f"listener {self.port} 127.0.0.1\nset_tcp_nodelay true\n{extra}\n", encoding="utf-8")
        self._command = [program, "-c", str(configuration)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Return host and port."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, on the same port as before, and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self._answers, ANSWER_S)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "mosquitto ended by itself"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """End it without a good-bye, as when its machine loses power."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Kill it and start it again."""
        self.kill()
        self.start()


@contextmanager
def mosquitto(folder: Path, extra: str = "allow_anonymous true") -> Iterator[Mosquitto]:
    """Run a broker for a `with` block."""
    broker = Mosquitto(folder, extra)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


class Subscriber:
    """Hears topics of a broker, in order; comes back by itself when the broker does."""

    def __init__(self, port: int, topic: str = "#") -> None:
        """Connect and subscribe, and wait until the broker has confirmed it."""
        self.messages: queue.Queue[MQTTMessage] = queue.Queue()
        self.subscribed: queue.Queue[int] = queue.Queue()
        self._topic = topic
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda _client, _data, number, _reasons, _properties: self.subscribed.put(number)
        self._client.on_message = lambda _client, _data, message: self.messages.put(message)
        self._client.connect("127.0.0.1", port, 60)
        self._client.loop_start()
        self.subscribed.get(timeout=ANSWER_S)

    def _on_connect(self, client: Client, _data: Any, _flags: Any, _reason: Any, _properties: Any) -> None:
        client.subscribe(self._topic, 1)

    def next(self, timeout_s: float = ANSWER_S) -> MQTTMessage:
        """Return the next message, waiting for it."""
        return self.messages.get(timeout=timeout_s)

    def until(self, topic: str, text: bytes = b"") -> MQTTMessage:
        """Return the next message of a topic whose payload holds `text`, letting others go."""
        deadline_s = time.monotonic() + ANSWER_S
        while True:
            message = self.next(max(0.01, deadline_s - time.monotonic()))
            if message.topic == topic and text in message.payload:
                return message

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish as another client would."""
        self._client.publish(topic, payload, 1).wait_for_publish(ANSWER_S)

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def subscriber(port: int, topic: str = "#") -> Iterator[Subscriber]:
    """Subscribe for a `with` block."""
    listening = Subscriber(port, topic)
    try:
        yield listening
    finally:
        listening.close()
