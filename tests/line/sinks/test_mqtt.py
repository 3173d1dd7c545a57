"""Plain MQTT against a real broker that is there, away, killed and back."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client

from beadwatch.domain.errors import SinkError
from beadwatch.domain.line import LineState
from beadwatch.line.sinks import mqtt
from beadwatch.line.sinks.mqtt import MqttSink, lost_status
from beadwatch.line.sinks.mqtt_session import broker_at
from tests.line.brokers import Mosquitto, mosquitto, subscriber
from tests.line.made import made_event, made_frame, made_run, made_status
from tests.line.sinks.sending import sent
from tests.real import CHECKOUT
from tests.waiting import free_port, until

RUN = made_run(line="cell 4")
PREFIX = "beadwatch/cell 4"


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "SEND_S", 1.5)


@pytest.fixture
def sink(broker: Mosquitto) -> Iterator[MqttSink]:
    sink = MqttSink(f"mqtt://{broker.address}", RUN.line)
    sink.open(RUN)
    yield sink
    sink.close()


def test_messages_arrive_whole_on_their_topics(broker: Mosquitto, sink: MqttSink) -> None:
    with subscriber(broker.port) as hearing:
        sink.send(made_event())  # waits for the connection
        sink.send(made_status())
        sink.send(made_frame())
        for topic, message in (("event", made_event()), ("status", made_status()), ("frame", made_frame())):
            assert json.loads(hearing.until(f"{PREFIX}/{topic}").payload) == message.to_dict()
    with subscriber(broker.port) as later:
        kept = {message.topic: json.loads(message.payload) for message in (later.next(), later.next())}
        assert kept == {f"{PREFIX}/run": RUN.to_dict(), f"{PREFIX}/status": made_status().to_dict()}


def test_broker_that_is_away_refuses_statuses_at_once_and_events_soon() -> None:
    sink = MqttSink(f"mqtt://user:secret@127.0.0.1:{free_port()}", RUN.line)
    sink.open(RUN)
    start_s = time.monotonic()
    for message in (made_frame(), made_status()):
        with pytest.raises(SinkError, match="not connected"):
            sink.send(message)
    assert time.monotonic() - start_s < 1.0
    with pytest.raises(SinkError, match=r"not connected: .*refused") as caught:
        sink.send(made_event())
    sink.close()
    assert time.monotonic() - start_s < 5.0
    assert "secret" not in str(caught.value)


def test_killed_broker_that_comes_back_has_the_newest_status_and_the_event_once(
    broker: Mosquitto, sink: MqttSink
) -> None:
    until(lambda: sent(sink, made_status(1)))
    broker.kill()
    until(lambda: not sent(sink, made_status(2)))
    with pytest.raises(SinkError):
        sink.send(made_event())
    with pytest.raises(SinkError):
        sink.send(made_status(3, LineState.DEFECT))
    broker.start()
    with subscriber(broker.port) as hearing:
        until(lambda: sent(sink, made_event()))
        sink.send(made_status(4, LineState.REVIEW))
        heard: list[dict[str, Any]] = []
        while not heard or heard[-1].get("sequence") != 4:
            heard.append(json.loads(hearing.next().payload))
    assert [message for message in heard if message["kind"] == "event"] == [made_event().to_dict()]
    assert [message["sequence"] for message in heard if message["kind"] == "status"] == [3, 4]


ENVIRONMENT = os.environ | {"PYTHONPATH": str(CHECKOUT)}
SEND_AND_HANG = """
import sys, time
from tests.line.sinks.test_mqtt import *
sink = MqttSink(sys.argv[1], RUN.line)
sink.open(RUN)
sink.send(made_event())
sink.send(made_status())
time.sleep(60)
"""


def test_killed_process_leaves_its_will(broker: Mosquitto) -> None:
    with subscriber(broker.port, f"{PREFIX}/status") as hearing:
        address = f"mqtt://{broker.address}"
        process = subprocess.Popen([sys.executable, "-c", SEND_AND_HANG, address], env=ENVIRONMENT)
        try:
            assert json.loads(hearing.next().payload)["state"] == "good"
            process.send_signal(signal.SIGKILL)
            will = json.loads(hearing.next().payload)
        finally:
            process.kill()
            process.wait()
    assert will.keys() == made_status().to_dict().keys()
    assert will == lost_status(RUN.id, will["at"]).to_dict()
    assert (will["state"], will["stop"], will["running"]) == ("unknown", True, False)
    with subscriber(broker.port, f"{PREFIX}/status") as later:
        assert json.loads(later.next().payload)["state"] == "unknown"


@pytest.mark.parametrize(("running", "left"), [(True, "unknown"), (False, "idle")])
def test_closed_line_leaves_no_good_behind(broker: Mosquitto, sink: MqttSink, running: bool, left: str) -> None:
    until(lambda: sent(sink, made_status(1)))
    if not running:
        sink.send(made_status(2, LineState.IDLE, running=False))
    sink.close()
    with subscriber(broker.port, f"{PREFIX}/status") as later:
        assert json.loads(later.next().payload)["state"] == left


def test_wrong_password_is_told_without_it(tmp_path: Path) -> None:
    with mosquitto(tmp_path, "allow_anonymous false") as broker:
        sink = MqttSink(f"mqtt://robot:secret@{broker.address}/a/b", RUN.line)
        assert sink.name == f"mqtt://{broker.address}/a/b"
        sink.open(RUN)
        with pytest.raises(SinkError, match=r"refused: .*[Nn]ot authorized") as caught:
            sink.send(made_event())
        sink.close()
    assert "secret" not in str(caught.value)


def test_small_messages_are_not_held_back(sink: MqttSink) -> None:
    sink.send(made_event())
    assert sink._session is not None
    assert isinstance(sink._session._client, Client)
    connection = sink._session._client.socket()
    assert isinstance(connection, socket.socket)
    assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    "address",
    [
        "mqtt://",
        "mqtt:///a",
        "mqtt://host:port/a",
        "mqtt://host:0",
        "mqtt://host:99999",
        "http://host",
        "mqtt://h/a/+/b",
        "mqtt://host/a?b=c",
        "mqtt://[::1/a",
    ],
)
def test_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(SinkError):
        MqttSink(address, RUN.line)


def test_line_that_makes_no_topic_is_refused() -> None:
    with pytest.raises(SinkError, match=r"must not hold \+"):
        MqttSink("mqtt://host", "cell+4")


def test_address_is_read_whole() -> None:
    broker = broker_at("mqtts://us%40er:p%2Fw@[::1]/a/b/", "mqtt")
    assert (broker.user, broker.password, broker.host, broker.port) == ("us@er", "p/w", "::1", 8883)
    assert (broker.path, broker.tls, broker.name) == ("a/b", True, "mqtts://[::1]:8883")
    assert "p/w" not in repr(broker)
