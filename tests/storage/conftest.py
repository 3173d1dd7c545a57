"""A release channel in a folder, and two tiny bundles to publish."""

from pathlib import Path

import pytest

from beadwatch.storage.files import Files, open_files
from beadwatch.storage.release_channel import ReleaseChannel
from tests.releases import bundle


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return open_files(str(tmp_path / "channel"))


@pytest.fixture
def channel(files: Files) -> ReleaseChannel:
    return ReleaseChannel(files)


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return bundle(tmp_path / "bundles", "tig-1")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return bundle(tmp_path / "bundles", "tig-2")
