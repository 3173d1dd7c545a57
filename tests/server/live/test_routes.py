"""The live interface over HTTP: what is taken, what is refused and how, and the pages."""

import json
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from beadwatch.server.live.lines import MAX_LINES
from beadwatch.server.live.messages import MAX_EVENTS, MAX_FRAMES
from beadwatch.server.live.routes import MAX_BYTES
from tests.line.made import made_event, made_frame, made_run, made_status
from tests.pictures import encoded, png, pool
from tests.server.conftest import error_of
from tests.server.live.conftest import document
from tests.stations import client_at, live_app

LIVE, PICTURE = "/v1/line/cell-1/live", "/v1/line/cell-1/picture"
OF_FRAME: dict[str, str | int] = {"run_id": made_run().id, "number": 3}
JPEG = encoded(pool(width=64, height=48), "JPEG")


@pytest.fixture
def client() -> TestClient:
    return client_at(live_app())


def test_a_post_is_taken_and_listed(client: TestClient) -> None:
    assert client.get("/v1/line").json() == {"lines": [], "viewers": 0}
    assert client.post(LIVE, json=document(made_frame(1), made_status(1), made_event(1))).status_code == 204
    (line,) = client.get("/v1/line").json()["lines"]
    assert (line["line"], line["state"], line["stale"], line["source"]) == (
        "cell-1",
        "good",
        False,
        "rtsp://camera/weld",
    )
    assert 0 <= line["age_s"] < 1.5


def test_picture_comes_back_as_it_was_sent_and_is_not_kept_by_the_browser(client: TestClient) -> None:
    client.post(LIVE, json=document(made_frame(3)))
    assert error_of(client.get(PICTURE))["message"] == "no picture of cell-1 yet"
    assert client.put(PICTURE, params=OF_FRAME, content=JPEG).status_code == 204
    answer = client.get(PICTURE)
    assert answer.content == JPEG
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/jpeg", "no-store")
    assert (answer.headers["beadwatch-frame"], answer.headers["x-content-type-options"]) == ("3", "nosniff")


@pytest.mark.parametrize("name", ["a b", "-x", ".x", "x" * 65, "%3Cb%3E", "%C3%A9", "a%0A"])
def test_line_name_that_is_none_is_422(client: TestClient, name: str) -> None:
    answer = client.post(f"/v1/line/{name}/live", json=document())
    assert answer.status_code == 422
    assert "line" in error_of(answer)["message"]
    assert client.get(f"/v1/line/{name}/stream").status_code == 422


