"""A progress bar on a terminal, and nothing at all in a pipe."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


def tracked(items: Iterable[T], total: int) -> Iterator[T]:
    """Yield `items`, showing progress on standard error where that is a terminal and there is more than one."""
    if total < 2 or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("inspecting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(items, total=total)


@contextmanager
def ticking(total: int) -> Iterator[Callable[[], None]]:
    """Give a function that moves a progress bar on by one; it does nothing where there is no terminal."""
    if total < 2 or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("reading", total=total)
        yield lambda: progress.advance(bar)
