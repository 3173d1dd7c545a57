"""The exported graph computes what torch computes, and a bundle appears whole or not at all."""

from pathlib import Path

import numpy as np
import pytest
import torch

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import TaskKind
from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.imaging.decode import decode
from beadwatch.inference.session import Session
from beadwatch.training import export
from beadwatch.training.config import TrainConfig
from beadwatch.training.cross_validate import choose_references, cosine_distance
from beadwatch.training.export import ServingGraph, check_parity, golden_picture, to_onnx
from beadwatch.training.network import build_network


@pytest.fixture
def graph(config: TrainConfig) -> ServingGraph:
    torch.manual_seed(0)
    network = build_network(config).eval()
    references = choose_references(torch.rand(10, network.head.in_features), seed=0)
    return ServingGraph(network, TaskKind.SINGLE_LABEL, 1.5, references).eval()


def random_pixels(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 32, 48, 3), dtype=np.uint8)


def test_the_graph_computes_what_torch_computes(graph: ServingGraph, config: TrainConfig) -> None:
    model = to_onnx(graph, config.preprocess)
    assert check_parity(graph, model, random_pixels(5)) < 1e-4


def test_a_graph_that_differs_is_refused(graph: ServingGraph, config: TrainConfig) -> None:
    model = to_onnx(graph, config.preprocess)
    graph.network.head.bias.data[0] += 3.0
    with pytest.raises(TrainingError, match="differs from torch"):
        check_parity(graph, model, random_pixels(5))


def test_scores_are_those_of_the_network_at_the_temperature(graph: ServingGraph) -> None:
    pixels = torch.from_numpy(random_pixels(3))
    scores, distance, activation, embedding = graph(pixels)
    logits, features = graph.network(pixels.permute(0, 3, 1, 2).float() / 255)
    assert torch.allclose(scores, (logits / 1.5).softmax(dim=1), atol=1e-6)
    assert np.allclose(distance.detach(), cosine_distance(features.detach(), graph.references.numpy()), atol=1e-5)
    assert torch.allclose(activation.mean(dim=(2, 3)), logits, atol=1e-4), "the mean of the map is the logit"
    assert torch.equal(embedding, features)


def test_activation_maps_come_out_of_onnx(graph: ServingGraph, config: TrainConfig) -> None:
    pixels = random_pixels(2)
    expected = graph(torch.from_numpy(pixels))[2].detach().numpy()
    assert np.allclose(Session(to_onnx(graph, config.preprocess)).activation(pixels), expected, atol=1e-3)


def test_references_are_units_and_few() -> None:
    references = choose_references(torch.rand(400, 16), seed=0)
    assert references.shape == (256, 16)
    assert np.allclose(np.linalg.norm(references, axis=1), 1.0, atol=1e-5)
    assert cosine_distance(torch.from_numpy(references), references).max() < 1e-6
    assert cosine_distance(-torch.from_numpy(references), references).min() > 0.5


@pytest.mark.parametrize("size", [PreprocessSpec(48, 32), PreprocessSpec(320, 176)])
def test_the_golden_picture_has_the_model_s_size_and_is_always_the_same(size: PreprocessSpec) -> None:
    image = decode(golden_picture(size))
    assert (image.width, image.height) == (size.width, size.height)
    assert golden_picture(size) == golden_picture(size)
    means = image.pixels.mean(axis=(0, 1))
    assert len({round(float(mean)) for mean in means}) == 3, "swapped channels must show"


def test_an_export_that_fails_leaves_the_old_bundle(
    tmp_path: Path, graph: ServingGraph, config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.training.test_pipeline import tiny_export

    target = tmp_path / "models" / "tig"
    old = tiny_export(graph, config, target)
    monkeypatch.setattr(export, "write_card", lambda folder, card: (folder / "card.json").write_text("{}"))
    with pytest.raises(Exception, match=r"card\.json"):
        tiny_export(graph, config, target)
    assert (target / "card.json").read_text().count(old.version) == 1
    assert [path.name for path in target.parent.iterdir()] == ["tig"], "nothing half-written stays"
