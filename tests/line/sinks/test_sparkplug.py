"""Sparkplug as a host application hears it: births before data, no gap in the numbers, a death that fits its birth."""

import os
import queue
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from beadwatch.domain.errors import SinkError
from beadwatch.domain.line import LineState
from beadwatch.line.sinks import sparkplug
from beadwatch.line.sinks.sparkplug import REBIRTH, SparkplugSink
from beadwatch.line.sinks.sparkplug_metrics import METRICS
from beadwatch.line.sinks.sparkplug_payload import DataType, Metric, Payload, Value, from_bytes, to_bytes
from tests.line.brokers import Mosquitto, Subscriber, subscriber
from tests.line.made import ended, made_event, made_run, made_status
from tests.line.sinks.sending import sent
from tests.real import CHECKOUT
from tests.waiting import free_port, until

RUN = made_run(line="cell 4")
NODE = "spBv1.0/plant/{}/node 1"
DEVICE = NODE + "/cell 4"


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparkplug, "SEND_S", 1.5)


@pytest.fixture
def host(broker: Mosquitto) -> Iterator[Subscriber]:
    with subscriber(broker.port, "spBv1.0/plant/#") as hearing:
        yield hearing


@pytest.fixture
def sink(broker: Mosquitto, host: Subscriber) -> Iterator[SparkplugSink]:
    sink = SparkplugSink(f"sparkplug://{broker.address}/plant/node%201", RUN.line)
    sink.open(RUN)
    yield sink
    sink.close()


def heard(host: Subscriber, topic: str) -> tuple[Payload, dict[str, Value]]:
    """Return the next message, which must be on this topic, and its values by name."""
    message = host.next()
    assert message.topic == topic
    assert not message.retain
    payload = from_bytes(bytes(message.payload))
    return payload, {metric.name: metric.value for metric in payload.metrics}


def test_births_come_before_data_and_data_says_what_changed(host: Subscriber, sink: SparkplugSink) -> None:
    node, node_values = heard(host, NODE.format("NBIRTH"))
    device, values = heard(host, DEVICE.format("DBIRTH"))
    assert (node.seq, device.seq) == (0, 1)
    assert node_values == {"bdSeq": 0, REBIRTH: False}
    assert values.keys() == METRICS.keys()
    assert (values["Line/state"], values["Line/stop"], values["Position/x_mm"]) == ("unknown", True, None)
    assert (values["Run/id"], values["Run/simulated"]) == (RUN.id, False)

    sink.send(made_status())
    data, values = heard(host, DEVICE.format("DDATA"))
    assert data.seq == 2
    assert values["Line/state"] == "good"
    assert values["Position/z_mm"] == 3.5
    assert values["Counters/received"] == 101
    assert not [name for name in values if name.startswith(("Event/", "Run/"))]

    sink.send(replace(made_status(1), sequence=2))
    data, values = heard(host, DEVICE.format("DDATA"))
    assert data.seq == 3
    assert values == {"Line/sequence": 2}

    sink.send(made_event())
    data, values = heard(host, DEVICE.format("DDATA"))
    assert data.seq == 4
    assert values["Event/label"] == "burn through"
    assert values["Event/length_mm"] == 3.0
    assert {metric.at_ms for metric in data.metrics} == {1900000006000}


def test_every_event_is_told_even_if_nothing_in_it_is_new(host: Subscriber, sink: SparkplugSink) -> None:
    for message in (made_event(1), *[ended(made_event(1))] * 2):
        sink.send(message)
        assert host.until(DEVICE.format("DDATA"), message.message_id.encode())


def test_numbers_go_round_without_a_gap(host: Subscriber, sink: SparkplugSink) -> None:
    sink.send(made_event())
    for sequence in range(300):
        sink.send(made_status(sequence))
    numbers = [from_bytes(bytes(host.next().payload)).seq for _ in range(303)]
    assert numbers == [number % 256 for number in range(303)]


def command(host: Subscriber, value: bool) -> None:
    metric = Metric(REBIRTH, DataType.BOOLEAN, value, 1)
    host.publish(NODE.format("NCMD"), to_bytes(Payload(1, (metric,), None)))
    host.until(NODE.format("NCMD"))


