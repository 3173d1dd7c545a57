"""What a training run is told: one typed object. Reading it from YAML and flags is `config_file`'s work."""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import Task
from beadwatch.domain.model_card import PreprocessSpec

Precision = Literal["fp32", "bf16", "fp16"]
Flips = Literal["none", "horizontal", "both"]
Padding = Literal["even", "same"]
Method = Literal["network", "linear"]


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """How training pictures are varied, on the fly and never in a file. Each strength is 0 for none.

    `crop` is the smallest share of the area kept; `rotate_deg` and `brightness`, `contrast`, `saturation`, `gamma` are
    half-ranges; `exposure` is a half-range in stops. The others are the probability that a picture is treated: Gaussian
    `blur` and `median` filter, Gaussian `noise`, `poisson` (photon) and `salt_pepper` noise, `glare` of an arc,
    `erase` of a patch, `grey`.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    horizontal_flip: bool = True
    vertical_flip: bool = False
    crop: float = 0.6
    rotate_deg: float = 10.0
    brightness: float = 0.3
    contrast: float = 0.3
    saturation: float = 0.3
    gamma: float = 0.0
    exposure: float = 0.0
    grey: float = 0.1
    blur: float = 0.1
    median: float = 0.0
    noise: float = 0.1
    poisson: float = 0.0
    salt_pepper: float = 0.0
    glare: float = 0.0
    erase: float = 0.1

    def __post_init__(self) -> None:
        if not 0.0 < self.crop <= 1.0:
            raise TrainingError(f"augment.crop is {self.crop}, but is the smallest share of the area kept: 0 to 1")
        for name in ("grey", "blur", "median", "noise", "poisson", "salt_pepper", "glare", "erase"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise TrainingError(f"augment.{name} is {getattr(self, name)}, but is a probability from 0 to 1")


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One training run.

    `method` trains the whole network, or only a `linear` head on the backbone's features, which takes seconds; of the
    other fields that one heeds `balanced`, `seed` and whether pictures may be mirrored.

    `backbone` is any convolutional timm name; `weights` a local safetensors file in timm's names, or None for timm's
    own from its hub. `start_from` is the `final/weights.safetensors` of an earlier run: training begins with that whole
    network, backbone and head, instead of `weights`, which then only say whom to credit. `padding` is how strided
    layers pad: `same` is TensorFlow's, uneven way. It has to be that of the weights, else each such layer looks half a
    step aside. `backbone_lr_scale` is the learning rate of the backbone as a
    share of the head's (0 freezes it); `layer_decay` multiplies it once for each stage further from the head. The
    lowest `frozen_stages` stages, the stem being the first, are never trained; the whole backbone not before epoch
    `unfreeze_epoch`. Before any of it come `warm_up_epochs` of self-supervised learning (see `warm_up`) on the same
    pictures and on those without labels; 0 is none, as is always the case with `start_from`.

    `ema` is the decay per step of averaged weights (0: none). `patience` ends a run after so many epochs without a
    better loss on groups held back for that; None trains all `epochs`. `flips` averages over mirrored pictures inside
    the exported graph, which takes two or four times as long. `precision` is of training
    alone; see `arithmetic` for what becomes of bf16.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    task: Task
    preprocess: PreprocessSpec
    method: Method = "network"
    backbone: str = "mobilenetv2_100"
    weights: Path | None = None
    start_from: Path | None = None
    padding: Padding = "even"
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)
    epochs: int = 8
    batch_size: int = 32
    lr: float = 2e-3
    backbone_lr_scale: float = 0.5
    layer_decay: float = 1.0
    frozen_stages: int = 0
    unfreeze_epoch: int = 0
    warm_up_epochs: int = 0
    weight_decay: float = 0.02
    dropout: float = 0.2
    label_smoothing: float = 0.05
    mixup: float = 0.0
    ema: float = 0.0
    freeze_batch_norm: bool = False
    balanced: bool = True
    patience: int | None = None
    precision: Precision = "fp32"
    flips: Flips = "none"
    seed: int = 0
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 2 or self.lr <= 0:
            raise TrainingError(
                f"epochs {self.epochs}, batch size {self.batch_size}, learning rate {self.lr}: "
                "needs at least 1 epoch, batches of at least 2 and a learning rate above 0"
            )
        if self.warm_up_epochs < 0:
            raise TrainingError(f"warm_up_epochs is {self.warm_up_epochs}: needs 0, for none, or more")
        if self.patience is not None and self.patience < 1:
            raise TrainingError(f"patience is {self.patience}: needs at least 1 epoch, or leave it out")
        if not 0.0 <= self.ema < 1.0:
            raise TrainingError(f"ema is {self.ema}, but a decay is from 0 (none) to below 1")
        for weights in (self.weights, self.start_from):
            if weights is not None and weights.suffix != ".safetensors":
                raise TrainingError(f"{weights}: weights are read from .safetensors only, never from a pickle")

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as JSON-ready values for the card and the logs; of the weights the name only."""
        data = asdict(replace(self, weights=None, start_from=None))
        del data["start_from"]
        data |= {"task": self.task.name, "mean": list(self.mean), "std": list(self.std)}
        started = {"start_from": self.start_from.name} if self.start_from else {}
        return data | {"weights": self.weights.name if self.weights else "timm hub"} | started
