"""What models there are: each bundle of the models folder, with its card or why it is refused, and if withdrawn."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from beadwatch.domain.errors import BundleError
from beadwatch.domain.labels import TaskKind
from beadwatch.domain.model_card import Interval, ModelCard
from beadwatch.domain.withdrawal import Withdrawal
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.services.bundles import bundle_paths, models_dir
from beadwatch.settings import Settings

_KEY_FIGURES = {
    TaskKind.SINGLE_LABEL: ("macro_recall", "accuracy"),
    TaskKind.MULTI_LABEL: ("macro_auc", "macro_average_precision"),
}


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A bundle: its name and size on disk, its card where that can be read, and why it is refused or withdrawn."""

    name: str
    size_bytes: int
    card: ModelCard | None
    refused: BundleError | None
    withdrawn: Withdrawal | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        card = self.card
        return {
            "name": self.name,
            "state": "ok" if self.refused is None else "refused",
            "version": card.version if card else None,
            "task": card.task.name if card else None,
            "created": card.created if card else None,
            "snapshot": card.dataset.get("snapshot") if card else None,
            "size_bytes": self.size_bytes,
            "figures": {name: asdict(figure) for name, figure in key_figures(card).items()} if card else {},
            "error": self.refused.describe() if self.refused else None,
            "withdrawn": self.withdrawn.to_dict() if self.withdrawn else None,
        }


def list_models(settings: Settings, withdrawn: Sequence[Withdrawal] = ()) -> list[ListedModel]:
    """Return the bundles of the models folder by name, each loaded and checked against its golden input.

    `withdrawn` are the versions that are marked so where a bundle has one of them.
    """
    models = [_listed(path, settings) for path in bundle_paths(models_dir(settings))]
    by_version = {(one.task, one.version): one for one in withdrawn}
    return [
        replace(model, withdrawn=by_version.get((model.card.task.name, model.card.version))) if model.card else model
        for model in models
    ]


def cards_there(settings: Settings) -> list[ModelCard]:
    """Return the cards of the bundles in the models folder that are whole."""
    cards = []
    for path in bundle_paths(models_dir(settings)):
        with suppress(BundleError):
            cards.append(load_bundle(path).card)
    return cards


def key_figures(card: ModelCard) -> dict[str, Interval]:
    """Return the figures that a model of this kind is told by; the first of its card where it has none of those."""
    values = card.metrics.values
    wanted = [name for name in _KEY_FIGURES[card.task.kind] if name in values] or list(values)[:1]
    return {name: values[name] for name in wanted}


def bundle_size(path: Path) -> int:
    """Return the bytes of a bundle on disk, a zip as it is packed."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _listed(path: Path, settings: Settings) -> ListedModel:
    name, size, card = path.name.removesuffix(".zip"), bundle_size(path), None
    try:
        bundle = load_bundle(path)
        card = bundle.card
        Classifier(bundle, settings.threads)
    except BundleError as error:
        return ListedModel(name, size, card, error)
    return ListedModel(name, size, card, None)
