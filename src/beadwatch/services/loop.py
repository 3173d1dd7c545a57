"""The steps of the loop on this station: collect, look for drift, retrain, judge, release.

Each can be killed anywhere and run again: what was done is found again by its snapshot, and what was not noted is noted
then. What was done and found is kept for ever (`store.loop_store`), once. Puts the rooms below together; has no rules
of its own.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from beadwatch.datasets.catalog import Catalog
from beadwatch.datasets.snapshot import DatasetSnapshot, Record
from beadwatch.domain.errors import DatasetError, NotReadyError, ReleaseError
from beadwatch.domain.labels import TASKS, Task
from beadwatch.domain.loop import LoopStep, StepKind
from beadwatch.domain.model_card import ModelCard
from beadwatch.domain.release import MoveKind, Release
from beadwatch.imaging.decode import decode
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.lifecycle.collect import SOURCE, CollectOptions, contributors_to, made_by, pictures_by_class
from beadwatch.lifecycle.collect import Station as Feedback
from beadwatch.lifecycle.contributors import Contributor
from beadwatch.lifecycle.drift.check import check_drift
from beadwatch.lifecycle.drift.limits import DriftLimits
from beadwatch.lifecycle.drift.page import drift_page
from beadwatch.lifecycle.evidence import evidence_of
from beadwatch.lifecycle.gate import GateLimits, GateVerdict, judge
from beadwatch.lifecycle.jobs import JobOutcome
from beadwatch.lifecycle.observations import Observations, gather, load_observations, observe, save_observations
from beadwatch.lifecycle.registry import Alias, Registry, lineage_of
from beadwatch.lifecycle.retrain import (
    Champion,
    RetrainData,
    RetrainLimits,
    RetrainOptions,
    RetrainResult,
    due,
    new_pictures,
    retrain,
)
from beadwatch.services.bundles import find_bundle, load_classifier
from beadwatch.services.catalog import open_catalog
from beadwatch.services.collecting import collect_feedback, read_station
from beadwatch.services.initial_collection import initial_collection
from beadwatch.services.releases import open_channel, open_shadows
from beadwatch.settings import Settings
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.files import open_files
from beadwatch.storage.loop_store import LoopStore

_log = logging.getLogger(__name__)

DRIFT_EVENT = "drift.detected"
BY = "the loop"
_OUR_OWN = ("snapshot", "contributors")  # what the step of a verdict holds beside it: not for the channel


@dataclass(frozen=True, slots=True)
class Loop:
    """What every step works with."""

    settings: Settings
    task: Task
    dataset: str
    catalog: Catalog
    steps: LoopStore
    read: Callable[[str], bytes]

    def note(self, kind: StepKind, words: str, figures: dict[str, Any], at: datetime | None = None) -> None:
        """Keep what was done or found, now or `at` another time."""
        self.steps.append(LoopStep(kind, self.task.name, at or datetime.now(UTC), words, figures))

    def has_noted(self, kind: StepKind, **figures: str) -> bool:
        """Whether the newest step of a kind has these figures: it was noted before a kill."""
        newest = self.newest(kind)
        return newest is not None and all(newest.figures.get(name) == value for name, value in figures.items())

    def newest(self, kind: StepKind) -> LoopStep | None:
        """Return the newest step of a kind."""
        return next(iter(self.steps.find(kind, self.task.name, limit=1)), None)


@contextmanager
def open_loop(settings: Settings) -> Iterator[Loop]:
    """Open what the steps work with.

    Raises:
        NotReadyError: the settings name no data set, or no task that there is.
    """
    if not settings.loop_dataset:
        raise NotReadyError("BEADWATCH_LOOP_DATASET names no data set: `beadwatch data import` makes one")
    if settings.loop_task not in TASKS:
        raise NotReadyError(f"BEADWATCH_LOOP_TASK: no task {settings.loop_task!r}; there are: {', '.join(TASKS)}")
    engine = open_database(settings.database)
    try:
        yield Loop(
            settings,
            TASKS[settings.loop_task],
            settings.loop_dataset,
            open_catalog(settings),
            LoopStore(engine),
            BlobStore(settings.blobs).get,
        )
    finally:
        engine.dispose()


def begin_step(settings: Settings) -> JobOutcome:
    """Make the set that the loop begins with (`initial_collection`), and keep how large it is."""
    outcome = initial_collection(settings)
    if outcome.done:
        with open_loop(settings) as loop:
            snapshot = loop.catalog.snapshot(loop.dataset)
            count = len(snapshot.records)
            figures = {"snapshot": snapshot.hash, "pictures": count, "new_pictures": count}
            loop.note(StepKind.COLLECT, outcome.why, figures | {"classes": pictures_by_class(snapshot)})
    return outcome


def collect_step(settings: Settings) -> JobOutcome:
    """Freeze what reviewers accepted into the set's next snapshot."""
    with open_loop(settings) as loop:
        _note_cut_off_collection(loop)
        result = collect_feedback(settings, loop.dataset, CollectOptions(loop.task, near=settings.loop_near))
        facts = result.to_dict()
        if not result.changed:
            return JobOutcome(False, "nothing new was accepted since the last collection", facts)
        words = _collected(result.new_records, loop.dataset)
        loop.note(StepKind.COLLECT, words, facts)
        return JobOutcome(True, words, facts)


