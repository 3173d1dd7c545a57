"""The models that a station answers with: what there is at one moment, and a holder that swaps all of it at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from beadwatch.domain.errors import BeadwatchError, BundleError
from beadwatch.inference.classifier import Classifier
from beadwatch.services.bundles import bundle_paths, load_classifier, models_dir
from beadwatch.settings import Settings

RELEASE = ":release"  # after a task's name: what was released for it is refused


@dataclass(frozen=True, slots=True)
class Models:
    """The ready models by task name, and what was refused, by bundle name, with the reason."""

    ready: Mapping[str, Classifier]
    refused: Mapping[str, BeadwatchError]

    def refusals_of(self, task: str) -> list[BeadwatchError]:
        """Return why a task has no model: what was refused under its name."""
        names = {task, f"{task}.zip", f"{task}{RELEASE}"}
        return [error for name, error in self.refused.items() if name in names]


class ModelHolder:
    """Holds the models of the moment. Whoever took them out keeps what they took: a request ends with what it began."""

    def __init__(self, models: Models) -> None:
        self.models = models

    def swap(self, models: Models) -> None:
        """Put other models in the place of all; the next request gets them."""
        self.models = models  # one reference: a reader sees the old or the new, never parts of both


def open_models(settings: Settings) -> Models:
    """Load every bundle of the models folder; a bad one is refused by name and does not stop the others."""
    ready: dict[str, Classifier] = {}
    refused: dict[str, BeadwatchError] = {}
    for path in bundle_paths(models_dir(settings)):
        try:
            classifier = load_classifier(path, settings)
        except BundleError as error:
            refused[path.name] = error
            continue
        task = classifier.card.task.name
        if task in ready:
            refused[path.name] = BundleError(f"{path}: the task {task!r} already has a model; remove one of the two")
        else:
            ready[task] = classifier
    return Models(ready, refused)
