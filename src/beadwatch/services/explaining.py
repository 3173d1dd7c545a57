"""Explaining many files: for each picture its verdict, where the evidence is, and a picture that shows it.

A picture without a finding has no explanation, unless classes are asked for. A bad file is a result like any other.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image as PillowImage

from beadwatch.domain.errors import BeadwatchError, SourceError
from beadwatch.domain.inspection import Inspection
from beadwatch.imaging.decode import Image, Pixels
from beadwatch.imaging.marking import Mark, marked
from beadwatch.inference.classifier import Classifier
from beadwatch.inference.explain import Explanation, findings
from beadwatch.services.inspecting import Failure, read_ahead
from beadwatch.services.picture_files import FoundPicture


@dataclass(frozen=True, slots=True)
class Explained:
    """A picture of `width` x `height` px, upright, with its explanations; `picture` is the file that shows them."""

    inspection: Inspection
    explanations: tuple[Explanation, ...]
    width: int
    height: int
    picture: Path | None

    @property
    def path(self) -> str:
        """The name under which the picture came."""
        return self.inspection.path

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, in the documented order of keys."""
        body = self.inspection.to_dict()
        return {
            **{key: body[key] for key in ("path", "sha256", "task", "model", "model_version", "label", "disposition")},
            "width": self.width,
            "height": self.height,
            "explanations": [self._explanation(explanation) for explanation in self.explanations],
            "picture": None if self.picture is None else str(self.picture),
        }

    def _explanation(self, explanation: Explanation) -> dict[str, Any]:
        region = explanation.region
        return {
            "label": explanation.label,
            "score": self.inspection.prediction.score_of(explanation.label),
            "box_px": None if region is None else list(region.box_px(self.width, self.height)),
            "box": None if region is None else list(region.box),
            "peak": None if region is None else list(region.peak),
        }


def explain_files(
    classifier: Classifier, pictures: Sequence[FoundPicture], labels: Sequence[str], out: Path
) -> Iterator[Explained | Failure]:
    """Yield one result for each picture, in the order given, and write `<name>.explain.png` into the folder `out`.

    `labels` are the classes to explain; none: what was found in each picture.

    Raises:
        SourceError: the folder cannot be written.
        ValueError: the model has no such class.
    """
    taken: set[str] = set()
    for reading in read_ahead(pictures):
        shown = reading.shown
        try:
            image = reading.image.result()
            inspection = classifier.inspect(shown, image)
            wanted = labels or findings(inspection.prediction, inspection.decision, classifier.card.calibration)
            explanations = classifier.explain(image, wanted)
        except BeadwatchError as error:
            yield Failure(shown, error)
            continue
        picture = None
        if explanations:
            picture = out / _free_name(Path(shown).stem, taken)
            _write(picture, _drawn(image, inspection, explanations))
        yield Explained(inspection, explanations, image.width, image.height, picture)


def _drawn(image: Image, inspection: Inspection, explanations: Sequence[Explanation]) -> Pixels:
    marks = []
    for explanation in explanations:
        region, score = explanation.region, inspection.prediction.score_of(explanation.label)
        where = "" if region else ", nowhere in particular"
        marks.append(Mark(f"{explanation.label} {score:.2f}{where}", explanation.heat, region.box if region else None))
    return marked(image, marks)


def _free_name(stem: str, taken: set[str]) -> str:
    """Return a file name that no other picture of this run has: folders may hold files of one name."""
    name, number = f"{stem}.explain.png", 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}.explain.png"
    taken.add(name)
    return name


def _write(path: Path, pixels: Pixels) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".explain-", delete=False) as aside:
            temporary = Path(aside.name)
            try:
                PillowImage.fromarray(pixels).save(aside, "PNG")
                aside.close()
                temporary.chmod(0o644)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
    except OSError as error:
        raise SourceError(f"{path}: cannot be written: {error.strerror or error}") from error
