"""What `beadwatch evaluate` does: judge with progress, write what was asked for, and print the main figures."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from beadwatch.cli.evaluate_table import show_report
from beadwatch.cli.progress import ticking
from beadwatch.domain.errors import DatasetError
from beadwatch.evaluation.answers import Answers
from beadwatch.evaluation.exhibits import Exhibit, choose_exhibits
from beadwatch.evaluation.from_model import answers_of_model, seen_groups
from beadwatch.evaluation.page import evaluation_page
from beadwatch.evaluation.report import EvaluationReport, Strangers, Subject, make_report
from beadwatch.evaluation.run_curves import read_run
from beadwatch.services.bundles import open_classifier
from beadwatch.services.evaluating import choose, kept_answers, look_at_strangers, thumbnails
from beadwatch.services.labelled_data import open_labelled
from beadwatch.settings import load_settings
from beadwatch.storage.blobs import BlobStore


@dataclass(frozen=True, slots=True)
class Asked:
    """Which model is judged on what."""

    model: str
    data: tuple[str, ...]
    split: str | None
    limit: int | None
    strangers: Path | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files are to be written, and the logs whose curves the page shows."""

    html: Path | None
    json_file: Path | None
    run: Path | None


def judge_model(asked: Asked, wanted: Wanted) -> EvaluationReport:
    """Judge a model on a set.

    Raises:
        BundleError: no such model, or it is refused.
        DatasetError: no such set, nothing to judge, or a picture that cannot be read.
    """
    settings = load_settings()
    classifier = open_classifier(asked.model, settings)
    with tempfile.TemporaryDirectory(prefix="beadwatch-frames-") as frames:
        labelled = open_labelled(asked.data, settings, Path(frames), own_splits=True)
        chosen = choose(labelled, classifier, asked.split, asked.limit)
        with ticking(len(chosen.records)) as tick:
            seen = seen_groups(labelled.snapshot, classifier)
            answers = answers_of_model(
                classifier, chosen.records, seen, lambda record: labelled.read(record.sha256), tick
            )
        strangers = look_at_strangers(classifier, asked.strangers) if asked.strangers else None
        return _finish(
            (answers, chosen.subject), strangers, wanted, lambda shown: labelled.read(chosen.records[shown.row].sha256)
        )


def judge_answers(path: Path, task: str, wanted: Wanted) -> EvaluationReport:
    """Judge the answers that a cross-validation kept.

    Raises:
        DatasetError: no such task or file, or a file that is no such thing.
    """
    blobs = BlobStore(load_settings().blobs)
    return _finish(kept_answers(path, task), None, wanted, lambda shown: blobs.get(shown.sha256))


def _finish(
    judged: tuple[Answers, Subject], strangers: Strangers | None, wanted: Wanted, read: Callable[[Exhibit], bytes]
) -> EvaluationReport:
    answers, subject = judged
    curves = read_run(wanted.run) if wanted.run else ()
    report = make_report(answers, subject, strangers)
    if wanted.html:
        exhibits = choose_exhibits(answers)
        _write(wanted.html, evaluation_page(report, exhibits, thumbnails(exhibits, read), curves))
    if wanted.json_file:
        _write(wanted.json_file, json.dumps(report.to_dict(), indent=1, ensure_ascii=False, allow_nan=False))
    show_report(report)
    return report


def _write(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_text(text, encoding="utf-8", errors="backslashreplace")
        aside.replace(path)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be written: {error.strerror}") from error
