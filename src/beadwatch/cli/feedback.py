"""`beadwatch feedback`: hand over, delete and let expire what people sent; pull in what other apps collected."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from beadwatch.cli.extras import needing

if TYPE_CHECKING:
    from beadwatch.services.feedback_data import FeedbackData
    from beadwatch.storage.feedback_removal import Chosen

app = typer.Typer(
    no_args_is_help=True, help="Hand over, delete, let expire and pull in what people said.", rich_markup_mode=None
)


@app.command()
def export(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's name, also a revoked one.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="A new folder; it appears when it is complete.")],
) -> None:
    """Write all uploads of one person into a folder: the pictures, and feedback.jsonl with reviews."""
    from beadwatch.cli.progress import ticking
    from beadwatch.services.feedback_data import export_feedback, open_feedback_data
    from beadwatch.settings import load_settings
    from beadwatch.storage.feedback_removal import Chosen

    with open_feedback_data(load_settings()) as data:
        chosen = Chosen(account_id=data.accounts.named(account).id)
        with ticking(data.removal.count(chosen).uploads) as tick:
            done, failed = export_feedback(data, chosen, out, tick)
    _report(
        {"uploads": done.uploads, "reviews": done.reviews, "failed": failed},
        f"wrote {_uploads(done.uploads)} of {account} with {done.reviews} reviews to {out}",
    )


@app.command()
@needing("data")
def delete(
    account: Annotated[
        str | None, typer.Argument(metavar="[ACCOUNT]", help="All uploads of this account, also a revoked one.")
    ] = None,
    ids: Annotated[
        list[str] | None, typer.Option("--id", metavar="ID", help="Only this upload; may be given again.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete uploads of one person for ever, with their reviews, and pictures that nothing else needs."""
    from beadwatch.domain.errors import SettingsError
    from beadwatch.services.feedback_data import open_feedback_data
    from beadwatch.settings import load_settings
    from beadwatch.storage.feedback_removal import Chosen

    if account is None and not ids:
        raise SettingsError("say which: beadwatch feedback delete ACCOUNT, or beadwatch feedback delete --id ID")
    with open_feedback_data(load_settings()) as data:
        person = data.accounts.named(account).id if account is not None else None
        chosen = Chosen(account_id=person, ids=tuple(ids) if ids else None)
        count = data.removal.count(chosen)
        if not yes and count.uploads:
            _ask(f"Delete {_uploads(count.uploads)} with {count.reviews} reviews for ever?")
        missing = [
            f"no feedback {wanted}{f' of {account}' if account else ''}" for wanted in data.removal.missing(chosen)
        ]
        _remove(data, chosen, missing)


@app.command()
@needing("data")
def prune(
    keep_days: Annotated[
        int | None,
        typer.Option(min=1, max=36_500, metavar="N", help="Default: BEADWATCH_FEEDBACK_KEEP_DAYS; there must be one."),
    ] = None,
) -> None:
    """Delete what the station received more than N days ago, as `delete` does, without asking.

    It also removes the pictures that a removal which was killed has left.
    """
    from datetime import timedelta

    from beadwatch.domain.errors import SettingsError
    from beadwatch.services.feedback_data import open_feedback_data
    from beadwatch.settings import load_settings
    from beadwatch.storage.feedback_removal import Chosen

    settings = load_settings()
    days = keep_days if keep_days is not None else settings.feedback_keep_days
    if days is None:
        raise SettingsError("feedback is kept for ever: say --keep-days N, or set BEADWATCH_FEEDBACK_KEEP_DAYS")
    with open_feedback_data(settings) as data:
        _remove(data, Chosen(received_before=datetime.now(UTC) - timedelta(days=days)), [])


@app.command()
def pull(
    source: Annotated[
        str,
        typer.Argument(metavar="FOLDER_OR_URL", help="A folder, or any fsspec URL, as gs://bucket or s3://bucket/x."),
    ],
    team: Annotated[str, typer.Option(help="The team that the feedback is to belong to.")] = "weldspot",
    remove: Annotated[bool, typer.Option("--delete", help="Remove each file after the station has stored it.")] = False,
) -> None:
    """Pull in the feedback of the WeldSpot app: pictures whose names hold a person's labels and the model's scores.

    Pulling again changes nothing. Files that are no such feedback are named, and stay.
    """
    from beadwatch.cli.progress import ticking
    from beadwatch.domain.errors import SourceError
    from beadwatch.services.feedback_data import open_feedback_data
    from beadwatch.services.feedback_pull import Pull
    from beadwatch.settings import load_settings
    from beadwatch.storage.files import open_files

    if "://" not in source and not Path(source).is_dir():
        raise SourceError(f"{source}: there is no such folder")
    files = open_files(source)
    with open_feedback_data(load_settings()) as data:
        pulling = Pull(files, data.feedback, team, remove=remove)
        names = files.names("")
        if not names:
            typer.echo("there is no file", err=True)
        with ticking(len(names)) as tick:
            for name in names:
                pulling.take(name)
                tick()
    done = pulling.pulled
    for why, which in (("pulled before", done.known), ("the same picture as another", done.repeated)):
        for name in which:
            typer.echo(f"{why}: {name}", err=True)
    for name in done.deleted:
        typer.echo(f"deleted from the station, not taken again: {name}", err=True)
    _report(
        done.to_dict(),
        f"{done.files} files: stored {done.stored}, {len(done.known)} were there, {len(done.failed)} failed; removed "
        f"{done.removed}",
    )


def _remove(data: "FeedbackData", chosen: "Chosen", failed: list[str]) -> None:
    held = data.held()  # before anything is deleted: it may fail
    gone = data.removal.delete(chosen, datetime.now(UTC))
    pictures = data.removal.settle(held)
    _report(
        {
            "uploads": gone.uploads,
            "reviews": gone.reviews,
            "pictures_removed": pictures.removed,
            "pictures_kept": pictures.kept,
            "failed": [*failed, *(f"{why}; `beadwatch feedback prune` tries again" for why in pictures.failed)],
        },
        f"deleted {_uploads(gone.uploads)} with {gone.reviews} reviews; removed {pictures.removed} pictures, kept "
        f"{pictures.kept} that other feedback, an inspection, a run or a data set needs",
    )


def _report(figures: dict[str, Any], sentence: str) -> None:
    """Say what was done: a sentence on a terminal, one JSON object in a pipe; exit code 1 where something failed."""
    import json
    import sys

    typer.echo(sentence if sys.stdout.isatty() else json.dumps(figures, ensure_ascii=False))
    for why in figures["failed"]:
        typer.echo(f"failed: {why}", err=True)
    if figures["failed"]:
        raise typer.Exit(1)


def _ask(question: str) -> None:
    import sys

    from beadwatch.domain.errors import SettingsError

    if not sys.stdin.isatty():
        raise SettingsError("nobody is there to be asked: say --yes")
    if not typer.confirm(question, err=True):
        typer.echo("nothing was deleted", err=True)
        raise typer.Exit(1)


def _uploads(number: int) -> str:
    return f"{number} upload{'' if number == 1 else 's'}"
