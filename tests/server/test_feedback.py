"""Feedback over HTTP: sent once whatever happens, seen by its team only, reviewed by who may, refused in one shape."""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from beadwatch.domain.accounts import Role
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.storage.feedback_removal import Chosen, FeedbackRemoval
from beadwatch.wiring import build_station
from tests.domain.test_feedback import sent
from tests.pictures import animated, encoded, noise, png, png_bomb, turned
from tests.server.conftest import client_of, error_of
from tests.server.feedback_made import PICTURE, Phone, bearer, token_for, upload


@pytest.fixture
def station() -> Iterator[Station]:
    """Return a station without models: feedback needs none."""
    with closing(build_station(load_settings())) as built:
        yield built


@pytest.fixture
def ada(station: Station, client: TestClient) -> Phone:
    """Return the phone of an inspector."""
    return Phone(client, token_for(station, "ada"))


@pytest.fixture
def rosa(station: Station, client: TestClient) -> Phone:
    """Return the phone of a reviewer of the same team."""
    return Phone(client, token_for(station, "rosa", Role.REVIEWER))


@pytest.fixture
def stranger(station: Station, client: TestClient) -> Phone:
    """Return the phone of an administrator of another team."""
    return Phone(client, token_for(station, "stranger", Role.ADMIN, "south"))


def blobs() -> list[str]:
    return sorted(path.name for path in Path("data/blobs").rglob("*") if path.is_file())


def test_feedback_is_stored_with_who_sent_it(ada: Phone, rosa: Phone, station: Station) -> None:
    answer = ada.send()
    assert answer.status_code == 201
    (device,) = [each for each in station.accounts.devices() if each.account_id == answer.json()["account_id"]]
    assert (answer.json()["device_id"], answer.json()["team"]) == (device.id, "north")
    assert answer.json()["disagrees"] is True
    assert station.blobs.get(answer.json()["sha256"]) == PICTURE
    people = {answer.json()["account_id"]: "ada"}
    assert rosa.get(f"/{1:032x}").json() == {**answer.json(), "reviews": [], "people": people}
    assert rosa.get().json()["people"] == people


def test_sending_again_is_200_and_changes_nothing(ada: Phone, rosa: Phone) -> None:
    first, second, other = ada.send(), ada.send(), rosa.send()
    assert [first.status_code, second.status_code, other.status_code] == [201, 200, 200]
    assert first.json() == second.json() == other.json()
    assert rosa.listed() == [1]


def test_other_content_under_the_same_id_is_409(ada: Phone, rosa: Phone) -> None:
    first = ada.send().json()
    for answer in (ada.send(note="other"), ada.send(picture=png((1, 2, 3)))):
        assert (answer.status_code, error_of(answer)["type"]) == (409, "FeedbackConflictError")
    assert rosa.get(f"/{1:032x}").json()["note"] == first["note"]
    assert len(blobs()) == 1


@pytest.mark.parametrize(
    ("data", "status", "kind"),
    [
        pytest.param(b"", 400, "EmptyImageError", id="empty"),
        pytest.param(png_bomb(20_000, 20_000), 413, "ImageTooLargeError", id="bomb"),
        pytest.param(b"<script>alert(1)</script>", 415, "UnsupportedImageError", id="html"),
        pytest.param(b"%PDF-1.7", 415, "UnsupportedImageError", id="pdf"),
        pytest.param(animated("GIF"), 415, "UnsupportedImageError", id="animation"),
        pytest.param(encoded(noise())[:900], 422, "BrokenImageError", id="cut"),
        pytest.param(png(width=31), 422, "ImageTooSmallError", id="too small"),
    ],
)
def test_what_is_no_picture_is_refused_and_not_kept(
    ada: Phone, rosa: Phone, data: bytes, status: int, kind: str
) -> None:
    answer = ada.send(picture=data)
    assert (answer.status_code, error_of(answer)["type"]) == (status, kind)
    assert (rosa.listed(), blobs()) == ([], [])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"id": "../../../etc/passwd"}, "id: send 32"),
        ({"sha256": "0" * 64}, "sha256: the picture that arrived has"),
        ({"labels": ["<script>"]}, "labels: no class '<script>'"),
        ({"note": "nul\0"}, "note:"),
        ({"note": "\ud800"}, "note:"),
        ({"team": "south"}, "unknown field 'team'"),
        ({"captured_at": "now"}, "captured_at:"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_wrong_field_is_422_and_named(ada: Phone, rosa: Phone, changes: dict[str, Any], says: str) -> None:
    answer = ada.send(**changes)
    assert (answer.status_code, error_of(answer)["type"]) == (422, "FeedbackError")
    assert says in error_of(answer)["message"]
    assert (rosa.listed(), blobs()) == ([], [])


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 422),
        ("no json", 422),
        ("[]", 422),
        ('{"id": NaN}', 422),
        ("[" * 100_000, 422),
        ("9" * 100_000, 422),
        ('{"note": "' + "x" * 2_000_000 + '"}', 400),
    ],
    ids=["empty", "words", "array", "nan", "deep", "long number", "huge"],
)
def test_json_that_makes_no_sense_is_refused(ada: Phone, text: str, status: int) -> None:
    files = {"picture": ("a.png", PICTURE)}
    answer = ada.client.post("/v1/feedback", headers=bearer(ada.token), data={"feedback": text}, files=files)
    assert answer.status_code == status
    error_of(answer)


