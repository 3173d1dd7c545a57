"""The layout of "TIG Stainless Steel 304" on Kaggle: `<split>/<split>.json` and a folder for each weld run.

The manifest has `{"<run folder>/<image>": class index}`, with the classes of the task `tig` in order. The group is the
run. Knows the whole set of 45,058 frames as well as a part of it: nothing is asked of the disk for a single frame. Does
not know of frames that the manifest does not list.
"""

from collections.abc import Iterator
from pathlib import Path

from beadwatch.datasets.importers.base import ImportOptions, Spot, split_named
from beadwatch.datasets.importers.documents import read_json
from beadwatch.datasets.importers.tree import Claims, Tree
from beadwatch.datasets.sample import Annotation, Sample, labelled
from beadwatch.domain.labels import TIG


class Ss304:
    """Reads the SS304 layout."""

    name = "ss304"
    layout = '<split>/<split>.json with {"<run folder>/<image>": class index} (SS304, Kaggle)'

    def recognises(self, tree: Tree) -> bool:
        """Say whether a folder holds a JSON file of its own name."""
        return bool(_manifests(tree))

    def read(self, tree: Tree, options: ImportOptions) -> Iterator[Sample]:
        """Yield the listed frames of each manifest by name; see `Importer.read`."""
        problems, claims = tree.problems, Claims()
        for manifest in _manifests(tree):
            tree.use(manifest)
            document = read_json(manifest, problems)
            if document is None:
                continue
            if not isinstance(document.data, dict) or not document.data:
                problems.report(manifest, 'needs an object like {"run 1/image-0001.png": 0}')
                continue
            split = split_named(manifest.parent.name)
            for name, index in sorted(document.data.items()):
                spot = problems.at(manifest, document.lines.get(name))
                annotations = _annotations(name, index, options, spot)
                path = tree.find_picture(manifest.parent, name, spot)
                if path is None or annotations is None or not claims.claim(path, spot):
                    continue
                if path.parent == manifest.parent:
                    spot.report(f"{name!r} is in no run folder; without its run no split can keep it apart")
                    continue
                group = path.parent.relative_to(manifest.parent).as_posix()
                yield Sample(path, annotations, options.source, group, split)


def _manifests(tree: Tree) -> list[Path]:
    beside = {name: tree.files(path).get(f"{name}.json") for name, path in tree.folders(tree.root).items()}
    return [manifest for manifest in beside.values() if manifest]


def _annotations(name: str, index: object, options: ImportOptions, spot: Spot) -> tuple[Annotation, ...] | None:
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(TIG.labels):
        spot.report(f"{name!r} has the unknown class {index!r}; the classes are 0 to {len(TIG.labels) - 1}")
        return None
    ours = options.our_name(TIG.labels[index].name)
    return labelled(ours) if ours else ()
