"""Finding and opening bundles, by name or path."""

import shutil
from pathlib import Path

import pytest

import beadwatch
from beadwatch.domain.errors import BundleError
from beadwatch.domain.labels import SURFACE
from beadwatch.services.bundles import bundle_paths, models_dir, open_classifier
from beadwatch.settings import load_settings
from tests.bundles import write_bundle, zipped


def test_models_folder_is_that_of_the_settings(tmp_path: Path) -> None:
    assert models_dir(load_settings()) == tmp_path / "models"


def test_shipped_models_are_used_if_no_folder_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BEADWATCH_MODELS_DIR")
    package = Path(beadwatch.__file__).parent
    assert models_dir(load_settings()) in {package / "models", package.parents[1] / "models"}


def test_bundles_are_folders_with_a_card_and_zips(models_dir: Path) -> None:
    zipped(models_dir / "tig")
    (models_dir / "notes").mkdir()
    (models_dir / "notes.txt").write_text("no bundle")
    shutil.copytree(models_dir / "tig", models_dir / ".tig-half-written")
    assert [path.name for path in bundle_paths(models_dir)] == ["surface", "tig", "tig.zip"]


@pytest.mark.parametrize("name", ["nothing", "file"])
def test_folder_that_is_none_has_no_bundles(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    assert bundle_paths(tmp_path / name) == []


def test_model_whose_name_has_dots_is_opened_and_listed_by_it(models_dir: Path) -> None:
    write_bundle(models_dir / "tig-2026.01.02")
    assert open_classifier("tig-2026.01.02", load_settings()).card.name == "tig"
    with pytest.raises(BundleError, match=r"\(there: surface, tig, tig-2026\.01\.02\)"):
        open_classifier("tig-2026.01", load_settings())


@pytest.mark.parametrize("name", ["tig", "surface"])
def test_model_is_opened_by_name(models_dir: Path, name: str) -> None:
    assert open_classifier(name, load_settings()).card.task.name == name


def test_model_is_opened_by_path(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "elsewhere" / "mine", SURFACE)
    assert open_classifier(str(bundle), load_settings()).card.name == "surface"
    assert open_classifier(str(zipped(bundle)), load_settings()).card.name == "surface"
    assert open_classifier("elsewhere/mine", load_settings()).card.name == "surface"


def test_zip_is_opened_by_its_name_without_the_ending(models_dir: Path) -> None:
    zipped(models_dir / "tig")
    shutil.rmtree(models_dir / "tig")
    assert open_classifier("tig", load_settings()).card.name == "tig"


@pytest.mark.parametrize("name", ["laser", "../tig", "no/such/path", "x" * 300, "nul\0byte"])
def test_unknown_model_is_refused_with_what_there_is(models_dir: Path, name: str) -> None:
    with pytest.raises(BundleError, match=r"no model .*\(there: surface, tig\)"):
        open_classifier(name, load_settings())


def test_unknown_model_among_none_says_so() -> None:
    with pytest.raises(BundleError, match=r"\(there: none\)"):
        open_classifier("tig", load_settings())
