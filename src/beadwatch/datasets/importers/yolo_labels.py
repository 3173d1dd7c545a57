"""YOLO's label files: a line for each object, `class cx cy w h` or `class x1 y1 x2 y2 x3 y3 ...`, in shares.

Where the class names announce key points, these follow the box and are passed over. Knows one file. Does not know which
picture it belongs to.
"""

import re
from pathlib import Path

from beadwatch.datasets.importers.base import Problems, Spot
from beadwatch.datasets.importers.class_names import ClassNames
from beadwatch.datasets.importers.documents import finite, read_text
from beadwatch.datasets.importers.places import box_place, polygon_place
from beadwatch.datasets.sample import Annotation, Point

_LINE_END = re.compile(r"\r\n|\r|\n")
_INDEX = re.compile(r"([0-9]{1,5})(\.0*)?")  # NumPy writes class 0 as 0.0
_VISIBILITY = {"0", "1", "2", "0.0", "1.0", "2.0"}


def read_labels(path: Path, names: ClassNames, problems: Problems) -> tuple[Annotation, ...] | None:
    """Return what a label file says; None where a class in it cannot be read.

    An empty file says that nothing is on the picture.
    """
    text = read_text(path, problems)
    if text is None:
        return None
    annotations: list[Annotation] = []
    for number, line in enumerate(_LINE_END.split(text), start=1):
        words = line.split()
        if not words:
            continue
        spot = problems.at(path, number)
        match = _INDEX.fullmatch(words[0])
        index = int(match[1]) if match else -1
        if not 0 <= index < len(names.ours):
            spot.report(f"unknown class {words[0]!r}{_hint(words)}; {names.file.name} names 0 to {len(names.ours) - 1}")
            return None
        ours = names.ours[index]
        if ours is not None:
            annotations.append(Annotation(ours, _place(words[1:], names, spot)))
    return tuple(annotations)


def _hint(words: list[str]) -> str:
    if len(words) == 1 and re.search(r"[,;]", words[0]):
        return ", for the numbers are separated by commas or semicolons, where YOLO has spaces"
    return ""


def _place(words: list[str], names: ClassNames, spot: Spot) -> tuple[Point, ...] | None:
    numbers = []
    for word in words:
        number = finite(word)
        if number is None:
            comma = "; decimals need a point, not a comma" if finite(word.replace(",", ".")) is not None else ""
            spot.report(f"{word!r} is no finite number{comma}")
            return None
        numbers.append(number)
    if names.key_point_numbers and len(numbers) == 4 + names.key_point_numbers:
        numbers = numbers[:4]
    elif names.key_point_numbers and len(numbers) != 4:
        spot.report(f"{len(numbers)} numbers, where a box and its key points have {4 + names.key_point_numbers}")
        return None
    elif _is_pose(words):
        spot.report(
            "a box followed by key points (a pose), or an odd polygon: say `kpt_shape: [points, 3]` in data.yaml for "
            "the box to be read"
        )
        return None
    if len(numbers) != 4:
        return polygon_place(numbers, spot)
    across, down, width, height = numbers
    if width <= 0 or height <= 0:
        spot.report(f"a box of width {width:g} and height {height:g}")
        return None
    return box_place(across - width / 2, down - height / 2, across + width / 2, down + height / 2, spot)


def _is_pose(words: list[str]) -> bool:
    """Say whether every third number after a box is how well a key point is seen, which no polygon has by chance."""
    return len(words) >= 10 and len(words) % 3 == 1 and _VISIBILITY.issuperset(words[6::3])
