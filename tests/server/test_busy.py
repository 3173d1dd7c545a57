"""A station that has its hands full says so, keeps nothing of the request, and answers again when they are free."""

from collections.abc import Callable

import httpx2
import pytest
from starlette.testclient import TestClient

from beadwatch.domain.accounts import Role
from beadwatch.domain.labels import SURFACE
from beadwatch.imaging.work import LIMIT_BYTES, WorkLimit
from beadwatch.services.station import Station
from tests.bundles import colour_of, spotted
from tests.pictures import encoded, noise, png
from tests.server.conftest import Send, error_of, nothing_is_stored
from tests.server.feedback_made import Phone, token_for


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> WorkLimit:
    """Return the limit of the station's work; for room in it clients do not wait here."""
    limit = WorkLimit()
    monkeypatch.setattr("beadwatch.imaging.decode.WORK", limit)
    for module in ("routes", "feedback"):
        monkeypatch.setattr(f"beadwatch.server.{module}.SHORTLY_S", 0.0)
    return limit


@pytest.fixture
def rosa(station: Station, client: TestClient) -> Phone:
    return Phone(client, token_for(station, "rosa", Role.REVIEWER))


def is_busy(answer: httpx2.Response) -> bool:
    return (
        answer.status_code == 503
        and error_of(answer)["type"] == "BusyError"
        and 1 <= int(answer.headers["retry-after"]) <= 60
    )


def test_no_picture_is_taken_or_shown_while_there_is_no_room(
    client: TestClient, send: Send, rosa: Phone, work: WorkLimit
) -> None:
    created = send(encoded(spotted(colour_of(SURFACE, "crack"), row=0, column=4)), "surface").json()["id"]
    assert rosa.send(1).status_code == 201
    asks: list[Callable[[], httpx2.Response]] = [
        send,
        lambda: client.get(f"/v1/inspections/{created}/thumbnail"),
        lambda: client.get(f"/v1/inspections/{created}/heatmap"),
        lambda: rosa.send(2),
        lambda: rosa.get(f"/{1:032x}/thumbnail"),
        lambda: rosa.get(f"/{1:032x}/picture"),
    ]
    with work.share(LIMIT_BYTES):
        answers = [ask() for ask in asks]
        assert [answer.status_code for answer in answers if not is_busy(answer)] == []
        assert client.get("/healthz").status_code == 200
        assert len(client.get("/v1/inspections").json()["inspections"]) == 1
        assert rosa.listed() == [1]
    assert {ask().status_code for ask in asks} == {200, 201}
    with work.share(LIMIT_BYTES, wait_s=0):  # everything was given back
        pass


def test_picture_that_is_refused_gives_its_share_back(send: Send, work: WorkLimit, client: TestClient) -> None:
    assert send(encoded(noise())[:900]).status_code == 422
    assert nothing_is_stored(client)
    with work.share(LIMIT_BYTES, wait_s=0):
        pass


def test_picture_is_in_work_until_it_is_inspected(
    station: Station, send: Send, work: WorkLimit, monkeypatch: pytest.MonkeyPatch
) -> None:
    classifier = station.models.ready["tig"]
    inspect, room = type(classifier).inspect, []

    def look(self: object, path: str, image: object) -> object:
        try:
            with work.share(LIMIT_BYTES, wait_s=0):
                room.append("all of it")
        except Exception as error:  # noqa: BLE001
            room.append(type(error).__name__)
        return inspect(self, path, image)  # type: ignore[arg-type]

    monkeypatch.setattr(type(classifier), "inspect", look)
    assert send(png()).status_code == 201
    assert room == ["BusyError"]
