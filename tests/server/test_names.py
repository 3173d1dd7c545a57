"""Whatever text arrives, every list that holds it can be read; so can rows that an older station stored."""

import json
import sqlite3
from contextlib import closing

import httpx2
import pytest
from starlette.testclient import TestClient

from beadwatch.domain.accounts import Role
from beadwatch.domain.text import INSTEAD, is_writing
from beadwatch.services.station import Station
from tests.pictures import png
from tests.server.conftest import Send, error_of
from tests.server.feedback_made import Phone, bearer, token_for


def post(
    client: TestClient, name: bytes, charset: bytes = b"", task: bytes = b"tig", path: str = "/v1/inspections"
) -> httpx2.Response:
    """Post a picture in a form that is said to be in `charset`."""
    body = (
        b'--x\r\nContent-Disposition: form-data; name="task"\r\n\r\n' + task + b"\r\n--x\r\n"
        b'Content-Disposition: form-data; name="image"; filename="' + name + b'"\r\n\r\n' + png() + b"\r\n--x--\r\n"
    )
    kind = b"multipart/form-data; boundary=x" + (b"; charset=" + charset if charset else b"")
    return client.post(path, content=body, headers={"content-type": kind.decode("latin-1")})


@pytest.mark.parametrize(
    ("charset", "name", "kept"),
    [
        (b"utf-7", b"a+2AA-.png", "a+2AA-.png"),
        (b'"utf-7"', b"a+2AA-.png", "a+2AA-.png"),
        (b" UTF-7 ", b"a+2AA-.png", "a+2AA-.png"),
        (b"utf-8; Charset = utf-7", b"a+2AA-.png", "a+2AA-.png"),
        (b"utf-8;charset=;charset=utf-7", b"a+2AA-.png", "a+2AA-.png"),
        (b"unicode_escape", b"a\\ud800.png", None),
        (b"undefined", b"a.png", "a.png"),
        (b"punycode", b"a-b.png", "a-b.png"),
        (b"idna", b"a..png", "a..png"),
        (b"utf-16", b"ab.png", "ab.png"),
        (b"no-such", b"a.png", "a.png"),
        (b"utf-8", "ü焊.png".encode(), "ü焊.png"),
        (b"iso-8859-1", b"\xfc.png", "ü.png"),
    ],
)
def test_form_is_read_as_utf8_whatever_it_says(
    client: TestClient, charset: bytes, name: bytes, kept: str | None
) -> None:
    answer = post(client, name, charset)
    assert answer.status_code == 201
    assert kept is None or answer.json()["path"] == kept
    assert client.get("/v1/inspections").json()["inspections"] == [answer.json()]


def test_what_is_cut_out_of_a_header_joins_nothing_together(client: TestClient) -> None:
    answer = post(client, b"a+2AA-.png", b'a;chars;charset="y"et=utf-7')
    assert answer.json()["path"] == "a+2AA-.png"


@pytest.mark.parametrize("name", [b"a\x00b.png", b"a\x1b[31m.png", "a\u202egnp.exe".encode(), b"a\x9bb.png"])
def test_name_is_kept_as_one_line_of_writing(client: TestClient, name: bytes) -> None:
    kept = post(client, name).json()["path"]
    assert is_writing(kept)
    assert INSTEAD in kept or kept == "a\x9bb.png".replace("\x9b", INSTEAD)


def test_row_that_nobody_could_send_is_listed_all_the_same(client: TestClient, send: Send) -> None:
    created = [send(name=f"{number}.png").json() for number in range(3)]
    body = {key: value for key, value in created[1].items() if key not in {"id", "created_at"}}
    with closing(sqlite3.connect("data/beadwatch.db")) as database, database:
        spoiled = json.dumps(body | {"path": "a\ud800b\udcff.png"})
        database.execute("update inspections set body = ? where id = ?", (spoiled, created[1]["id"]))
    listed = client.get("/v1/inspections")
    assert listed.status_code == 200
    assert [each["id"] for each in listed.json()["inspections"]] == [each["id"] for each in created[::-1]]
    found = client.get(f"/v1/inspections/{created[1]['id']}").json()
    assert found == created[1] | {"path": "a?b?.png"}
    assert client.get(f"/v1/inspections/{created[1]['id']}/thumbnail").status_code == 200


def test_nothing_is_stored_that_cannot_be_answered(
    client: TestClient, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("beadwatch.server.routes.file_name", lambda name, longest: "a\ud800.png")
    refused = send()
    assert (refused.status_code, error_of(refused)["type"]) == (503, "StoreError")
    assert client.get("/v1/inspections").json()["inspections"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/inspections?task=a%00", 422),
        ("/v1/inspections?before=%00", 422),
        ("/v1/inspections?before=" + "a" * 65, 422),
        ("/v1/inspections/a%00", 404),
        ("/v1/inspections/%ed%a0%80", 404),
        ("/v1/inspections/a%00/thumbnail", 404),
        ("/v1/inspections/a%00/heatmap", 404),
        ("/v1/comparisons/tig/a%00", 422),
        ("/v1/comparisons/tig/a?after=%00", 422),
    ],
)
def test_no_database_is_asked_for_what_it_may_refuse(
    client: TestClient, station: Station, path: str, status: int
) -> None:
    token = token_for(station, "rosa", Role.REVIEWER)
    answer = client.get(path, headers=bearer(token))
    assert answer.status_code == status
    error_of(answer)


@pytest.mark.parametrize(
    "body", ['{"\\ud800": 1}', '{"run": {"id": "\\ud800"}}', '{"run": {"\\ud800": 1}}', '["\\ud800"]']
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/line/tig/live"), ("POST", "/v1/pair")])
def test_refusal_can_be_sent_whatever_it_is_about(client: TestClient, method: str, path: str, body: str) -> None:
    answer = client.request(method, path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    error_of(answer)


@pytest.mark.parametrize("field", ["part_id", "seam_id", "note"])
@pytest.mark.parametrize("text", ["\ud800", "a\0", "a\x1b[31m"])
def test_feedback_that_nobody_could_show_is_refused(
    station: Station, client: TestClient, field: str, text: str
) -> None:
    rosa = Phone(client, token_for(station, "rosa", Role.REVIEWER))
    assert rosa.send(1, png(), **{field: text}).status_code == 422
    assert rosa.listed() == []


def test_part_that_was_pasted_with_marks_of_direction_is_taken_without_them(
    station: Station, client: TestClient
) -> None:
    rosa = Phone(client, token_for(station, "rosa", Role.REVIEWER))
    marked = {"part_id": "\u202aP-17\u202c", "seam_id": "\u2068S1\u2069", "note": "\u2068two\u2069\nlines"}
    answer = rosa.send(1, png(), **marked)
    assert answer.status_code == 201
    assert {name: answer.json()[name] for name in marked} == marked | {"part_id": "P-17", "seam_id": "S1"}
    assert rosa.send(1, png(), **marked).status_code == 200
