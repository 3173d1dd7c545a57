"""Posting a picture, finding it again, and its thumbnail."""

import hashlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image as PillowImage
from starlette.testclient import TestClient

from beadwatch.domain.labels import SURFACE, TIG, ClassLabel, Task
from tests.bundles import colour_of
from tests.pictures import cornered, encoded, noise, png, turned
from tests.server.conftest import Send, error_of

CLASSES = [(task, label) for task in (TIG, SURFACE) for label in task.labels]


@pytest.mark.parametrize(("task", "label"), CLASSES, ids=[f"{task.name} {label.name}" for task, label in CLASSES])
def test_picture_of_a_class_is_created_with_its_verdict(send: Send, task: Task, label: ClassLabel) -> None:
    response = send(png(colour_of(task, label.name)), task=task.name)
    assert response.status_code == 201
    body = response.json()
    assert (body["task"], body["label"], body["disposition"]) == (task.name, label.name, label.verdict)
    assert list(body["scores"]) == list(task.label_names)


def test_answer_is_what_is_kept_and_listed(client: TestClient, send: Send) -> None:
    created = send().json()
    assert client.get(f"/v1/inspections/{created['id']}").json() == created
    assert client.get("/v1/inspections").json() == {"inspections": [created], "next_before": None}


def test_answer_says_what_was_sent_and_when(send: Send) -> None:
    before = datetime.now(UTC)
    body = send(png(), name="Naht №1.png").json()
    assert (body["path"], body["sha256"]) == ("Naht №1.png", hashlib.sha256(png()).hexdigest())
    assert before <= datetime.fromisoformat(body["created_at"]) <= datetime.now(UTC)
    assert (body["model"], body["model_version"], body["seen_in_training"]) == ("tig", "tig-1", False)


def test_scores_are_not_rounded_on_the_way(client: TestClient, send: Send) -> None:
    created = send(encoded(noise(40, 32))).json()
    found = client.get(f"/v1/inspections/{created['id']}").json()
    assert found["scores"] == created["scores"]
    assert sum(created["scores"].values()) == pytest.approx(1.0, abs=1e-5)
    assert any(len(repr(score)) > 12 for score in created["scores"].values())


def test_condition_and_imperfection_are_told_apart(send: Send) -> None:
    (gas,) = send(png(colour_of(TIG, "lack of shielding gas"))).json()["imperfections"]
    (burnt,) = send(png(colour_of(TIG, "burn through"))).json()["imperfections"]
    assert (gas["kind"], gas["iso6520"]) == ("condition", None)
    assert {effect["iso6520"] for effect in gas["likely_to_cause"]} == {"610", "2011", "2017"}
    assert (burnt["kind"], burnt["iso6520"]) == ("imperfection", "510")


def test_picture_is_kept_once_and_inspections_of_it_each(client: TestClient, send: Send) -> None:
    first, second = send().json(), send().json()
    assert first["id"] != second["id"]
    assert len(client.get("/v1/inspections").json()["inspections"]) == 2
    assert len([path for path in Path("data/blobs").rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["s crack", "t good", "t burnt"]),
        ("task=tig", ["t good", "t burnt"]),
        ("task=surface", ["s crack"]),
        ("task=laser", []),
        ("disposition=reject", ["s crack", "t burnt"]),
        ("disposition=accept", ["t good"]),
        ("disposition=review", []),
        ("task=tig&disposition=reject", ["t burnt"]),
        ("limit=2", ["s crack", "t good"]),
        ("limit=200", ["s crack", "t good", "t burnt"]),
        ("before=nothing", []),
    ],
)
def test_list_is_filtered(client: TestClient, send: Send, query: str, expected: list[str]) -> None:
    send(png(colour_of(TIG, "burn through")), "tig", "t burnt")
    send(png(colour_of(TIG, "good weld")), "tig", "t good")
    send(png(colour_of(SURFACE, "crack")), "surface", "s crack")
    listed = client.get(f"/v1/inspections?{query}").json()["inspections"]
    assert [inspection["path"] for inspection in listed] == expected


def test_pages_follow_next_before_to_the_end(client: TestClient, send: Send) -> None:
    for number in range(5):
        send(name=str(number))
    pages, query = [], "limit=2"
    for _ in range(3):
        page = client.get(f"/v1/inspections?{query}").json()
        pages.append([inspection["path"] for inspection in page["inspections"]])
        query = f"limit=2&before={page['next_before']}"
    assert pages == [["4", "3"], ["2", "1"], ["0"]]
    assert page["next_before"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=-1", "limit=many", "disposition=maybe"])
def test_list_refuses_wrong_queries(client: TestClient, query: str) -> None:
    response = client.get(f"/v1/inspections?{query}")
    assert response.status_code == 422
    assert query.partition("=")[0] in error_of(response)["message"]


def test_thumbnail_is_a_small_upright_jpeg_without_metadata(client: TestClient, send: Send) -> None:
    created = send(turned(cornered(1280, 700, 100), 6, "JPEG")).json()
    response = client.get(f"/v1/inspections/{created['id']}/thumbnail")
    assert (response.status_code, response.headers["content-type"]) == (200, "image/jpeg")
    assert "private" in response.headers["cache-control"]
    small = PillowImage.open(io.BytesIO(response.content))
    assert (small.format, small.size) == ("JPEG", (175, 320))
    assert len(small.getexif()) == 0
    assert b"Exif" not in response.content


@pytest.mark.parametrize("path", ["/v1/inspections/nothing", "/v1/inspections/nothing/thumbnail"])
def test_unknown_inspection_is_404(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "'nothing'" in error_of(response)["message"]


def test_lost_or_damaged_picture_is_503_and_the_inspection_stays(client: TestClient, send: Send) -> None:
    created = send().json()
    place = Path("data/blobs", created["sha256"][:2], created["sha256"])
    for damage in (place.unlink, lambda: place.write_bytes(b"damaged")):
        damage()
        response = client.get(f"/v1/inspections/{created['id']}/thumbnail")
        assert response.status_code == 503
        assert error_of(response)["type"] == "StoreError"
    assert client.get(f"/v1/inspections/{created['id']}").json() == created


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "../../etc/passwd"),
        ("C:\\Users\\me\\weld.png", "weld.png"),
        ("焊缝 ümlaut 🔥.png", "焊缝 ümlaut 🔥.png"),
        ("<script>alert(1)</script>.png", "<script>alert(1)</script>.png"),
        ("no ending", "no ending"),
        ("x" * 3000 + ".png", "x" * 251 + ".png"),
        (" ", " "),
    ],
    ids=["dots", "backslashes", "scripts", "html", "no ending", "3000 long", "blank"],
)
def test_odd_file_name_is_a_label_and_never_a_path(send: Send, sent: str, kept: str) -> None:
    response = send(name=sent)
    assert response.status_code == 201
    assert response.json()["path"] == kept
    assert {path.name for path in Path().iterdir()} == {"data", "models"}


@pytest.mark.parametrize("name", [b"Schwei\xdfnaht.png", b"\xed\xb3\x9f.png", b"a\x00b.png", b"a\tb.png"])
def test_file_name_of_odd_bytes_is_taken_too(client: TestClient, name: bytes) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="task"\r\n\r\ntig\r\n'
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="'
        + name
        + b'"\r\n\r\n'
        + png()
        + b"\r\n--x--\r\n"
    )
    response = client.post("/v1/inspections", content=body, headers={"content-type": "multipart/form-data; boundary=x"})
    assert response.status_code == 201
    assert json.loads(response.content)["path"].endswith(".png")
    assert client.get("/v1/inspections").json()["inspections"] == [response.json()]
