"""Pictures of the WeldSpot project, whose names say everything.

`<id>_<0 or 1, seven times>.jpg`, and as feedback `<id>_<truth>-<score, seven times>.jpg`, in the order Background, Bad
Welding, Crack, Excess Reinforcement, Good Welding, Porosity, Splatters: the classes of the task `surface`. The group is
the id. Knows names. Does not mend scores: they are the model's answer as it was, sum and rounding included.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from beadwatch.datasets.importers.base import ImportOptions, Problems, Spot, split_named
from beadwatch.datasets.importers.documents import finite
from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.sample import Sample, labelled
from beadwatch.domain.labels import SURFACE

_PLAIN = re.compile(r"(?P<id>[^_]+)(?P<flags>(_[01]){7})")
_FEEDBACK = re.compile(r"(?P<id>[^_]+)(?P<pairs>(_[01]-[^_]+){7})")


class WeldSpot:
    """Reads pictures by their WeldSpot names."""

    name = "weldspot"
    layout = "<id>_<0|1 seven times>.jpg, or <id>_<truth>-<score seven times>.jpg (WeldSpot)"

    def recognises(self, root: Path) -> bool:
        """Say whether a picture has such a name."""
        tree = Tree(root)
        return any(_match(path) for folder in _folders(tree) for path in tree.pictures(folder))

    def read(self, root: Path, options: ImportOptions, problems: Problems) -> Iterator[Sample]:
        """Yield the pictures by name; see `Importer.read`."""
        tree = Tree(root, problems)
        for folder in _folders(tree):
            split = None if folder == root else split_named(folder.name)
            for path in tree.pictures(folder):
                match = _match(path)
                if match is None:
                    problems.report(
                        path, "the name is not <id>_<0|1 seven times>, nor <id>_<truth>-<score seven times>"
                    )
                    continue
                truth, scores = _read_name(match, problems.at(path))
                if scores is None:
                    continue
                ours = {name: options.our_name(name) for name in SURFACE.label_names}
                labels = dict.fromkeys(ours[name] for name in truth)
                annotations = labelled(*(label for label in labels if label))
                yield Sample(path, annotations, options.source, match["id"], split, _answer(scores, ours))


def _folders(tree: Tree) -> list[Path]:
    return [tree.root, *tree.folders(tree.root).values()]


def _match(path: Path) -> re.Match[str] | None:
    return _PLAIN.fullmatch(path.stem) or _FEEDBACK.fullmatch(path.stem)


def _read_name(match: re.Match[str], spot: Spot) -> tuple[list[str], dict[str, float] | None]:
    """Return the true classes and the scores (empty without any, None after reporting that they are broken)."""
    words = match[0].removeprefix(match["id"]).removeprefix("_").split("_")
    truth = [name for name, word in zip(SURFACE.label_names, words, strict=True) if word[0] == "1"]
    scores: dict[str, float] = {}
    for name, word in zip(SURFACE.label_names, words, strict=True):
        if len(word) == 1:
            continue
        score = finite(word[2:])
        if score is None or not 0 <= score <= 1:
            spot.report(f"{word[2:]!r} is no score from 0 to 1")
            return truth, None
        scores[name] = score
    return truth, scores


def _answer(scores: Mapping[str, float], ours: Mapping[str, str | None]) -> dict[str, float] | None:
    answer: dict[str, float] = {}
    for name, score in scores.items():
        label = ours[name]
        if label:
            answer[label] = max(score, answer.get(label, 0.0))
    return answer or None
