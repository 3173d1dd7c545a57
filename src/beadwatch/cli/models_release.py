"""Releasing models on the command line: promote, roll back, and what was done so far."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from beadwatch.cli.model_tables import write_lines
from beadwatch.domain.errors import ReleaseError
from beadwatch.domain.release import Release
from beadwatch.domain.text import cleaned
from beadwatch.lifecycle.gate import Override
from beadwatch.services.bundles import find_bundle, load_classifier
from beadwatch.services.releases import open_channel, open_shadows
from beadwatch.settings import load_settings


def run_promote(bundle: str, by: str, verdict: Path | None, override: str | None) -> None:
    """Release a bundle, after the checks that a station makes.

    Raises:
        BundleError: it is refused.
        ReleaseError: there is neither a passing verdict nor an override; another publisher came first.
    """
    settings = load_settings()
    channel = open_channel(settings)
    against = None if override is None else Override(by, cleaned(override), datetime.now(UTC)).to_dict()
    judged = {} if verdict is None else _read_verdict(verdict)
    path = find_bundle(bundle, settings)
    card = load_classifier(path, settings).card
    made = channel.publish(path, card.task.name, by, judged, against)
    typer.echo(f"{made.version} is the champion of {made.task} by move {made.sequence}, by {made.by}", err=True)


def run_rollback(task: str, by: str, why: str) -> None:
    """Roll a task back.

    Raises:
        ReleaseError: there is nothing to go back to; another publisher came first.
    """
    made = open_channel(load_settings()).rollback(task, by, why)
    typer.echo(f"back to {made.version} of {made.task}, by move {made.sequence}", err=True)


def run_shadow(bundle: str, by: str, why: str) -> None:
    """Put a bundle into shadow, after the checks that a station makes.

    Raises:
        BundleError: it is refused.
        ReleaseError: it is the champion; somebody else came first.
    """
    settings = load_settings()
    shadows = open_shadows(settings)
    path = find_bundle(bundle, settings)
    card = load_classifier(path, settings).card
    made = shadows.begin(path, card.task.name, by, why)
    typer.echo(f"{made.version} of {made.task} runs in shadow, by {made.by}; #/compare shows its answers", err=True)


def run_shadow_stop(task: str, by: str, why: str) -> None:
    """Take what runs in shadow for a task out of it.

    Raises:
        ReleaseError: nothing runs there; somebody else came first.
    """
    made = open_shadows(load_settings()).stop(task, by, why)
    typer.echo(f"{made.version} of {made.task} is no longer in shadow, by {made.by}; its answers stay", err=True)


def run_history(task: str, as_lines: bool) -> None:
    """Print all moves of a task."""
    moves = open_channel(load_settings()).history(task)
    if not moves:
        typer.echo(f"nothing was released for {task} yet: `beadwatch models promote` does it", err=True)
    if as_lines:
        write_lines(move.to_dict() for move in moves)
    else:
        _show(moves)


def _read_verdict(path: Path) -> dict[str, Any]:
    try:
        verdict = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{path}: the verdict cannot be read: {error}") from error
    if not isinstance(verdict, dict):
        raise ReleaseError(f"{path}: it holds no verdict of the gate, which is a JSON object")
    return verdict


def _show(moves: Sequence[Release]) -> None:
    if not moves:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("move", "when (UTC)", "what", "version", "by", "gate", "why", "signed"):
        table.add_column(Text(column), overflow="fold")
    for move in moves:
        gate = "passed" if move.override is None else "overridden"
        signed = "no" if move.signature is None else "yes"
        cells = (move.kind.value, move.version, move.by, gate, move.why, signed)
        table.add_row(*map(Text, (str(move.sequence), f"{move.at.astimezone(UTC):%Y-%m-%d %H:%M}", *cells)))
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160, highlight=False).print(table)
