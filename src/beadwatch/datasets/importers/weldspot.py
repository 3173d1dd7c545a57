"""Pictures of the WeldSpot project, whose names say everything (see `domain.weldspot`). The group is the id.

A set is of this layout where the pictures of every folder are named so, but for strays: in class folders of which one
holds such names, the folders are the classes.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from beadwatch.datasets.importers.base import ImportOptions, split_named
from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.sample import Sample, labelled
from beadwatch.domain.errors import DatasetError
from beadwatch.domain.labels import SURFACE
from beadwatch.domain.weldspot import is_weldspot, read_weldspot


class WeldSpot:
    """Reads pictures by their WeldSpot names."""

    name = "weldspot"
    layout = "<id>_<0|1 seven times>.jpg, or <id>_<truth>-<score seven times>.jpg (WeldSpot)"

    def recognises(self, tree: Tree) -> bool:
        """Say whether most pictures of each folder have such a name."""
        named = [
            [is_weldspot(path.stem) for path in pictures]
            for folder in tree.walk()
            if (pictures := tree.pictures(folder))
        ]
        return bool(named) and all(2 * sum(of_folder) >= len(of_folder) for of_folder in named)

    def read(self, tree: Tree, options: ImportOptions) -> Iterator[Sample]:
        """Yield the pictures by name; see `Importer.read`."""
        ours = {name: options.our_name(name) for name in SURFACE.label_names}
        for folder in _folders(tree):
            split = None if folder == tree.root else split_named(folder.name)
            for path in tree.pictures(folder):
                try:
                    said = read_weldspot(path.stem)
                except DatasetError as error:
                    tree.problems.report(path, str(error))
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
