"""Which label file is of which picture, wherever tools put them.

A picture's label file has its name, and lies in the folder that mirrors the picture's (`labels` for `images`, or the
other way round), beside the picture, or anywhere in the same part of the set where nothing else has that name. Case
does not matter. A label file that is of no picture, or of several, is a problem, for the picture that it was meant for
would pass for a clean one. Knows names; opens no label file, but where there are two for a picture.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from beadwatch.datasets.importers.base import split_named
from beadwatch.datasets.importers.class_names import name_files
from beadwatch.datasets.importers.picture_lists import PictureLists
from beadwatch.datasets.importers.tree import Tree, plain_file_name
from beadwatch.imaging.picture_names import is_picture_name, why_not_read

IMAGES = ("images", "image", "imgs", "img", "jpegimages", "pictures", "photos")
LABELS = ("labels", "label", "labels_yolo", "yolo_labels", "txt", "annotations")
_TALK = ("readme", "license", "licence", "notes", "changelog", "requirements", "citation")


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture, its label file (None: it has none), its part of the set (None: not said).

    `shared`: no one can say whose the label file is.
    """

    path: Path
    labels: Path | None
    split: str | None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Pairs:
    """Every picture of a tree in order, and the label files that are of none of them."""

    pictures: list[LabelledPicture]
    orphans: list[Path]


def has_label_files(tree: Tree) -> bool:
    """Say whether there is a label file in a folder of labels or images, or beside the picture of its name."""
    for folder in tree.walk():
        texts = _texts(tree, folder)
        if texts and (_in_labels(tree, folder) or in_images(tree, folder)):
            return True
        stems = {_stem(path) for path in tree.files(folder).values() if is_picture_name(path.name)}
        if any(_stem(path) in stems for path in texts):
            return True
    return False


def pair_labels(tree: Tree) -> Pairs:
    """Return every picture of a tree with the label file that is its own; report those that are of none."""
    return _Pairing(tree).paired()


class _Pairing:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        folders = list(tree.walk())
        self._pictures = [path for folder in folders for path in tree.pictures(folder)]
        self._lists = PictureLists(tree, self._pictures)
        self._texts = [text for folder in folders for text in _texts(tree, folder) if text not in self._lists.files]
        self._beside = _grouped(self._texts, lambda text: (text.parent, _stem(text)))
        self._found = {picture: self._near(picture) for picture in self._pictures}
        self._pair_alone()

    def paired(self) -> Pairs:
        owners: dict[Path, list[Path]] = {}
        for picture, texts in self._found.items():
            for text in texts:
                owners.setdefault(text, []).append(picture)
        result = []
        for picture, texts in self._found.items():
            self._tree.use(*texts)
            shared = self._is_shared(picture, texts, owners)
            result.append(LabelledPicture(picture, texts[0] if texts else None, self._split(picture), shared))
        return Pairs(result, self._orphans(owners))

    def _orphans(self, owners: Mapping[Path, list[Path]]) -> list[Path]:
        orphans = []
        files = (file for folder in self._tree.walk() for file in self._tree.files(folder).values())
        unread = {_stem(file): file for file in files if why_not_read(file.name)}
        for text in self._texts:
            if text in owners or self._tree.is_used(text) or not _in_labels(self._tree, text.parent):
                continue
            self._tree.use(text)
            orphans.append(text)
            picture = unread.get(_stem(text))
            why = f"labels {picture.name!r}: {why_not_read(picture.name)}" if picture else ""
            self._tree.problems.report(
                text, why or f"labels a picture that is not in {self._tree.root}, or one of several of its name"
            )
        return orphans

    def _near(self, picture: Path) -> list[Path]:
        """Return the label files in the mirrored folder and beside the picture; two that say the same are one."""
        found: list[Path] = []
        for folder in (self._mirrored(picture.parent), picture.parent):
            alike = self._beside.get((folder, _stem(picture)), []) if folder else []
            exact = [text for text in alike if text.stem == picture.stem]
            text = (exact or alike)[0] if exact or len(alike) == 1 else None
            if text and text not in found:
                found.append(text)
        if len(found) == 2 and _same(*found):
            self._tree.use(found.pop())
        return found

    def _mirrored(self, folder: Path) -> Path | None:
        """Return the folder that stands to `labels` as this one stands to `images`, or the other way round."""
        inner: list[str] = []
        while folder != self._tree.root:
            for own, others in ((IMAGES, LABELS), (LABELS, IMAGES)):
                twin = self._tree.folder_like(folder.parent, *others) if folder.name.lower() in own else None
                for name in reversed(inner):
                    twin = self._tree.folder_like(twin, name.lower()) if twin else None
                if twin:
                    return twin
            inner.append(folder.name)
            folder = folder.parent
        return None

    def _pair_alone(self) -> None:
        """Pair what lies elsewhere: a label file and the picture of its name, the only ones of a part or of the set."""
        taken = {text for texts in self._found.values() for text in texts}
        pictures, texts = _grouped(self._pictures, _stem), _grouped(self._texts, _stem)
        for text in self._texts:
            if text in taken or self._tree.is_used(text):
                continue
            same_name = [picture for picture in pictures.get(_stem(text), []) if self._together(picture, text)]
            rivals = [other for other in texts[_stem(text)] if self._together(other, text)]
            if len(same_name) == len(rivals) == 1 and not self._found[same_name[0]]:
                self._found[same_name[0]] = [text]

    def _together(self, one: Path, other: Path) -> bool:
        splits = {self._split(one), self._split(other)}
        return len(splits) == 1 or None in splits

    def _split(self, path: Path) -> str | None:
        """Return the part that a file's folders put it into, else a list."""
        named = (split_named(name) for name in path.relative_to(self._tree.root).parts[:-1])
        return next((split for split in named if split), None) or self._lists.split_of(path)

    def _is_shared(self, picture: Path, texts: list[Path], owners: dict[Path, list[Path]]) -> bool:
        report = self._tree.problems.report
        if len(texts) > 1:
            report(picture, f"has two label files that differ, {texts[0]} and {texts[1]}; keep one of them")
            return True
        all_owners = owners[texts[0]] if texts else [picture]
        if picture != all_owners[0]:
            report(picture, f"shares its labels with {all_owners[0].name!r}; rename or remove one of them")
        return len(all_owners) > 1


def _texts(tree: Tree, folder: Path) -> list[Path]:
    """Return the files in a folder that may be label files, by their names."""
    names, labels = set(name_files(tree, folder)), _in_labels(tree, folder)
    return [
        path
        for path in tree.with_suffix(folder, ".txt")
        if path not in names
        and (labels or not (path.name.lower().startswith(_TALK) or (folder == tree.root and split_named(path.stem))))
    ]


def in_images(tree: Tree, folder: Path) -> bool:
    """Say whether a folder is one of pictures that label files are expected for, or lies in one."""
    return any(name.lower() in IMAGES for name in folder.relative_to(tree.root).parts)


def _in_labels(tree: Tree, folder: Path) -> bool:
    return any(name.lower() in LABELS for name in folder.relative_to(tree.root).parts)


def _stem(path: Path) -> str:
    return plain_file_name(path.stem)


def _grouped(paths: Iterable[Path], key: Callable[[Path], Hashable]) -> dict[Hashable, list[Path]]:
    found: dict[Hashable, list[Path]] = {}
    for path in paths:
        found.setdefault(key(path), []).append(path)
    return found


def _same(one: Path, other: Path) -> bool:
    try:
        return one.read_bytes() == other.read_bytes()
    except OSError:
        return False
