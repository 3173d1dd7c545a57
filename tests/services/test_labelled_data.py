"""A folder that is read on the spot says what of it does not come in, and is refused where labels would be lost."""

import logging
from pathlib import Path

import pytest

from beadwatch.domain.errors import DatasetError
from beadwatch.services.labelled_data import open_labelled
from beadwatch.settings import load_settings
from tests.pictures import png


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "set/crack").mkdir(parents=True)
    (tmp_path / "set/crack/a.png").write_bytes(png())
    return tmp_path / "set"


def test_what_does_not_come_in_is_logged(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "crack/b.heic").write_bytes(b"x")
    with caplog.at_level(logging.WARNING):
        labelled = open_labelled([str(folder)], load_settings())
    assert [record.name for record in labelled.snapshot.records] == ["crack/a.png"]
    assert "crack/b.heic" in caplog.text


def test_labels_that_nobody_reads_refuse_the_folder(folder: Path) -> None:
    (folder / "crack/a.json").write_text('{"shapes": []}')
    with pytest.raises(DatasetError, match=r"crack/a\.json"):
        open_labelled([str(folder)], load_settings())
