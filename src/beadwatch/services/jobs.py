"""The jobs of the loop by name, as the settings want them, and running one of them. Knows nothing of Prefect.

A job runs once at a time on a machine, whoever started it, and one that was killed leaves nothing locked.
"""

import fcntl
import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from beadwatch.domain.alerts import MAX_WHY, Alert
from beadwatch.domain.errors import JobError, SourceError
from beadwatch.lifecycle.jobs import Job, JobOutcome
from beadwatch.services.notifying import open_alerts
from beadwatch.settings import Settings
from beadwatch.storage.private import make_private_folder

TITLES = {
    "initial-collection": "Import the public sets, audit, group, split and freeze them",
    "collect": "Pull feedback in and freeze the new snapshot",
    "check-drift": "Compare what comes in now with what the model knows",
    "retrain": "Train a challenger where drift or new data ask for it",
    "bulk-inspect": "Inspect stored pictures with the current models and compare the answers",
}
_RESOURCES = {"drift.detected": "dataset.auc"}


def build_jobs(settings: Settings) -> Mapping[str, Job]:
    """Return every job by its name; nothing is opened before one is called."""
    return {
        "initial-collection": partial(_initial_collection, settings),
        "collect": partial(_collect, settings),
        "check-drift": partial(_check_drift, settings),
        "retrain": partial(_retrain, settings),
        "bulk-inspect": partial(_bulk_inspect, settings),
    }


@dataclass(frozen=True, slots=True)
class Ran:
    """A job that ran: what came of it, and the alert that was recorded where people must hear of it."""

    name: str
    outcome: JobOutcome
    alert: Alert | None


def run_job(settings: Settings, name: str, alert_id: str = "") -> Ran:
    """Run a job here and now. Where it has an event, the alert is recorded before this returns, not yet told.

    `alert_id`, if given, makes the alert of a job that is tried again the same one; what the outcome is about does so
    in any case.

    Raises:
        JobError: there is no such job.
        BeadwatchError: it failed.
    """
    jobs = build_jobs(settings)
    if name not in jobs:
        raise JobError(f"no job {name!r}; there are: {', '.join(jobs)}")
    with _alone(settings.data_dir / "locks", name) as is_mine:
        if not is_mine:
            return Ran(name, JobOutcome(False, f"{name} is running already on this machine"), None)
        outcome = jobs[name]()
        return Ran(name, outcome, _recorded(settings, outcome, alert_id or uuid.uuid4().hex))


def _recorded(settings: Settings, outcome: JobOutcome, alert_id: str) -> Alert | None:
    if outcome.event is None:
        return None
    if outcome.about:
        alert_id = hashlib.sha256(f"{outcome.event} {outcome.about}".encode()).hexdigest()[:32]
    alert = Alert(
        id=alert_id,
        event=outcome.event,
        resource=_RESOURCES.get(outcome.event, ""),
        why=outcome.why[:MAX_WHY],
        facts=_plain(outcome.facts),
        raised_at=datetime.now(UTC),
    )
    with open_alerts(settings) as alerts:
        alerts.record(alert)
    return alert


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts as JSON has them: a figure that is none becomes null, so that no reader stumbles over the alert."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(facts), default=str), parse_constant=lambda _name: None)
    return plain


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[bool]:
    """Yield whether nobody else runs the job; the kernel takes the lock back from whoever dies."""
    try:
        make_private_folder(folder)
        file = (folder / f"{name}.lock").open("w")
    except OSError as error:
        raise JobError(f"{folder}: {error.strerror}; BEADWATCH_DATA_DIR must be a folder to write to") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _initial_collection(settings: Settings) -> JobOutcome:
    from beadwatch.services.loop import begin_step

    return begin_step(settings)


def _check_drift(settings: Settings) -> JobOutcome:
    from beadwatch.services.loop import drift_step

    return drift_step(settings)


def _retrain(settings: Settings) -> JobOutcome:
    from beadwatch.services.loop import retrain_step

    return retrain_step(settings)


def _collect(settings: Settings) -> JobOutcome:
    """Pull from buckets and folders, then freeze what reviewers accepted."""
    sources = [source.strip() for source in (settings.collect_from or "").split(",") if source.strip()]
    if not sources and not settings.loop_dataset:
        return JobOutcome(
            False,
            "there is nothing to collect: BEADWATCH_COLLECT_FROM names folders and buckets, BEADWATCH_LOOP_DATASET the "
            "set that feedback comes to",
        )
    pulled = {source: _pull(settings, source) for source in sources}
    stored, failed = (sum(done[key] for done in pulled.values()) for key in ("stored", "failed"))
    words = [f"stored {stored} new pictures with what people said of them; {failed} files failed"] if sources else []
    done, facts = stored > 0, {"sources": pulled}
    if settings.loop_dataset:
        from beadwatch.services.loop import collect_step

        frozen = collect_step(settings)
        words.append(frozen.why)
        done, facts = done or frozen.done, facts | {"collected": dict(frozen.facts)}
    return JobOutcome(done, "; ".join(words), facts)


def _pull(settings: Settings, source: str) -> dict[str, Any]:
    from beadwatch.services.feedback_data import open_feedback_data
    from beadwatch.services.feedback_pull import Pull
    from beadwatch.storage.files import open_files

    if "://" not in source and not Path(source).is_dir():
        raise SourceError(f"{source}: there is no such folder; BEADWATCH_COLLECT_FROM names it")
    files = open_files(source)
    with open_feedback_data(settings) as data:
        pulling = Pull(files, data.feedback, settings.collect_team, remove=settings.collect_delete)
        for name in files.names(""):
            pulling.take(name)
    counts = pulling.pulled.to_dict()
    return {key: value if isinstance(value, int) else len(value) for key, value in counts.items()}


def _bulk_inspect(settings: Settings) -> JobOutcome:
    from beadwatch.lifecycle.bulk_inspect import Pictures, bulk_inspect
    from beadwatch.services.answering import open_all_answering
    from beadwatch.storage.blobs import BlobStore
    from beadwatch.storage.database import open_database
    from beadwatch.storage.feedback_answer_store import FeedbackAnswerStore
    from beadwatch.storage.reinspection_store import ReinspectionStore

    models = open_all_answering(settings)
    engine = open_database(settings.database)
    pictures = Pictures(ReinspectionStore(engine), FeedbackAnswerStore(engine), BlobStore(settings.blobs))
    try:
        results = {task: bulk_inspect(model, pictures) for task, model in models.items()}
    finally:
        engine.dispose()
    looked_at = sum(result.inspected for result in results.values())
    changed = sum(result.changed for result in results.values())
    why = f"inspected {looked_at} stored pictures again; {changed} answers changed since they were made"
    facts = {task: result.to_dict() for task, result in results.items()}
    return JobOutcome(looked_at > 0, why if looked_at else "every stored picture has the current model's answer", facts)
