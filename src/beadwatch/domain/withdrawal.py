"""Withdrawing a model version: it stays where it is, but nobody is to trust its answers any more.

A version need not be one that is here: a phone may have an old one. Does not know where withdrawals are kept.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from beadwatch.domain.errors import WithdrawalError

MAX_TASK, MAX_VERSION, MAX_REASON = 64, 128, 500


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One model version that is withdrawn: of which task, why, and since when (UTC)."""

    task: str
    version: str
    reason: str
    withdrawn_at: datetime

    def __post_init__(self) -> None:
        for what, text, limit in (("task", self.task, MAX_TASK), ("version", self.version, MAX_VERSION)):
            if not text or not text.isprintable() or len(text) > limit:
                raise WithdrawalError(f"{what}: {text!r} is no {what}, which has 1 to {limit} printable characters")
        if not self.reason.strip() or not self.reason.isprintable() or len(self.reason) > MAX_REASON:
            raise WithdrawalError(
                f"why: say in one line of 1 to {MAX_REASON} characters why {self.version} is withdrawn; "
                "inspectors read it on their phones"
            )

    @property
    def words(self) -> str:
        """What happened, in a sentence without its full stop."""
        return f"the model {self.version} was withdrawn: {self.reason}"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values without the task, as a device of that task gets them."""
        return {"version": self.version, "reason": self.reason, "withdrawn_at": self.withdrawn_at.isoformat()}
