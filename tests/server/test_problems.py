"""Every error is of one shape with the right status, and what failed leaves nothing behind."""

import re
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from beadwatch.domain.errors import BundleError
from beadwatch.domain.inspection import Inspection
from beadwatch.imaging.decode import Image
from beadwatch.inference.classifier import Classifier
from beadwatch.server.problems import without_paths
from beadwatch.services.served_models import ModelHolder, Models
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.pictures import animated, encoded, noise, png, png_bomb
from tests.server.conftest import Send, client_of, error_of, nothing_is_stored, sender


@pytest.mark.parametrize(
    ("data", "status", "kind"),
    [
        pytest.param(b"", 400, "EmptyImageError", id="empty"),
        pytest.param(png_bomb(20_000, 20_000), 413, "ImageTooLargeError", id="bomb"),
        pytest.param(b"no picture", 415, "UnsupportedImageError", id="text"),
        pytest.param(b"%PDF-1.7", 415, "UnsupportedImageError", id="pdf"),
        pytest.param(b"\0\0\0\x18ftypheic" + bytes(50), 415, "UnsupportedImageError", id="heic"),
        pytest.param(animated("GIF"), 415, "UnsupportedImageError", id="animation"),
        pytest.param(encoded(noise())[:900], 422, "BrokenImageError", id="cut png"),
        pytest.param(encoded(noise(), "JPEG")[:900], 422, "BrokenImageError", id="cut jpeg"),
        pytest.param(png(width=31), 422, "ImageTooSmallError", id="too small"),
    ],
)
@pytest.mark.parametrize("task", ["tig", "surface"])
def test_bad_picture_has_its_status_and_is_not_stored(
    client: TestClient, send: Send, task: str, data: bytes, status: int, kind: str
) -> None:
    response = send(data, task=task)
    assert (response.status_code, error_of(response)["type"]) == (status, kind)
    assert nothing_is_stored(client)


@pytest.mark.parametrize(
    ("form", "files", "missing"),
    [
        ({}, {"image": ("a.png", png())}, "task"),
        ({"task": "tig"}, {}, "image"),
        ({"task": "tig", "image": "text"}, {}, "image"),
        ({"task": "tig"}, {"picture": ("a.png", png())}, "image"),
        ({}, {}, "task"),
    ],
    ids=["no task", "no image", "image is text", "image misnamed", "nothing"],
)
def test_missing_field_is_422_and_named(
    client: TestClient, form: Mapping[str, str], files: Mapping[str, Any], missing: str
) -> None:
    response = client.post("/v1/inspections", data=form, files=files)
    assert response.status_code == 422
    assert missing in error_of(response)["message"]
    assert nothing_is_stored(client)


