"""The OPC UA server as a real client sees it."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from asyncua import ua as opc_ua
from asyncua.client.client import Client

from beadwatch.domain.errors import SinkError
from beadwatch.domain.line import LineState
from beadwatch.domain.position import UNPLACED
from beadwatch.line.sinks import opcua_nodes as nodes
from beadwatch.line.sinks.opcua import NAMESPACE, OpcUaSink
from tests.line.brokers import ANSWER_S
from tests.line.made import ended, made_event, made_run, made_status
from tests.waiting import free_port

RUN = made_run(line="cell 4")
T = TypeVar("T")
ua: Any = opc_ua  # its types do not say what it exports


pytestmark = pytest.mark.slow  # asyncua builds its address space for seconds


@pytest.fixture(scope="module")
def sink() -> Iterator[OpcUaSink]:
    sink = OpcUaSink(f"opc.tcp://127.0.0.1:{free_port()}/beadwatch", RUN.line)
    sink.open(RUN)
    yield sink
    sink.close()


def with_client(sink: OpcUaSink, work: Callable[[Client, int], Coroutine[Any, Any, T]]) -> T:
    async def connected() -> T:
        async with Client(sink.name) as client:
            return await work(client, await client.get_namespace_index(NAMESPACE))

    # In a thread: where a browser's tests ran before, its event loop still runs in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(connected())).result()


def read(sink: OpcUaSink, *names: str) -> dict[str, tuple[Any, str]]:
    """Return the values and the names of their status codes."""

    async def work(client: Client, index: int) -> dict[str, tuple[Any, str]]:
        seen = {}
        for name in names:
            found = await client.get_node(f"ns={index};s=Line.{name}").read_data_value(raise_on_bad_status=False)
            assert found.Value is not None
            assert found.StatusCode is not None
            seen[name] = found.Value.Value, found.StatusCode.name
        return seen

    return with_client(sink, work)


def test_nothing_looks_good_before_the_first_status() -> None:
    before = nodes.of_run(RUN)
    assert before["WeldGood"] == nodes.Reading(None, nodes.Quality.WAITING)
    assert before["Stop"] == nodes.Reading(True)
    assert before["Labels"].quality is nodes.Quality.WAITING
    assert before.keys() == nodes.NODES.keys()


def test_status_is_read(sink: OpcUaSink) -> None:
    sink.send(made_status(1, LineState.DEFECT))
    seen = read(sink, *nodes.NODES)
    assert {
        name: value for name, (value, _) in seen.items() if not name.startswith(("Result", "Since", "Heartbeat"))
    } == {
        "VisionStateMachine.CurrentState": "Operational.ContinuousExecution",
        "State": "defect",
        "WeldGood": False,
        "Stop": True,
        "Labels": ["burn through"],
        "Reason": "8 of the last 8 frames are defect",
        "Running": True,
        "Recipe.Name": "tig-small",
        "Recipe.Version": "3",
        "Recipe.Task": "tig",
        "Job.Id": RUN.id,
        "Job.Source": RUN.source,
        "Job.Simulated": False,
        "Position.AlongMm": 3.0,
        "Position.XMm": 103.0,
        "Position.YMm": 20.5,
        "Position.ZMm": 3.5,
        "Position.Layer": 2,
        "Position.Bead": 7,
        "Counters.Received": 101,
        "Counters.Judged": 90,
        "Counters.Dropped": 8,
        "Counters.Late": 3,
        "Counters.Stale": 1,
        "Counters.Unjudged": 2,
        "Counters.Reconnects": 0,
        "Counters.Unsent": 0,
        "Counters.Unrecorded": 0,
    }
    assert seen["WeldGood"][1] == "Good"


@pytest.mark.parametrize(
    ("state", "running", "expected"),
    [
        (LineState.IDLE, True, ("Operational.Ready", (False, "Good"))),
        (LineState.GOOD, True, ("Operational.ContinuousExecution", (True, "Good"))),
        (LineState.REVIEW, True, ("Operational.ContinuousExecution", (False, "Good"))),
        (LineState.UNKNOWN, True, ("Error", (None, "BadSensorFailure"))),
        (LineState.IDLE, False, ("Halted", (False, "Good"))),
    ],
)
def test_only_a_good_weld_looks_good(sink: OpcUaSink, state: LineState, running: bool, expected: object) -> None:
    sink.send(made_status(1, state, running=running, position=UNPLACED))
    seen = read(sink, "VisionStateMachine.CurrentState", "WeldGood", "State", "Stop", "Position.AlongMm")
    assert (seen["VisionStateMachine.CurrentState"][0], seen["WeldGood"]) == expected
    assert seen["State"] == (state.value, "Good")
    assert seen["Stop"] == (state is LineState.UNKNOWN, "Good")
    assert seen["Position.AlongMm"] == (None, "BadNoData")


def test_heartbeat_moves_with_each_status(sink: OpcUaSink) -> None:
    beats = []
    for _ in range(3):
        sink.send(made_status())
        beats.append(read(sink, "Heartbeat")["Heartbeat"][0])
    assert beats == [beats[0], beats[0] + 1, beats[0] + 2]


def test_event_is_told_to_subscribers_and_stays_readable(sink: OpcUaSink) -> None:
    class Heard:
        def __init__(self) -> None:
            self.events: asyncio.Queue[Any] = asyncio.Queue()

        def event_notification(self, event: Any) -> None:
            self.events.put_nowait(event)

    def tell() -> None:
        sink.send(made_event(5, confidence=None))
        sink.send(ended(made_event(5)))

    async def work(client: Client, index: int) -> list[Any]:
        heard = Heard()
        subscription = await client.create_subscription(50, heard)
        kind = client.get_node(await _event_type(client, index))
        await subscription.subscribe_events(client.get_node(f"ns={index};s=Line"), kind)
        sending = threading.Thread(target=tell)
        sending.start()
        told = [await asyncio.wait_for(heard.events.get(), ANSWER_S) for _ in range(2)]
        await asyncio.to_thread(sending.join)
        return told

    first, last = with_client(sink, work)
    assert (first.ResultMessageId, last.ResultMessageId) == (f"{made_event(5).id}-started", f"{made_event(5).id}-ended")
    assert (first.ResultConfidence, last.ResultConfidence) == (None, 0.93)
    assert (last.ResultLabel, last.ResultIsoNumber, last.ResultLengthMm, last.ResultZMm) == (
        "burn through",
        "510",
        3.0,
        3.5,
    )
    assert (last.Severity, last.Message.Text) == (900, "burn through: 5 of the last 8 frames agree")
    seen = read(sink, "Result.Id", "Result.LengthMm", "Result.Layer", "Result.IsoNumber")
    assert [value for value, _ in seen.values()] == [made_event(5).id, 3.0, 2, "510"]


async def _event_type(client: Client, index: int) -> Any:
    base = client.get_node(ua.ObjectIds.BaseEventType)
    return (await base.get_child([f"{index}:InspectionEventType"])).nodeid


@pytest.mark.parametrize(("label", "number"), [("crack", "100"), ("good weld", None), ("high travel speed", None)])
def test_only_imperfections_have_a_number(label: str, number: str | None) -> None:
    assert nodes.iso_number(label) == number


def test_clients_may_not_write(sink: OpcUaSink) -> None:
    async def work(client: Client, index: int) -> None:
        await client.get_node(f"ns={index};s=Line.Stop").write_value(False)

    with pytest.raises(ua.UaStatusCodeError, match=r"BadUserAccessDenied|BadNotWritable"):
        with_client(sink, work)


def test_port_that_is_taken_is_an_error_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        sink = OpcUaSink(f"opc.tcp://127.0.0.1:{taken.getsockname()[1]}", RUN.line)
        with pytest.raises(SinkError, match="choose another port"):
            sink.open(RUN)
        sink.close()


def test_server_that_hangs_is_an_error_and_not_a_hang(sink: OpcUaSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beadwatch.line.sinks.opcua.SEND_S", 0.1)
    sink._loop.call_soon_threadsafe(time.sleep, 0.5)
    with pytest.raises(SinkError, match="does not keep up"):
        sink.send(made_status())


@pytest.mark.parametrize(
    "address",
    ["opc.tcp://", "opc.tcp://h:x", "opc.tcp://h:0/a", "opc.tcp://user:pw@h/a", "opc.tcp://h/a?b", "http://h"],
)
def test_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(SinkError) as caught:
        OpcUaSink(address, RUN.line)
    assert "pw" not in str(caught.value)
