"""Fetching public sets by the settings, and finding in what came the folder that an importer knows."""

from pathlib import Path

from beadwatch.apps.settings import Settings
from beadwatch.datasets.fetch import FetchOptions, FetchRecord, Source, fetch, known_set
from beadwatch.datasets.importers import IMPORTERS
from beadwatch.datasets.importers.tree import Tree
from beadwatch.domain.errors import FetchError

_DEPTH = 3  # archives wrap a set in a folder or two of its name
_FOLDERS_TRIED = 100


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
    return record, found[0], name


def find_layout(root: Path) -> tuple[Path, str] | None:
    """Return the first folder, at most a few below `root`, that an importer recognises, and the layout's name."""
    waiting, tried = [(root, 0)], 0
    while waiting and tried < _FOLDERS_TRIED:
        folder, depth = waiting.pop(0)
        tried += 1
        for importer in IMPORTERS:
            if importer.recognises(folder):
                return folder, importer.name
        if depth < _DEPTH:
            waiting += [(inside, depth + 1) for inside in Tree(folder).folders(folder).values()]
    return None
