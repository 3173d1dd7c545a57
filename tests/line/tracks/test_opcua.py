"""A pose by OPC UA, from a real server that also goes away."""

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from asyncua import ua
from asyncua.server.server import Server

from beadwatch.domain.position import UNPLACED
from beadwatch.line import trouble
from beadwatch.line.tracks.opcua import OpcUaTrack
from tests.waiting import free_port, until

NAMES = ("X", "Y", "Z", "Layer")


class Machine:
    """An OPC UA server in a thread, with a torch whose position can be set."""

    def __init__(self) -> None:
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._nodes: dict[str, Any] = {}
        self._server: Server | None = None

    def start(self) -> None:
        self._do(self._start())

    def stop(self) -> None:
        if self._server is not None:
            self._do(self._server.stop())
            self._server = None

    def close(self) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def move(self, **values: float) -> None:
        self._do(self._write(values))

    def _do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(
            120
        )  # reading the standard's nodes takes 2 s of processor time

    async def _start(self) -> None:
        server = Server()
        await server.init()
        server.set_endpoint(f"opc.tcp://127.0.0.1:{self.port}/cell")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        space = await server.register_namespace("urn:test:torch")
        torch = await server.nodes.objects.add_object(space, "Torch")
        for name in NAMES:
            start: float = 1 if name == "Layer" else 0.0
            self._nodes[name] = await torch.add_variable(f"ns={space};s={name}", name, start)
        await server.start()
        self._server = server

    async def _write(self, values: dict[str, float]) -> None:
        for name, value in values.items():
            await self._nodes[name].write_value(value)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)
    machine = Machine()
    machine.start()
    yield machine
    machine.close()


def address(machine: Machine) -> str:
    return f"opc.tcp://127.0.0.1:{machine.port}/cell?x=ns=2;s=X&y=ns=2;s=Y&z=ns=2;s=Z&layer=ns=2;s=Layer"


def test_moving_torch_is_followed_and_its_path_measured(machine: Machine) -> None:
    with OpcUaTrack(address(machine)) as track:
        until(lambda: track.problem is None)
        started_s = time.monotonic()
        track.start(started_s)

        def x_now() -> float | None:
            xyz = track.at(time.monotonic() - started_s).xyz_mm
            return None if xyz is None else xyz[0]

        until(lambda: x_now() == 0.0, 30)
        for step in range(1, 6):
            machine.move(X=3.0 * step, Y=4.0 * step)
            until(lambda step=step: x_now() == 3.0 * step)  # type: ignore[misc]
        position = track.at(time.monotonic() - started_s)
        assert position.xyz_mm == (15.0, 20.0, 0.0)
        assert position.layer == 1
        # Along 3-4-5 triangles; were x and y taken one by one, it would be up to 7 a step.
        assert position.along_mm == pytest.approx(25.0, abs=4.1)


def test_torch_that_stands_still_stays_known(machine: Machine) -> None:
    machine.move(X=1.0, Y=2.0, Z=3.0)
    with OpcUaTrack(address(machine)) as track:
        until(lambda: track.problem is None)
        started_s = time.monotonic()
        track.start(started_s)
        until(lambda: time.monotonic() - started_s > 1.0)  # twice as long as a pose by itself would count
        until(lambda: track.at(time.monotonic() - started_s).xyz_mm == (1.0, 2.0, 3.0))


def test_node_that_is_not_there_is_named(machine: Machine) -> None:
    with OpcUaTrack(f"opc.tcp://127.0.0.1:{machine.port}/cell?x=ns=2;s=Nowhere") as track:
        until(lambda: "node for x cannot be read" in (track.problem or ""))


def test_server_that_is_away_is_no_error_but_said_and_closing_is_quick(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(trouble, "_PATIENCE_S", 0.0)
    with OpcUaTrack(f"opc.tcp://127.0.0.1:{free_port()}/?x=i=1") as track:
        until(lambda: "not connected yet" not in (track.problem or ""))
        until(lambda: any(record.message.endswith("it is tried again") for record in caplog.records))
        started_s = time.monotonic()
    assert time.monotonic() - started_s < 3.0


@pytest.mark.slow
def test_server_that_goes_is_unknown_and_comes_back(machine: Machine) -> None:
    with OpcUaTrack(address(machine)) as track:
        until(lambda: track.problem is None)
        started_s = time.monotonic()
        track.start(started_s)

        def known() -> bool:
            return track.at(time.monotonic() - started_s) != UNPLACED

        until(known)
        machine.stop()
        until(lambda: not known())
        until(lambda: track.problem is not None)
        machine.start()
        until(known, 60)
