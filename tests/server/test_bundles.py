"""A device gets the station's model whole, hears at once of what was withdrawn, and gets nothing else of the bundle."""

import hashlib
import json
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from beadwatch.domain.appearance import AppearanceLimits
from beadwatch.domain.labels import TASKS, TIG
from beadwatch.domain.model_card import Calibration
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.bundles import colour_of, golden_pixels, tiny_graph, write_bundle, zipped
from tests.pictures import encoded, plain
from tests.real import MODELS
from tests.server.conftest import Send, client_of, error_of

IMMUTABLE = "private, max-age=31536000, immutable"


def described(client: TestClient, task: str = "tig") -> dict[str, Any]:
    answer = client.get(f"/v1/bundles/{task}")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def test_description_has_all_that_a_device_decides_by(client: TestClient) -> None:
    body = described(client)
    assert {key: body[key] for key in ("task", "kind", "name", "version", "preprocess", "mirrors", "attribution")} == {
        "task": "tig",
        "kind": "single_label",
        "name": "tig",
        "version": "tig-1",
        "preprocess": {"width": 40, "height": 32},
        "mirrors": [[]],
        "attribution": ["drawn by a test"],
    }
    calibration = Calibration(1.0, {}, 0.8, 0.5)
    assert body["calibration"] == {
        "accept_threshold": 0.8,
        "max_distance": 0.5,
        "miss_cost": None,
        "promise": calibration.promise,
        "appearance": None,
    }
    assert (body["golden"]["file"], len(body["golden"]["scores"]), body["golden"]["tolerance"]) == (
        "golden.png",
        6,
        1e-3,
    )
    assert body["withdrawn_versions"] == []


def test_classes_come_in_the_order_of_the_scores_with_what_they_mean(client: TestClient) -> None:
    labels = described(client)["labels"]
    assert [label["name"] for label in labels] == list(TIG.label_names)
    for label, known in zip(labels, TIG.labels, strict=True):
        assert (label["is_good"], label["excludes_others"]) == (known.is_good, known.excludes_others)
        assert (label["cause"], label["remedy"], label["threshold"]) == (known.cause, known.remedy, 0.5)
    listed = next(model for model in client.get("/v1/models").json()["models"] if model["task"] == "tig")
    assert [{key: label[key] for key in listed["labels"][0]} for label in labels] == listed["labels"]


def test_rarer_rules_and_mirror_images_are_told(tmp_path: Path) -> None:
    thresholds = dict.fromkeys(TIG.label_names, 0.2)
    limits = AppearanceLimits(2.0, 0.1, 3.0)
    calibration = Calibration(1.0, thresholds, 1.0, 0.5, miss_cost=5.0, appearance=limits)
    augment = {"horizontal_flip": True, "vertical_flip": True}
    write_bundle(tmp_path / "models" / "tig", TIG, calibration=calibration, training={"augment": augment})
    with closing(build_station(load_settings())) as station:
        body = described(client_of(station))
    assert body["mirrors"] == [[], [1], [0], [0, 1]]
    assert (body["calibration"]["miss_cost"], body["calibration"]["accept_threshold"]) == (5.0, 1.0)
    assert body["calibration"]["appearance"] == {"min_contrast": 2.0, "min_detail": 0.1, "max_detail": 3.0}


def test_openapi_shows_the_description_as_it_is(client: TestClient) -> None:
    described_by = client.get("/openapi.json").json()["components"]["schemas"]["BundleOut"]["properties"]
    assert set(described(client)) == set(described_by)


def test_description_is_sent_again_only_when_something_changed(client: TestClient, station: Station) -> None:
    first = client.get("/v1/bundles/tig")
    tag = first.headers["etag"]
    assert tag == f'"{hashlib.sha256(first.content).hexdigest()}"'
    assert (first.headers["cache-control"], first.headers["content-type"]) == ("no-cache", "application/json")
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get("/v1/bundles/tig", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["etag"], again.headers["cache-control"]) == (tag, "no-cache")
    assert client.get("/v1/bundles/tig", headers={"If-None-Match": '"other"'}).status_code == 200
    station.withdrawals.withdraw("tig", "tig-1", "misses burn through")
    assert client.get("/v1/bundles/tig", headers={"If-None-Match": tag}).status_code == 200


def test_withdrawn_versions_of_the_task_are_told_the_newest_first(client: TestClient, station: Station) -> None:
    made = [station.withdrawals.withdraw("tig", version, f"why {version}") for version in ("tig-0", "tig-1")]
    station.withdrawals.withdraw("surface", "surface-1", "of the other task")
    told = described(client)["withdrawn_versions"]
    assert [(one["version"], one["reason"]) for one in told] == [("tig-1", "why tig-1"), ("tig-0", "why tig-0")]
    assert [datetime.fromisoformat(one["withdrawn_at"]) for one in told] == [one.withdrawn_at for one in reversed(made)]
    station.withdrawals.restore("tig", "tig-0")
    assert [one["version"] for one in described(client)["withdrawn_versions"]] == ["tig-1"]


