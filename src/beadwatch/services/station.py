"""What a station is made of: the models of the moment, its stores, and what follows the release channel."""

from dataclasses import dataclass

from beadwatch.services.release_history import ReleaseHistory
from beadwatch.services.releases import ReleaseFollower
from beadwatch.services.served_models import ModelHolder, Models
from beadwatch.services.shadowing import Shadows
from beadwatch.storage.account_store import AccountStore
from beadwatch.storage.alert_store import AlertStore
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.comparison_store import ComparisonStore
from beadwatch.storage.disk_space import DiskSpace
from beadwatch.storage.feedback_store import FeedbackStore
from beadwatch.storage.inspection_store import InspectionStore
from beadwatch.storage.loop_store import LoopStore
from beadwatch.storage.withdrawal_store import WithdrawalStore


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
    space: DiskSpace
    max_inspections: int = 0
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
