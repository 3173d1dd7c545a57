"""The shapes of what devices are told about models, for OpenAPI. The values come from cards and withdrawals."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from beadwatch.server.schemas import LabelOut


class InputSize(BaseModel):
    """The size in pixels to which a picture is stretched."""

    width: int
    height: int


class BundleLabel(LabelOut):
    """A class of a model, with all that a device needs to decide and to explain."""

    is_good: bool
    excludes_others: bool
    cause: str
    remedy: str


class AppearanceOut(BaseModel):
    """What a picture must show before the model may decide about it."""

    min_contrast: float
    min_detail: float
    max_detail: float


class CalibrationOut(BaseModel):
    """How scores become a verdict; docs/verdicts.md has the order of the rules."""

    accept_threshold: float = Field(description="1 stands for never")
    max_distance: float
    miss_cost: float | None
    promise: str = Field(description="what is certified about accepted welds, as a sentence")
    appearance: AppearanceOut | None


class GoldenOut(BaseModel):
    """A picture and the answer it must give: a device checks itself before it uses the model."""

    file: str
    scores: list[float]
    distance: float
    tolerance: float


class BundleFile(BaseModel):
    """One file, by which a device knows that it has the right one."""

    sha256: str
    bytes: int


class WithdrawnVersion(BaseModel):
    """A version that nobody is to trust any more."""

    version: str
    reason: str
    withdrawn_at: datetime


class BundleOut(BaseModel):
    """All that a device needs to run the station's model of a task itself."""

    task: str
    kind: str
    title: str
    name: str
    version: str
    created: str
    preprocess: InputSize
    labels: list[BundleLabel] = Field(description="in the order of the model's scores")
    calibration: CalibrationOut
    mirrors: list[list[int]] = Field(description="mirror images the maps are averaged over: the axes of H x W to flip")
    golden: GoldenOut
    files: dict[str, BundleFile] = Field(description="to be had at /v1/bundles/{task}/{version}/{file}")
    metrics: dict[str, Any]
    attribution: list[str]
    withdrawn_versions: list[WithdrawnVersion] = Field(description="of this task, the newest first")
