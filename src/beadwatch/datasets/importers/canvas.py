"""Places drawn on a picture that its file turns: brought onto the picture as people see it, or given up.

Phones store pixels sideways and note the turn (EXIF); pictures are turned upright when they are read. Labels drawn on
the stored pixels then lie elsewhere. Which of the two they were drawn on follows from the width and height in the label
file, or from its word (`upright`); where neither tells, no place is better than a wrong one. Knows one sample. Reads
the picture's header, never its pixels.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from beadwatch.datasets.importers.base import Problems
from beadwatch.datasets.sample import Annotation, Canvas, Sample
from beadwatch.imaging.stored import Stored, may_be_turned, read_stored

_ALIKE = 0.02  # of the shape; a picture that was scaled is rounded to whole pixels


def upright_places(samples: Iterator[Sample], problems: Problems) -> Iterator[Sample]:
    """Yield the samples with their places on the upright picture; where that cannot be, classes without places."""
    for sample in samples:
        if sample.canvas is None:
            yield sample
            continue
        placed = any(annotation.outline for annotation in sample.annotations)
        stored = _stored(sample.path, sample.canvas) if placed else None
        yield replace(_moved(sample, stored, problems) if stored else sample, canvas=None)


def _stored(path: Path, canvas: Canvas) -> Stored | None:
    try:
        if canvas.size_px is None and not may_be_turned(path):
            return None
    except OSError:
        return None  # whoever keeps the picture will say so
    return read_stored(path)


def _moved(sample: Sample, stored: Stored, problems: Problems) -> Sample:
    assert sample.canvas
    size = sample.canvas.size_px
    fits_upright = size is None or _alike(size, stored.upright_px)
    fits_stored = size is None or _alike(size, (stored.width_px, stored.height_px))
    if not fits_upright and not fits_stored:
        width, height = size or (0, 0)
        problems.report(
            sample.path,
            f"has {stored.upright_px[0]} x {stored.upright_px[1]} px, but its labels are for {width:g} x {height:g}: "
            "nobody can say where they lie; label it again, or take the picture that was labelled",
        )
        return _without_places(sample)
    if not stored.turned:
        return sample
    upright = sample.canvas.upright
    if upright is None and fits_upright != fits_stored:
        upright = fits_upright
    if upright is None:
        problems.report(
            sample.path,
            "is stored turned (EXIF), and nothing says whether its boxes were drawn on it upright or as it is stored. "
            "If all of the set's were drawn upright, say `upright: true` in data.yaml, or in the `info` of a COCO file "
            "(`false`: as as stored); else save the picture upright and label it again",
        )
        return _without_places(sample)
    if upright:
        return sample
    moved = tuple(
        Annotation(each.label, each.outline and tuple(stored.upright(*point) for point in each.outline))
        for each in sample.annotations
    )
    return replace(sample, annotations=moved)


def _alike(size: tuple[float, float], other: tuple[int, int]) -> bool:
    across, down = size[0] * other[1], size[1] * other[0]
    return abs(across - down) <= _ALIKE * max(across, down)


def _without_places(sample: Sample) -> Sample:
    return replace(sample, annotations=tuple(Annotation(label) for label in sample.labels))
