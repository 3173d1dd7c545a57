"""What works here and what does not: each model, the store and the extras, with what to do."""

import importlib.metadata
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from beadwatch.services.diagnosis import Check, State, diagnose
from beadwatch.services.releases import RECORD, open_channel, open_shadows
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.bundles import write_bundle, zipped
from tests.releases import bundle
from tests.services.test_precision import write_unsound


def checks() -> dict[str, Check]:
    found = diagnose(load_settings())
    assert len({check.name for check in found}) == len(found)
    return {check.name: check for check in found}


def failed() -> set[str]:
    return {name for name, check in checks().items() if check.failed}


def test_sound_installation_has_nothing_to_mend(models_dir: Path) -> None:
    found = checks()
    assert not any(check.failed for check in found.values())
    assert list(found) == [
        "beadwatch",
        "extra data",
        "extra line",
        "extra train",
        "model surface",
        "model tig",
        "store",
    ]
    detail, promise = found["model tig"].detail.split("; ")
    assert detail == "tig-1, fp32, 6 classes, hashes and golden check pass"
    assert promise.startswith("not certified how many accepted welds are bad")


def test_versions_are_named(models_dir: Path) -> None:
    detail = checks()["beadwatch"].detail
    assert all(library in detail for library in ("Python 3.", "ONNX Runtime ", "Pillow "))


def test_missing_models_are_a_failure_that_names_the_setting() -> None:
    assert failed() == {"models"}
    assert "BEADWATCH_MODELS_DIR" in checks()["models"].detail


@pytest.mark.parametrize("name", ["card.json", "golden.png", "model.onnx", "seen.txt"])
def test_damaged_model_fails_alone_and_names_its_file(models_dir: Path, name: str) -> None:
    (models_dir / "tig" / name).write_bytes(b"damaged")
    assert failed() == {"model tig"}
    assert name in checks()["model tig"].detail


def test_folder_and_zip_of_one_name_are_told_apart(models_dir: Path) -> None:
    zipped(models_dir / "tig").write_bytes(b"no zip")
    assert len(failed()) == 1


def test_model_that_computes_something_else_fails(models_dir: Path) -> None:
    card = models_dir / "tig" / "card.json"
    card.write_text(card.read_text().replace('"tolerance": 0.001', '"tolerance": 1e-12'))
    assert "golden check failed" in checks()["model tig"].detail


def test_both_graphs_of_a_model_are_checked(tmp_path: Path) -> None:
    write_bundle(tmp_path / "models" / "tig", int8=True)
    found = checks()
    assert "fp32" in found["model tig"].detail
    assert (found["model tig"].state, found["model tig, int8"].state) == (State.OK, State.OK)


@pytest.mark.parametrize(("asked", "state"), [(None, State.ABSENT), ("fp32", State.ABSENT), ("int8", State.FAILED)])
def test_int8_graph_that_does_not_hold_here_fails_if_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str | None, state: State
) -> None:
    if asked:
        monkeypatch.setenv("BEADWATCH_PRECISION", asked)
    write_unsound(tmp_path / "models" / "tig")
    shutil.rmtree(tmp_path / "models" / "sound")
    found = checks()
    assert found["model tig"].state is State.OK
    assert found["model tig, int8"].state is state
    assert "golden check failed: int8" in found["model tig, int8"].detail


def test_models_that_came_by_the_release_channel_are_checked(
    models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEADWATCH_RELEASES_URL", str(tmp_path / "channel"))
    folder = bundle(tmp_path / "bundles", "tig-2")
    settings = load_settings()
    open_channel(settings).publish(folder, "tig", "rosa", {}, {"name": "rosa", "reason": "a test"})
    open_shadows(settings).begin(bundle(tmp_path / "bundles", "tig-3"), "tig", "rosa", "a test")
    with closing(build_station(settings)) as station:
        assert station.shadows is not None
        station.shadows.look()
    found = checks()
    (shadow,) = [name for name in found if name.startswith("shadow tig")]
    assert found["release tig"].detail.startswith("tig-2, fp32")
    assert found[shadow].detail.startswith("tig-3, fp32")
    (settings.data_dir / "releases" / "tig" / RECORD).write_bytes(b"damaged")
    assert failed() == {"release tig"}


@pytest.mark.parametrize(
    ("variable", "value"),
    [("BEADWATCH_DATABASE_URL", "words"), ("BEADWATCH_BLOBS_URL", "nothing://here"), ("BEADWATCH_DATA_DIR", "file/x")],
)
def test_unusable_store_is_a_failure(
    models_dir: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    Path("file").touch()
    monkeypatch.setenv(variable, value)
    assert failed() == {"store"}


def test_missing_extra_is_no_failure_and_says_how_to_get_it(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = importlib.metadata.version

    def without_torch(package: str) -> str:
        if package == "torch":
            raise importlib.metadata.PackageNotFoundError(package)
        return version(package)

    monkeypatch.setattr(importlib.metadata, "version", without_torch)
    check = checks()["extra train"]
    assert check.state is State.ABSENT
    assert "pip install beadwatch[train]" in check.detail


def test_check_is_shown_by_name_state_and_detail() -> None:
    assert Check("store", State.FAILED, "why").to_dict() == {"name": "store", "state": "failed", "detail": "why"}


def test_diagnosis_stores_no_inspection_and_no_picture(models_dir: Path, tmp_path: Path) -> None:
    checks()
    kept = [path.name for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert set(kept) <= {"beadwatch.db", "beadwatch.db-wal", "beadwatch.db-shm"}
