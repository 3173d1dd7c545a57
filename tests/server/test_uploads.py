"""Uploads over the limit are refused by their announced and by their real length, and leave nothing."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from beadwatch.services.station import Station
from tests.pictures import encoded, noise
from tests.server.conftest import client_of, error_of, nothing_is_stored

BOUNDARY = {"content-type": "multipart/form-data; boundary=x"}
BODY = (
    b'--x\r\nContent-Disposition: form-data; name="task"\r\n\r\ntig\r\n'
    b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    + encoded(noise(200, 200))
    + b"\r\n--x--\r\n"
)


def limited(station: Station, max_bytes: int) -> TestClient:
    return client_of(replace(station, max_upload_bytes=max_bytes))


def in_chunks(body: bytes, size: int = 5_000) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_upload_of_just_the_limit_is_taken(station: Station, chunked: bool) -> None:
    content = in_chunks(BODY) if chunked else BODY
    response = limited(station, len(BODY)).post("/v1/inspections", content=content, headers=BOUNDARY)
    assert response.status_code == 201


@pytest.mark.parametrize("over", [1, len(BODY) // 2, len(BODY) - 1])
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_upload_over_the_limit_is_413_and_not_stored(station: Station, chunked: bool, over: int) -> None:
    client = limited(station, len(BODY) - over)
    response = client.post("/v1/inspections", content=in_chunks(BODY) if chunked else BODY, headers=BOUNDARY)
    assert response.status_code == 413
    assert error_of(response)["type"] == "ImageTooLargeError"
    assert nothing_is_stored(client)


def test_message_names_the_limit(station: Station) -> None:
    client = limited(station, 3 * 1024 * 1024)
    response = client.post("/v1/inspections", content=bytes(3 * 1024 * 1024 + 1), headers=BOUNDARY)
    assert "over 3 MB" in error_of(response)["message"]


def test_endless_upload_is_cut_off_early(station: Station) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield BODY[: BODY.index(b"\r\n\r\n\x89PNG") + 4]
        while sent < 500:
            sent += 1
            yield bytes(1024)

    response = limited(station, 20_000).post("/v1/inspections", content=endless(), headers=BOUNDARY)
    assert response.status_code == 413


def test_lying_length_does_not_lift_the_limit(station: Station) -> None:
    client = limited(station, 1000)
    response = client.post("/v1/inspections", content=BODY, headers={**BOUNDARY, "content-length": "10"})
    assert response.status_code == 413


def test_limit_is_on_every_path(station: Station) -> None:
    response = limited(station, 1000).post("/nothing", content=bytes(2000))
    assert response.status_code == 413


def test_small_requests_pass(station: Station) -> None:
    assert limited(station, 1000).get("/v1/models").status_code == 200