def _collected(new: Sequence[Record], dataset: str) -> str:
    return f"{len(new)} new pictures of {len({record.group_key for record in new})} groups are in {dataset}"


def _note_cut_off_collection(loop: Loop) -> None:
    """Note the collection that made the set what it is, where a kill came before its note."""
    *before, last = loop.catalog.get(loop.dataset).states
    made_here = before and last.by == made_by(loop.task)
    if not made_here or loop.has_noted(StepKind.COLLECT, snapshot=last.snapshot):
        return
    held = {record.sha256 for record in loop.catalog.snapshot(before[-1].snapshot).records}
    snapshot = loop.catalog.snapshot(last.snapshot)
    new = [record for record in snapshot.records if record.sha256 not in held]
    figures = {"snapshot": snapshot.hash, "pictures": len(snapshot.records), "new_pictures": len(new)}
    loop.note(StepKind.COLLECT, _collected(new, loop.dataset), figures, datetime.fromisoformat(last.at))


def drift_step(settings: Settings) -> JobOutcome:
    """Compare what was collected since the champion was trained with the frozen test part, once for each snapshot."""
    with open_loop(settings) as loop:
        _, model = champion_of(loop)
        snapshot = loop.catalog.snapshot(loop.dataset)
        current = new_pictures(snapshot, learned_from(loop, model))
        if not current:
            return JobOutcome(False, "nothing was collected since the champion was trained")
        about = f"{loop.task.name} {model.card.version} {snapshot.hash}"
        found = loop.newest(StepKind.DRIFT)
        if found and loop.has_noted(StepKind.DRIFT, model=model.card.version, snapshot=snapshot.hash):
            event = DRIFT_EVENT if found.figures.get("drifted") else None
            words = f"{found.words} (found before; nothing was collected since)"
            return JobOutcome(False, words, found.figures, event, about)
        reference = _reference(loop, model, [record for record in snapshot.part("test") if record.labels])
        report = check_drift(
            reference, observed(loop, model, current), DriftLimits(thresholds=model.card.calibration.thresholds)
        )
        facts = report.to_dict() | {"model": model.card.version, "snapshot": snapshot.hash}
        page = drift_page(
            report, f"frozen test part of {loop.dataset}", f"{len(current)} pictures of people's feedback"
        )
        name = hashlib.sha256(about.encode()).hexdigest()[:16]
        open_files(str(settings.data_dir / "drift"), private=True).write(f"{name}.html", page.encode())
        words = "; ".join(report.reasons) or report.verdict.value
        loop.note(StepKind.DRIFT, words, facts)
        return JobOutcome(True, words, facts, DRIFT_EVENT if report.drifted else None, about)


def retrain_step(settings: Settings) -> JobOutcome:
    """Train a challenger where it is due, judge it, and release it where the gate lets it pass."""
    with open_loop(settings) as loop:
        if gone_on := _cut_off_release(loop):
            return gone_on
        bundle, model = champion_of(loop)
        snapshot, since = loop.catalog.snapshot(loop.dataset), learned_from(loop, model)
        new_groups = len({record.group_key for record in new_pictures(snapshot, since)})
        wanted, why = due(_drifted(loop, model), new_groups, RetrainLimits())
        if wanted and (settled := _settled(loop, snapshot)):
            wanted, why = False, settled
        if not wanted:
            return JobOutcome(False, why, {"new_groups": new_groups})
        name = f"{loop.task.name}-{snapshot.hash[:12]}-from-{model.card.version}"
        result = retrain(
            RetrainData(snapshot, loop.read, since),
            Champion(bundle, run_of(loop, model)),
            RetrainOptions(method=settings.loop_method, tracking_uri=settings.tracking(None)),
            settings.data_dir / "runs" / name,
            settings.data_dir / "challengers" / name,
        )
        if not loop.has_noted(StepKind.RETRAIN, version=result.version, snapshot=result.snapshot):
            loop.note(StepKind.RETRAIN, why, result.to_dict() | {"run": str(result.run)})
        return _judged(loop, result, model.card)


