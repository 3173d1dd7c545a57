"""Writes the generated parts of the docs: command-line help, classes, model figures, OpenAPI. `--check` only compares.

A generated part stands between `<!-- begin NAME -->` and `<!-- end -->`; its name says where it comes from.
"""

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from typer.testing import CliRunner

from beadwatch.cli import app
from beadwatch.domain.imperfections import Condition, Imperfection
from beadwatch.domain.labels import TASKS, ClassLabel
from beadwatch.domain.model_card import ModelCard, card_from_dict
from beadwatch.server.application import create_app
from beadwatch.services.station import Station

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"<!-- begin (?P<name>.+?) -->\n.*?<!-- end -->", re.DOTALL)
WIDTH = "100"


def help_text(command: str) -> str:
    """Return the help of `beadwatch [command]` as a code block."""
    os.environ |= {"COLUMNS": WIDTH, "TERMINAL_WIDTH": WIDTH}
    answer = CliRunner().invoke(app, [*command.split(), "--help"], prog_name="beadwatch")
    return f"```text\n$ beadwatch {command + ' ' if command else ''}--help\n{answer.output.strip()}\n```"


def classes(task: str) -> str:
    """Return a task's classes with what they mean, as a table."""
    rows = ["| class | ISO 6520-1 | verdict | why |", "| --- | --- | --- | --- |"]
    rows += [
        f"| {label.name} | {numbers(label)} | {label.verdict.value} | {label.why} |" for label in TASKS[task].labels
    ]
    return "\n".join(rows)


def numbers(label: ClassLabel) -> str:
    """Return the numbers of what a class stands for, in words."""
    match label.finding:
        case Imperfection() as found:
            return ", ".join([found.iso6520, *(variant.iso6520 for variant in found.variants)])
        case Condition() as condition:
            causes = ", ".join(f"{cause.iso6520}" for cause in condition.likely_to_cause)
            return f"condition; likely to cause {causes}"
        case None:
            return "none"


def read_card(task: str) -> ModelCard:
    """Return the card of a shipped model."""
    return card_from_dict(json.loads((ROOT / "models" / task / "card.json").read_text(encoding="utf-8")))


def figures(task: str) -> str:
    """Return a shipped model's figures with their intervals, as a table."""
    card = read_card(task)
    rows = [f"`models/{task}/card.json`, version {card.version}: {card.metrics.samples} pictures of"]
    rows[0] += f" {card.metrics.groups} groups, {card.metrics.protocol}."
    rows += ["", "| figure | value | 95 % interval |", "| --- | --- | --- |"]
    rows += [
        f"| {name.replace('_', ' ')} | {figure.value:.3f} | {figure.low:.3f} to {figure.high:.3f} |"
        for name, figure in card.metrics.values.items()
    ]
    return "\n".join(rows)


def headline(_name: str) -> str:
    """Return the main figures of both shipped models, as a table."""
    rows = ["| model | figure on welds it never saw | value | 95 % interval |", "| --- | --- | --- | --- |"]
    for task, names in (("tig", ["macro_recall", "accuracy"]), ("surface", ["macro_auc", "macro_average_precision"])):
        values = read_card(task).metrics.values
        rows += [
            f"| `{task}` | {name.replace('_', ' ')} | {values[name].value:.3f} "
            f"| {values[name].low:.3f} to {values[name].high:.3f} |"
            for name in names
        ]
    return "\n".join(rows)


BLOCKS: dict[str, Callable[[str], str]] = {
    "help": help_text,
    "classes": classes,
    "figures": figures,
    "headline": headline,
}


def fill(text: str) -> str:
    """Return a page with its generated parts made anew."""

    def block(match: re.Match[str]) -> str:
        kind, _, argument = match["name"].partition(" ")
        return f"<!-- begin {match['name']} -->\n{BLOCKS[kind](argument)}\n<!-- end -->"

    return BLOCK.sub(block, text)


def openapi() -> str:
    """Return the HTTP interface's description as JSON."""
    station = cast(Station, SimpleNamespace(max_upload_bytes=1, max_inspections=0))
    description: dict[str, Any] = create_app(station).openapi()
    return json.dumps(description, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write what is stale, or with `--check` name it and return 1."""
    wanted = {page: fill(page.read_text(encoding="utf-8")) for page in PAGES}
    wanted[ROOT / "docs" / "openapi.json"] = openapi()
    stale = [page for page, text in wanted.items() if not page.exists() or page.read_text(encoding="utf-8") != text]
    for page in stale:
        print(
            f"{page.relative_to(ROOT)} is stale" + (": run `make docs`" if "--check" in sys.argv else ", written anew")
        )
        if "--check" not in sys.argv:
            page.write_text(wanted[page], encoding="utf-8")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