@pytest.mark.parametrize("missing", ["data", "files"])
def test_missing_part_is_422(ada: Phone, missing: str) -> None:
    parts = {name: value for name, value in upload().items() if name != missing}
    answer = ada.client.post("/v1/feedback", headers=bearer(ada.token), **parts)
    assert (answer.status_code, error_of(answer)["type"]) == (422, "RequestError")


def test_huge_file_is_413_and_not_kept(station: Station) -> None:
    phone = Phone(client_of(replace(station, max_upload_bytes=100_000)), token_for(station, "ada"))
    answer = phone.send(picture=encoded(noise(300, 300)))
    assert (answer.status_code, error_of(answer)["type"]) == (413, "ImageTooLargeError")
    assert blobs() == []


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "..\\..\\x.png", "/etc/passwd", "a\0.png", "<script>.png", "x" * 5000, "", "CON"]
)
def test_file_name_is_neither_used_nor_shown(ada: Phone, tmp_path: Path, name: str) -> None:
    parts = upload()
    parts["files"] = {"picture": (name, PICTURE, "image/png")}
    before = set(tmp_path.rglob("*"))
    answer = ada.client.post("/v1/feedback", headers=bearer(ada.token), **parts)
    if name and len(name) < 5000:
        assert answer.status_code == 201
        assert "passwd" not in answer.text
        assert "script" not in answer.text
        assert {path.name for path in set(tmp_path.rglob("*")) - before if path.is_file()} >= set(blobs())
        assert len(blobs()) == 1
    else:
        assert answer.status_code in {400, 422}  # a part without a name is no file, one with a long one no part
        assert blobs() == []


def test_script_in_a_note_stays_text(ada: Phone, rosa: Phone) -> None:
    note = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    assert ada.send(note=note, part_id=note, seam_id=note).status_code == 201
    answer = rosa.get()
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
    assert answer.json()["feedback"][0]["note"] == note


