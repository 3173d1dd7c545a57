"""Every way in which welders write a speed, and everything that is none."""

import math
import sys

import pytest

from beadwatch.domain.errors import TrackError
from beadwatch.domain.position import UNPLACED
from beadwatch.line.tracks.address import open_track
from beadwatch.line.tracks.speed import NoTrack, SpeedTrack, parse_speed


@pytest.mark.parametrize(
    ("text", "mm_s"),
    [
        ("8mm/s", 8.0),
        (" 8 MM / s ", 8.0),
        ("0.48 m/min", 8.0),
        ("48cm/min", 8.0),
        ("480mm/min", 8.0),
        ("1.5cm/s", 15.0),
        ("0.008m/s", 8.0),
        ("20 ipm", 20 * 25.4 / 60),
        ("20in/min", 20 * 25.4 / 60),
        ("1e1in/s", 254.0),
    ],
)
def test_speeds_in_any_unit_are_millimetres_a_second(text: str, mm_s: float) -> None:
    assert parse_speed(text) == pytest.approx(mm_s)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8",
        "mm/s",
        "0mm/s",
        "-8mm/s",
        "nanmm/s",
        "infmm/s",
        "8km/h",
        "8,5mm/s",
        "fast",
        "1e400mm/s",
        "1e300mm/s",
        "5e-324mm/s",
        "2e6mm/s",
    ],
)
def test_nonsense_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(TrackError, match="8mm/s or 20ipm"):
        parse_speed(text)


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan, math.inf, 1e300, 5e-324])
def test_speed_that_makes_no_sense_is_refused(speed: float) -> None:
    with pytest.raises(TrackError, match="makes no sense"):
        SpeedTrack(speed)


def test_position_is_speed_times_elapsed_time() -> None:
    with SpeedTrack(8.0) as track:
        track.start(1234.5)
        assert track.at(2.5).along_mm == 20.0
        assert (track.at(2.5).xyz_mm, track.at(2.5).layer) == (None, None)
        assert track.at(-0.1) == UNPLACED


def test_no_track_knows_nothing() -> None:
    with NoTrack() as track:
        track.start(0.0)
        assert track.at(1.0) == UNPLACED


@pytest.mark.parametrize(
    ("address", "kind", "description"),
    [
        (None, "NoTrack", "no track"),
        ("0.48 m/min", "SpeedTrack", "8 mm/s"),
        ("mqtt://me:secret@robot/pose", "MqttTrack", "mqtt://robot:1883/pose"),
        ("mqtts://robot/cell%201/pose", "MqttTrack", "mqtts://robot:8883/cell 1/pose"),
        ("opc.tcp://me:secret@robot/a?x=ns=2;s=X", "OpcUaTrack", "opc.tcp://robot:4840/a"),
        ("MQTT://robot/pose", "MqttTrack", "mqtt://robot:1883/pose"),
        ("OPC.TCP://robot/a?x=ns=2;s=X", "OpcUaTrack", "opc.tcp://robot:4840/a"),
    ],
)
def test_address_opens_the_right_track_and_tells_no_password(address: str | None, kind: str, description: str) -> None:
    track = open_track(address)
    assert (type(track).__name__, track.description) == (kind, description)


@pytest.mark.parametrize("address", ["mqtt://robot/pose", "opc.tcp://robot?x=i=1"])
def test_a_missing_package_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("beadwatch.line.tracks.mqtt", "beadwatch.line.tracks.opcua"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    for name in ("paho.mqtt.client", "asyncua"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(TrackError, match=r"is not installed: pip install 'beadwatch\[line\]'"):
        open_track(address)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("fast", "no travel speed"),
        ("missing.csv", "cannot read"),
        ("mqtt://host:1883", "no address of a topic"),
        ("mqtt://host:port/topic", "write mqtt://"),
        ("mqtt://me:secret@host/a/+/b", "no address of a topic"),
        ("opc.tcp://host", "it names no node"),
        ("opc.tcp://host?speed=i=1", "'speed' is nothing"),
        ("opc.tcp://me:secret@host?x=nonsense", "'nonsense' of x is no node id"),
        ("opc.tcp://?x=i=1", "names no OPC UA server"),
        ("http://host", "no travel speed"),
    ],
)
def test_wrong_addresses_are_refused(address: str, message: str) -> None:
    with pytest.raises(TrackError, match=message.replace("?", r"\?")) as refusal:
        open_track(address)
    assert "secret" not in str(refusal.value)
