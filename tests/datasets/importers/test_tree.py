"""A manifest reaches the pictures in its folder, and nothing else."""

import os
from pathlib import Path

import pytest

from beadwatch.datasets.importers.base import Problems
from beadwatch.datasets.importers.tree import Claims, Tree
from tests.datasets.importers.reading import touched


@pytest.fixture
def root(tmp_path: Path) -> Path:
    touched(tmp_path / "secret.jpg")
    touched(tmp_path / "set" / "run 1" / "a.PNG")
    touched(tmp_path / "set" / "notes.txt")
    return tmp_path / "set"


def find(root: Path, name: str) -> tuple[Path | None, list[str]]:
    problems = Problems(skip=True)
    found = Tree(root, problems).find_picture(root, name, problems.at(root / "list", 4))
    assert all((problem.file, problem.line) == (str(root / "list"), 4) for problem in problems.found)
    return found, [problem.message for problem in problems.found]


@pytest.mark.parametrize("name", ["run 1/a.PNG", "./run 1/a.PNG", "run 1//a.PNG", "run 1\\a.PNG"])
def test_picture_is_found(root: Path, name: str) -> None:
    assert find(root, name) == (root / "run 1" / "a.PNG", [])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("/etc/a.png", "leaves the folder"),
        ("\\\\server\\a.png", "leaves the folder"),
        ("C:\\a.png", "leaves the folder"),
        ("C:a.png", "leaves the folder"),
        ("../secret.jpg", "leaves the folder"),
        ("run 1/../../secret.jpg", "leaves the folder"),
        ("run 1/../run 1/a.PNG", "leaves the folder"),
        ("..\\secret.jpg", "leaves the folder"),
        ("", "no name of a picture"),
        (".", "no name of a picture"),
        ("run 1", "no name of a picture"),
        ("notes.txt", "no name of a picture"),
        ("run 1/b.png", "no such file"),
        ("run 2/a.png", "'run 2' is no folder"),
        ("run 1/a.PNG/a.png", "'a.PNG' is no folder"),
        ("nul\0.png", "no such file"),
        ("\ud800.png", "no such file"),
        ("x" * 5000 + ".png", "no such file"),
    ],
)
def test_whatever_is_not_there_or_outside_is_refused(root: Path, name: str, says: str) -> None:
    found, messages = find(root, name)
    assert found is None
    assert len(messages) == 1
    assert says in messages[0]


@pytest.mark.parametrize(
    ("link", "to", "name", "says"),
    [
        ("run 1/out.jpg", "../../secret.jpg", "run 1/out.jpg", "leads out of"),
        ("away", "..", "away/secret.jpg", "leads out of"),
        ("broken.jpg", "nowhere.jpg", "broken.jpg", "no file"),
        ("loop.jpg", "loop.jpg", "loop.jpg", "no file"),
    ],
)
def test_links_that_lead_out_are_refused(root: Path, link: str, to: str, name: str, says: str) -> None:
    (root / link).symlink_to(to)
    found, messages = find(root, name)
    assert found is None
    assert says in messages[0]


def test_link_inside_the_set_and_a_set_behind_a_link_are_read(root: Path, tmp_path: Path) -> None:
    (root / "again.png").symlink_to("run 1/a.PNG")
    (tmp_path / "alias").symlink_to("set")
    assert find(root, "again.png") == (root / "again.png", [])
    assert find(tmp_path / "alias", "run 1/a.PNG") == (tmp_path / "alias" / "run 1" / "a.PNG", [])


def test_pictures_are_in_order_and_those_that_cannot_be_read_are_reported(root: Path) -> None:
    for name in ("b.jpg", "a.webp", ".hidden.jpg", "._a.webp", "c.doc"):
        touched(root / "pictures" / name)
    (root / "pictures" / "out.jpg").symlink_to("../../secret.jpg")
    problems = Problems(skip=True)
    assert [path.name for path in Tree(root, problems).pictures(root / "pictures")] == ["a.webp", "b.jpg"]
    assert [problem.file for problem in problems.found] == [str(root / "pictures" / "out.jpg")]


@pytest.mark.skipif(os.name != "posix", reason="names of bytes")
def test_name_that_is_no_utf8_is_reported(root: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(root) + b"/\xff.jpg")).write_bytes(b"")
    except OSError:
        pytest.skip("this file system has names of characters")
    problems = Problems(skip=True)
    assert Tree(root, problems).pictures(root) == []
    assert "not UTF-8" in problems.found[0].message


def test_each_folder_is_listed_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        touched(root / "run 1" / f"{number}.png")
    listed: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(str(path)) or scandir(path))  # type: ignore[func-returns-value]
    tree, problems = Tree(root), Problems()
    for number in range(50):
        assert tree.find_picture(root, f"run 1/{number}.png", problems.at(root))
    assert listed == [str(root), str(root / "run 1")]


def test_missing_folder_is_empty(tmp_path: Path) -> None:
    tree = Tree(tmp_path, Problems())
    assert (tree.pictures(tmp_path / "no"), tree.folders(tmp_path / "no")) == ([], {})


def test_second_claim_says_where_the_first_is() -> None:
    problems, claims = Problems(skip=True), Claims()
    assert claims.claim(Path("a.jpg"), problems.at(Path("one.csv"), 2))
    assert not claims.claim(Path("a.jpg"), problems.at(Path("two.csv"), 7))
    assert (
        str(problems.found[0])
        == "two.csv, line 7: 'a.jpg' is labelled twice, before in 'one.csv', line 2; keep one of them"
    )


def test_walk_comes_to_each_folder_once_whatever_links_say(root: Path) -> None:
    touched(root / "run 1" / "deep" / "a.jpg")
    (root / "again").symlink_to("run 1")
    (root / "run 1" / "circle").symlink_to("..")
    assert [path.relative_to(root).as_posix() for path in Tree(root).walk()] == [".", "again", "again/deep"]


@pytest.mark.parametrize(
    ("on_disk", "name"),
    [
        ("Prüfung.jpg", "Pru\u0308fung.jpg"),
        ("Pru\u0308fung.jpg", "Prüfung.jpg"),
        ("a.jpg", "A.JPG"),
        ("a b.jpg", "a%20b.jpg"),
        ("é.jpg", "E%CC%81.jpg"),
    ],
)
def test_name_that_a_file_system_changed_is_found(root: Path, on_disk: str, name: str) -> None:
    touched(root / "Bilder" / on_disk)
    assert find(root, f"bilder/{name}") == (root / "Bilder" / on_disk, [])


def test_name_that_two_files_have_but_for_case_is_not_guessed(root: Path) -> None:
    for name in ("a.jpg", "A.jpg"):
        touched(root / name)
    if len(list(root.glob("[aA].jpg"))) < 2:
        pytest.skip("this disk takes a.jpg and A.jpg for one")
    assert find(root, "a.jpg")[0] == root / "a.jpg"
    assert "no such file" in find(root, "A.JPG")[1][0]


def test_file_is_in_use_by_any_of_its_names(root: Path) -> None:
    (root / "again.PNG").symlink_to("run 1/a.PNG")
    tree = Tree(root)
    assert len(tree.unused()) == 3
    tree.use(root / "again.PNG")
    assert tree.unused() == [root / "notes.txt"]