def test_another_teams_feedback_is_not_there(ada: Phone, stranger: Phone, station: Station) -> None:
    ada.send()
    answers = [
        stranger.get(f"/{1:032x}"),
        stranger.get(f"/{1:032x}/thumbnail"),
        stranger.get(f"/{1:032x}/picture"),
        stranger.review(),
        stranger.get("/nothing"),
        stranger.get("/%2e%2e%2fpasswd"),
        stranger.get("/%00"),
        stranger.get(f"/{1:032x}%0a"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 8
    for answer in answers:
        error_of(answer)
    assert answers[0].json() == stranger.get(f"/{2:032x}").json(), "nobody learns which ids there are"
    assert stranger.listed() == []
    assert stranger.send(note="ours").status_code == 201, "nor by sending one of them"
    assert station.feedback.reviews("north", f"{1:032x}") == []


def test_inspector_sees_what_is_their_own_and_reviews_nothing(ada: Phone, rosa: Phone) -> None:
    ada.send(1)
    rosa.send(2)
    for part in ("", "/thumbnail", "/picture"):
        assert ada.get(f"/{1:032x}{part}").status_code == 200
        assert ada.get(f"/{2:032x}{part}").status_code == 404
    for answer in (ada.get(), ada.review(1), ada.review(2)):
        assert answer.status_code == 403
        assert "needs the role reviewer; yours is inspector" in error_of(answer)["message"]


def test_list_is_filtered_ordered_and_paged(ada: Phone, rosa: Phone) -> None:
    agrees: dict[str, Any] = {"labels": ["porosity"], "boxes": []}
    for number, changes in enumerate([{}, agrees, {}, agrees], 1):
        ada.send(number, **changes)
    rosa.review(3)
    assert rosa.listed() == [4, 3, 2, 1]
    assert rosa.listed(order="disagreements") == [3, 1, 4, 2]
    assert rosa.listed(label="crack") == [3, 1]
    assert rosa.listed(disagrees=False) == [4, 2]
    assert rosa.listed(reviewed=True) == [3]
    assert rosa.listed(reviewed=False, order="disagreements") == [1, 4, 2]
    assert rosa.listed(task="tig") == rosa.listed(since="2099-01-01T00:00:00Z") == []
    assert rosa.listed(since="2020-01-01T00:00:00+02:00", limit=1) == [4]
    page = rosa.get(order="disagreements", limit=3).json()
    assert [int(found["id"], 16) for found in page["feedback"]] == [3, 1, 4]
    assert rosa.listed(order="disagreements", limit=3, before=page["next_before"]) == [2]


def test_what_is_worth_most_to_the_model_comes_first(ada: Phone, rosa: Phone) -> None:
    sure, torn = {"crack": 1.0, "porosity": 0.0}, {"crack": 0.5, "porosity": 0.0}
    answer = {"model": "surface", "model_version": "1", "labels": ["crack"]}
    for number, scores, labels in [(1, sure, ["crack"]), (2, torn, ["porosity"]), (3, torn, ["crack"]), (4, sure, [])]:
        assert ada.send(number, answer=answer | {"scores": scores}, labels=labels).status_code == 201
    assert rosa.listed(order="value") == [2, 4, 3, 1]
    first = rosa.get(order="value", limit=2).json()
    assert first["feedback"][0]["usefulness"] == {
        "value": 0.875, "uncertainty": 1.0, "disagreement": 1.0, "novelty": 0.5, "need": 1.0,
    }  # fmt: skip
    assert rosa.listed(order="value", limit=2, before=first["next_before"]) == [3, 1]
    rosa.review(2)
    rosa.review(3)
    assert rosa.listed(order="value", reviewed=False) == [4, 1]
    needs = {each["id"]: each["usefulness"]["need"] for each in rosa.get(order="value").json()["feedback"]}
    assert [needs[f"{number:032x}"] for number in (1, 2)] == [0.0, 0.0]
    rosa.review(3, verdict="rejected")
    needs = {each["id"]: each["usefulness"]["need"] for each in rosa.get(order="value").json()["feedback"]}
    assert [needs[f"{number:032x}"] for number in (1, 2)] == [1.0, 0.0]


@pytest.mark.parametrize("distance", [-0.1, 2.1, "far"])
def test_distance_that_is_none_is_422(ada: Phone, distance: object) -> None:
    answer = {"model": "surface", "model_version": "1", "scores": {"crack": 1.0}, "labels": ["crack"]}
    assert ada.send(answer=answer | {"distance": distance}).status_code == 422
    assert ada.send(answer=answer | {"distance": 0.25}).json()["answer"]["distance"] == 0.25


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"order": "random"},
        {"since": "2026-01-01T00:00:00"},
        {"since": "0001-01-01T00:00:00+14:00"},
        {"label": "nul\0"},
        {"before": "x" * 65},
        {"reviewed": "maybe"},
    ],
    ids=str,
)
def test_wrong_filter_is_422(rosa: Phone, query: dict[str, Any]) -> None:
    answer = rosa.get(**query)
    assert (answer.status_code, error_of(answer)["type"]) == (422, "RequestError")


def test_reviews_are_kept_and_the_newest_counts(ada: Phone, rosa: Phone) -> None:
    ada.send()
    first, second = rosa.review(), rosa.review(verdict="rejected", note="no <b>crack</b>")
    assert (first.status_code, second.status_code) == (201, 201)
    detail = ada.get(f"/{1:032x}").json()
    assert detail["review"] == second.json()["review"]
    assert [review["verdict"] for review in detail["reviews"]] == ["rejected", "accepted"]
    assert detail["review"]["note"] == "no <b>crack</b>"
    assert rosa.get().json()["feedback"][0]["review"]["verdict"] == "rejected"
    assert sorted(detail["people"].values()) == ["ada", "rosa"]


