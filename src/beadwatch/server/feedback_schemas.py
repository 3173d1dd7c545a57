"""The shapes of accounts and feedback over HTTP, for OpenAPI. The values come from the domain's `to_dict` methods."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from beadwatch.domain.accounts import Role
from beadwatch.domain.feedback import ReviewVerdict
from beadwatch.server.schemas import PLAIN


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("send a moment that a calendar has in every time zone") from None


class Order(StrEnum):
    """What comes first in a list."""

    NEWEST = "newest"
    DISAGREEMENTS = "disagreements"
    VALUE = "value"


class FeedbackQuery(BaseModel):
    """Which feedback to list."""

    task: str | None = Field(None, max_length=128, pattern=PLAIN)
    label: str | None = Field(
        None, max_length=128, pattern=PLAIN, description="a class that the person held to be present"
    )
    disagrees: bool | None = Field(None, description="whether person and model disagree")
    reviewed: bool | None = None
    since: Annotated[AwareDatetime, AfterValidator(_in_utc)] | None = Field(None, description="received then or later")
    order: Order = Order.NEWEST
    before: str | None = Field(
        None, max_length=64, pattern=PLAIN, description="from `next_before`, with the same order"
    )
    limit: int = Field(50, ge=1, le=200)


class PairIn(BaseModel):
    """A pairing code, as a person typed it, and a name by which people know the device."""

    code: str = Field(max_length=64)
    device_name: str = Field(max_length=256)


class PairOut(BaseModel):
    """The token of a new device: send it as `Authorization: Bearer ...`."""

    token: str
    device_id: str
    account_id: str
    account: str
    role: Role
    team: str


class AnswerOut(BaseModel):
    """What the model on the device said."""

    model: str
    model_version: str
    scores: dict[str, float]
    labels: list[str] = Field(description="the classes that the model held to be present")
    distance: float | None = Field(None, description="how unlike the known pictures, where the device sent it")


class MarkedBoxOut(BaseModel):
    """Where the person saw a class."""

    label: str
    box: list[float] = Field(min_length=4, max_length=4, description="left, top, right, bottom, 0 to 1")


class ReviewOut(BaseModel):
    """What a reviewer made of it."""

    verdict: ReviewVerdict
    account_id: str
    reviewed_at: datetime
    note: str


class UsefulnessOut(BaseModel):
    """What a reviewer's look is worth to the next model, and its parts, all 0 to 1."""

    value: float
    uncertainty: float
    disagreement: float
    novelty: float
    need: float


class FeedbackOut(BaseModel):
    """Stored feedback. `account_id` and `device_id` are null for a guest's."""

    id: str
    sha256: str
    task: str
    answer: AnswerOut
    labels: list[str] = Field(description="the classes that the person held to be present")
    boxes: list[MarkedBoxOut]
    note: str
    part_id: str
    seam_id: str
    captured_at: datetime = Field(description="by the device's clock")
    disagrees: bool = Field(description="whether person and model hold different classes to be present")
    account_id: str | None
    device_id: str | None
    team: str
    received_at: datetime = Field(description="by the station's clock")
    review: ReviewOut | None = Field(description="the newest review")
    usefulness: UsefulnessOut | None = Field(None, description="with order=value only")


class FeedbackDetail(FeedbackOut):
    """Stored feedback with all its reviews, the newest first."""

    reviews: list[ReviewOut]
    people: dict[str, str] = Field(description="name by account: of whoever sent or reviewed it")


class FeedbackList(BaseModel):
    """Feedback in the order that was asked for. `next_before` continues the list; it is null at its end."""

    feedback: list[FeedbackOut]
    people: dict[str, str] = Field(description="name by account: of those who sent or reviewed what is listed")
    next_before: str | None
