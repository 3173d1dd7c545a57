"""Withdrawn model versions in SQL. Nothing is ever changed or removed: of a version, the newest row counts.

Knows the objects of `domain.withdrawal`. Does not know which models there are.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine, func, select

from beadwatch.domain.errors import WithdrawalError
from beadwatch.domain.withdrawal import Withdrawal
from beadwatch.storage.sessions import transaction
from beadwatch.storage.tables import ModelWithdrawalRow


def _now() -> datetime:
    return datetime.now(UTC)


class WithdrawalStore:
    """Which model versions are withdrawn. Safe to call from several threads and processes.

    Every method raises `StoreError` where the database refuses.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = _now) -> None:
        self._engine, self._clock = engine, clock

    def withdraw(self, task: str, version: str, reason: str) -> Withdrawal:
        """Withdraw a version of a task's model; one that is withdrawn already gets the new reason.

        Raises:
            WithdrawalError: there is no reason, or a name makes no sense.
        """
        made = Withdrawal(task, version, reason.strip(), self._clock())
        row = ModelWithdrawalRow(
            task=task, version=version, withdrawn=True, reason=made.reason, changed_at=made.withdrawn_at
        )
        self._append(row)
        return made

    def restore(self, task: str, version: str) -> Withdrawal:
        """Take back that a version is withdrawn; return what was taken back.

        Raises:
            WithdrawalError: it is not withdrawn.
        """
        known = self.find(task, version)
        if known is None:
            there = ", ".join(one.version for one in self.withdrawn(task)) or "none"
            raise WithdrawalError(f"{version} of {task} is not withdrawn, so that it cannot be restored (are: {there})")
        row = ModelWithdrawalRow(task=task, version=version, withdrawn=False, reason="", changed_at=self._clock())
        self._append(row)
        return known

    def find(self, task: str, version: str) -> Withdrawal | None:
        """Return the withdrawal of a version, or None where it is not withdrawn."""
        return next((one for one in self.withdrawn(task) if one.version == version), None)

    def withdrawn(self, task: str | None = None) -> list[Withdrawal]:
        """Return all that is withdrawn, of one task or of all, the newest first."""
        newest = select(func.max(ModelWithdrawalRow.sequence)).group_by(
            ModelWithdrawalRow.task, ModelWithdrawalRow.version
        )
        query = (
            select(ModelWithdrawalRow)
            .where(ModelWithdrawalRow.sequence.in_(newest), ModelWithdrawalRow.withdrawn)
            .order_by(ModelWithdrawalRow.sequence.desc())
        )
        if task is not None:
            query = query.where(ModelWithdrawalRow.task == task)
        with transaction(self._engine, "read withdrawn models") as session:
            return [Withdrawal(row.task, row.version, row.reason, row.changed_at) for row in session.scalars(query)]

    def close(self) -> None:
        """Let go of the database's connections."""
        self._engine.dispose()

    def _append(self, row: ModelWithdrawalRow) -> None:
        with transaction(self._engine, "store that a model is withdrawn or restored") as session:
            session.add(row)
