"""Which files a person meant: order, folders, hidden files, and a reason for each path that gives none."""

import os
from pathlib import Path

import pytest

from beadwatch.imaging.picture_names import PICTURE_SUFFIXES
from beadwatch.services.picture_files import FoundPicture, find_pictures


def touched(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def names(found: list[FoundPicture]) -> list[str]:
    assert all(picture.error is None for picture in found)
    return [str(picture.path) for picture in found]


def reason(found: list[FoundPicture]) -> str:
    (only,) = found
    return str(only.error)


def test_files_stay_in_the_order_given() -> None:
    touched("b.png", "a.png", "c.png")
    assert names(find_pictures([Path("b.png"), Path("c.png"), Path("a.png")], recursive=False)) == [
        "b.png",
        "c.png",
        "a.png",
    ]


def test_same_file_twice_is_two_pictures() -> None:
    touched("a.png")
    assert names(find_pictures([Path("a.png"), Path("a.png")], recursive=False)) == ["a.png", "a.png"]


def test_pictures_of_a_folder_are_sorted_by_name() -> None:
    touched("d/10.png", "d/2.png", "d/B.png", "d/a.png")
    assert names(find_pictures([Path("d")], recursive=False)) == ["d/10.png", "d/2.png", "d/B.png", "d/a.png"]


@pytest.mark.parametrize("suffix", sorted(PICTURE_SUFFIXES))
def test_usual_endings_count_in_any_case(suffix: str) -> None:
    touched(f"d/a{suffix}", f"d/b{suffix.upper()}")
    assert names(find_pictures([Path("d")], recursive=False)) == [f"d/a{suffix}", f"d/b{suffix.upper()}"]


def test_picture_in_a_format_that_is_not_read_is_a_result_with_a_reason() -> None:
    touched("d/a.png", "d/IMG_1.HEIC", "d/notes.txt")
    heic, png = find_pictures([Path("d")], recursive=False)
    assert (str(heic.path), str(png.path), png.error) == ("d/IMG_1.HEIC", "d/a.png", None)
    assert "save it as JPEG" in str(heic.error)


def test_other_files_of_a_folder_are_left_out_but_taken_when_named() -> None:
    touched("d/a.png", "d/notes.txt", "d/png", "d/a.png.bak", "d/b.dat")
    assert names(find_pictures([Path("d")], recursive=False)) == ["d/a.png"]
    assert names(find_pictures([Path("d/b.dat"), Path("d/png")], recursive=False)) == ["d/b.dat", "d/png"]


def test_hidden_files_and_folders_are_left_out_but_taken_when_named() -> None:
    touched("d/a.png", "d/.b.png", "d/.cache/c.png")
    assert names(find_pictures([Path("d")], recursive=True)) == ["d/a.png"]
    assert names(find_pictures([Path("d/.b.png"), Path("d/.cache")], recursive=True)) == ["d/.b.png", "d/.cache/c.png"]


def test_subfolders_count_only_when_asked_for() -> None:
    touched("d/a.png", "d/z/b.png", "d/e/f/c.png")
    assert names(find_pictures([Path("d")], recursive=False)) == ["d/a.png"]
    assert names(find_pictures([Path("d")], recursive=True)) == ["d/a.png", "d/e/f/c.png", "d/z/b.png"]


def test_link_to_a_picture_counts_and_a_circle_of_folders_does_no_harm() -> None:
    touched("d/a.png")
    Path("d/b.png").symlink_to("a.png")
    Path("d/circle").symlink_to(".")
    assert names(find_pictures([Path("d")], recursive=True)) == ["d/a.png", "d/b.png"]


@pytest.mark.parametrize("recursive", [False, True])
def test_folder_without_pictures_says_so_and_hints_at_subfolders(recursive: bool) -> None:
    touched("d/notes.txt")
    said = reason(find_pictures([Path("d")], recursive))
    assert said.startswith("no pictures in this folder")
    assert ("--recursive" in said) is not recursive


@pytest.mark.parametrize("path", ["nothing", "nothing/at/all.png", "x" * 300, "nul\0byte", "file.png/inside.png"])
def test_missing_path_is_a_result_with_a_reason(path: str) -> None:
    touched("file.png")
    found = find_pictures([Path(path), Path("file.png")], recursive=False)
    assert found[0].error is not None
    assert found[1].error is None


def test_missing_path_keeps_its_place_among_the_others() -> None:
    touched("a.png", "b.png")
    found = find_pictures([Path("a.png"), Path("gone.png"), Path("b.png")], recursive=False)
    assert [(str(picture.path), picture.error is None) for picture in found] == [
        ("a.png", True),
        ("gone.png", False),
        ("b.png", True),
    ]


def test_nothing_named_is_nothing_found() -> None:
    assert find_pictures([], recursive=True) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_folder_without_permission_is_a_result_with_a_reason() -> None:
    touched("d/a.png", "d/locked/b.png")
    Path("d/locked").chmod(0)
    found = find_pictures([Path("d")], recursive=True)
    Path("d/locked").chmod(0o700)
    assert [str(picture.path) for picture in found] == ["d/a.png", "d/locked"]
    assert "Permission denied" in str(found[1].error)


def test_unreadable_subfolder_is_reported_beside_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    touched("d/a.png", "d/locked/b.png", "d/open/c.png")
    scan = os.scandir

    def guarded(path: str) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found = find_pictures([Path("d")], recursive=True)
    assert [str(picture.path) for picture in found] == ["d/a.png", "d/open/c.png", "d/locked"]
    assert str(found[2].error) == "the folder cannot be read: Permission denied"


def test_path_behind_a_locked_folder_is_a_result_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object, **__: object) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "stat", locked)
    assert "Permission denied" in reason(find_pictures([Path("locked/a.png")], recursive=False))
