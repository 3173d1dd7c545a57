"""What the station says about its models and about itself: ready, refused, and why."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.bundles import zipped
from tests.server.conftest import client_of, error_of, nothing_is_stored, sender

Spoil = Callable[[Path], None]


@pytest.fixture
def start() -> Iterator[Callable[[], TestClient]]:
    stations = []

    def starting() -> TestClient:
        stations.append(build_station(load_settings()))
        return client_of(stations[-1])

    yield starting
    for station in stations:
        station.close()


def test_ready_station_says_so(client: TestClient) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "tasks": ["surface", "tig"], "problems": []}


def test_being_asked_whether_it_is_ready_stores_nothing(client: TestClient) -> None:
    client.get("/readyz")
    assert nothing_is_stored(client)


def test_models_are_listed_with_their_figures(client: TestClient) -> None:
    body = client.get("/v1/models").json()
    assert body["refused"] == []
    assert [model["task"] for model in body["models"]] == ["surface", "tig"]
    tig = body["models"][1]
    assert (tig["version"], tig["kind"], tig["accept_threshold"], tig["max_distance"]) == (
        "tig-1",
        "single_label",
        0.8,
        0.5,
    )
    assert tig["metrics"]["values"]["macro_f1"] == {"value": 0.9, "low": 0.8, "high": 1.0}
    assert tig["attribution"] == ["drawn by a test"]


def test_classes_are_listed_with_verdict_threshold_and_finding(client: TestClient) -> None:
    labels = {label["name"]: label for model in client.get("/v1/models").json()["models"] for label in model["labels"]}
    assert len(labels) == 13
    assert (labels["crack"]["verdict"], labels["crack"]["threshold"]) == ("reject", 0.5)
    assert labels["crack"]["finding"]["iso6520"] == "100"
    assert labels["high travel speed"]["finding"]["kind"] == "condition"
    assert labels["good weld"]["finding"] is None


def damage(folder: Path) -> None:
    (folder / "tig" / "model.onnx").write_bytes(b"damaged")


def damage_zip(folder: Path) -> None:
    damage(folder)
    zipped(folder / "tig")
    for file in (folder / "tig").iterdir():
        file.unlink()
    (folder / "tig").rmdir()


@pytest.mark.parametrize("spoil", [damage, damage_zip])
def test_refused_bundle_is_listed_and_its_task_is_503_naming_the_file(
    models_dir: Path, start: Callable[[], TestClient], spoil: Spoil
) -> None:
    spoil(models_dir)
    client = start()
    body = client.get("/v1/models").json()
    assert [model["task"] for model in body["models"]] == ["surface"]
    (refused,) = body["refused"]
    assert refused["type"] == "BundleError"
    assert refused["bundle"].startswith("tig")
    assert "model.onnx" in refused["message"]
    response = sender(client)(task="tig")
    assert response.status_code == 503
    assert "model.onnx" in error_of(response)["message"]
    assert sender(client)(task="surface").status_code == 201
    assert client.get("/readyz").status_code == 200


def test_station_without_models_starts_unready_and_says_why(start: Callable[[], TestClient]) -> None:
    client = start()
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert (ready.json()["status"], ready.json()["tasks"]) == ("unready", [])
    assert [problem["type"] for problem in ready.json()["problems"]] == ["BundleError"]
    assert client.get("/v1/models").json() == {"models": [], "refused": []}
    response = sender(client)()
    assert response.status_code == 422
    assert "there are: none" in error_of(response)["message"]
