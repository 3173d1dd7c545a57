"""The steps of the loop on this station: collect, look for drift, retrain, judge, release.

Each can be killed anywhere and run again: what was done is found again by its snapshot. What was done and found is kept
for ever (`store.loop_store`). Puts the rooms below together; has no rules of its own.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from beadwatch.apps.collecting import collect_feedback, read_station
from beadwatch.apps.releases import open_channel, open_shadows
from beadwatch.apps.settings import Settings
from beadwatch.apps.wiring import find_bundle, load_classifier, open_catalog
from beadwatch.datasets.catalog import Catalog
from beadwatch.datasets.snapshot import DatasetSnapshot, Record
from beadwatch.domain.errors import DatasetError, NotReadyError, ReleaseError
from beadwatch.domain.labels import TASKS, Task
from beadwatch.domain.loop import LoopStep, StepKind
from beadwatch.domain.model_card import ModelCard
from beadwatch.imaging.decode import decode
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.lifecycle.collect import SOURCE, CollectOptions, contributors_to
from beadwatch.lifecycle.collect import Station as Feedback
from beadwatch.lifecycle.contributors import Contributor
from beadwatch.lifecycle.drift.check import check_drift
from beadwatch.lifecycle.drift.limits import DriftLimits
from beadwatch.lifecycle.drift.page import drift_page
from beadwatch.lifecycle.gate import GateEvidence, GateLimits, GateVerdict, PartEvidence, judge
from beadwatch.lifecycle.jobs import JobOutcome
from beadwatch.lifecycle.observations import Observations, gather, load_observations, observe, save_observations
from beadwatch.lifecycle.paired import answers_of, compare
from beadwatch.lifecycle.registry import Alias, Registry, lineage_of
from beadwatch.lifecycle.retrain import (
    Champion,
    Comparison,
    RetrainData,
    RetrainLimits,
    RetrainOptions,
    RetrainResult,
    due,
    new_pictures,
    retrain,
)
from beadwatch.store.blobs import BlobStore
from beadwatch.store.database import open_database
from beadwatch.store.files import open_files
from beadwatch.store.loop_store import LoopStore

_log = logging.getLogger(__name__)

DRIFT_EVENT = "drift.detected"
BY = "the loop"


@dataclass(frozen=True, slots=True)
class Loop:
    """What every step works with."""

    settings: Settings
    task: Task
    dataset: str
    catalog: Catalog
    steps: LoopStore
    read: Callable[[str], bytes]

    def note(self, kind: StepKind, words: str, figures: dict[str, Any]) -> None:
        """Keep what was done or found."""
        self.steps.append(LoopStep(kind, self.task.name, datetime.now(UTC), words, figures))

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


def collect_step(settings: Settings) -> JobOutcome:
    """Freeze what reviewers accepted into the set's next snapshot."""
    with open_loop(settings) as loop:
        result = collect_feedback(settings, loop.dataset, CollectOptions(loop.task, near=settings.loop_near))
        facts = result.to_dict()
        if not result.changed:
            return JobOutcome(False, "nothing new was accepted since the last collection", facts)
        words = f"{len(result.new_records)} new pictures of {result.new_groups} groups are in {loop.dataset}"
        loop.note(StepKind.COLLECT, words, facts)
        return JobOutcome(True, words, facts)


def drift_step(settings: Settings) -> JobOutcome:
    """Compare what was collected since the champion was trained with the frozen test part."""
    with open_loop(settings) as loop:
        _, model = champion_of(loop)
        snapshot = loop.catalog.snapshot(loop.dataset)
        current = new_pictures(snapshot, learned_from(loop, model))
        if not current:
            return JobOutcome(False, "nothing was collected since the champion was trained")
        reference = _reference(loop, model, [record for record in snapshot.part("test") if record.labels])
        report = check_drift(
            reference, observed(loop, model, current), DriftLimits(thresholds=model.card.calibration.thresholds)
        )
        facts = report.to_dict() | {"model": model.card.version, "snapshot": snapshot.hash}
        page = drift_page(
            report, f"frozen test part of {loop.dataset}", f"{len(current)} pictures of people's feedback"
        )
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        open_files(str(settings.data_dir / "drift")).write(f"{moment}.html", page.encode())
        words = "; ".join(report.reasons) or report.verdict.value
        loop.note(StepKind.DRIFT, words, facts)
        return JobOutcome(True, words, facts, DRIFT_EVENT if report.drifted else None)


