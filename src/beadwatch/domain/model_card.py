"""The model card: all that a runtime or a person must know to use a model as it was meant.

A card is `card.json` in a bundle. Everything is validated when built: a card that exists is a card that can be used.
Knows the card's fields, its JSON form and the order of checks. Does not know files, ONNX or pixels.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from beadwatch.domain.appearance import AppearanceLimits
from beadwatch.domain.errors import BundleError
from beadwatch.domain.guarantee import Guarantee
from beadwatch.domain.imperfections import Imperfection
from beadwatch.domain.labels import Task, TaskKind, label_named

SCHEMA_VERSION = 1
_MAX_TOLERANCE = 0.05  # a golden check that forgives more checks nothing
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class PreprocessSpec:
    """How a picture becomes the model's input: stretched to `width` x `height` pixels, RGB uint8.

    Resizing is bilinear with antialiasing (a triangle filter as wide as the reduction, as Pillow and browsers do).
    Scaling and normalisation are no part of it: they are inside the graph.
    """

    width: int
    height: int

    def __post_init__(self) -> None:
        if not (32 <= self.width <= 2048 and 32 <= self.height <= 2048):
            raise BundleError(f"model input of {self.width} x {self.height} px: each side must be 32 to 2048 px")


@dataclass(frozen=True, slots=True)
class Calibration:
    """How scores are turned into decisions; chosen on pictures of groups that the scoring model had not seen.

    `temperature` is already applied inside the graph and stated for the record. A class is held to be present when its
    score reaches its entry in `thresholds`. A weld is accepted only when the good class reaches `accept_threshold`; 1.0
    stands for never. `max_distance` is the largest cosine distance to known pictures at which the model may decide at
    all, and `appearance` what a picture must show for that. `miss_cost` says how many false alarms a missed finding
    costs, where the thresholds were chosen for that; None means that they have the best F1. `guarantee` says what is
    certified about the welds accepted; None, on older cards, means nothing.
    """

    temperature: float
    thresholds: Mapping[str, float]
    accept_threshold: float
    max_distance: float
    miss_cost: float | None = None
    guarantee: Guarantee | None = None
    appearance: AppearanceLimits | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.temperature < math.inf:
            raise BundleError(f"temperature is {self.temperature}, but must be above 0")
        for name, value in {**self.thresholds, "accept_threshold": self.accept_threshold}.items():
            if not 0.0 <= value <= 1.0:
                raise BundleError(f"threshold of {name!r} is {value}, but must be a probability from 0 to 1")
        if not 0.0 <= self.max_distance <= 2.0:
            raise BundleError(f"max_distance is {self.max_distance}, but a cosine distance is from 0 to 2")
        if self.miss_cost is not None and not 0.0 < self.miss_cost < math.inf:
            raise BundleError(f"miss_cost is {self.miss_cost}, but must be above 0")

    def accepts(self, good_score: float) -> bool:
        """Whether a good class of this score is enough to accept a weld that shows no finding."""
        return self.accept_threshold <= good_score and self.accept_threshold < 1.0

    @property
    def promise(self) -> str:
        """What is certified about accepted welds, as a sentence; it says so when nothing is."""
        if self.guarantee is None:
            return "not certified how many accepted welds are bad: the model card promises nothing"
        return self.guarantee.in_words


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures of an evaluation and how they came about. Names are `metric` or `metric/class`."""

    protocol: str
    samples: int
    groups: int
    values: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Golden:
    """An input in the bundle and the scores it must give, so that each runtime can check itself when it loads."""

    file: str
    scores: tuple[float, ...]
    distance: float
    tolerance: float

    def __post_init__(self) -> None:
        if not 0.0 < self.tolerance <= _MAX_TOLERANCE:
            raise BundleError(f"golden tolerance is {self.tolerance}, but must be above 0 and at most {_MAX_TOLERANCE}")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything about one model version. `files` maps each other file of the bundle to its sha256.

    Two fields came later, and cards without them are whole: `other_goldens` says what each graph beside `model.onnx`
    makes of the golden input, by file name, and `parity` is the record of how far the runtimes agreed at export.
    """

    name: str
    version: str
    created: str
    task: Task
    preprocess: PreprocessSpec
    calibration: Calibration
    metrics: Metrics
    dataset: Mapping[str, Any]
    training: Mapping[str, Any]
    attribution: tuple[str, ...]
    golden: Golden
    files: Mapping[str, str]
    other_goldens: Mapping[str, Golden] = field(default_factory=dict)
    parity: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = set(self.task.label_names)
        if len(names) != len(self.task.labels) or len(names) < 2:
            raise BundleError(f"card of {self.name!r}: a task needs at least two classes, each named once")
        if set(self.calibration.thresholds) != names:
            raise BundleError(f"card of {self.name!r}: thresholds must name exactly the classes {sorted(names)}")
        if not any(label.is_good for label in self.task.labels):
            raise BundleError(f"card of {self.name!r}: no class says that a weld is good")
        for golden in (self.golden, *self.other_goldens.values()):
            if len(golden.scores) != len(names):
                raise BundleError(f"card of {self.name!r}: the golden input has {len(golden.scores)} scores")
        self._check_files()

    def _check_files(self) -> None:
        for file, digest in self.files.items():
            if not file.isprintable() or "/" in file or "\\" in file or file in {"", ".", "..", "card.json"}:
                raise BundleError(f"card of {self.name!r}: {file!r} is no name of a file beside the card")
            if not _SHA256.fullmatch(digest):
                raise BundleError(f"card of {self.name!r}: {digest!r} of {file} is no sha256")
        for needed in ("model.onnx", self.golden.file, *self.other_goldens):
            if needed not in self.files:
                raise BundleError(f"card of {self.name!r}: no sha256 of {needed}")

    def to_dict(self) -> dict[str, Any]:
        """Return the card as JSON-ready values; `card_from_dict` reads them back."""
        later = {
            "other_goldens": {file: _golden_to_dict(golden) for file, golden in self.other_goldens.items()},
            "parity": dict(self.parity),
        }
        return {
            "schema_version": SCHEMA_VERSION,
            "name": self.name,
            "version": self.version,
            "created": self.created,
            "task": {
                "name": self.task.name,
                "kind": self.task.kind.value,
                "title": self.task.title,
                "labels": [
                    {
                        "name": label.name,
                        "iso6520": label.finding.iso6520 if isinstance(label.finding, Imperfection) else None,
                    }
                    for label in self.task.labels
                ],
            },
            "preprocess": asdict(self.preprocess),
            "calibration": {key: value for key, value in asdict(self.calibration).items() if value is not None},
            "metrics": asdict(self.metrics),
            "dataset": dict(self.dataset),
            "training": dict(self.training),
            "attribution": list(self.attribution),
            "golden": _golden_to_dict(self.golden),
            "files": dict(self.files),
            **{name: value for name, value in later.items() if value},
        }


def _golden_to_dict(golden: Golden) -> dict[str, Any]:
    return asdict(golden) | {"scores": list(golden.scores)}


def card_from_dict(data: Mapping[str, Any]) -> ModelCard:
    """Build a card from the values of `card.json`.

    Raises:
        BundleError: a field is missing, of the wrong type, or contradicts another.
    """
    try:
        if data["schema_version"] != SCHEMA_VERSION:
            raise BundleError(
                f"card.json has schema_version {data['schema_version']!r}; this Beadwatch reads {SCHEMA_VERSION}. "
                "Update Beadwatch, or export the model again"
            )
        card = _card_from_dict(data)
        json.dumps(data, allow_nan=False, ensure_ascii=False).encode()  # all that stands on it is shown to everybody
    except KeyError as error:
        raise BundleError(f"card.json lacks the field {error}") from error
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BundleError(f"card.json has a field of the wrong type: {error}") from error
    return card


def _card_from_dict(data: Mapping[str, Any]) -> ModelCard:
    task, metrics = data["task"], data["metrics"]
    return ModelCard(
        name=_text(data["name"]),
        version=_text(data["version"]),
        created=_text(data["created"]),
        task=Task(
            name=_text(task["name"]),
            kind=TaskKind(task["kind"]),
            title=_text(task["title"]),
            labels=tuple(label_named(_text(label["name"])) for label in _list(task["labels"])),
        ),
        preprocess=PreprocessSpec(_whole(data["preprocess"]["width"]), _whole(data["preprocess"]["height"])),
        calibration=_calibration(data["calibration"]),
        metrics=Metrics(
            protocol=_text(metrics["protocol"]),
            samples=_whole(metrics["samples"]),
            groups=_whole(metrics["groups"]),
            values={
                name: Interval(_number(value["value"]), _number(value["low"]), _number(value["high"]))
                for name, value in metrics["values"].items()
            },
        ),
        dataset=_object(data["dataset"]),
        training=_object(data["training"]),
        attribution=tuple(_text(line) for line in _list(data["attribution"])),
        golden=_golden(data["golden"]),
        files={name: _text(digest) for name, digest in data["files"].items()},
        other_goldens={file: _golden(golden) for file, golden in data.get("other_goldens", {}).items()},
        parity=_object(data.get("parity", {})),
    )


def _golden(data: Mapping[str, Any]) -> Golden:
    return Golden(
        file=_text(data["file"]),
        scores=tuple(_number(score) for score in _list(data["scores"])),
        distance=_number(data["distance"]),
        tolerance=_number(data["tolerance"]),
    )


def _calibration(data: Mapping[str, Any]) -> Calibration:
    miss_cost, guarantee, appearance = (data.get(name) for name in ("miss_cost", "guarantee", "appearance"))
    return Calibration(
        temperature=_number(data["temperature"]),
        thresholds={name: _number(value) for name, value in data["thresholds"].items()},
        accept_threshold=_number(data["accept_threshold"]),
        max_distance=_number(data["max_distance"]),
        miss_cost=None if miss_cost is None else _number(miss_cost),
        guarantee=None if guarantee is None else _guarantee(guarantee),
        appearance=None if appearance is None else _appearance(appearance),
    )


def _guarantee(data: Mapping[str, Any]) -> Guarantee:
    return Guarantee(
        alpha=_number(data["alpha"]),
        delta=_number(data["delta"]),
        groups=_whole(data["groups"]),
        bad_groups=_whole(data["bad_groups"]),
        certified=_flag(data["certified"]),
        reason=_text(data["reason"]),
    )


def _appearance(data: Mapping[str, Any]) -> AppearanceLimits:
    return AppearanceLimits(_number(data["min_contrast"]), _number(data["min_detail"]), _number(data["max_detail"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no object")
    return value
