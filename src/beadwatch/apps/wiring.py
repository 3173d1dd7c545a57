"""Builds what the command line and the server work with, from settings. The composition root: no logic of its own."""

from dataclasses import dataclass, replace

from beadwatch.apps.bundles import bundle_paths, load_classifier, models_dir
from beadwatch.apps.release_history import ReleaseHistory
from beadwatch.apps.releases import ReleaseFollower, open_channel, open_shadows
from beadwatch.apps.served_models import ModelHolder, Models
from beadwatch.apps.settings import Settings
from beadwatch.apps.shadowing import Shadows
from beadwatch.datasets.catalog import Catalog
from beadwatch.domain.errors import BeadwatchError, BundleError
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
    alone = replace(settings, threads=1)  # the other cores are for those who wait for an answer
    folder = settings.data_dir / "shadows"
    return Shadows(open_shadows(settings), folder, lambda path: load_classifier(path, alone), pictures)


def open_catalog(settings: Settings) -> Catalog:
    """Open the data set catalog.

    Raises:
        StoreError: its URL is of no file system that is installed.
    """
    return Catalog(open_files(settings.datasets))
