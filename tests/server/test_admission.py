"""Inspections have places: who finds none is told at once to come back, and all else goes on."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException

from beadwatch.server import admission as module
from beadwatch.server.admission import FOR_EACH_CORE, Admission, AdmittedRoute
from beadwatch.server.problems import add_error_handlers
from beadwatch.services.station import Station
from tests.server.conftest import client_of, error_of, nothing_is_stored, sender


class World:
    """An application whose work goes on until it is told to end, and a client of it."""

    def __init__(self, at_once: int) -> None:
        self.end, self.begun = asyncio.Event(), asyncio.Queue[None]()
        self.app = FastAPI()
        router = APIRouter(route_class=AdmittedRoute)

        @router.get("/work")
        @router.post("/work")
        async def work(request: Request) -> int:
            body = await request.body()
            self.begun.put_nowait(None)
            await self.end.wait()
            return len(body)

        self.app.include_router(router)
        self.app.state.admission = Admission(at_once)
        add_error_handlers(self.app)

    def client(self, address: str = "10.0.0.1") -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(self.app, client=(address, 1))
        return httpx2.AsyncClient(transport=transport, base_url="http://station", timeout=30)


def play(at_once: int, scene: Callable[[World], Awaitable[None]]) -> None:
    """Play a scene, all of it within one event loop."""

    async def all_of_it() -> None:
        await asyncio.wait_for(scene(World(at_once)), 30)

    asyncio.run(all_of_it())


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_one_more_than_there_are_places_is_429_and_the_others_are_done(method: str) -> None:
    async def scene(world: World) -> None:
        async with world.client() as client:
            working = [asyncio.create_task(client.request(method, "/work")) for _ in range(2)]
            for _ in working:
                await world.begun.get()
            refused = await client.request(method, "/work")
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
            assert error_of(refused)["type"] == "RequestError"
            world.end.set()
            assert [(await each).status_code for each in working] == [200, 200]
            assert (await client.request(method, "/work")).status_code == 200

    play(2, scene)


def test_upload_that_is_still_arriving_takes_no_place_for_work() -> None:
    async def scene(world: World) -> None:
        go_on = asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield b"a" * 10
            await go_on.wait()
            yield b"b" * 10

        async with world.client() as client:
            world.end.set()
            arriving = asyncio.create_task(client.post("/work", content=slow()))
            await asyncio.sleep(0)
            assert (await client.post("/work", content=b"abc")).json() == 3
            go_on.set()
            assert (await arriving).json() == 20

    play(1, scene)


def test_uploads_that_arrive_are_bounded_in_all_and_for_each_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ARRIVING", 3)
    monkeypatch.setattr(module, "ARRIVING_FROM_ONE", 2)

    async def scene(world: World) -> None:
        async def work_from(address: str, **options: Any) -> int:
            async with world.client(address) as client:
                return (await client.post("/work", **options)).status_code

        tasks = []
        for address in ("10.0.0.1", "10.0.0.1", "10.0.0.2"):
            tasks.append(asyncio.create_task(work_from(address)))
            await world.begun.get()
            if len(tasks) == 2:
                assert await work_from("10.0.0.1") == 429
        assert await work_from("10.0.0.3") == 429
        world.end.set()
        assert await asyncio.gather(*tasks) == [200] * 3
        assert await work_from("10.0.0.3") == 200
        assert not world.app.state.admission._arriving

    play(10, scene)


def test_places_are_four_for_each_core_by_default() -> None:
    admission, places = Admission(), FOR_EACH_CORE * len(os.sched_getaffinity(0))
    for _ in range(places):
        admission.work()
    with pytest.raises(HTTPException):
        admission.work()


def test_full_station_refuses_inspections_and_heat_maps_only(station: Station) -> None:
    client = client_of(station)
    inspection = sender(client)().json()["id"]
    admission: Admission = client.app.state.admission  # type: ignore[attr-defined]
    for _ in range(FOR_EACH_CORE * len(os.sched_getaffinity(0))):
        admission.work()
    posted, heat = sender(client)(), client.get(f"/v1/inspections/{inspection}/heatmap")
    assert [each.status_code for each in (posted, heat)] == [429, 429]
    assert posted.headers["retry-after"] == "1"
    for path in ("", f"/{inspection}", f"/{inspection}/thumbnail"):
        assert client.get(f"/v1/inspections{path}").status_code == 200
    assert len(client.get("/v1/inspections").json()["inspections"]) == 1


def test_bad_picture_gives_its_place_back(station: Station) -> None:
    client = client_of(station)
    for _ in range(2 * FOR_EACH_CORE * len(os.sched_getaffinity(0))):
        assert sender(client)(b"no picture").status_code == 415
    assert nothing_is_stored(client)
