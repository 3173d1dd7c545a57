"""Withdrawing and restoring model versions on the command line."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from beadwatch.domain.errors import WithdrawalError
from beadwatch.domain.labels import TASKS
from beadwatch.services.model_listing import cards_there
from beadwatch.settings import Settings, load_settings
from beadwatch.storage.database import open_database
from beadwatch.storage.withdrawal_store import WithdrawalStore


def run_withdraw(task: str, version: str, why: str) -> None:
    """Withdraw a version, and say so where it is none of those in the models folder.

    Raises:
        WithdrawalError: nobody knows the task, or there is no reason.
    """
    settings = load_settings()
    there = [(card.task.name, card.version) for card in cards_there(settings)]
    tasks = sorted({*TASKS, *(name for name, _ in there)})
    if task not in tasks:
        raise WithdrawalError(f"--task: no task {task!r}; there are: {', '.join(tasks)}")
    with opened_withdrawals(settings) as store:
        made = store.withdraw(task, version, why)
    typer.echo(f"withdrew {made.version} of {made.task}: {made.reason}", err=True)
    if (task, version) not in there:
        typer.echo("it is not in the models folder; this is for devices that have it", err=True)


def run_restore(task: str, version: str) -> None:
    """Restore a version.

    Raises:
        WithdrawalError: it is not withdrawn.
    """
    with opened_withdrawals(load_settings()) as store:
        known = store.restore(task, version)
    typer.echo(f"restored {known.version} of {known.task}, which was withdrawn: {known.reason}", err=True)


@contextmanager
def opened_withdrawals(settings: Settings) -> Iterator[WithdrawalStore]:
    """Open the store of withdrawals for as long as the block lasts."""
    store = WithdrawalStore(open_database(settings.database))
    try:
        yield store
    finally:
        store.close()
