"""Models as tables for people and lines for machines. Knows cards and Rich; loads nothing."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from beadwatch.domain.comparison import Difference, FigureChange
from beadwatch.domain.imperfections import Imperfection
from beadwatch.domain.model_card import Interval, ModelCard
from beadwatch.inference.bundle import ModelBundle
from beadwatch.services.model_listing import ListedModel, bundle_size, key_figures

_PIPED_WIDTH = 160
_PER_CLASS = ("recall", "precision", "auc", "average_precision")


def write_lines(objects: Iterable[dict[str, Any]]) -> None:
    """Write one JSON object a line to standard output."""
    for one in objects:
        print(json.dumps(one, ensure_ascii=False))
    sys.stdout.flush()


def show_models(models: Sequence[ListedModel]) -> None:
    """Print one row a bundle, and below it why a bundle is refused or withdrawn."""
    if not models:
        return
    table = _table("model", "task", "version", "main figure", "snapshot", "created", "MB", "checks")
    for model in models:
        card = model.card
        name, figure = next(iter(key_figures(card).items()), ("", None)) if card else ("", None)
        table.add_row(
            *map(
                Text,
                (
                    model.name,
                    card.task.name if card else "?",
                    card.version if card else "?",
                    f"{_words(name)} {_interval(figure)}" if figure else "none",
                    str(card.dataset.get("snapshot", ""))[:12] if card else "?",
                    card.created[:10] if card else "?",
                    f"{model.size_bytes / 1e6:.1f}",
                    "✘ refused" if model.refused else "✘ withdrawn" if model.withdrawn else "✔ ok",
                ),
            )
        )
    console = _console()
    console.print(table)
    for model in models:
        if model.refused:
            console.print(Text(f"✘ {model.name}: {model.refused}"))
        if model.withdrawn:
            when = f"{model.withdrawn.withdrawn_at:%Y-%m-%d %H:%M} UTC"
            console.print(Text(f"✘ {model.name}: withdrawn {when}: {model.withdrawn.reason}"))


def show_card(bundle: ModelBundle) -> None:
    """Print everything that a card says."""
    card, console = bundle.card, _console()
    _lines(
        console,
        f"{card.name} {card.version}",
        {
            "bundle": f"{bundle.path}, {bundle_size(bundle.path) / 1e6:.1f} MB",
            "task": f"{card.task.title} ({card.task.name}), {card.task.kind.value.replace('_', ' ')}",
            "created": card.created,
            "input": f"{card.preprocess.width} x {card.preprocess.height} px, RGB, stretched",
            "accepts from": f"{card.calibration.accept_threshold:g}",
            "knows up to distance": f"{card.calibration.max_distance:g}",
            "temperature": f"{card.calibration.temperature:g}",
            "trained on files": f"{len(bundle.seen)} (seen.txt)",
        },
    )
    console.print(_classes(card))
    console.print(Text(f"{card.metrics.samples} pictures of {card.metrics.groups} groups; {card.metrics.protocol}"))
    console.print(_overall(card))
    _lines(console, "data", dict(_flat(card.dataset)))
    _lines(console, "training", dict(_flat(card.training)))
    _lines(console, "files", {name: digest[:12] for name, digest in card.files.items()})
    _lines(console, "attribution", {f"{number}": line for number, line in enumerate(card.attribution, 1)})


def show_comparison(
    cards: tuple[ModelCard, ModelCard], figures: Sequence[FigureChange], rest: Sequence[Difference]
) -> None:
    """Print the figures of two cards, then what else differs."""
    console = _console()
    first, second = (f"{card.name} {card.version}" for card in cards)
    table = _table("figure", f"first: {first}", f"second: {second}", "in words")
    for change in figures:
        sides = (_interval(change.first), _interval(change.second))
        table.add_row(*map(Text, (_words(change.name), *sides, change.words)))
    console.print(table)
    differing = _table("what", "which", "first", "second")
    for one in rest:
        differing.add_row(*map(Text, (one.kind, one.name, _value(one.first), _value(one.second))))
    console.print(differing if rest else Text("data, thresholds and training are the same"))


def _classes(card: ModelCard) -> Table:
    table = _table("class", "ISO 6520-1", "verdict", "counts from", *map(_words, _PER_CLASS))
    for label in card.task.labels:
        number = label.finding.iso6520 if isinstance(label.finding, Imperfection) else "condition"
        figures = [_interval(card.metrics.values.get(f"{metric}/{label.name}")) for metric in _PER_CLASS]
        threshold = f"{card.calibration.thresholds[label.name]:.2f}"
        cells = (label.name, number if label.finding else "", label.verdict.value, threshold, *figures)
        table.add_row(*map(Text, cells))
    return table


def _overall(card: ModelCard) -> Table:
    table = _table("figure", "value [95 % interval]")
    per_class = {f"{metric}/{name}" for metric in _PER_CLASS for name in card.task.label_names}
    for name, figure in card.metrics.values.items():
        if name not in per_class:
            table.add_row(Text(_words(name)), Text(_interval(figure)))
    return table


def _lines(console: Console, title: str, values: dict[str, str]) -> None:
    console.print(Text(f"\n{title}", style="bold"))
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in values.items():
        table.add_row(Text(f"  {name}", style="dim"), Text(value))
    console.print(table)


def _flat(values: Any, path: str = "") -> Iterable[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", _value(value)


def _value(value: Any) -> str:
    return "-" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _interval(figure: Interval | None) -> str:
    return "-" if figure is None else f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    return table


def _console() -> Console:
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else _PIPED_WIDTH, highlight=False)
