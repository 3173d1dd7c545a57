"""Builds what the command line and the server work with, from settings. The composition root: no logic of its own."""

from dataclasses import replace

from beadwatch.inference.classifier import Classifier
from beadwatch.lifecycle.bulk_inspect import Pictures
from beadwatch.services.bundles import load_classifier
from beadwatch.services.release_history import ReleaseHistory
from beadwatch.services.releases import ReleaseFollower, open_channel, open_shadows
from beadwatch.services.served_models import ModelHolder, open_models
from beadwatch.services.shadowing import Shadows
from beadwatch.services.station import Station
from beadwatch.settings import Settings
from beadwatch.storage.account_store import AccountStore
from beadwatch.storage.alert_store import AlertStore
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.comparison_store import ComparisonStore
from beadwatch.storage.database import open_database
from beadwatch.storage.disk_space import DiskSpace, local_folders
from beadwatch.storage.feedback_answer_store import FeedbackAnswerStore
from beadwatch.storage.feedback_store import FeedbackStore
from beadwatch.storage.inspection_store import InspectionStore
from beadwatch.storage.loop_store import LoopStore
from beadwatch.storage.reinspection_store import ReinspectionStore
from beadwatch.storage.withdrawal_store import WithdrawalStore


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
        max_inspections=settings.max_inspections,
        space=DiskSpace(local_folders(settings.database, settings.blobs), settings.min_free_mb),
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
