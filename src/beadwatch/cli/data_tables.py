"""A snapshot as a table for people. Knows records and Rich; makes no decision."""

from collections import Counter

from rich import box
from rich.console import Console
from rich.table import Table

from beadwatch.datasets.snapshot import SPLITS, DatasetSnapshot, Record


def show_snapshot(snapshot: DatasetSnapshot) -> None:
    """Print pictures, groups and classes of each part to standard output, and what the set is made of."""
    console = Console()
    parts = [part for part in (*SPLITS, None) if any(record.split == part for record in snapshot.records)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for part in parts:
        table.add_column(part or "not split", justify="right")
    table.add_row("pictures", *(str(len(_part(snapshot, part))) for part in parts))
    table.add_row("groups", *(str(_groups(_part(snapshot, part))) for part in parts))
    alone = [sum(record.group is None for record in _part(snapshot, part)) for part in parts]
    if any(alone):
        table.add_row("in no group", *map(str, alone))
    table.add_section()
    for label in sorted({label for record in snapshot.records for label in record.labels}):
        table.add_row(label, *(_cell(_part(snapshot, part), label) for part in parts))
    unlabelled = [str(sum(not record.labels for record in _part(snapshot, part))) for part in parts]
    if any(count != "0" for count in unlabelled):
        table.add_row("(no class)", *unlabelled)
    console.print(f"snapshot {snapshot.hash[:12]}", highlight=False)
    console.print(table)
    for (source, licence), count in sorted(Counter((r.source, r.licence) for r in snapshot.records).items()):
        console.print(f"{count} from {source}, licence: {licence or 'none stated'}", highlight=False)
    if any(alone):
        console.print(f"in no group: {sum(alone)}; `beadwatch data group` finds which belong together", highlight=False)


def _part(snapshot: DatasetSnapshot, part: str | None) -> list[Record]:
    return [record for record in snapshot.records if record.split == part]


def _groups(records: list[Record]) -> int:
    """Count the groups that are known, as `beadwatch data audit` does: a picture without one is none."""
    return len({record.group_key for record in records if record.group is not None})


def _cell(records: list[Record], label: str) -> str:
    holding = [record for record in records if label in record.labels]
    return f"{len(holding)} ({_groups(holding)})" if _groups(holding) else str(len(holding))
