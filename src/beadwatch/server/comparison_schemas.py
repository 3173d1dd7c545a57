"""The shapes of the HTTP interface of comparisons, for OpenAPI and for what is asked."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from beadwatch.domain.labels import Disposition
from beadwatch.domain.second_answers import Right
from beadwatch.server.schemas import PLAIN, InspectionOut, RegionOut


class ChangeOut(BaseModel):
    """How many pictures went from one disposition to another, or stayed; and in how many of them the answers differ."""

    before: Disposition
    now: Disposition
    pictures: int
    changed: int


class ScoreOut(BaseModel):
    """Who was right, among the pictures with another answer that people labelled."""

    labelled: int
    challenger_right: int = Field(description="it has exactly the classes that a person named")
    champion_right: int
    known: int = Field(description="labelled, but not counted: one of the two was trained on the picture")


class ComparisonOut(BaseModel):
    """All second answers of one version."""

    task: str
    version: str
    same: int
    changed: int
    failed: int = Field(description="the picture is gone, or the model failed on it")
    on_phones: int = Field(description="how many of the same and the changed a phone judged: they are in no move")
    moves: list[ChangeOut]
    score: ScoreOut


class ShadowOut(BaseModel):
    """A challenger in shadow on this station."""

    task: str
    version: str
    by: str | None = Field(description="who put it there; null but for engineers and admins")
    since: datetime
    waiting: int = Field(
        description="pictures inspected, or received as feedback, since then that it has not answered yet"
    )
    problem: str | None = Field(description="why it does not answer")


class ComparisonList(BaseModel):
    """Every version that has second answers, and what is in shadow now."""

    comparisons: list[ComparisonOut]
    shadows: list[ShadowOut]
    problems: list[str] = Field(description="why this station does not know what is in shadow")


class SecondAnswer(BaseModel):
    """What the other model says of the picture."""

    model: str
    model_version: str
    label: str
    labels: list[str]
    confidence: float
    scores: dict[str, float]
    distance: float
    disposition: Disposition
    reasons: list[str]
    regions: list[RegionOut] = []
    seen_in_training: bool


class TruthOut(BaseModel):
    """What a person said of the picture: what a reviewer accepted, else the newest that none rejected."""

    labels: list[str]
    accepted: bool


class PhoneAnswer(BaseModel):
    """What a phone said of a picture that it sent as feedback: classes, and no verdict."""

    id: str = Field(description="of the feedback, whose picture is at `/v1/feedback/{id}/picture`")
    received_at: datetime
    model: str
    model_version: str
    labels: list[str]
    scores: dict[str, float]
    seen_in_training: bool | None = Field(description="null where the station does not have the phone's model")


class DisagreementOut(BaseModel):
    """A picture on which the two answers differ: it was inspected here, or judged on a phone."""

    inspection: InspectionOut | None = Field(description="the answer that was given and shown here")
    feedback: PhoneAnswer | None = Field(description="the answer that a phone gave and showed; only its classes count")
    answer: SecondAnswer
    truth: TruthOut | None
    right: Right | None = Field(description="null where nobody labelled the picture")


class DisagreementList(BaseModel):
    """Disagreements, the gravest first. `next_after` continues the list; it is null at its end."""

    disagreements: list[DisagreementOut]
    next_after: str | None


class DisagreementQuery(BaseModel):
    """Which disagreements to list."""

    model_config = ConfigDict(extra="forbid")

    before: Disposition | None = Field(None, description="what was answered first; phones answer no verdict")
    now: Disposition | None = Field(None, description="what the other model answers")
    after: str | None = Field(
        None, max_length=128, pattern=PLAIN, description="after which to go on, from `next_after`"
    )
    limit: int = Field(20, ge=1, le=100)
