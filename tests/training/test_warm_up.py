"""The warm-up: its loss by hand, what it leaves alone, what it must not see, and going on after a kill."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from beadwatch.domain.errors import TrainingError
from beadwatch.training import fit as fitting
from beadwatch.training import warm_up as module
from beadwatch.training.config import TrainConfig
from beadwatch.training.cross_validate import UNLABELLED, WARMING, outside
from beadwatch.training.fit import FitPlan, fit
from beadwatch.training.network import build_network
from beadwatch.training.pictures import Pictures
from beadwatch.training.warm_up import likeness_loss, warm_up
from tests.training.conftest import draw_pictures

ONE, OTHER = [1.0, 0.0], [0.0, 1.0]


@pytest.fixture
def warm(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> TrainConfig:
    monkeypatch.setattr(module, "_BATCH", 6)
    return replace(config, warm_up_epochs=1)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([0, 1], -torch.log(torch.tensor([5.0, 0.0, 0.0]).softmax(0))[0]),  # the partner against two others
        ([0, 0], torch.tensor(0.0)),  # near copies are no counterexamples: nothing is left but the partner
    ],
    ids=["two groups", "one group"],
)
def test_the_loss_is_that_of_the_paper(groups: list[int], expected: torch.Tensor) -> None:
    views = torch.tensor([ONE, OTHER])
    assert likeness_loss(views, 3 * views, torch.tensor(groups)).item() == pytest.approx(expected.item(), abs=1e-6)


def test_views_that_agree_lose_less_than_views_that_do_not() -> None:
    views, groups = torch.tensor([ONE, OTHER]), torch.tensor([0, 1])
    assert likeness_loss(views, views, groups) < likeness_loss(views, views.flip(0), groups)


def test_the_backbone_moves_and_the_head_does_not_and_labels_say_nothing(warm: TrainConfig) -> None:
    pictures = draw_pictures(warm)
    mislabelled = replace(pictures, targets=1 - pictures.targets)
    networks = []
    for shown in (pictures, mislabelled):
        torch.manual_seed(0)
        networks.append(build_network(warm))
        head, stem = networks[-1].head.weight.clone(), next(networks[-1].backbone.parameters()).clone()
        warm_up(networks[-1], shown, range(12), warm)
        assert torch.equal(networks[-1].head.weight, head)
        assert not torch.equal(next(networks[-1].backbone.parameters()), stem)
    one, other = (network.state_dict() for network in networks)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_only_the_planned_rows_are_looked_at(warm: TrainConfig) -> None:
    pictures = draw_pictures(warm, copies=3)
    blacked_out = pictures.large.clone()
    blacked_out[12:] = 0
    one, other = (
        fit(shown, FitPlan(range(6), unlabelled=range(6, 12)), replace(warm, method="linear"))
        for shown in (_all_classes_first(pictures), _all_classes_first(replace(pictures, large=blacked_out)))
    )
    assert torch.equal(one.head.weight, other.head.weight)


def _all_classes_first(pictures: Pictures) -> Pictures:
    """Label the first six pictures with one class each."""
    targets = pictures.targets.clone()
    targets[:6] = torch.eye(6)
    return replace(pictures, targets=targets)


def test_a_killed_fit_does_not_warm_up_again(
    warm: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures, trains = draw_pictures(warm), fitting._train
    whole = fit(pictures, FitPlan(range(12)), warm)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "_train", killed)
    with pytest.raises(KeyboardInterrupt):
        fit(pictures, FitPlan(range(12), folder=tmp_path), warm)
    assert (tmp_path / "warm.safetensors").exists()
    monkeypatch.setattr(fitting, "_train", trains)
    monkeypatch.setattr(fitting, "warm_up", killed)
    again = fit(pictures, FitPlan(range(12), folder=tmp_path), warm)
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in whole.state_dict().items())
    assert not (tmp_path / "warm.safetensors").exists()


def test_what_goes_on_from_an_earlier_run_is_warm_already(
    warm: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = draw_pictures(warm)
    fit(pictures, FitPlan(range(12), folder=tmp_path), warm)
    asked: list[object] = []
    monkeypatch.setattr(fitting, "warm_up", lambda *_: asked.append(1))
    fit(pictures, FitPlan(range(12)), replace(warm, start_from=tmp_path / fitting.WEIGHTS_FILE))
    assert not asked


def test_pictures_of_a_held_out_group_do_not_warm_up(warm: TrainConfig) -> None:
    pictures = draw_pictures(warm, groups=2)
    assignment = torch.tensor([0, WARMING, UNLABELLED, WARMING] + [1] * 20).numpy()
    records = pictures.records
    assert records[0].group_key == records[1].group_key != records[3].group_key
    assert outside(pictures, assignment == WARMING, (assignment == 0).nonzero()[0]) == [3]


@pytest.mark.parametrize("rows", [range(0), range(5)])
def test_too_few_pictures_are_refused(warm: TrainConfig, rows: range) -> None:
    with pytest.raises(TrainingError, match="less than the 6 of a warm-up's batch"):
        warm_up(build_network(warm), draw_pictures(warm), rows, warm)


def test_a_number_of_epochs_below_nothing_is_refused(config: TrainConfig) -> None:
    with pytest.raises(TrainingError, match="warm_up_epochs is -1"):
        replace(config, warm_up_epochs=-1)
