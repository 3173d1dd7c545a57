"""Pictures of the WeldSpot project, whose names say everything (see `domain.weldspot`). The group is the id."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from beadwatch.datasets.importers.base import ImportOptions, Problems, split_named
from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.sample import Sample, labelled
from beadwatch.domain.errors import DatasetError
from beadwatch.domain.labels import SURFACE
from beadwatch.domain.weldspot import is_weldspot, read_weldspot


class WeldSpot:
    """Reads pictures by their WeldSpot names."""

    name = "weldspot"
    layout = "<id>_<0|1 seven times>.jpg, or <id>_<truth>-<score seven times>.jpg (WeldSpot)"

    def recognises(self, root: Path) -> bool:
        """Say whether a picture has such a name."""
        tree = Tree(root)
        return any(is_weldspot(path.stem) for folder in _folders(tree) for path in tree.pictures(folder))

    def read(self, root: Path, options: ImportOptions, problems: Problems) -> Iterator[Sample]:
        """Yield the pictures by name; see `Importer.read`."""
        tree = Tree(root, problems)
        ours = {name: options.our_name(name) for name in SURFACE.label_names}
        for folder in _folders(tree):
            split = None if folder == root else split_named(folder.name)
            for path in tree.pictures(folder):
                try:
                    said = read_weldspot(path.stem)
                except DatasetError as error:
                    problems.report(path, str(error))
                    continue
                labels = dict.fromkeys(ours[name] for name in said.truth)
                annotations = labelled(*(label for label in labels if label))
                yield Sample(path, annotations, options.source, said.id, split, _answer(said.scores, ours))


def _folders(tree: Tree) -> list[Path]:
    return [tree.root, *tree.folders(tree.root).values()]


def _answer(scores: Mapping[str, float], ours: Mapping[str, str | None]) -> dict[str, float] | None:
    answer: dict[str, float] = {}
    for name, score in scores.items():
        label = ours[name]
        if label:
            answer[label] = max(score, answer.get(label, 0.0))
    return answer or None
