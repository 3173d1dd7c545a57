"""Builds what the command line and the server work with, from settings. The composition root: no logic of its own."""

import os
from dataclasses import dataclass
from pathlib import Path

from beadwatch.apps.precision import open_precise
from beadwatch.apps.release_history import ReleaseHistory
from beadwatch.apps.releases import ReleaseFollower, open_channel, open_shadows
from beadwatch.apps.served_models import ModelHolder, Models
from beadwatch.apps.settings import Settings
from beadwatch.apps.shadowing import Shadows
from beadwatch.datasets.catalog import Catalog
from beadwatch.domain.errors import BeadwatchError, BundleError
from beadwatch.inference.bundle import CARD_FILE, Precision, load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.lifecycle.bulk_inspect import Pictures
from beadwatch.store.account_store import AccountStore
from beadwatch.store.alert_store import AlertStore
from beadwatch.store.blobs import BlobStore
from beadwatch.store.comparison_store import ComparisonStore
from beadwatch.store.database import open_database
from beadwatch.store.feedback_answer_store import FeedbackAnswerStore
from beadwatch.store.feedback_store import FeedbackStore
from beadwatch.store.files import open_files
from beadwatch.store.inspection_store import InspectionStore
from beadwatch.store.loop_store import LoopStore
from beadwatch.store.reinspection_store import ReinspectionStore
from beadwatch.store.withdrawal_store import WithdrawalStore


@dataclass(frozen=True, slots=True)
class Station:
    """All that the server needs.

    `follower` keeps the models up to date with the release channel, `moves` tells its history, and `shadows` runs the
    challengers that it has in shadow; None without a channel.
    """

    holder: ModelHolder
    inspections: InspectionStore
    blobs: BlobStore
    feedback: FeedbackStore
    accounts: AccountStore
    withdrawals: WithdrawalStore
    loop: LoopStore
    alerts: AlertStore
    comparisons: ComparisonStore
    guest_feedback: bool
    max_upload_bytes: int
    follower: ReleaseFollower | None = None
    moves: ReleaseHistory | None = None
    shadows: Shadows | None = None

    @property
    def models(self) -> Models:
        """The models of the moment: take them once for all that belongs together."""
        return self.holder.models

    def close(self) -> None:
        """Let go of what is open."""
        self.inspections.close()


def models_dir(settings: Settings) -> Path:
    """Return the folder of bundles: the setting, or those in the package (in a source tree a link to `models/`)."""
    return settings.models_dir or Path(__file__).resolve().parents[1] / "models"


def bundle_paths(folder: Path) -> list[Path]:
    """Return the bundles in a folder: subfolders with a card, and zips."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if not path.name.startswith(".") and ((path / CARD_FILE).is_file() or path.suffix == ".zip")
    )


def _name(bundle: Path) -> str:
    # Not the stem: that of a folder "tig-2026.01.02" would lack its last two digits.
    return bundle.name.removesuffix(".zip")


def find_bundle(name_or_path: str, settings: Settings) -> Path:
    """Return where the bundle of that name is, or the path itself.

    Raises:
        BundleError: there is neither.
    """
    folder = models_dir(settings)
    named = [path for path in bundle_paths(folder) if name_or_path in {path.name, _name(path)}]
    path = named[0] if named else Path(name_or_path)
    if not os.path.exists(path):  # noqa: PTH110  # Path.exists raises for a name that is too long
        there = ", ".join(map(_name, bundle_paths(folder))) or "none"
        raise BundleError(f"no model {name_or_path!r}: it is neither a path nor a bundle in {folder} (there: {there})")
    return path


def open_classifier(name_or_path: str, settings: Settings) -> Classifier:
    """Load the model of that name among the bundles, or the bundle at that path.

    Raises:
        BundleError: there is none, or it is refused.
    """
    return load_classifier(find_bundle(name_or_path, settings), settings)


def load_classifier(path: Path, settings: Settings, preferred: Precision = Precision.FP32) -> Classifier:
    """Load the bundle at `path`, with the graph that the settings ask for, else the preferred one: see `precision`.

    Raises:
        BundleError: the bundle is refused.
    """
    return open_precise(load_bundle(path), settings, preferred)


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


def build_station(settings: Settings) -> Station:
    """Open models, database and blob store; take over what the release channel has, if there is one.

    Raises:
        StoreError: the database or the blob store cannot be opened, or the channel is of no known file system.
        ReleaseError: the key that releases are verified by cannot be read.
    """
    holder, blobs, engine = (
        ModelHolder(open_models(settings)),
        BlobStore(settings.blobs),
        open_database(settings.database),
    )

    def answering(task: str) -> Classifier | None:
        return holder.models.ready.get(task)

    return Station(
        holder=holder,
        follower=_follower(settings, holder),
        moves=ReleaseHistory(open_channel(settings)) if settings.releases_url is not None else None,
        shadows=_shadows(settings, Pictures(ReinspectionStore(engine), FeedbackAnswerStore(engine), blobs, answering)),
        inspections=InspectionStore(engine),
        blobs=blobs,
        feedback=FeedbackStore(engine, blobs),
        accounts=AccountStore(engine),
        withdrawals=WithdrawalStore(engine),
        loop=LoopStore(engine),
        alerts=AlertStore(engine),
        comparisons=ComparisonStore(engine),
        guest_feedback=settings.guest_feedback,
        max_upload_bytes=settings.max_upload_mb * 1024 * 1024,
    )


def _follower(settings: Settings, holder: ModelHolder) -> ReleaseFollower | None:
    if settings.releases_url is None:
        return None
    folder = settings.data_dir / "releases"
    follower = ReleaseFollower(open_channel(settings), folder, lambda path: load_classifier(path, settings), holder)
    follower.begin()
    return follower


def _shadows(settings: Settings, pictures: Pictures) -> Shadows | None:
    if settings.releases_url is None or not settings.shadow:
        return None
    alone = settings.model_copy(update={"threads": 1})  # the other cores are for those who wait for an answer
    folder = settings.data_dir / "shadows"
    return Shadows(open_shadows(settings), folder, lambda path: load_classifier(path, alone), pictures)


def open_catalog(settings: Settings) -> Catalog:
    """Open the data set catalog.

    Raises:
        StoreError: its URL is of no file system that is installed.
    """
    return Catalog(open_files(settings.datasets))
