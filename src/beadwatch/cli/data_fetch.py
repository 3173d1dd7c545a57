"""What `beadwatch data fetch` does: fetch with progress, then say what came, whose it is, and how to import it."""

import math
import shlex
import sys
from pathlib import Path

import typer

from beadwatch.cli.extras import needing
from beadwatch.cli.progress import transferring
from beadwatch.datasets.fetch import FetchOptions, FetchRecord, Progress, fetch, known_set, parse_source
from beadwatch.datasets.fetch.disk import amount
from beadwatch.datasets.fetch.options import GIGABYTE
from beadwatch.domain.errors import FetchError
from beadwatch.services.fetching import find_layout, pictures_beside
from beadwatch.settings import Settings, load_settings

_NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")


def run_fetch(text: str, folder: Path | None, sha256: str | None, max_gb: float) -> None:
    """Fetch the source that `text` names into `folder`; in a pipe, standard output gets the folder and nothing else.

    Raises:
        FetchError, SettingsError: see `fetch`.
    """
    source = parse_source(text)
    known = known_set(source)
    name = known[0] if known else source.name
    if folder is None and (not name or name.startswith(".")):
        raise FetchError(f"{source} has no name of its own: give a folder to fetch it to")
    target = folder or Path(name)
    with needing("data"), transferring() as progress:
        fetched = fetch(source, target, _options(load_settings(), sha256, max_gb, progress))
    for line in _said(fetched.record, target, name, fetched.already):
        typer.echo(line, err=True)
    if not sys.stdout.isatty():
        typer.echo(target)


def _options(settings: Settings, sha256: str | None, max_gb: float, progress: Progress) -> FetchOptions:
    if not math.isfinite(max_gb * GIGABYTE):
        raise FetchError(f"--max-gb {max_gb}: give a number")
    key = settings.roboflow_api_key
    return FetchOptions(
        sha256=sha256,
        max_bytes=int(max_gb * GIGABYTE),
        roboflow_key=key.text if key else None,
        roboflow_url=settings.roboflow_url,
        progress=progress,
        say=lambda text: typer.echo(text, err=True),
    )


def _said(record: FetchRecord, target: Path, name: str, already: bool) -> list[str]:
    state = f", version {record.version[:12]}" if record.version else ""
    lines = [f"{target}: {record.files} files, {amount(record.bytes)}, from {record.source}{state}"]
    lines += [f"fetched already, on {record.at}: nothing to do"] if already else []
    lines += [f"sha256 of the archive: {record.sha256}"] if record.sha256 else []
    lines += [f"licence: {record.licence or f'none stated; look at {record.page} before you use it'}"]
    lines += [f"cite: {record.credit}"] if record.credit else []
    found = find_layout(target)
    if found is None:
        return [*lines, "in none of the layouts that `beadwatch data import` knows; see docs/datasets.md"]
    folder, layout = found
    if beside := pictures_beside(target, folder):
        lines.append(
            f"pictures outside of {folder}: {len(beside)}, such as {beside[0]}; import what you want of them too"
        )
    licence = f" --licence {shlex.quote(record.licence)}" if record.licence and not record.credit else ""
    command = f"beadwatch data import {shlex.quote(str(folder))} --name {_set_name(name or target.name)}{licence}"
    return [*lines, f"layout {layout}; next: {command}"]


def _set_name(name: str) -> str:
    """Return a name that the catalog takes."""
    plain = "".join(letter if letter in _NAME_LETTERS else "-" for letter in name.lower())
    return plain.strip("._-")[:64] or "set"
