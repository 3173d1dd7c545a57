"""The network: a timm backbone, global average pooling and a linear head, with normalisation inside.

Its shape is what makes it explainable and small: with average pooling before a linear head, the class activation map is
the head applied to each position of the feature map (Zhou et al., CVPR 2016), exactly and at no cost.
"""

from pathlib import Path
from typing import Any

import timm
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from timm.models import group_parameters
from torch import Tensor, nn

from beadwatch.domain.errors import TrainingError
from beadwatch.training.config import Flips, TrainConfig

_MIRRORS: dict[Flips, tuple[tuple[int, ...], ...]] = {"none": (), "horizontal": ((3,),), "both": ((3,), (2,), (2, 3))}


class WeldNet(nn.Module):
    """Float N x 3 x H x W in 0..1, RGB -> logits, pooled features and the feature map.

    Shapes: logits N x C, features N x F, feature map N x F x h x w.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, config: TrainConfig, backbone: nn.Module) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(config.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(config.std).view(1, 3, 1, 1), persistent=False)
        self.mirrors = _MIRRORS[config.flips]
        self.backbone = backbone
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(feature_width(backbone), len(config.task.labels))
        nn.init.zeros_(self.head.bias)

    def feature_map(self, pictures: Tensor) -> Tensor:
        """Return the backbone's last feature map, N x F x h x w.

        Outside training it is the mean over the mirrored pictures that the configuration asks for, mirrored back. Since
        pooling and head are linear, that is the mean of their logits too.
        """
        normalised = (pictures - self.mean) / self.std
        feature_map: Tensor = self.backbone(normalised)
        if self.training or not self.mirrors:
            return feature_map
        for sides in self.mirrors:
            feature_map = feature_map + self.backbone(normalised.flip(sides)).flip(sides)
        return feature_map / (1 + len(self.mirrors))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits N x C and pooled features N x F."""
        features = self.feature_map(pictures).mean(dim=(2, 3))
        return self.head(self.dropout(features)), features


def feature_width(backbone: nn.Module) -> int:
    """Return F, the number of channels of a backbone's last feature map, by asking it.

    Raises:
        TrainingError: the backbone gives no map (a transformer gives a sequence), so there would be no activation map.
    """
    with torch.no_grad():
        feature_map = backbone.eval()(torch.zeros(1, 3, 64, 64))
    if feature_map.ndim != 4:
        raise TrainingError(
            f"the backbone gives {tuple(feature_map.shape)}, not N x F x h x w: take a convolutional one"
        )
    return int(feature_map.shape[1])


def bare_network(config: TrainConfig) -> WeldNet:
    """Build the network without pretrained weights, for a state that is loaded into it.

    Raises:
        TrainingError: unknown backbone.
    """
    return WeldNet(config, _bare_backbone(config))


def _bare_backbone(config: TrainConfig) -> nn.Module:
    if not timm.is_model(config.backbone):
        raise TrainingError(f"timm knows no backbone {config.backbone!r}; see timm.list_models()")
    return _create(config, pretrained=False)


def _create(config: TrainConfig, pretrained: bool) -> nn.Module:
    # timm pads evenly unless told; few of its models know the word.
    options: dict[str, Any] = {} if config.padding == "even" else {"pad_type": config.padding}
    try:
        backbone: nn.Module = timm.create_model(
            config.backbone, pretrained=pretrained, num_classes=0, global_pool="", **options
        )
    except TypeError as error:
        raise TrainingError(
            f"{config.backbone!r} knows no padding {config.padding!r}: leave it out ({error})"
        ) from error
    return backbone


def build_network(config: TrainConfig) -> WeldNet:
    """Build the network with pretrained weights in the backbone, in training mode.

    Raises:
        TrainingError: unknown backbone, missing weights, or weights of another architecture.
    """
    if config.weights is None:
        try:
            backbone = _create(config, pretrained=True)
        except (RuntimeError, OSError) as error:
            raise TrainingError(
                f"timm has no weights of {config.backbone!r} within reach: {error}. "
                "Give a local file with --weights FILE.safetensors"
            ) from error
    else:
        backbone = _bare_backbone(config)
        load_backbone(backbone, config.weights)
    return WeldNet(config, backbone).train()


def backbone_stages(backbone: nn.Module) -> list[list[nn.Parameter]]:
    """Return the backbone's parameters stage by stage, the stem first, as timm groups them."""
    names = group_parameters(backbone, backbone.group_matcher(coarse=True))  # type: ignore[operator]
    parameters = dict(backbone.named_parameters())
    return [[parameters[name] for name in names[stage] if name in parameters] for stage in sorted(names)]


def backbone_attribution(config: TrainConfig) -> tuple[str, ...]:
    """Return whom to credit for the backbone: the `source` that a safetensors file states, or timm's hub."""
    return (f"backbone {config.backbone}, ImageNet weights: {backbone_source(config)}",)


def backbone_source(config: TrainConfig) -> str:
    """Return where the backbone's weights are from, also where training began with those of an earlier run."""
    source = "timm's hub" if config.weights is None else config.weights.name
    for weights in (config.start_from, config.weights):
        if weights is not None and weights.exists():
            with safe_open(weights, framework="pt") as file:
                if found := (file.metadata() or {}).get("source"):
                    return str(found)
    return source


def load_backbone(backbone: nn.Module, weights: Path) -> None:
    """Load backbone weights in timm's names from a safetensors file; a classifier in it is left out.

    Raises:
        TrainingError: the file is missing or damaged, or does not fit the backbone.
    """
    try:
        state = load_file(weights)
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{weights}: cannot be read as safetensors: {error}") from error
    own = backbone.state_dict()
    missing = [
        name
        for name in own
        if not name.endswith("num_batches_tracked") and (name not in state or state[name].shape != own[name].shape)
    ]
    if missing:
        raise TrainingError(
            f"{weights}: does not fit the backbone: {len(missing)} tensors differ, first {missing[0]!r}"
        )
    backbone.load_state_dict({name: value for name, value in state.items() if name in own}, strict=False)
