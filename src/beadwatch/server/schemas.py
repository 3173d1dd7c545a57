"""The shapes of the HTTP interface, for OpenAPI. The values themselves come from the domain's `to_dict` methods."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from beadwatch.domain.labels import Disposition

PLAIN = r"^[^\x00-\x1f]*$"  # of what a database is asked for: it may refuse a NUL


class NumberedImperfection(BaseModel):
    """An imperfection by its ISO 6520-1 reference number."""

    iso6520: str
    name: str


class Finding(BaseModel):
    """What a class found in the picture stands for. A condition has no number; it is likely to cause imperfections."""

    label: str
    kind: Literal["imperfection", "condition"]
    iso6520: str | None
    name: str
    cause: str
    remedy: str
    variants: list[NumberedImperfection] = []
    likely_to_cause: list[NumberedImperfection] = []


class RegionOut(BaseModel):
    """Where the evidence for a class is strongest: a hint where to look, no outline. Shares of the upright picture."""

    label: str
    box: list[float] = Field(min_length=4, max_length=4, description="left, top, right, bottom, 0 to 1")
    peak: list[float] = Field(min_length=2, max_length=2, description="x and y of the strongest evidence, 0 to 1")


class InspectionOut(BaseModel):
    """A stored inspection."""

    id: str
    created_at: datetime
    path: str = Field(description="the name under which the picture was sent")
    sha256: str
    task: str
    model: str
    model_version: str
    label: str = Field(description="the finding that matters most")
    labels: list[str] = Field(description="all classes held to be present")
    confidence: float = Field(description="calibrated probability of `label`")
    scores: dict[str, float]
    distance: float = Field(description="how unlike the known pictures: cosine distance, 0 to 2")
    disposition: Disposition
    reasons: list[str]
    imperfections: list[Finding]
    regions: list[RegionOut] = Field([], description="places to look at more closely, for findings that have one")
    latency_ms: float
    seen_in_training: bool = Field(description="the model was trained on this very file")


class InspectionList(BaseModel):
    """Inspections, the newest first. `next_before` continues the list; it is null at its end."""

    inspections: list[InspectionOut]
    next_before: str | None


class LabelOut(BaseModel):
    """A class of a model: what it stands for and when it is held to be present."""

    name: str
    verdict: Disposition = Field(description="the strongest disposition that this class justifies by itself")
    why: str
    threshold: float
    finding: Finding | None


class ModelOut(BaseModel):
    """A model that is ready."""

    name: str
    version: str
    created: str
    task: str
    title: str
    kind: str
    labels: list[LabelOut]
    accept_threshold: float
    max_distance: float
    metrics: dict[str, Any]
    dataset: dict[str, Any]
    attribution: list[str]


class RefusedModel(BaseModel):
    """A bundle that the station will not use, and why."""

    bundle: str
    type: str
    message: str


class ModelList(BaseModel):
    """The models of the station."""

    models: list[ModelOut]
    refused: list[RefusedModel]


class ErrorBody(BaseModel):
    """What went wrong and what to do."""

    type: str
    message: str


class ErrorOut(BaseModel):
    """The one shape of every error."""

    error: ErrorBody
