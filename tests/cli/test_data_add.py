"""`beadwatch data import --add`: a set that grows, from several sources, and keeps what was decided about it."""

from pathlib import Path

import pytest

from beadwatch.datasets.snapshot import Record
from beadwatch.services.catalog import open_catalog
from beadwatch.settings import load_settings
from tests.cli.conftest import Run
from tests.pictures import Pixels, encoded, noise

SHARES = ("--train", "0.6", "--valid", "0.2", "--test", "0.2")


def write(root: Path, pictures: dict[str, Pixels]) -> Path:
    for name, pixels in pictures.items():
        path = root / "crack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(pixels, "PNG"))
    return root


def photo(seed: int) -> Pixels:
    return noise(64, 64, seed)


def records(name: str) -> dict[str, Record]:
    return {f"{each.source}/{each.name}": each for each in open_catalog(load_settings()).snapshot(name).records}


@pytest.fixture
def held(beadwatch: Run, tmp_path: Path) -> dict[str, Record]:
    """Make the set `photos`, grouped and split, and return its records."""
    folder = write(tmp_path / "photos", {f"{seed}.png": photo(seed) for seed in range(10)})
    for step in (("import", folder, "--name", "photos"), ("group", "photos"), ("split", "photos", *SHARES)):
        assert beadwatch("data", *step).code == 0
    return records("photos")


def test_what_is_added_goes_where_its_copies_are(beadwatch: Run, held: dict[str, Record], tmp_path: Path) -> None:
    old = {part: next(each for each in held.values() if each.split == part) for part in ("train", "valid", "test")}
    seeds = {part: int(Path(each.name).stem) for part, each in old.items()}
    phone = write(
        tmp_path / "phone",
        {
            "0.png": photo(seeds["train"]),
            "1.png": photo(seeds["valid"])[:, ::-1],
            "2.png": photo(seeds["test"])[::-1],
            "3.png": photo(100),
        },
    )
    answer = beadwatch("data", "import", phone, "--name", "photos", "--add", "--source", "phone", "--licence", "CC0")
    assert answer.code == 0
    assert "4 pictures added" in answer.err
    assert beadwatch("data", "split", "photos", *SHARES).code == 2, "what was added has no group yet"
    assert beadwatch("data", "group", "photos").code == 0
    assert beadwatch("data", "split", "photos", *SHARES).code == 0
    now = records("photos")
    assert {key: each.split for key, each in now.items() if key in held} == {k: r.split for k, r in held.items()}
    for number, part in enumerate(("train", "valid", "test")):
        added = now[f"phone/crack/{number}.png"]
        assert (added.split, added.licence) == (part, "CC0")
        assert added.group_key == now[f"photos/{old[part].name}"].group_key
    assert now["phone/crack/3.png"].split is not None
    assert beadwatch("data", "audit", "photos", "--model", "none").code == 0
    shown = beadwatch("data", "show", "photos").out
    assert "4 from phone, licence: CC0" in shown
    assert "import folders --add" in shown


def test_a_folder_that_grew_adds_what_is_new(beadwatch: Run, held: dict[str, Record], tmp_path: Path) -> None:
    folder = write(tmp_path / "photos", {"new.png": photo(100)})
    answer = beadwatch("data", "import", folder, "--name", "photos", "--add")
    assert "1 pictures added" in answer.err
    now = records("photos")
    assert now.pop("photos/crack/new.png").split is None
    assert now == held


def test_another_picture_of_the_same_name_is_refused(beadwatch: Run, held: dict[str, Record], tmp_path: Path) -> None:
    phone = write(tmp_path / "phone", {"0.png": photo(100)})
    answer = beadwatch("data", "import", phone, "--name", "photos", "--add")
    assert answer.code == 2
    assert "'crack/0.png' is in the set with other bytes" in answer.err
    assert "--source" in answer.err
    assert records("photos") == held


def test_there_must_be_something_to_add_to(beadwatch: Run, tmp_path: Path) -> None:
    folder = write(tmp_path / "photos", {"0.png": photo(0)})
    answer = beadwatch("data", "import", folder, "--name", "photos", "--add")
    assert answer.code == 2
    assert "no data set 'photos'" in answer.err


def test_an_override_names_a_picture_by_its_source_too(beadwatch: Run, held: dict[str, Record], tmp_path: Path) -> None:
    phone = write(tmp_path / "phone", {"0.png": photo(100)})
    assert beadwatch("data", "import", phone, "--name", "photos", "--add", "--source", "phone").code == 0
    table = tmp_path / "groups.csv"
    table.write_text("file,group\nphone/crack/0.png,mine\nphotos/crack/0.png,mine\n")
    answer = beadwatch("data", "group", "photos", "--overrides", table)
    assert answer.code == 0, answer.err
    now = records("photos")
    assert now["phone/crack/0.png"].group_key == now["photos/crack/0.png"].group_key == "*/mine"


def test_runs_that_share_a_frame_become_one_and_stay_so(beadwatch: Run, tmp_path: Path) -> None:
    frames = {"a": photo(0), "b": photo(1), "c": photo(0)[:, ::-1], "d": photo(2)}
    folder = write(tmp_path / "runs", {f"{name}.png": pixels for name, pixels in frames.items()})
    runs = "".join(f"crack/{name}.png,run {run}\n" for name, run in zip("abcd", "1223", strict=True))
    (folder / "groups.csv").write_text(f"file,group\n{runs}")
    assert beadwatch("data", "import", folder, "--name", "runs").code == 0
    for again in ((), ("--again",)):
        assert beadwatch("data", "group", "runs", *again).code == 0
        found = {Path(each.name).stem: (each.group, each.group_how) for each in records("runs").values()}
        assert {name: group for name, (group, _) in found.items()} == dict(
            zip("abcd", ("run 1", "run 1", "run 1", "run 3"), strict=True)
        )
        assert found["c"][1] == "given by the layout as run 2"
    write(folder, {"e.png": photo(5)})
    (folder / "groups.csv").write_text(f"file,group\n{runs}crack/e.png,run 2\n")
    assert beadwatch("data", "import", folder, "--name", "runs", "--add").code == 0
    assert {each.group for key, each in records("runs").items() if "e.png" in key} == {"run 1"}
