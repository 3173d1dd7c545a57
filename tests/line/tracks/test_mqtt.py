"""A pose by MQTT, from a real broker that also goes away."""

import json
import time
from collections.abc import Callable

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from beadwatch.domain.position import UNPLACED, Position
from beadwatch.line import trouble
from beadwatch.line.tracks.mqtt import MqttTrack
from tests.line.brokers import Mosquitto
from tests.waiting import until


def tell(broker: Mosquitto, *payloads: object, retain: bool = False) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    for payload in payloads:
        message = payload if isinstance(payload, str | bytes) else json.dumps(payload)
        client.publish("cell/pose", message, qos=1, retain=retain).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def heard(track: MqttTrack, broker: Mosquitto) -> Callable[[], bool]:
    """Say whether the track is subscribed by now, by telling it something."""

    def told() -> bool:
        tell(broker, {"along_mm": 0})
        return track.received > 0

    return told


def test_last_pose_is_known_while_it_is_fresh(broker: Mosquitto) -> None:
    with MqttTrack(f"mqtt://127.0.0.1:{broker.port}/cell/pose") as track:
        until(heard(track, broker))
        track.start(time.monotonic())
        started_s = time.monotonic()
        told = track.received
        tell(broker, {"x_mm": 1, "y_mm": 2, "z_mm": 3, "layer": 4, "bead": 5, "along_mm": 6})
        until(lambda: track.received > told)
        now_s = time.monotonic() - started_s
        assert track.at(now_s) == Position(6.0, (1.0, 2.0, 3.0), 4, 5)
        assert track.at(now_s + 1.0) == UNPLACED


def test_bad_messages_are_counted_and_ignored(broker: Mosquitto) -> None:
    with MqttTrack(f"mqtt://127.0.0.1:{broker.port}/cell/pose") as track:
        until(heard(track, broker))
        told = track.received
        tell(broker, "no json", b"\xff\xfe", "[" * 100_000, "[1]", "null", {"x_mm": "far"}, {"along_mm": 3.5})
        until(lambda: track.bad == 6 and track.received > told)


def test_what_the_broker_kept_is_not_where_the_torch_is(broker: Mosquitto) -> None:
    tell(broker, "a retained message that would be counted as bad if it were read", retain=True)
    with MqttTrack(f"mqtt://127.0.0.1:{broker.port}/cell/pose") as track:
        until(heard(track, broker))  # what was kept comes before what is told now
        assert track.bad == 0


def test_broker_that_is_away_is_said(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(trouble, "_PATIENCE_S", 0.0)
    with MqttTrack("mqtt://me:secret@127.0.0.1:1/cell/pose") as track:
        until(lambda: bool(caplog.records))
    assert [record.message for record in caplog.records] == [f"{track.description} does not answer; it is tried again"]


def test_ipv6_address_is_shown_in_brackets() -> None:
    track = MqttTrack("mqtt://me:secret@[::1]:1884/cell/pose")
    assert track.description == "mqtt://[::1]:1884/cell/pose"


@pytest.mark.slow
def test_broker_that_comes_later_and_comes_back(broker: Mosquitto) -> None:
    broker.kill()
    with MqttTrack(f"mqtt://127.0.0.1:{broker.port}/cell/pose") as track:
        assert track.at(0.0) == UNPLACED
        broker.start()
        until(heard(track, broker))
        broker.kill()
        until(lambda: not track.connected)
        broker.start()
        before = track.received
        until(lambda: track.connected)
        tell_until = heard(track, broker)
        until(lambda: tell_until() and track.received > before)
    assert not track.connected
