"""What of a set did not come in: the rule for every importer, whatever its layout.

Every picture and every label file under the root has come in, or is counted and named. Label files that nobody went by
end the import: the pictures that they are about would pass for others, clean ones above all. Knows the tree, which was
listed for the importer already, and no layout.
"""

import re
from pathlib import Path

from beadwatch.datasets.importers.base import some_of
from beadwatch.datasets.importers.group_table import is_group_table
from beadwatch.datasets.importers.label_files import LabelFiles, is_picture_list, written_by
from beadwatch.datasets.importers.tree import Tree
from beadwatch.domain.errors import DatasetError
from beadwatch.domain.text import valid_text
from beadwatch.imaging.picture_names import is_picture_name, why_not_read

VIDEO_SUFFIXES = frozenset({".mp4", ".avi", ".mkv", ".mov", ".m4v", ".wmv", ".webm", ".mts", ".mpg", ".mpeg"})
_ARCHIVES = frozenset({".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz", ".zst"})
_CLOSED = frozenset(
    {
        ".xlsx", ".xls", ".ods", ".mat", ".npy", ".npz", ".pkl", ".pickle", ".parquet", ".h5", ".hdf5", ".tfrecord",
        ".record", ".db", ".sqlite", ".docx",
    }
)  # fmt: skip

_MASK = re.compile(r"(.+?)[-_. ](?:mask|label|gt|seg|segmentation|annotation|annotated)s?\d*", re.IGNORECASE)
_PICTURE_BYTES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"GIF8")


def check_all_read(tree: Tree, layout: str) -> None:
    """Name what under the root has not come in through the importer of `layout`.

    Raises:
        DatasetError: there are label files that nobody went by.
    """
    for folder in tree.walk():
        tree.report_refused(folder)
        _check_masks(tree, folder, layout)
    told = {problem.file for problem in tree.problems.found}
    left = [file for file in tree.unused() if valid_text(file) not in told]
    if left:
        _check_labels(tree, layout, left)
        _name_pictures(tree, layout, left)
        _name_others(tree, layout, left)


def unread_pictures(files: list[Path]) -> list[tuple[str, list[Path]]]:
    """Return the pictures among `files` that are in a format that is not read, by the reason."""
    by_reason: dict[str, list[Path]] = {}
    for file in files:
        if reason := why_not_read(file.name):
            by_reason.setdefault(reason, []).append(file)
    return list(by_reason.items())


def _check_labels(tree: Tree, layout: str, left: list[Path]) -> None:
    shown = [file for folder in tree.walk() for file in tree.files(folder).values() if _is_shown(file)]
    signs = LabelFiles(shown)
    unread = [file for file in left if not is_group_table(file) and signs.is_one(file)]
    if not unread:
        return
    whose = written_by(unread[0])
    raise DatasetError(
        f"{tree.root}: the layout {layout} does not read what looks like labels ({len(unread)}): "
        f"{_names(tree, unread)}. What they say would be lost, and defects would count as clean. "
        f"{whose or 'Bring them into a layout that is read'} (docs/datasets.md), or move away what is no label"
    )


def _check_masks(tree: Tree, folder: Path, layout: str) -> None:
    """Refuse masks that came in as pictures: `a_mask.png` beside `a.jpg`, or in a folder within its folder."""
    pictures = [path for path in tree.files(folder).values() if is_picture_name(path.name)]
    masks = [(path, match[1].lower()) for path in pictures if (match := _MASK.fullmatch(path.stem))]
    if not masks:
        return
    around = (*pictures, *(tree.files(folder.parent).values() if folder != tree.root else ()))
    stems = {path.stem.lower() for path in around if is_picture_name(path.name)}
    found = [path for path, stem in masks if stem in stems and tree.is_used(path)]
    if found:
        raise DatasetError(
            f"{folder}: named as masks of other pictures ({len(found)}): {_names(tree, found)}. The layout {layout} "
            "would take them for welds; move them out of the folder"
        )


def _name_pictures(tree: Tree, layout: str, left: list[Path]) -> None:
    for reason, files in unread_pictures(left):
        tree.problems.leave_out(tree.root, f"{reason} ({len(files)}): {_names(tree, files)}")
    by_folder: dict[Path, list[Path]] = {}
    for file in left:
        if is_picture_name(file.name):
            by_folder.setdefault(file.parent, []).append(file)
    for folder, files in by_folder.items():
        tree.problems.leave_out(
            folder, f"pictures that the layout {layout} has no labels for ({len(files)}): {_names(tree, files)}"
        )


def _name_others(tree: Tree, layout: str, left: list[Path]) -> None:
    kinds = {
        "videos, which are read in the set's folder only, with a label track": VIDEO_SUFFIXES,
        "archives, which are not opened: unpack them": _ARCHIVES,
        "files that cannot be looked into, and may hold labels": _CLOSED,
    }
    for what, suffixes in kinds.items():
        files = [file for file in left if file.suffix.lower() in suffixes]
        if files:
            tree.problems.leave_out(tree.root, f"{what} ({len(files)}): {_names(tree, files)}")
    unnamed = [file for file in left if _is_unnamed_picture(file)]
    if unnamed:
        tree.problems.leave_out(
            tree.root, f"pictures to rename, for their names do not end so ({len(unnamed)}): {_names(tree, unnamed)}"
        )
    for file in left:
        if is_group_table(file):
            tree.problems.note(file, f"the layout {layout} has groups of its own, and does not read this table")
        elif is_picture_list(file):
            tree.problems.note(file, f"a list of pictures, which the layout {layout} does not read")


def _is_unnamed_picture(file: Path) -> bool:
    """Say whether a file without an ending, or with one that stands for a copy, begins as a picture does."""
    if _is_shown(file) or file.suffix.lower() in _ARCHIVES | _CLOSED:
        return False
    try:
        with file.open("rb") as opened:
            return opened.read(8).startswith(_PICTURE_BYTES)
    except OSError:
        return False


def _is_shown(file: Path) -> bool:
    suffix = file.suffix.lower()
    return is_picture_name(file.name) or bool(why_not_read(file.name)) or suffix in VIDEO_SUFFIXES


def _names(tree: Tree, files: list[Path]) -> str:
    return some_of([_name(tree, file) for file in files], most=20)


def _name(tree: Tree, file: Path) -> str:
    return file.relative_to(tree.root).as_posix()
