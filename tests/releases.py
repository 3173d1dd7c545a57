"""Tiny bundles of several versions, what the gate would say of them, and publishing them."""

import json
from pathlib import Path
from typing import Any

from beadwatch.domain.labels import TIG
from beadwatch.domain.model_card import Golden
from beadwatch.domain.release import Release
from beadwatch.storage.files import Files
from beadwatch.storage.release_channel import ReleaseChannel
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


def publish(channel: ReleaseChannel, path: Path, champion: str = "none") -> Release:
    """Publish a bundle whose folder has its version for a name."""
    return channel.publish(path, "tig", "rosa", passing(path.name.removesuffix(".zip"), champion))


def versions(channel: ReleaseChannel) -> list[str]:
    """Return the versions of all moves of `tig`."""
    return [move.version for move in channel.history("tig")]


def change_move(files: Files, changes: dict[str, Any]) -> None:
    """Write over the first move, as somebody with access to the bucket could."""
    path = "moves/tig/00000001.json"
    files.write(path, json.dumps(json.loads(files.read(path) or b"") | changes).encode())