def changed(path: str, value: Any) -> dict[str, Any]:
    body = document(made_frame(1), made_status(1), made_event(1))
    place: Any = body
    *way, last = path.split(".")
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[last] = value
    return body


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("run", None),
        ("run.labels", ["x"] * 65),
        ("run.id", "x" * 201),
        ("frames", [made_frame(0).to_dict()] * (MAX_FRAMES + 1)),
        ("events", [made_event(0).to_dict()] * (MAX_EVENTS + 1)),
        ("frames.0.number", -1),
        ("frames.0.number", 2**53),
        ("frames.0.state", "splendid"),
        ("frames.0.scores", [1.1]),
        ("frames.0.scores", [0.1] * 65),
        ("frames.0.delay_ms", -1),
        ("frames.0.captured_at", float("nan")),
        ("frames.0.along_mm", float("inf")),
        ("frames.0.along_mm", 1e308),
        ("frames.0.xyz_mm", [0.0, -1e300, 0.0]),
        ("frames.0.layer", 2**31),
        ("frames.0.bead", 10**30),
        ("frames.0.monotonic_s", -1e308),
        ("frames.0.captured_at", 1e300),
        ("frames.0.delay_ms", 1e308),
        ("frames.0.distance", 1e308),
        ("run.started_at", 1e300),
        ("status.at", 1e300),
        ("status.since", -1e300),
        ("status.along_mm", 1e308),
        ("events.0.length_mm", 1e308),
        ("events.0.duration_s", 1e308),
        ("events.0.started_at", 1e308),
        ("status.state", "fine"),
        ("status.reason", "x" * 501),
        ("status.counters.received", -1),
        ("events.0.phase", "middle"),
        ("events.0.start", None),
    ],
)
def test_wrong_field_is_422_and_named(client: TestClient, path: str, value: Any) -> None:
    body = json.dumps(changed(path, value))
    answer = client.post(LIVE, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert path in error_of(answer)["message"]
    assert client.get("/v1/line").json()["lines"] == []


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_over_a_megabyte_is_413(client: TestClient, method: str, chunked: bool) -> None:
    client.post(LIVE, json=document(made_frame(3)))
    body = b'{"a":"' + b"x" * MAX_BYTES + b'"}' if method == "POST" else JPEG + bytes(MAX_BYTES)
    parts = iter([body[:1000], body[1000:]])
    answer = client.request(
        method,
        LIVE if method == "POST" else PICTURE,
        params=OF_FRAME,
        content=parts if chunked else body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 413
    assert error_of(answer)["type"] == "RequestError"


@pytest.mark.parametrize("data", [b"", png(), b"<svg onload=alert(1)>"], ids=["empty", "png", "svg"])
def test_picture_that_is_no_jpeg_is_422(client: TestClient, data: bytes) -> None:
    client.post(LIVE, json=document(made_frame(3)))
    answer = client.put(PICTURE, params=OF_FRAME, content=data)
    assert (answer.status_code, error_of(answer)["type"]) == (422, "RequestError")
    assert client.get(PICTURE).status_code == 404


def test_picture_of_a_line_nobody_heard_of_is_404(client: TestClient) -> None:
    assert client.put(PICTURE, params=OF_FRAME, content=JPEG).status_code == 404
    assert client.get(PICTURE).status_code == 404
    assert client.get("/v1/line").json()["lines"] == []


def test_older_run_may_not_speak_beside_a_newer_one(client: TestClient) -> None:
    older = made_run("older", started_at=made_run().started_at - 1)
    client.post(LIVE, json=document(made_status(1)))
    answer = client.post(LIVE, json=document(run=older))
    assert (answer.status_code, error_of(answer)["type"]) == (409, "RequestError")
    assert client.put(PICTURE, params={"run_id": "older", "number": 1}, content=JPEG).status_code == 409


def test_seventeenth_line_is_refused(client: TestClient) -> None:
    for number in range(MAX_LINES):
        assert client.post(f"/v1/line/line-{number}/live", json=document(made_status(1))).status_code == 204
    answer = client.post("/v1/line/one-more/live", json=document(made_status(1)))
    assert answer.status_code == 409
    assert "16 lines" in error_of(answer)["message"]


@pytest.mark.parametrize(
    ("headers", "status_code"),
    [
        ({}, 204),
        ({"Origin": "http://127.0.0.1:8000"}, 204),
        ({"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}, 204),
        ({"Sec-Fetch-Site": "none"}, 204),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "http://127.0.0.1:81"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_other_sites_may_not_write(client: TestClient, headers: dict[str, str], status_code: int) -> None:
    assert client.post(LIVE, json=document(made_frame(3)), headers=headers).status_code == status_code
    assert len(client.get("/v1/line").json()["lines"]) == (status_code == 204)
    client.post(LIVE, json=document(made_frame(3)))
    assert client.put(PICTURE, params=OF_FRAME, content=JPEG, headers=headers).status_code == status_code


@pytest.mark.parametrize("path", ["/line", "/line/cell-1", "/line/never-heard-of"])
def test_page_is_sent_with_its_safety_headers_and_obeys_them(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-cache"
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|\son\w+\s*=|\sstyle\s*=|<style|javascript:", answer.text) == []
    linked = set(re.findall(r"(?:src|href)=\"([^\"#]+)\"", answer.text))
    assert {"/", "/line", "/static/line.js", "/static/line.css"} <= linked
    assert all(client.get(link).status_code == 200 for link in linked)
    for module in re.findall(r"from \"\./(.+?)\"", client.get("/static/line.js").text):
        assert client.get(f"/static/{module}").status_code == 200


def test_station_links_to_the_line(client: TestClient) -> None:
    assert 'href="/line"' in client.get("/").text