def champion_of(loop: Loop) -> tuple[Path, Classifier]:
    """Return the bundle folder and the model that answers for the task now."""
    settings, task = loop.settings, loop.task.name
    channel = open_channel(settings) if settings.releases_url is not None else None
    release = channel.current(task) if channel else None
    if channel and release:
        path = channel.fetch(release, settings.data_dir / "champions" / task / release.digest)
    else:
        path = find_bundle(task, settings)
    return path, load_classifier(path, settings)


def learned_from(loop: Loop, model: Classifier) -> DatasetSnapshot | None:
    """Return the snapshot that a model was trained on, None where this station does not have it."""
    try:
        return loop.catalog.snapshot(str(model.card.dataset.get("snapshot")))
    except DatasetError:
        return None


def run_of(loop: Loop, model: Classifier) -> Path:
    """Return the folder of the run that made a model: one of ours, or that which the settings name.

    Raises:
        NotReadyError: there is none.
    """
    for step in loop.steps.find(StepKind.RETRAIN, loop.task.name):
        if step.figures.get("version") == model.card.version:
            return Path(str(step.figures["run"]))
    if loop.settings.loop_run is None:
        raise NotReadyError(
            f"nobody knows the run that made {model.card.version}: BEADWATCH_LOOP_RUN names the folder that "
            "`beadwatch train --run` wrote"
        )
    return loop.settings.loop_run


def observed(loop: Loop, model: Classifier, records: Sequence[Record]) -> Observations:
    """Ask a model about pictures, with what people said of them."""
    return gather(
        loop.task,
        [observe(model, decode(loop.read(record.sha256))) for record in records],
        names=[f"{record.source}/{record.name}" for record in records],
        groups=[record.group_key for record in records],
        truth=[record.labels for record in records],
    )


def _judged(loop: Loop, result: RetrainResult, champion: ModelCard) -> JobOutcome:
    challenger = load_classifier(result.bundle, loop.settings).card
    station = read_station(loop.settings)
    limits = GateLimits(min_people=loop.settings.loop_min_people)
    verdict = judge(evidence_of(result, champion, challenger, _people(station)), limits)
    who = [person.to_dict() for person in _contributors(loop, station, result)]
    facts = verdict.to_dict() | {"snapshot": result.snapshot, "contributors": who}
    words = _in_words(result, verdict)
    _enter(loop, result.bundle, Alias.CHALLENGER)
    if not verdict.passed and loop.settings.loop_shadow and loop.settings.releases_url is not None:
        open_shadows(loop.settings).begin(result.bundle, loop.task.name, BY, "the gate refused it")
    loop.note(StepKind.GATE, words, facts)
    if verdict.passed and loop.settings.releases_url is not None:
        words = _release(loop, result.bundle, facts)
    return JobOutcome(True, words, facts)


def _release(loop: Loop, bundle: Path, judged: Mapping[str, Any]) -> str:
    """Release what the gate let pass, and note it; where it was released before a kill came, its move is noted."""
    verdict = {name: value for name, value in judged.items() if name not in _OUR_OWN}
    release = open_channel(loop.settings).publish(bundle, loop.task.name, BY, verdict)
    return _note_release(loop, release, bundle)


def _note_release(loop: Loop, release: Release, bundle: Path) -> str:
    _enter(loop, bundle, Alias.CHAMPION)
    words = f"{release.version} is the champion of {loop.task.name} by move {release.sequence}"
    loop.note(StepKind.RELEASE, words, release.to_dict(), release.at)
    return words