def test_rebirth_says_everything_again(host: Subscriber, sink: SparkplugSink) -> None:
    sink.send(made_event())
    sink.send(made_status(1, LineState.DEFECT))
    host.publish(NODE.format("NCMD"), b"\xff\xff\xff")  # what is no payload does no harm
    host.until(NODE.format("NCMD"))
    command(host, value=False)
    command(host, value=True)
    node, node_values = heard(host, NODE.format("NBIRTH"))
    device, values = heard(host, DEVICE.format("DBIRTH"))
    assert (node.seq, device.seq, node_values["bdSeq"]) == (0, 1, 0)
    assert (values["Line/state"], values["Event/id"]) == ("defect", made_event().id)
    sink.send(made_status(2, LineState.GOOD))
    assert heard(host, DEVICE.format("DDATA"))[0].seq == 2


def test_close_says_that_device_and_node_are_gone(host: Subscriber, sink: SparkplugSink) -> None:
    sink.send(made_event())
    sink.close()
    births = [host.next().topic for _ in range(3)]
    assert births[-1] == DEVICE.format("DDATA")
    device, _ = heard(host, DEVICE.format("DDEATH"))
    node, values = heard(host, NODE.format("NDEATH"))
    assert (device.seq, node.seq, values) == (3, None, {"bdSeq": 0})
    with pytest.raises(queue.Empty):
        host.next(0.3)


def test_broker_that_comes_back_hears_new_births_with_the_next_number(
    broker: Mosquitto, host: Subscriber, sink: SparkplugSink
) -> None:
    sink.send(made_event())
    host.until(DEVICE.format("DDATA"))
    broker.kill()
    until(lambda: not sent(sink, made_status(2)))  # the loss is noticed: what is sent now is told to nobody
    with pytest.raises(SinkError):
        sink.send(made_event(2))
    with pytest.raises(SinkError):
        sink.send(made_status(1, LineState.DEFECT))
    broker.start()
    with subscriber(broker.port, "spBv1.0/plant/#") as again:
        until(lambda: sent(sink, made_event(2)))
        node, node_values = heard(again, NODE.format("NBIRTH"))
        _, values = heard(again, DEVICE.format("DBIRTH"))
        data, event_values = heard(again, DEVICE.format("DDATA"))
    assert node_values["bdSeq"] != 0
    assert (node.seq, data.seq) == (0, 2)
    assert (values["Line/state"], values["Event/id"], event_values["Event/id"]) == (
        "defect",
        made_event().id,
        made_event(2).id,
    )


ENVIRONMENT = os.environ | {"PYTHONPATH": str(CHECKOUT)}
SEND_AND_HANG = """
import sys, time
from tests.line.sinks.test_sparkplug import *
sink = SparkplugSink(sys.argv[1], RUN.line)
sink.open(RUN)
sink.send(made_event())
time.sleep(60)
"""


def test_killed_process_leaves_the_death_of_its_birth(broker: Mosquitto, host: Subscriber) -> None:
    address = f"sparkplug://{broker.address}/plant/node%201"
    process = subprocess.Popen([sys.executable, "-c", SEND_AND_HANG, address], env=ENVIRONMENT)
    try:
        _, born = heard(host, NODE.format("NBIRTH"))
        host.until(DEVICE.format("DDATA"))
        process.send_signal(signal.SIGKILL)
        death, values = heard(host, NODE.format("NDEATH"))
    finally:
        process.kill()
        process.wait()
    assert values == {"bdSeq": born["bdSeq"]}
    assert death.seq is None


def test_broker_that_is_away_is_an_error_without_the_password() -> None:
    sink = SparkplugSink(f"sparkplug://user:secret@127.0.0.1:{free_port()}/plant/node", RUN.line)
    sink.open(RUN)
    for message in (made_status(), made_event()):
        with pytest.raises(SinkError, match="not connected") as caught:
            sink.send(message)
        assert "secret" not in str(caught.value) + sink.name
    sink.close()


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("sparkplug://host", "cell"),
        ("sparkplug://host/group", "cell"),
        ("sparkplug://host/group/node/device", "cell"),
        ("sparkplug://host/gr+up/node", "cell"),
        ("sparkplug://host/group/node", "cell/4"),
        ("sparkplug://host/group/node", ""),
        ("mqtt://host/group/node", "cell"),
    ],
)
def test_address_that_is_none_is_refused(address: str, line: str) -> None:
    with pytest.raises(SinkError):
        SparkplugSink(address, line)
