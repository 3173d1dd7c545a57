"""Writing explanations as a table or JSON lines, and the closing summary. Knows formats, not models."""

import json
import sys
from collections.abc import Iterable, Iterator
from typing import IO

from beadwatch.domain.model_card import ModelCard
from beadwatch.services.explaining import Explained
from beadwatch.services.inspecting import Failure

_PIPED_WIDTH = 160
Result = Explained | Failure


def show_explained(results: Iterable[Result], format_name: str, card: ModelCard) -> int:
    """Write results to standard output and a summary to standard error; return how many pictures failed."""
    counted = {"explained": 0, "nothing": 0, "failed": 0}
    counting = _counted(results, counted)
    if format_name == "jsonl":
        for result in counting:
            print(json.dumps(result.to_dict(), ensure_ascii=False), flush=True)
    else:
        _table(list(counting), sys.stdout)
    print(
        f"{counted['explained']} explained with {card.name} {card.version}, {counted['nothing']} without a finding; "
        f"{counted['failed']} failed",
        file=sys.stderr,
    )
    return counted["failed"]


def _counted(results: Iterable[Result], counted: dict[str, int]) -> Iterator[Result]:
    for result in results:
        kind = "failed" if isinstance(result, Failure) else "explained" if result.explanations else "nothing"
        counted[kind] += 1
        yield result


def _table(results: list[Result], file: IO[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("picture", overflow="fold", ratio=3)
    table.add_column("finding", no_wrap=True)
    table.add_column("score", justify="right")
    table.add_column("look at (left, top, right, bottom in px)", overflow="fold", ratio=2)
    table.add_column("shown in", overflow="fold", ratio=3)
    for result in results:
        for row in _rows(result):
            table.add_row(*map(Text, row))
    if results:
        Console(file=file, width=None if file.isatty() else _PIPED_WIDTH).print(table)


def _rows(result: Result) -> list[tuple[str, str, str, str, str]]:
    if isinstance(result, Failure):
        described = result.error.describe()
        return [(result.path, "! error", "", described["type"], described["message"])]
    body = result.to_dict()
    if not body["explanations"]:
        return [(result.path, f"none: {body['disposition']}", "", "", "")]
    return [
        (
            "" if number else result.path,
            one["label"],
            f"{one['score']:.2f}",
            "nowhere in particular" if one["box_px"] is None else ", ".join(map(str, one["box_px"])),
            "" if number else body["picture"],
        )
        for number, one in enumerate(body["explanations"])
    ]
