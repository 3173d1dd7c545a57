"""YOLO's label files: a line for each object, `class cx cy w h` or `class x1 y1 x2 y2 x3 y3 ...`, in shares.

Knows one file. Does not know which picture it belongs to.
"""

from pathlib import Path

from beadwatch.datasets.importers.base import Problems, Spot
from beadwatch.datasets.importers.documents import finite, read_text
from beadwatch.datasets.importers.places import box_place, polygon_place
from beadwatch.datasets.sample import Annotation, Point


def read_labels(path: Path, names: tuple[str | None, ...], problems: Problems) -> tuple[Annotation, ...] | None:
    """Return what a label file says, `names` by class index; None where a class in it cannot be read.

    An empty file says that nothing is on the picture.
    """
    text = read_text(path, problems)
    if text is None:
        return None
    annotations: list[Annotation] = []
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.split()
        if not words:
            continue
        spot = problems.at(path, number)
        index = int(words[0]) if words[0].isdecimal() and len(words[0]) < 6 else -1
        if not 0 <= index < len(names):
            spot.report(f"unknown class {words[0]!r}; data.yaml names the classes 0 to {len(names) - 1}")
            return None
        ours = names[index]
        if ours is not None:
            annotations.append(Annotation(ours, _place(words[1:], spot)))
    return tuple(annotations)


def _place(words: list[str], spot: Spot) -> tuple[Point, ...] | None:
    numbers = []
    for word in words:
        number = finite(word)
        if number is None:
            spot.report(f"{word!r} is no finite number")
            return None
        numbers.append(number)
    if len(numbers) != 4:
        return polygon_place(numbers, spot)
    across, down, width, height = numbers
    if width <= 0 or height <= 0:
        spot.report(f"a box of width {width:g} and height {height:g}")
        return None
    return box_place(across - width / 2, down - height / 2, across + width / 2, down + height / 2, spot)