@pytest.mark.parametrize("pack", [Path, zipped], ids=["folder", "zip"])
@pytest.mark.parametrize("name", ["model.onnx", "golden.png"])
def test_files_arrive_as_described_and_may_be_kept_for_ever(tmp_path: Path, pack: Any, name: str) -> None:
    folder = write_bundle(tmp_path / "models" / "tig", TIG, int8=True)
    if pack is zipped:
        zipped(folder)
        (folder / "card.json").unlink()
    with closing(build_station(load_settings())) as station:
        client = client_of(station)
        told = described(client)["files"]
        assert set(told) == {"model.onnx", "golden.png"}
        answer = client.get(f"/v1/bundles/tig/tig-1/{name}")
        assert answer.content == {"model.onnx": tiny_graph(TIG), "golden.png": encoded(golden_pixels())}[name]
        assert told[name] == {"sha256": hashlib.sha256(answer.content).hexdigest(), "bytes": len(answer.content)}
        assert answer.headers["etag"] == f'"{told[name]["sha256"]}"'
        assert answer.headers["cache-control"] == IMMUTABLE
        types = {"model.onnx": "application/octet-stream", "golden.png": "image/png"}
        assert answer.headers["content-type"] == types[name]
        again = client.get(f"/v1/bundles/tig/tig-1/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content, again.headers["cache-control"]) == (304, b"", IMMUTABLE)


@pytest.mark.parametrize(
    "path",
    [
        "tig/tig-1/seen.txt",
        "tig/tig-1/card.json",
        "tig/tig-1/model.int8.onnx",
        "tig/tig-1/nothing",
        "tig/tig-1/",
        "tig/tig-1",
        "tig/tig-0/model.onnx",
        "tig/surface-1/model.onnx",
        "tig/tig-1/..%2Fmodel.onnx",
        "tig/tig-1/..%2f..%2fsurface%2fmodel.onnx",
        "tig/tig-1/%2e%2e/tig-1/model.onnx",
        "tig/..%2ftig/model.onnx",
        "tig/tig-1/model.onnx%00",
        "tig/tig-1/MODEL.ONNX",
        "laser",
        "laser/tig-1/model.onnx",
        "..%2ftig",
        "",
    ],
)
def test_anything_else_is_404(client: TestClient, path: str) -> None:
    answer = client.get(f"/v1/bundles/{path}", follow_redirects=False)
    assert (answer.status_code, error_of(answer)["type"]) == (404, "RequestError")


def test_refused_bundle_is_answered_as_an_inspection_is(models_dir: Path) -> None:
    (models_dir / "tig" / "model.onnx").write_bytes(b"damaged")
    with closing(build_station(load_settings())) as station:
        client = client_of(station)
        inspecting = client.post("/v1/inspections", data={"task": "tig"}, files={"image": ("a.png", b"x", "image/png")})
        for path in ("tig", "tig/tig-1/model.onnx"):
            answer = client.get(f"/v1/bundles/{path}")
            assert (answer.status_code, error_of(answer)) == (503, error_of(inspecting))


def test_file_that_was_altered_since_the_start_is_not_handed_out(client: TestClient, models_dir: Path) -> None:
    (models_dir / "tig" / "model.onnx").write_bytes(tiny_graph(TIG) + b"\0")
    answer = client.get("/v1/bundles/tig/tig-1/model.onnx")
    assert (answer.status_code, error_of(answer)["type"]) == (503, "BundleError")
    assert "cache-control" not in answer.headers


@pytest.mark.parametrize("label", ["good weld", "burn through"])
def test_inspection_with_a_withdrawn_model_is_for_review(send: Send, station: Station, label: str) -> None:
    picture = encoded(plain(colour_of(TIG, label)))
    before = send(picture).json()
    assert before["disposition"] == {"good weld": "accept", "burn through": "reject"}[label]
    station.withdrawals.withdraw("tig", "tig-0", "another version")
    assert send(picture).json()["disposition"] == before["disposition"]
    station.withdrawals.withdraw("tig", "tig-1", "misses burn through")
    after = send(picture).json()
    assert (after["disposition"], after["label"], after["scores"]) == ("review", label, before["scores"])
    assert after["reasons"] == ["the model tig-1 was withdrawn: misses burn through", *before["reasons"]]
    assert set(after) == set(before)
    station.withdrawals.restore("tig", "tig-1")
    assert send(picture).json()["disposition"] == before["disposition"]


@pytest.mark.parametrize("task", TASKS)
def test_model_that_ships_arrives_byte_for_byte(monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    monkeypatch.setenv("BEADWATCH_MODELS_DIR", str(MODELS))
    with closing(build_station(load_settings())) as station:
        client = client_of(station)
        body, card = described(client, task), json.loads((MODELS / task / "card.json").read_text(encoding="utf-8"))
        assert body["version"] == card["version"]
        for name, told in body["files"].items():
            answer = client.get(f"/v1/bundles/{task}/{card['version']}/{name}")
            assert hashlib.sha256(answer.content).hexdigest() == told["sha256"] == card["files"][name]
            assert answer.content == (MODELS / task / name).read_bytes()
        assert body["golden"] == card["golden"]
        assert body["calibration"]["appearance"] == card["calibration"]["appearance"]
        assert {label["name"]: label["threshold"] for label in body["labels"]} == card["calibration"]["thresholds"]
