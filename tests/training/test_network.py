"""The network loads safetensors only when they fit, and its pieces agree with each other."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
import torch
from safetensors.torch import load_file, save_file

from beadwatch.domain.errors import TrainingError
from beadwatch.training.config import Flips, Padding, TrainConfig
from beadwatch.training.network import backbone_attribution, build_network


def test_shapes(config: TrainConfig) -> None:
    network = build_network(config).eval()
    logits, features = network(torch.rand(2, 3, 32, 48))
    assert logits.shape == (2, 6)
    assert features.shape == (2, network.head.in_features)


def test_weights_of_the_file_are_in_the_backbone(config: TrainConfig) -> None:
    assert config.weights is not None
    state = load_file(config.weights)
    backbone = build_network(config).backbone.state_dict()
    assert all(torch.equal(state[name], value) for name, value in backbone.items())


def test_normalisation_is_inside(config: TrainConfig) -> None:
    seen = []
    network = build_network(config).eval()
    network.backbone.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0]))
    network(torch.tensor([0.0, 0.5, 1.0]).view(1, 3, 1, 1).expand(1, 3, 32, 48))
    assert seen[0][0, :, 0, 0].tolist() == [-1.0, 0.0, 1.0]


def _missing_tensor(path: Path, good: Path) -> None:
    state = load_file(good)
    state.pop("conv_stem.weight")
    save_file(state, path)


def _wrong_shape(path: Path, good: Path) -> None:
    save_file(load_file(good) | {"conv_stem.weight": torch.zeros(1)}, path)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path, good: None, "cannot be read"),
        (lambda path, good: path.write_bytes(b"not safetensors"), "cannot be read"),
        (lambda path, good: path.write_bytes(good.read_bytes()[:5000]), "cannot be read"),
        (_missing_tensor, "does not fit"),
        (_wrong_shape, "does not fit"),
    ],
    ids=["missing", "garbage", "truncated", "another architecture", "another shape"],
)
def test_bad_weights_are_refused(config: TrainConfig, tmp_path: Path, spoil: object, message: str) -> None:
    path = tmp_path / "bad.safetensors"
    assert callable(spoil)
    spoil(path, config.weights)
    with pytest.raises(TrainingError, match=message):
        build_network(replace(config, weights=path))


def test_an_unknown_backbone_is_refused(config: TrainConfig) -> None:
    with pytest.raises(TrainingError, match="no backbone 'weldnet9000'"):
        build_network(replace(config, backbone="weldnet9000"))


def test_padding_same_is_tensorflows(config: TrainConfig) -> None:
    stems = {}
    for padding in get_args(Padding):
        stem = build_network(replace(config, padding=padding)).backbone.get_submodule("conv_stem")
        assert isinstance(stem, torch.nn.Conv2d)
        stems[padding] = stem
    picture = torch.rand(1, 3, 32, 48)
    after = torch.nn.functional.pad(picture, (0, 1, 0, 1))  # TensorFlow pads an even side after its end alone
    expected = torch.nn.functional.conv2d(after, stems["same"].weight, stride=2)
    assert torch.allclose(stems["same"](picture), expected, atol=1e-6)
    assert torch.equal(stems["even"].weight, stems["same"].weight)
    assert not torch.allclose(stems["even"](picture), expected, atol=1e-3)


def test_a_backbone_that_knows_no_padding_is_refused(config: TrainConfig) -> None:
    with pytest.raises(TrainingError, match="'resnet10t' knows no padding 'same'"):
        build_network(replace(config, backbone="resnet10t", padding="same"))


def test_the_source_of_the_weights_is_credited(config: TrainConfig) -> None:
    assert "drawn at random" in backbone_attribution(config)[0]


@pytest.mark.parametrize(("flips", "sides"), [("horizontal", [(3,)]), ("both", [(3,), (2,), (2, 3)])])
def test_mirrored_pictures_get_the_same_answer(config: TrainConfig, flips: Flips, sides: list[tuple[int, ...]]) -> None:
    network = build_network(replace(config, flips=flips)).eval()
    plain = build_network(config).eval()
    plain.load_state_dict(network.state_dict())
    pictures = torch.rand(2, 3, 32, 48)
    with torch.no_grad():
        logits, _ = network(pictures)
        for side in sides:
            assert torch.allclose(network(pictures.flip(side))[0], logits, atol=1e-5)
        expected = torch.stack([plain(each)[0] for each in (pictures, *(pictures.flip(side) for side in sides))]).mean(
            0
        )
    assert torch.allclose(logits, expected, atol=1e-5)