@pytest.mark.parametrize("task", ["laser", "", "TIG", "../tig", "x" * 1000])
def test_unknown_task_is_422_and_says_what_there_is(client: TestClient, send: Send, task: str) -> None:
    response = send(task=task)
    assert response.status_code == 422
    assert task == "" or "surface, tig" in error_of(response)["message"]
    assert nothing_is_stored(client)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"--x\r\nbroken", "multipart/form-data; boundary=x", 422),
        (b"no boundary at all", "multipart/form-data; boundary=x", 400),
        (b"--x\r\n\r\n\r\n--x--", "multipart/form-data", 400),
        (b"", "multipart/form-data; boundary=x", 422),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\ntig\r\n--x--\r\n", "multipart/form-data; boundary=x", 400),
        (b"{}", "application/json", 422),
        (png(), "image/png", 422),
        (b"task=tig&image=a", "application/x-www-form-urlencoded", 422),
    ],
    ids=["cut", "no boundary", "no boundary named", "empty", "no name", "json", "bare picture", "urlencoded"],
)
def test_malformed_upload_is_refused(client: TestClient, body: bytes, content_type: str, status: int) -> None:
    response = client.post("/v1/inspections", content=body, headers={"content-type": content_type})
    assert response.status_code == status
    assert error_of(response)["type"] == "RequestError"
    assert nothing_is_stored(client)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/v1/nothing", 404),
        ("GET", "/static/nothing.js", 404),
        ("GET", "/static/%2e%2e/application.py", 404),
        ("PUT", "/v1/inspections", 405),
        ("DELETE", "/v1/inspections/x", 405),
        ("POST", "/v1/models", 405),
        ("POST", "/", 405),
    ],
)
def test_unknown_path_and_method_have_the_one_shape(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert error_of(response)["type"] == "RequestError"
    assert (status == 405) == ("allow" in response.headers)


class Failing(Classifier):
    """A classifier that raises what it is told to."""

    def __init__(self, model: Classifier, error: Exception) -> None:
        self.card, self._error = model.card, error

    def inspect(self, path: str, image: Image) -> Inspection:
        """Fail."""
        raise self._error


def failing(station: Station, error: Exception) -> TestClient:
    ready = {"tig": Failing(station.models.ready["tig"], error)}
    return client_of(replace(station, holder=ModelHolder(Models(ready, {}))))


@pytest.mark.parametrize(
    "error", [RuntimeError("secret detail"), KeyError("secret detail"), MemoryError("secret detail")], ids=repr
)
def test_unexpected_error_is_500_and_tells_nothing_inside(
    station: Station, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    client = failing(station, error)
    response = sender(client)()
    assert response.status_code == 500
    assert error_of(response)["type"] == "InternalError"
    assert "secret" not in response.text
    assert "unexpected error" in caplog.text
    assert client.get("/healthz").status_code == 200
    assert nothing_is_stored(client)


def test_model_that_gives_no_usable_answer_is_503(station: Station) -> None:
    client = failing(station, BundleError("no usable answer"))
    response = sender(client)()
    assert (response.status_code, error_of(response)["type"]) == (503, "BundleError")
    assert nothing_is_stored(client)


def hide_table(station: Station) -> None:
    with station.inspections._engine.begin() as connection:
        connection.execute(text("ALTER TABLE inspections RENAME TO hidden"))


def block_blobs(_station: Station) -> None:
    Path("data").mkdir(exist_ok=True)
    Path("data/blobs").write_text("in the way")


@pytest.mark.parametrize("breakage", [hide_table, block_blobs])
def test_station_without_its_store_is_unready_and_refuses(
    station: Station, breakage: Callable[[Station], None]
) -> None:
    breakage(station)
    client = client_of(station)
    posted, ready = sender(client)(), client.get("/readyz")
    assert (posted.status_code, error_of(posted)["type"]) == (503, "StoreError")
    assert (ready.status_code, ready.json()["status"]) == (503, "unready")
    assert [problem["type"] for problem in ready.json()["problems"]] == ["StoreError"]
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/v1/inspections", "/v1/inspections/x", "/v1/inspections/x/thumbnail"])
def test_reading_from_a_broken_database_is_503(station: Station, path: str) -> None:
    hide_table(station)
    response = client_of(station).get(path)
    assert (response.status_code, error_of(response)["type"]) == (503, "StoreError")


@pytest.mark.parametrize("breakage", [hide_table, block_blobs])
def test_refusal_of_the_store_tells_no_sql_and_no_place_but_the_log_does(
    station: Station, caplog: pytest.LogCaptureFixture, tmp_path: Path, breakage: Callable[[Station], None]
) -> None:
    breakage(station)
    client = client_of(station)
    for response in (sender(client)(), client.get("/readyz"), client.get("/v1/inspections")):
        if response.status_code == 503:
            assert not re.search(r"SELECT|INSERT|inspections|sqlite|sqlalche|\[Errno", response.text)
            assert str(tmp_path) not in response.text
    assert re.search("no such table|Not a directory", caplog.text)
    assert not re.search("SELECT|INSERT|sqlalche.me", caplog.text)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("/srv/models/tig: model.onnx has another hash", "tig: model.onnx has another hash"),
        ("/srv/my models/tig: damaged", "tig: damaged"),
        ("no model 'tig': in /srv/models (there: none)", "no model 'tig': in models (there: none)"),
        ("cannot read '/a/b/c.json': gone", "cannot read 'c.json': gone"),
        ("s3://bucket/channel: no such bucket", "s3:channel: no such bucket"),
        ("made for and/or by others, 3/4", "made for and/or by others, 3/4"),
        ("nothing", "nothing"),
    ],
)
def test_places_are_told_by_their_last_name(message: str, told: str) -> None:
    assert without_paths(message) == told


def test_refused_bundle_is_told_without_its_place(models_dir: Path, tmp_path: Path) -> None:
    (models_dir / "tig" / "model.onnx").write_bytes(b"damaged")
    with closing(build_station(load_settings())) as station:
        client = client_of(station)
        answers = [client.get("/v1/models"), sender(client)(), client.get("/v1/bundles/tig")]
    assert [answer.status_code for answer in answers] == [200, 503, 503]
    for answer in answers:
        assert "model.onnx" in answer.text
        assert str(tmp_path) not in answer.text