def retrain_step(settings: Settings) -> JobOutcome:
    """Train a challenger where it is due, judge it, and release it where the gate lets it pass."""
    with open_loop(settings) as loop:
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


def evidence_of(
    result: RetrainResult, champion: ModelCard, challenger: ModelCard, people: Mapping[str, str]
) -> GateEvidence:
    """Lay out what the gate judges by. Pictures of groups that either model has learned from do not count.

    `people` says who labelled a picture, by its name in the new data.
    """
    said = np.array([people.get(str(name), "") for name in result.new.names], dtype=np.str_)
    parity = (challenger.parity or {}).get("runtimes", {}).get("onnx", {})
    return GateEvidence(
        task=result.task.name,
        champion=result.champion_version,
        challenger=result.version,
        classes=result.task.label_names,
        frozen=_part(result.test, champion, challenger),
        new=_part(result.new, champion, challenger),
        parity_scores=parity.get("max_score_difference"),
        parity_agreement=parity.get("agreement"),
        latency_ms=_median(result.test.challenger_ms),
        champion_cost=_median(result.test.champion_ms),
        challenger_cost=_median(result.test.challenger_ms),
        without={
            who: _part(result.new, champion, challenger, said != who).macro_auc
            for who in sorted(set(said.tolist()) - {""})
        },
    )


def _part(
    both: Comparison,
    champion: ModelCard,
    challenger: ModelCard,
    rows: "np.ndarray[Any, np.dtype[np.bool_]] | None" = None,
) -> PartEvidence:
    task, fair = challenger.task, ~both.seen if rows is None else ~both.seen & rows
    return compare(
        task,
        answers_of(both.champion[fair], champion.calibration.thresholds, task),
        answers_of(both.challenger[fair], challenger.calibration.thresholds, task),
        both.truth[fair],
        both.groups[fair].tolist(),
    )


def _median(times: "np.ndarray[Any, np.dtype[np.float64]]") -> float | None:
    return float(np.median(times)) if len(times) else None


def _judged(loop: Loop, result: RetrainResult, champion: ModelCard) -> JobOutcome:
    challenger = load_classifier(result.bundle, loop.settings).card
    station = read_station(loop.settings)
    limits = GateLimits(min_people=loop.settings.loop_min_people)
    verdict = judge(evidence_of(result, champion, challenger, _people(station)), limits)
    who = [person.to_dict() for person in _contributors(loop, station, result)]
    facts = verdict.to_dict() | {"snapshot": result.snapshot, "contributors": who}
    words = _in_words(result, verdict)
    loop.note(StepKind.GATE, words, facts)
    _enter(loop, result, Alias.CHALLENGER)
    if not verdict.passed and loop.settings.loop_shadow and loop.settings.releases_url is not None:
        open_shadows(loop.settings).begin(result.bundle, loop.task.name, BY, "the gate refused it")
    if verdict.passed and loop.settings.releases_url is not None:
        release = open_channel(loop.settings).publish(result.bundle, loop.task.name, BY, verdict.to_dict())
        words = f"{release.version} is the champion of {loop.task.name} by move {release.sequence}"
        loop.note(StepKind.RELEASE, words, release.to_dict())
        _enter(loop, result, Alias.CHAMPION)
    return JobOutcome(True, words, facts)


def _enter(loop: Loop, result: RetrainResult, alias: Alias) -> None:
    """Enter a version into MLflow's registry. What is served does not depend on it: its failure is only told."""
    uri = loop.settings.tracking(None)
    if uri is None:
        return
    bundle = load_bundle(result.bundle)
    try:
        registry = Registry(uri)
        registry.register(bundle, lineage_of(bundle.card))
        registry.set_alias(loop.task.name, result.version, alias)
    except ReleaseError as error:
        _log.warning("%s is not in MLflow's registry as %s: %s", result.version, alias, error)


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
