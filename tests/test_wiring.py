"""A station of bundles and stores: one model for each task, a bad one refused without stopping the others."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from beadwatch.domain.errors import StoreError
from beadwatch.domain.labels import SURFACE
from beadwatch.inference.bundle import Precision
from beadwatch.services.bundles import open_classifier
from beadwatch.services.served_models import open_models
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.bundles import write_bundle


def spoil(bundle: Path, name: str = "model.onnx") -> None:
    data = (bundle / name).read_bytes()
    (bundle / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def test_every_task_gets_its_model(models_dir: Path) -> None:
    models = open_models(load_settings())
    assert {task: classifier.card.name for task, classifier in models.ready.items()} == {
        "surface": "surface",
        "tig": "tig",
    }
    assert models.refused == {}


def test_int8_is_taken_where_a_model_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_bundle(tmp_path / "models" / "tig", int8=True)
    write_bundle(tmp_path / "models" / "surface", SURFACE)
    monkeypatch.setenv("BEADWATCH_PRECISION", "int8")
    ready = open_models(load_settings()).ready
    assert {task: classifier.precision.value for task, classifier in ready.items()} == {
        "tig": "int8",
        "surface": "fp32",
    }
    assert open_classifier("tig", load_settings()).precision is Precision.INT8


def test_bad_bundle_is_refused_by_name_and_the_others_work(models_dir: Path) -> None:
    spoil(models_dir / "tig")
    (models_dir / "broken.zip").write_bytes(b"no zip")
    models = open_models(load_settings())
    assert list(models.ready) == ["surface"]
    assert set(models.refused) == {"tig", "broken.zip"}
    assert "model.onnx" in str(models.refused["tig"])


def test_second_model_of_a_task_is_refused(models_dir: Path) -> None:
    write_bundle(models_dir / "tig-new")
    models = open_models(load_settings())
    assert set(models.ready) == {"surface", "tig"}
    assert "already has a model" in str(models.refused["tig-new"])


def test_good_bundle_serves_its_task_beside_a_refused_one(models_dir: Path) -> None:
    spoil(models_dir / "tig")
    write_bundle(models_dir / "tig-new")
    models = open_models(load_settings())
    assert set(models.ready) == {"surface", "tig"}
    assert set(models.refused) == {"tig"}


def test_no_models_at_all_is_a_station_without_models() -> None:
    with closing(build_station(load_settings())) as station:
        assert (dict(station.models.ready), dict(station.models.refused)) == ({}, {})


def test_station_keeps_its_things_in_the_data_folder(models_dir: Path, tmp_path: Path) -> None:
    with closing(build_station(load_settings())) as station:
        station.inspections.check()
        digest = station.blobs.put(b"picture")
    assert (tmp_path / "data" / "beadwatch.db").is_file()
    assert (tmp_path / "data" / "blobs" / digest[:2] / digest).is_file()


def test_upload_limit_is_in_mebibytes() -> None:
    with closing(build_station(replace(load_settings(), max_upload_mb=3))) as station:
        assert station.max_upload_bytes == 3 * 1024 * 1024


@pytest.mark.parametrize(
    "wrong", [{"database_url": "words"}, {"blobs_url": "nothing://here"}], ids=["database", "blob store"]
)
def test_unusable_store_is_a_store_error(wrong: dict[str, str]) -> None:
    with pytest.raises(StoreError):
        build_station(replace(load_settings(), **wrong))  # type: ignore[arg-type]
