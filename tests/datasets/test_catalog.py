"""A name points to something whole, whatever happened, and remembers what it was."""

from pathlib import Path

import pytest

from beadwatch.datasets.catalog import Catalog, Files
from beadwatch.datasets.sample import labelled
from beadwatch.datasets.snapshot import DatasetSnapshot, Record, make_snapshot
from beadwatch.domain.errors import DatasetError, StoreError
from beadwatch.storage.files import open_files


def snapshot(size: int) -> DatasetSnapshot:
    return make_snapshot(
        Record(f"{number:064x}", f"{number}.png", labelled("crack"), "g", "drawn") for number in range(size)
    )


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(open_files(str(tmp_path / "sets")))


def test_a_set_is_found_by_name_by_hash_and_by_the_beginning_of_it(catalog: Catalog) -> None:
    kept = snapshot(3)
    catalog.put("welds", kept, by="import")
    assert catalog.names() == ["welds"]
    for wanted in ("welds", kept.hash, kept.hash[:10]):
        assert catalog.snapshot(wanted) == kept


def test_states_are_remembered(catalog: Catalog) -> None:
    for size in (1, 2, 1):
        catalog.put("welds", snapshot(size), by=f"step {size}")
    dataset = catalog.get("welds")
    assert dataset.snapshot == snapshot(1).hash
    assert [state.by for state in dataset.states] == ["step 1", "step 2", "step 1"]
    assert catalog.snapshot(snapshot(2).hash) == snapshot(2), "an old state stays readable"


def test_pictures_of_all_states_count(catalog: Catalog) -> None:
    assert catalog.pictures() == set()
    for size in (3, 1):
        catalog.put("welds", snapshot(size), by="test")
    assert catalog.pictures() == {f"{number:064x}" for number in range(3)}


def test_an_empty_catalog_says_what_to_do(catalog: Catalog) -> None:
    assert catalog.names() == []
    with pytest.raises(DatasetError, match="data import"):
        catalog.snapshot("welds")


def test_an_unknown_name_lists_those_there_are(catalog: Catalog) -> None:
    catalog.put("welds", snapshot(1), by="import")
    with pytest.raises(DatasetError, match="there are: welds"):
        catalog.get("wields")


@pytest.mark.parametrize("name", ["", "../up", "a/b", "A", " x", ".hidden", "x" * 65, "ü"])
def test_impossible_names_are_refused(catalog: Catalog, name: str) -> None:
    with pytest.raises(DatasetError, match="use lower-case letters"):
        catalog.put(name, snapshot(1), by="import")
    assert catalog.names() == []


class FullDisk:
    """Files of which the write number `step`, from 1, fails."""

    def __init__(self, files: Files, step: int) -> None:
        self.read, self.names, self._files, self._left = files.read, files.names, files, step

    def write(self, path: str, data: bytes) -> None:
        self._left -= 1
        if not self._left:
            raise StoreError("No space left on device")
        self._files.write(path, data)


@pytest.mark.parametrize("step", [1, 2], ids=["snapshot", "pointer"])
def test_a_write_that_fails_leaves_the_old_state(catalog: Catalog, tmp_path: Path, step: int) -> None:
    catalog.put("welds", snapshot(1), by="import")
    full = Catalog(FullDisk(open_files(str(tmp_path / "sets")), step))
    with pytest.raises(StoreError, match="No space left"):
        full.put("welds", snapshot(2), by="import")
    assert catalog.snapshot("welds") == snapshot(1)
    catalog.put("welds", snapshot(2), by="again")
    assert catalog.snapshot("welds") == snapshot(2)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"states": []}', '{"states": [{"hash": "x"}]}'])
def test_a_damaged_pointer_is_named(catalog: Catalog, tmp_path: Path, text: str) -> None:
    catalog.put("welds", snapshot(1), by="import")
    (tmp_path / "sets" / "names" / "welds.json").write_text(text)
    with pytest.raises(DatasetError, match="welds"):
        catalog.snapshot("welds")


def test_a_missing_snapshot_is_named(catalog: Catalog, tmp_path: Path) -> None:
    catalog.put("welds", snapshot(1), by="import")
    for file in (tmp_path / "sets" / "snapshots").iterdir():
        file.unlink()
    with pytest.raises(DatasetError, match=snapshot(1).hash[:12]):
        catalog.snapshot("welds")


def test_a_beginning_that_several_share_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    catalog.put("welds", snapshot(1), by="import")
    twin = snapshot(1).hash[:8] + "0" * 56
    (tmp_path / "sets" / "snapshots" / f"{twin}.parquet").write_bytes(b"")
    with pytest.raises(DatasetError, match="more digits"):
        catalog.snapshot(twin[:8])


def test_what_a_killed_write_left_is_no_snapshot(catalog: Catalog, tmp_path: Path) -> None:
    catalog.put("welds", snapshot(1), by="import")
    (tmp_path / "sets" / "snapshots" / f"{snapshot(1).hash}.parquet.0123.part").write_bytes(b"half")
    (tmp_path / "sets" / "names" / "other.json.0123.part").write_bytes(b"half")
    assert catalog.snapshot(snapshot(1).hash[:10]) == snapshot(1)
    assert catalog.names() == ["welds"]


def test_in_a_bucket(bucket_url: str) -> None:
    catalog = Catalog(open_files(f"{bucket_url}/sets"))
    assert catalog.names() == []
    with pytest.raises(DatasetError, match="data import"):
        catalog.snapshot("welds")
    for size in (1, 2):
        catalog.put("welds", snapshot(size), by=f"step {size}")
    assert catalog.names() == ["welds"]
    assert [state.by for state in catalog.get("welds").states] == ["step 1", "step 2"]
    for size, wanted in [(2, "welds"), (1, snapshot(1).hash[:10])]:
        assert catalog.snapshot(wanted) == snapshot(size)
