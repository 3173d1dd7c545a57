"""Which graph answers: an order is obeyed or refused; a preference gives way to fp32, and that is said."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from beadwatch.domain.errors import BundleError
from beadwatch.inference.bundle import INT8_FILE, Precision, load_bundle
from beadwatch.services.precision import open_precise
from beadwatch.settings import load_settings
from tests.bundles import write_bundle


def write_unsound(folder: Path) -> Path:
    """Write a bundle whose int8 graph computes something else here than where it was made."""
    sound = load_bundle(write_bundle(folder.with_name("sound"), int8=True)).card
    golden = replace(sound.other_goldens[INT8_FILE], distance=1.0)
    return write_bundle(folder, int8=True, other_goldens={INT8_FILE: golden})


@pytest.mark.parametrize(
    ("asked", "preferred", "runs"),
    [
        (None, Precision.FP32, "fp32"),
        (None, Precision.INT8, "int8"),
        ("fp32", Precision.INT8, "fp32"),
        ("int8", Precision.FP32, "int8"),
        ("", Precision.INT8, "int8"),
    ],
)
def test_what_is_asked_for_comes_before_what_is_preferred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str | None, preferred: Precision, runs: str
) -> None:
    if asked is not None:
        monkeypatch.setenv("BEADWATCH_PRECISION", asked)
    bundle = load_bundle(write_bundle(tmp_path / "tig", int8=True))
    assert open_precise(bundle, load_settings(), preferred).precision.value == runs


def test_preferred_graph_that_does_not_hold_here_gives_way_with_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bundle = load_bundle(write_unsound(tmp_path / "tig"))
    assert open_precise(bundle, load_settings(), Precision.INT8).precision is Precision.FP32
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "\n" not in record.getMessage()
    assert str(tmp_path / "tig") in record.getMessage()


def test_ordered_graph_that_does_not_hold_here_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("BEADWATCH_PRECISION", "int8")
    with pytest.raises(BundleError, match="BEADWATCH_PRECISION=int8 asks for it"):
        open_precise(load_bundle(write_unsound(tmp_path / "tig")), load_settings())
    assert not caplog.records


def test_bundle_without_a_sound_graph_is_refused(tmp_path: Path) -> None:
    unsound = load_bundle(write_unsound(tmp_path / "tig"))
    lost = replace(unsound, card=replace(unsound.card, golden=replace(unsound.card.golden, distance=1.0)))
    with pytest.raises(BundleError, match="golden check failed: fp32"):
        open_precise(lost, load_settings(), Precision.INT8)
