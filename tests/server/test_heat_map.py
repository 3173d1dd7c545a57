"""Where to look, over HTTP: regions in the answer, and the heat map as a picture to lay over."""

import io
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from starlette.testclient import TestClient

from beadwatch.domain.labels import SURFACE, TIG
from beadwatch.inference.bundle import load_bundle, write_card
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.bundles import colour_of, spotted
from tests.pictures import encoded, png
from tests.server.conftest import Send, client_of, error_of


@pytest.fixture
def crack() -> bytes:
    return encoded(spotted(colour_of(SURFACE, "crack"), row=0, column=4))


def test_answer_says_where_to_look(client: TestClient, send: Send, crack: bytes) -> None:
    created = send(crack, "surface").json()
    (region,) = created["regions"]
    assert region["label"] == "crack"
    assert region["peak"] == pytest.approx([0.9, 0.125])
    left, top, right, bottom = region["box"]
    assert (top, right) == (0.0, 1.0)
    assert left > 0.5 > bottom
    assert client.get(f"/v1/inspections/{created['id']}").json()["regions"] == created["regions"]


def test_good_weld_has_no_regions(send: Send) -> None:
    assert send(encoded(spotted(colour_of(TIG, "good weld"), 0, 4))).json()["regions"] == []


def test_inspection_that_was_stored_without_regions_is_still_answered(client: TestClient, send: Send) -> None:
    import sqlite3

    created = send(png()).json()
    with closing(sqlite3.connect("data/beadwatch.db")) as database, database:
        database.execute("update inspections set body = json_remove(body, '$.regions')")
    found = client.get(f"/v1/inspections/{created['id']}").json()
    assert found == created | {"regions": []}


@pytest.mark.parametrize("query", ["", "?label=crack"])
def test_heat_map_is_clear_but_where_the_evidence_is(client: TestClient, send: Send, crack: bytes, query: str) -> None:
    created = send(crack, "surface").json()
    response = client.get(f"/v1/inspections/{created['id']}/heatmap{query}")
    assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
    assert "private" in response.headers["cache-control"]
    picture = PillowImage.open(io.BytesIO(response.content))
    assert (picture.mode, picture.size) == ("RGBA", (256, 205))
    opacity = np.asarray(picture)[:, :, 3]
    assert opacity[10, -10] > 100
    assert not opacity[100:, :150].any()


@pytest.mark.parametrize(
    ("label", "status", "says"),
    [("porosity", 404, "nothing in the picture speaks for 'porosity'"), ("moon rock", 422, "no class 'moon rock'")],
)
def test_heat_map_of_another_class_is_refused_with_the_reason(
    client: TestClient, send: Send, crack: bytes, label: str, status: int, says: str
) -> None:
    created = send(crack, "surface").json()
    response = client.get(f"/v1/inspections/{created['id']}/heatmap?label={label}")
    assert response.status_code == status
    assert says in error_of(response)["message"]


def test_heat_map_of_an_unknown_inspection_is_404(client: TestClient) -> None:
    assert error_of(client.get("/v1/inspections/nothing/heatmap"))["message"] == "no inspection 'nothing'"


def test_heat_map_is_not_made_by_another_model_than_the_verdict(send: Send, crack: bytes) -> None:
    from dataclasses import replace

    created = send(crack, "surface").json()
    write_card(Path("models/surface"), replace(load_bundle(Path("models/surface")).card, version="surface-2"))
    with closing(build_station(load_settings())) as newer:
        response = client_of(newer).get(f"/v1/inspections/{created['id']}/heatmap")
    assert response.status_code == 409
    assert error_of(response)["message"] == "made by surface-1; the station now has surface-2"
