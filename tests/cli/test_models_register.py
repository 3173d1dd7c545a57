"""`beadwatch models register` on a real MLflow file; what is missing is said before anything is opened."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_bundle_is_registered_once_and_may_challenge(beadwatch: Run, models_dir: Path) -> None:
    first = beadwatch("models", "register", "tig")
    assert (first.code, first.lines[0]["number"], first.lines[0]["aliases"]) == (0, 1, [])
    again = beadwatch("models", "register", models_dir / "tig", "--challenger")
    assert (again.lines[0]["number"], again.lines[0]["aliases"]) == (1, ["challenger"])


def test_without_a_registry_it_says_so(beadwatch: Run, models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_TRACKING_URI", "none")
    outcome = beadwatch("models", "register", "tig")
    assert (outcome.code, "there is no registry" in outcome.err) == (2, True)


def test_bundle_that_is_not_there_is_named(beadwatch: Run, models_dir: Path) -> None:
    outcome = beadwatch("models", "register", "tug")
    assert (outcome.code, "BundleError: no model 'tug'" in outcome.err) == (2, True)
