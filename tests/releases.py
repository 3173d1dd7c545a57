"""Tiny bundles of several versions, and what the gate would say of them."""

from pathlib import Path
from typing import Any

from beadwatch.domain.labels import TIG
from beadwatch.domain.model_card import Golden
from tests.bundles import write_bundle


def bundle(folder: Path, version: str) -> Path:
    """Write a tiny bundle of `tig` with that version, unless it is there."""
    place = folder / version
    return place if place.exists() else write_bundle(place, TIG, version=version)


def passing(challenger: str, champion: str = "none", **changes: Any) -> dict[str, Any]:
    """Return a verdict that let `challenger` of `tig` pass, with fields replaced by `changes`."""
    checks = [{"name": "made up", "passed": True, "figures": {}, "words": "as a test needs it"}]
    return {"task": "tig", "challenger": challenger, "champion": champion, "passed": True, "checks": checks} | changes


def lying_bundle(folder: Path, version: str = "tig-bad") -> Path:
    """Write a whole bundle of `tig` whose card promises other scores than the graph computes."""
    return write_bundle(folder, TIG, version=version, golden=Golden("golden.png", (1.0, *[0.0] * 5), 2.0, 1e-3))
