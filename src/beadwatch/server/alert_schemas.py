"""The shapes of alerts in the HTTP interface, for OpenAPI. The values come from `to_dict` methods."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class NoticeOut(BaseModel):
    """What became of telling somebody over one channel."""

    channel: str
    state: Literal["sent", "waiting"]
    tries: int
    sent_at: datetime | None
    last_error: str | None


class AlertOut(BaseModel):
    """One alert, without its facts: they name pictures of all teams, and whoever reaches the station reads this."""

    id: str
    event: str = Field(description="what happened, as drift.detected")
    resource: str = Field(description="what it happened to, as dataset.auc")
    why: str
    raised_at: datetime
    notices: list[NoticeOut]


class AlertList(BaseModel):
    """Alerts, the newest first."""

    alerts: list[AlertOut]