@pytest.mark.parametrize(
    ("review", "kind"),
    [({"verdict": "maybe"}, "FeedbackError"), ({"note": 1}, "FeedbackError"), ({"by": "ada"}, "FeedbackError")],
    ids=str,
)
def test_wrong_review_is_422(ada: Phone, rosa: Phone, review: dict[str, Any], kind: str) -> None:
    ada.send()
    answer = rosa.review(**review)
    assert (answer.status_code, error_of(answer)["type"]) == (422, kind)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"no json", b'"accepted"', b"[" * 100_000], ids=lambda body: repr(body[:9])
)
def test_review_that_is_no_object_is_refused(ada: Phone, rosa: Phone, body: bytes) -> None:
    ada.send()
    headers = bearer(rosa.token) | {"Content-Type": "application/json"}
    answer = rosa.client.post(f"/v1/feedback/{1:032x}/review", content=body, headers=headers)
    assert answer.status_code in {400, 422}
    error_of(answer)


@pytest.mark.parametrize(("part", "size"), [("thumbnail", (160, 320)), ("picture", (800, 1600))])
def test_picture_is_an_upright_jpeg_without_metadata(ada: Phone, part: str, size: tuple[int, int]) -> None:
    ada.send(picture=turned(noise(2000, 1000), 6))
    answer = ada.get(f"/{1:032x}/{part}")
    picture = Image.open(io.BytesIO(answer.content))
    assert (answer.headers["content-type"], picture.format, picture.size) == ("image/jpeg", "JPEG", size)
    assert dict(picture.getexif()) == {}
    assert "private" in answer.headers["cache-control"]


@pytest.mark.slow
def test_two_hundred_at_once_are_answered_without_a_failure(ada: Phone, rosa: Phone) -> None:
    def one(number: int) -> int:
        answer = ada.send(number // 2) if number % 10 else rosa.get()
        return int(answer.status_code)

    with ThreadPoolExecutor(40) as pool:
        statuses = list(pool.map(one, range(200)))
    assert set(statuses) <= {200, 201, 429}
    taken = {number // 2 for number, status in enumerate(statuses) if number % 10 and status != 429}
    assert sorted(rosa.listed(limit=200)) == sorted(taken)


@pytest.fixture
def guests(station: Station) -> TestClient:
    """Return a client, not paired, of a station that lets guests send."""
    return client_of(replace(station, guest_feedback=True))


def test_guest_may_send_where_that_is_switched_on_and_nothing_else(guests: TestClient, station: Station) -> None:
    answer = guests.post("/v1/feedback", **upload())
    assert answer.status_code == 201
    assert (answer.json()["account_id"], answer.json()["device_id"], answer.json()["team"]) == (None, None, "guest")
    for path in ("", f"/{1:032x}", f"/{1:032x}/thumbnail", f"/{1:032x}/picture"):
        assert guests.get(f"/v1/feedback{path}").status_code == 401
    assert guests.post(f"/v1/feedback/{1:032x}/review", json={"verdict": "accepted"}).status_code == 401
    assert Phone(guests, token_for(station, "rosa", Role.REVIEWER)).listed() == []
    assert Phone(guests, token_for(station, "gil", Role.REVIEWER, "guest")).listed() == [1]


def test_wrong_token_does_not_make_a_guest(guests: TestClient) -> None:
    assert guests.post("/v1/feedback", headers=bearer("x" * 43), **upload()).status_code == 401


def test_openapi_shows_the_answer_as_it_is(ada: Phone) -> None:
    schemas = ada.client.get("/openapi.json").json()["components"]["schemas"]
    assert set(ada.send().json()) == set(schemas["FeedbackOut"]["properties"])
    assert set(ada.get(f"/{1:032x}").json()) == set(schemas["FeedbackDetail"]["properties"])
    assert set(json.loads(upload()["data"]["feedback"])) == set(sent())


def test_nobody_reviews_their_own(ada: Phone, rosa: Phone, station: Station, client: TestClient) -> None:
    rosa.send()
    refused = rosa.review()
    assert refused.status_code == 403
    assert "nobody reviews their own feedback" in error_of(refused)["message"]
    other = Phone(client, token_for(station, "ruth", Role.REVIEWER))
    assert other.review().status_code == 201
    assert [given["verdict"] for given in rosa.get(f"/{1:032x}").json()["reviews"]] == ["accepted"]


def test_deleted_feedback_is_gone_for_good(ada: Phone, rosa: Phone, station: Station) -> None:
    sent = ada.send().json()
    rosa.review()
    FeedbackRemoval(station.accounts._engine, station.blobs).delete(
        Chosen(account_id=sent["account_id"]), datetime.now(UTC)
    )
    answer = ada.send()
    assert answer.status_code == 410
    assert error_of(answer)["type"] == "FeedbackDeletedError"
    assert ada.get(f"/{1:032x}").status_code == 404
    assert rosa.listed() == []
