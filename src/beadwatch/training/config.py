"""What a training run is told: one typed object, and the two recipes of the models that ship."""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.domain.model_card import PreprocessSpec


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """How training pictures are varied. Each strength is 0 for none.

    `crop` is the smallest share of the area kept; `rotate_deg` and `brightness`, `contrast`, `gamma` are half-ranges;
    `erase` and `noise` and `blur` are the probability that a picture is treated.
    """

    horizontal_flip: bool = True
    vertical_flip: bool = False
    crop: float = 0.6
    rotate_deg: float = 10.0
    brightness: float = 0.3
    contrast: float = 0.3
    saturation: float = 0.3
    gamma: float = 0.0
    grey: float = 0.1
    blur: float = 0.1
    noise: float = 0.1
    erase: float = 0.1


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One training run.

    `backbone` is any timm name; `weights` a local safetensors file in timm's names, or None for timm's own from its
    hub. `backbone_lr_scale` is the learning rate of the backbone as a share of the head's; 0 freezes it.
    """

    task: Task
    preprocess: PreprocessSpec
    backbone: str = "mobilenetv2_100"
    weights: Path | None = None
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)
    epochs: int = 8
    batch_size: int = 32
    lr: float = 2e-3
    backbone_lr_scale: float = 0.5
    weight_decay: float = 0.02
    dropout: float = 0.2
    label_smoothing: float = 0.05
    mixup: float = 0.0
    freeze_batch_norm: bool = False
    balanced: bool = True
    seed: int = 0
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 2 or self.lr <= 0:
            raise TrainingError(
                f"epochs {self.epochs}, batch size {self.batch_size}, learning rate {self.lr}: "
                "needs at least 1 epoch, batches of at least 2 and a learning rate above 0"
            )
        if self.weights is not None and self.weights.suffix != ".safetensors":
            raise TrainingError(f"{self.weights}: weights are read from .safetensors only, never from a pickle")

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as JSON-ready values for the card and the logs."""
        data = asdict(replace(self, weights=None))
        data |= {"task": self.task.name, "mean": list(self.mean), "std": list(self.std)}
        return data | {"weights": self.weights.name if self.weights else "timm hub"}


def recipe(task_name: str) -> TrainConfig:
    """Return the recipe of a shipped model; how it was found stands in docs/experiments.md.

    Raises:
        TrainingError: no recipe of that name.
    """
    recipes = {TIG.name: _tig, SURFACE.name: _surface}
    if task_name not in recipes:
        raise TrainingError(f"no recipe for {task_name!r}; there are {', '.join(recipes)}")
    return recipes[task_name]()


def _tig() -> TrainConfig:
    return TrainConfig(
        task=TIG,
        preprocess=PreprocessSpec(width=224, height=224),
        epochs=20,
        batch_size=16,
        backbone_lr_scale=0.1,
        mixup=0.2,
        freeze_batch_norm=True,
        augment=AugmentConfig(
            crop=0.5, rotate_deg=8.0, brightness=0.4, contrast=0.4, saturation=0.0, gamma=0.4, grey=0.0
        ),
    )


def _surface() -> TrainConfig:
    return TrainConfig(
        task=SURFACE,
        preprocess=PreprocessSpec(width=192, height=192),
        epochs=8,
        lr=1e-3,
        mixup=0.2,
        augment=AugmentConfig(vertical_flip=True, crop=0.7, rotate_deg=15.0),
    )
