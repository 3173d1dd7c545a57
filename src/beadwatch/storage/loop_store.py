"""The steps of the loop in SQL: appended, never changed. Knows the objects of `domain.loop`."""

from sqlalchemy import Engine, select

from beadwatch.domain.loop import LoopStep, StepKind
from beadwatch.storage.sessions import transaction
from beadwatch.storage.tables import LoopStepRow


class LoopStore:
    """What the loop did and found. Safe to call from several threads and processes.

    Every method raises `StoreError` where the database refuses.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, step: LoopStep) -> None:
        """Keep a step."""
        with transaction(self._engine, "store a step of the loop") as session:
            session.add(
                LoopStepRow(
                    kind=step.kind.value,
                    task=step.task,
                    made_at=step.made_at,
                    words=step.words,
                    figures=dict(step.figures),
                )
            )

    def find(self, kind: StepKind | None = None, task: str | None = None, limit: int = 100) -> list[LoopStep]:
        """Return steps, of one kind or task or of all, the newest first."""
        query = select(LoopStepRow).order_by(LoopStepRow.sequence.desc()).limit(limit)
        if kind is not None:
            query = query.where(LoopStepRow.kind == kind.value)
        if task is not None:
            query = query.where(LoopStepRow.task == task)
        with transaction(self._engine, "read the steps of the loop") as session:
            return [
                LoopStep(StepKind(row.kind), row.task, row.made_at, row.words, row.figures)
                for row in session.scalars(query)
            ]
