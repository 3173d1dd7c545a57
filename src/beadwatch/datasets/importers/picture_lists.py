"""Lists of pictures, as darknet, CVAT and Ultralytics write them: `train.txt` in the set's folder, a path a line.

They put pictures into parts where their folders do not. The paths are of another working folder, so that a picture is
known by the end of its path. Knows lists and names of pictures; does not know labels.
"""

from pathlib import Path

from beadwatch.datasets.importers.base import split_named
from beadwatch.datasets.importers.documents import read_text
from beadwatch.datasets.importers.tree import Tree, plain_file_name
from beadwatch.imaging.picture_names import is_picture_name


class PictureLists:
    """The lists in a set's folder. `files` are those that are lists."""

    def __init__(self, tree: Tree, pictures: list[Path]) -> None:
        self.files: set[Path] = set()
        self._splits: dict[Path, str] = {}
        by_name: dict[str, list[Path]] = {}
        for file in tree.with_suffix(tree.root, ".txt"):
            split = split_named(file.stem)
            lines = listed_pictures(read_text(file, tree.problems) or "") if split else None
            if not split or not lines:
                continue
            self.files.add(file)
            tree.use(file)
            if not by_name:
                for picture in pictures:
                    by_name.setdefault(plain_file_name(picture.name), []).append(picture)
            for line in lines:
                if listed := _ending_like(line, by_name):
                    self._splits.setdefault(listed, split)

    def split_of(self, picture: Path) -> str | None:
        """Return the part that a list puts a picture into; None where no list has it."""
        return self._splits.get(picture)


def listed_pictures(text: str) -> list[str] | None:
    """Return the lines of a text of which each is the path of a picture and nothing else; None for any other text."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines if lines and all(is_picture_name(line) for line in lines) else None


def _ending_like(line: str, by_name: dict[str, list[Path]]) -> Path | None:
    parts = [plain_file_name(part) for part in line.replace("\\", "/").split("/")]
    alike = by_name.get(parts[-1], [])
    if len(alike) > 1:
        alike = [path for path in alike if [plain_file_name(part) for part in path.parts[-2:]] == parts[-2:]]
    return alike[0] if len(alike) == 1 else None
