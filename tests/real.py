"""Where real weld pictures lie, if they lie beside the checkout; tests that need them skip otherwise."""

from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
DATA = CHECKOUT.parent / "shared" / "data"
MODELS = CHECKOUT / "models"
needs_real_welds = pytest.mark.skipif(not DATA.is_dir(), reason="no real weld pictures in ../shared/data")


def tig_frames() -> list[Path]:
    """Return the frames of the original validation runs."""
    return sorted((DATA / "ss304" / "valid").glob("*/*.png"))


def surface_photos() -> list[Path]:
    """Return photos of finished welds."""
    return sorted((DATA / "weld-quality" / "valid" / "images").glob("*.jpg"))


def backgrounds() -> list[Path]:
    """Return photos without any weld."""
    return sorted((DATA / "background").glob("*.jpg"))
