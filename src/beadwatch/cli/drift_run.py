"""What `beadwatch drift` does: observe both sets with progress, check, write what was asked for, say what was found."""

import json
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from beadwatch.cli.progress import ticking
from beadwatch.lifecycle.drift.check import check_drift
from beadwatch.lifecycle.drift.limits import DriftLimits
from beadwatch.lifecycle.drift.page import drift_page
from beadwatch.lifecycle.drift.report import DriftReport, DriftVerdict
from beadwatch.services.bundles import open_classifier
from beadwatch.services.drifting import chosen, observe_records
from beadwatch.services.labelled_data import open_labelled
from beadwatch.settings import load_settings
from beadwatch.storage.files import open_files

_WORDS = {
    DriftVerdict.NO_DRIFT: ("✔ no drift", "bold cyan"),
    DriftVerdict.TOO_LITTLE: ("? not enough to say", "bold yellow"),
    DriftVerdict.DRIFT: ("✘ DRIFT", "bold red"),
}


def run_drift(
    names: tuple[str, str], model: str, limit: int | None, wanted: tuple[Path | None, Path | None]
) -> DriftReport:
    """Compare two sets, reference first; `wanted` are the HTML and the JSON file, if any.

    Raises:
        BundleError: no such model, or it is refused.
        DatasetError: no such set, or a picture that cannot be read.
        StoreError: a file cannot be written.
    """
    settings = load_settings()
    classifier = open_classifier(model, settings)
    with tempfile.TemporaryDirectory(prefix="beadwatch-frames-") as frames:
        sets = [open_labelled([name], settings, Path(frames)) for name in names]
        records = [chosen(each, limit) for each in sets]
        with ticking(sum(map(len, records))) as tick:
            before, now = (
                observe_records(classifier, part, each.read, tick) for each, part in zip(sets, records, strict=True)
            )
    report = check_drift(before, now, DriftLimits(thresholds=classifier.card.calibration.thresholds))
    html, json_file = wanted
    if html:
        _write(html, drift_page(report, sets[0].name, sets[1].name))
    if json_file:
        _write(json_file, json.dumps(report.to_dict(), indent=1, ensure_ascii=False, allow_nan=False))
    _show(report, sum(record.group is None for part in records for record in part))
    return report


def _show(report: DriftReport, ungrouped: int) -> None:
    console = Console(highlight=False, soft_wrap=True)
    word, style = _WORDS[report.verdict]
    for reason in report.reasons:
        console.print(Text(f"{word}: {reason}", style=style))
        word = " "
    for name, part in (("reference", report.reference), ("current", report.current)):
        console.print(Text(f"{name}: {part.pictures:,} pictures of {part.groups:,} groups"))
    if ungrouped:
        console.print(
            Text(f"note: {ungrouped:,} pictures have no group: near copies among them look like more evidence")
        )
    for note in report.notes:
        console.print(Text(f"note: {note}", style="dim"))


def _write(path: Path, content: str) -> None:
    place = path.resolve()
    open_files(str(place.parent)).write(place.name, content.encode("utf-8", "backslashreplace"))
