"""Writing results as a table, JSON lines or CSV, and the closing summary. Knows formats, not models."""

import csv
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from beadwatch.domain.csv_cells import safe_cell
from beadwatch.domain.errors import SourceError
from beadwatch.domain.inspection import Inspection
from beadwatch.domain.labels import Disposition
from beadwatch.domain.model_card import ModelCard
from beadwatch.services.inspecting import Failure

Result = Inspection | Failure
Write = Callable[[Result], None]
CSV_COLUMNS = (
    "path", "sha256", "task", "model", "model_version", "label", "labels", "confidence", "disposition", "reasons",
    "iso6520", "latency_ms", "seen_in_training", "error_type", "error_message",
)  # fmt: skip
_STYLES = {"accept": "bold cyan", "review": "bold yellow", "reject": "bold red"}
_PIPED_WIDTH = 160
_SHAPES = {Disposition.ACCEPT: "✔", Disposition.REVIEW: "?", Disposition.REJECT: "✘"}


@contextmanager
def open_writer(format_name: str, out: Path | None) -> Iterator[Write]:
    """Give a function that writes one result; a file appears under its name only when all is written.

    Raises:
        SourceError: the file cannot be written.
    """
    if out is None:
        yield from _writing(format_name, sys.stdout)
        sys.stdout.flush()  # here a reader that left is an error with an exit code; at interpreter exit it is noise
        return
    try:
        if out.exists() and not out.is_file():
            raise SourceError(f"{out}: cannot be written: it is no regular file; name another one")
        with tempfile.NamedTemporaryFile(
            "w", dir=out.parent, prefix=f".{out.name}.", encoding="utf-8", newline="", delete=False
        ) as aside:
            temporary = Path(aside.name)
            try:
                yield from _writing(format_name, aside)
                aside.close()
                temporary.chmod(0o644)
                temporary.replace(out)
            finally:
                temporary.unlink(missing_ok=True)
    except OSError as error:
        raise SourceError(f"{out}: cannot be written: {error.strerror}") from error


def _writing(format_name: str, file: IO[str]) -> Iterator[Write]:
    if format_name == "jsonl":
        yield lambda result: print(json.dumps(result.to_dict(), ensure_ascii=False), file=file)
    elif format_name == "csv":
        rows = csv.DictWriter(file, CSV_COLUMNS, lineterminator="\n")
        rows.writeheader()
        yield lambda result: rows.writerow({key: safe_cell(value) for key, value in csv_row(result).items()})
    else:
        yield from _table(file)


def csv_row(result: Result) -> dict[str, Any]:
    """Return a flat row; lists are joined by `; `. Scores are not in it: use jsonl for those."""
    if isinstance(result, Failure):
        described = result.error.describe()
        return {"path": result.path, "error_type": described["type"], "error_message": described["message"]}
    body = result.to_dict()
    numbers = [finding["iso6520"] for finding in body["imperfections"] if finding["iso6520"]]
    joined = {key: "; ".join(body[key]) for key in ("labels", "reasons")} | {"iso6520": "; ".join(numbers)}
    return {key: value for key, value in (body | joined).items() if key in CSV_COLUMNS}


def _table(file: IO[str]) -> Iterator[Write]:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    results: list[Result] = []
    yield results.append
    folder = common_folder([result.path for result in results])
    title = f"in {folder}" if folder else None
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left", title_style="dim")
    table.add_column("picture", overflow="fold", ratio=3)
    table.add_column("disposition", no_wrap=True)
    table.add_column("finding", no_wrap=True)
    table.add_column("score", justify="right")
    table.add_column("ISO 6520-1", no_wrap=True)
    table.add_column("why", overflow="fold", ratio=4)
    for result in results:
        name, verdict, *rest = table_row(result)
        shown = Text(name.removeprefix(f"{folder}/") if folder else name)
        table.add_row(shown, Text(verdict, style=_STYLES.get(verdict[2:], "bold")), *map(Text, rest))
    if results:
        Console(file=file, width=None if file.isatty() else _PIPED_WIDTH).print(table)


def table_row(result: Result) -> tuple[str, str, str, str, str, str]:
    """Return the cells of a result: picture, disposition with its shape, finding, score, numbers, first reason."""
    if isinstance(result, Failure):
        described = result.error.describe()
        return result.path, "! error", described["type"], "", "", described["message"]
    body, verdict = result.to_dict(), result.decision.disposition
    numbers = ", ".join(finding["iso6520"] or "condition" for finding in body["imperfections"])
    shown = f"{_SHAPES[verdict]} {verdict.value}"
    return result.path, shown, body["label"], f"{body['confidence']:.2f}", numbers, body["reasons"][0]


def common_folder(paths: list[str]) -> str | None:
    """Return the folder that all paths share, worth naming once instead of in every row; None if there is none."""
    if len(paths) < 2 or len({Path(path).is_absolute() for path in paths}) > 1:
        return None
    folder = os.path.commonpath([str(Path(path).parent) for path in paths])
    return folder if folder not in {"", "/", "."} else None


class Summary:
    """Counts results, and says on standard error what the table alone does not."""

    def __init__(self, card: ModelCard) -> None:
        self._card = card
        self._dispositions: Counter[str] = Counter()
        self._seen = 0
        self.failed = 0

    def count(self, result: Result) -> None:
        """Count one result."""
        if isinstance(result, Failure):
            self.failed += 1
            return
        self._dispositions[result.decision.disposition.value] += 1
        self._seen += result.seen_in_training

    def show(self) -> None:
        """Print the summary to standard error."""
        total = sum(self._dispositions.values())
        parts = [f"{self._dispositions[verdict.value]} {verdict.value}" for verdict in Disposition]
        print(
            f"{total} inspected with {self._card.name} {self._card.version}: {', '.join(parts)}; {self.failed} failed",
            file=sys.stderr,
        )
        if self._dispositions[Disposition.ACCEPT.value]:
            print(f"accept: {self._card.calibration.promise}", file=sys.stderr)
        if self._seen:
            print(
                f"{self._seen} of them {'is a picture' if self._seen == 1 else 'are pictures'} that the model was "
                "trained on: such results say nothing about its accuracy; the model card does",
                file=sys.stderr,
            )
