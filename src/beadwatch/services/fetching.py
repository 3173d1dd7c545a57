"""Fetching public sets by the settings, and finding in what came the folder that an importer knows.

What came beside that folder is said, and never imported unasked.
"""

import logging
from pathlib import Path

from beadwatch.datasets.fetch import FetchOptions, FetchRecord, Source, fetch, known_set
from beadwatch.datasets.importers import IMPORTERS
from beadwatch.datasets.importers.tree import Tree
from beadwatch.domain.errors import FetchError
from beadwatch.imaging.picture_names import is_picture_name, why_not_read
from beadwatch.settings import Settings

_DEPTH = 3  # archives wrap a set in a folder or two of its name
_FOLDERS_TRIED = 100

_log = logging.getLogger(__name__)


def fetch_into(source: Source, folder: Path, settings: Settings) -> tuple[FetchRecord, Path, str]:
    """Fetch a source into a subfolder of its name; return its record, the set's folder in it, and the set's name.

    What was fetched before stays as it is.

    Raises:
        FetchError, SettingsError: see `fetch`; or no importer knows the layout of what came.
    """
    known, key = known_set(source), settings.roboflow_api_key
    name = known[0] if known else source.name
    if not name or name.startswith("."):
        raise FetchError(f"{source} has no name of its own: `beadwatch data fetch` it to a folder, and name that")
    options = FetchOptions(roboflow_key=key.text if key else None, roboflow_url=settings.roboflow_url)
    record = fetch(source, folder / name, options).record
    found = find_layout(folder / name)
    if found is None:
        raise FetchError(f"{source} came to {folder / name}, in no layout that can be imported: see docs/datasets.md")
    if beside := pictures_beside(folder / name, found[0]):
        _log.warning("left out: %s: %d pictures outside of %s, which is what is imported", name, len(beside), found[0])
    return record, found[0], name


def pictures_beside(root: Path, folder: Path) -> list[Path]:
    """Return the pictures below `root` that are not in `folder`, the part of it that an importer knows."""
    tree = Tree(root)
    files = (
        file for inside in tree.walk() if not inside.is_relative_to(folder) for file in tree.files(inside).values()
    )
    return [file for file in files if is_picture_name(file.name) or why_not_read(file.name)]


def find_layout(root: Path) -> tuple[Path, str] | None:
    """Return the first folder, at most a few below `root`, that an importer recognises, and the layout's name."""
    waiting, tried = [(root, 0)], 0
    while waiting and tried < _FOLDERS_TRIED:
        folder, depth = waiting.pop(0)
        tried += 1
        tree = Tree(folder)
        for importer in IMPORTERS:
            if importer.recognises(tree):
                return folder, importer.name
        if depth < _DEPTH:
            waiting += [(inside, depth + 1) for inside in tree.folders(folder).values()]
    return None
