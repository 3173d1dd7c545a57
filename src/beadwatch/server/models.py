"""The station's models as its HTTP interface tells of them: the one for a task, and what stands on a card."""

from typing import Any

from starlette.exceptions import HTTPException

from beadwatch.domain.inspection import finding_to_dict
from beadwatch.domain.labels import ClassLabel
from beadwatch.domain.model_card import ModelCard
from beadwatch.inference.classifier import Classifier
from beadwatch.services.station import Station


def classifier_for(station: Station, task: str, unknown_status: int = 422) -> Classifier:
    """Return the model of a task.

    Raises:
        BundleError, ReleaseError: the task has a bundle or a release, and it was refused.
        HTTPException: the station knows no such task; `unknown_status` is its status.
    """
    models = station.models
    if task in models.ready:
        return models.ready[task]
    if refusals := models.refusals_of(task):
        raise refusals[0]
    there = ", ".join(models.ready) or "none"
    raise HTTPException(unknown_status, f"no model for the task {task!r}; there are: {there}")


def card_head(card: ModelCard) -> dict[str, Any]:
    """Return what a card says that is the same wherever the model is told of."""
    whole = card.to_dict()
    return {
        **{key: whole[key] for key in ("name", "version", "created", "metrics", "attribution")},
        "task": card.task.name,
        "title": card.task.title,
        "kind": card.task.kind.value,
    }


def label_to_dict(label: ClassLabel, card: ModelCard) -> dict[str, Any]:
    """Return a class of a model: what it stands for and when it is held to be present."""
    return {
        "name": label.name,
        "verdict": label.verdict,
        "why": label.why,
        "threshold": card.calibration.thresholds[label.name],
        "finding": finding_to_dict(label) if label.finding else None,
    }
