"""What `beadwatch data collect` does: collect with progress, and say what came in and what did not."""

import json
import sys
from typing import Any

import typer

from beadwatch.cli.progress import ticking
from beadwatch.domain.errors import DatasetError
from beadwatch.domain.labels import TASKS
from beadwatch.lifecycle.collect import CollectOptions, CollectResult
from beadwatch.services.catalog import open_catalog
from beadwatch.services.collecting import collect_feedback
from beadwatch.settings import load_settings

_SHOWN = 10


def run_collect(task: str, name: str, draw: dict[str, Any], flags: tuple[bool, bool]) -> None:
    """Collect the feedback on `task` into the set `name`; a pipe gets one JSON object.

    Raises:
        DatasetError: no such task or set, or see `collect_into`.
        StoreError: a store refuses.
    """
    if task not in TASKS:
        raise DatasetError(f"no task {task!r}; there are {', '.join(TASKS)}")
    settings = load_settings()
    options = CollectOptions(TASKS[task], **draw, trust_reviewers=flags[0], relabel=flags[1])
    total = len(open_catalog(settings).snapshot(name).records)
    with ticking(total) as tick:
        result = collect_feedback(settings, name, options, tick)
    if sys.stdout.isatty():
        _show(result, name)
    else:
        typer.echo(json.dumps(result.to_dict(), ensure_ascii=False))
    for digest in result.broken:
        typer.echo(f"left out: picture {digest} cannot be read", err=True)
    if result.broken:
        raise typer.Exit(1)


def _show(result: CollectResult, name: str) -> None:
    facts = result.to_dict()
    typer.echo(f"{name}: {facts['pictures']} pictures, snapshot {result.snapshot.hash[:12]}")
    if not result.changed:
        typer.echo("nothing new")
    typer.echo(f"{len(result.new_records):8} new, of {result.new_groups} groups; {facts['held_out']} held out")
    lines = (
        (len(result.near_test), "left out: near the frozen test part"),
        (len(result.tying), "left out: they tie training and validation together"),
        (sum(each.taken for each in result.relabelled), "have other labels now"),
        (sum(not each.taken for each in result.relabelled), "would have other labels, but keep theirs"),
        (len(result.deleted), "gone: their feedback was deleted"),
        (len(result.withdrawn), "gone: their feedback no longer counts"),
        (len(result.unknown), "stay, though this station does not know their feedback"),
        (len(result.disagreements), "on which people disagree; what was accepted last counts"),
    )
    for count, what in lines:
        if count:
            typer.echo(f"{count:8} {what}")
    for standing, count in result.standings.items():
        typer.echo(f"{count:8} uploads: {standing.value}")
    for person in result.contributors[:_SHOWN]:
        against = "" if person.share_against_people is None else f", {person.share_against_people:.0%} against others"
        typer.echo(
            f"{person.pictures:8} by {person.name} ({person.team}): {person.share_against_model:.0%} against the "
            f"model{against}"
        )