def _cut_off_release(loop: Loop) -> JobOutcome | None:
    """Go on with a release that a kill cut off: what the gate let pass is released by the verdict that it has.

    None where there is none, or only its note was missing.
    """
    judged = loop.newest(StepKind.GATE)
    if loop.settings.releases_url is None or judged is None or not judged.figures["passed"]:
        return None
    challenger, champion = judged.figures["challenger"], judged.figures["champion"]
    trained = loop.newest(StepKind.RETRAIN)
    if loop.has_noted(StepKind.RELEASE, version=challenger) or trained is None:
        return None
    bundle = loop.settings.data_dir / "challengers" / str(trained.figures["bundle"])
    if trained.figures.get("version") != challenger or not bundle.is_dir():
        return None
    moves = open_channel(loop.settings).history(loop.task.name)
    for move in moves:
        if (move.version, move.by, move.kind) == (challenger, BY, MoveKind.PUBLISH):
            _note_release(loop, move, bundle)
            return None
    of_now = judged.figures.get("snapshot") == loop.catalog.get(loop.dataset).snapshot
    if not of_now or any(move.version == challenger for move in moves) or (moves and moves[-1].version != champion):
        return None
    return JobOutcome(True, _release(loop, bundle, judged.figures), judged.figures)


def _enter(loop: Loop, path: Path, alias: Alias) -> None:
    """Enter a version into MLflow's registry. What is served does not depend on it: its failure is only told."""
    uri = loop.settings.tracking(None)
    if uri is None:
        return
    bundle = load_bundle(path)
    try:
        registry = Registry(uri)
        registry.register(bundle, lineage_of(bundle.card))
        registry.set_alias(loop.task.name, bundle.card.version, alias)
    except ReleaseError as error:
        _log.warning("%s is not in MLflow's registry as %s: %s", bundle.card.version, alias, error)


def _people(station: Feedback) -> dict[str, str]:
    """Return who labelled each picture of the feedback, by its name in a comparison."""
    accounts = station.accounts
    return {
        f"{SOURCE}/{body['team']}/{body['id']}": accounts[body["account_id"]].name
        if body["account_id"] in accounts
        else f"a guest of {body['team']}"
        for body in station.feedback
    }


def _contributors(loop: Loop, station: Feedback, result: RetrainResult) -> tuple[Contributor, ...]:
    """Return who made the new data, and how far each stands apart: what a refused gate should make people look at."""
    snapshot = loop.catalog.snapshot(result.snapshot)
    pictures = {record.sha256 for record in snapshot.records if record.source == SOURCE}
    return contributors_to(station, CollectOptions(loop.task, near=loop.settings.loop_near), pictures)


def _in_words(result: RetrainResult, verdict: GateVerdict) -> str:
    if verdict.passed:
        return f"the gate lets {result.version} pass against {result.champion_version}"
    failed = "; ".join(check.words for check in verdict.checks if not check.passed)
    return f"the gate holds {result.champion_version}: {result.version} fails: {failed}"


def _settled(loop: Loop, snapshot: DatasetSnapshot) -> str | None:
    """Say why nothing is to be trained of a snapshot any more, or None. A release that was cut off is gone on with."""
    judged = loop.newest(StepKind.GATE)
    if judged is None or judged.figures.get("snapshot") != snapshot.hash:
        return None
    if not judged.figures["passed"]:
        return "the challenger of this very snapshot was refused by the gate: collect more"
    if loop.settings.releases_url is None:
        return "the challenger of this very snapshot passed; without BEADWATCH_RELEASES_URL nothing is released"
    challenger = judged.figures["challenger"]
    if any(move.version == challenger for move in open_channel(loop.settings).history(loop.task.name)):
        return f"{challenger} of this very snapshot was released already, and somebody went back from it"
    return None


def _drifted(loop: Loop, model: Classifier) -> bool:
    """Whether the newest look at this model found drift."""
    newest = loop.newest(StepKind.DRIFT)
    return bool(newest and newest.figures.get("drifted") and newest.figures.get("model") == model.card.version)


def _reference(loop: Loop, model: Classifier, records: Sequence[Record]) -> Observations:
    """Return what a model says of the frozen test part, asked once."""
    if not records:
        raise DatasetError(f"{loop.dataset} has no frozen test part: `beadwatch data split` makes one")
    digest = _name_of(model.card.version, records)
    path = loop.settings.data_dir / "drift" / f"reference-{digest}.npz"
    if path.exists():
        return load_observations(path)
    made = observed(loop, model, records)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_observations(made, path)
    return made


def _name_of(version: str, records: Sequence[Record]) -> str:
    """Return a name for what a model said of some pictures: another for other pictures or labels."""
    said = [f"{record.sha256} {record.group_key} {sorted(record.labels)}" for record in records]
    return hashlib.sha256("\n".join([version, *said]).encode()).hexdigest()[:16]
