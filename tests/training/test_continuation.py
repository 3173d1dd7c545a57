"""What the earlier network has learned from is not held out again; the answers that were kept stand for it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from beadwatch.datasets.snapshot import Record
from beadwatch.domain.errors import DatasetError, TrainingError
from beadwatch.domain.labels import TIG
from beadwatch.training.config import TrainConfig
from beadwatch.training.continuation import NOTHING, Earlier, folds_of_unseen, read_earlier, with_earlier
from beadwatch.training.cross_validate import ALWAYS, HeldOut
from beadwatch.training.fit import WEIGHTS_FILE, FitPlan, fit
from beadwatch.training.network import backbone_source
from tests.training.conftest import draw_data, draw_pictures

RECORDS = draw_data(TIG, groups=4).snapshot.records


def answers(records: tuple[Record, ...], value: float = 0.0) -> HeldOut:
    """Return held-out answers that call everything the first class."""
    count = len(records)
    targets = np.array([[float(name in each.labels) for name in TIG.label_names] for each in records]).reshape(-1, 6)
    return HeldOut(
        np.full((count, 6), value),
        targets,
        np.zeros(count),
        np.arange(count) % 2,
        tuple(each.group_key for each in records),
        None,
        tuple(f"{each.source}/{each.name}" for each in records),
        tuple(each.sha256 for each in records),
    )


def of_weld(*numbers: int) -> tuple[Record, ...]:
    return tuple(each for each in RECORDS if int(each.name[2]) in numbers)


def test_only_groups_that_are_new_are_held_out() -> None:
    # One picture of each old weld is known by its bytes, the other one by its group.
    seen = frozenset(each.sha256 for each in of_weld(0, 1) if each.name[4] == "0")
    folds = folds_of_unseen(RECORDS, Earlier(seen), 2, 0)
    old = np.array([int(each.name[2]) < 2 for each in RECORDS])
    assert (folds[old] == ALWAYS).all()
    assert set(folds[~old].tolist()) == {0, 1}
    assert ALWAYS not in folds_of_unseen(RECORDS, NOTHING, 2, 0)


def test_too_few_new_groups_need_answers_that_were_kept() -> None:
    seen = frozenset(each.sha256 for each in of_weld(0, 1, 2))
    with pytest.raises(DatasetError):
        folds_of_unseen(RECORDS, Earlier(seen), 2, 0)
    kept = Earlier(seen, answers(of_weld(0, 1, 2)))
    assert set(folds_of_unseen(RECORDS, kept, 2, 0).tolist()) == {ALWAYS}


def test_kept_answers_join_with_the_labels_of_now_and_without_what_is_gone() -> None:
    old, new = of_weld(0, 1), of_weld(2, 3)
    changed = tuple(replace(each, group="renamed", annotations=new[0].annotations) for each in of_weld(0))
    merged = with_earlier(answers(new, 2.0), Earlier(frozenset("x"), answers(old, 1.0)), (*changed, *new), TIG)
    assert merged.sha256s == tuple(each.sha256 for each in (*new, *changed)), "weld 1 is gone"
    assert merged.logits[:, 0].tolist() == [2.0] * len(new) + [1.0] * len(changed)
    first = TIG.label_names.index(new[0].labels[0])
    assert (merged.targets[len(new) :, first] == 1).all()
    assert set(merged.groups[len(new) :]) == {"drawn/renamed"}


def test_a_class_without_any_answer_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"no held-out answer for .*high travel speed"):
        with_earlier(answers(()), Earlier(frozenset("x")), RECORDS, TIG)


def test_what_is_continued_is_kept_beside_the_run(tmp_path: Path) -> None:
    assert read_earlier(tmp_path, TIG) is None
    earlier = Earlier(frozenset({"a", "b"}), answers(of_weld(0)), frozenset({"c"}), "d")
    earlier.save(tmp_path)
    found = read_earlier(tmp_path, TIG)
    assert found is not None
    assert (found.digest, found.seen, found.left_out) == (earlier.digest, earlier.seen, earlier.left_out)
    assert found.held_out is not None
    assert found.held_out.sha256s == answers(of_weld(0)).sha256s
    (tmp_path / "earlier.json").write_text("{")
    with pytest.raises(TrainingError, match="cannot be read"):
        read_earlier(tmp_path, TIG)


@pytest.mark.parametrize("change", [{"seen": frozenset("x")}, {"left_out": frozenset("x")}, {"weights": "x"}], ids=str)
def test_another_start_is_another_run(change: dict[str, object]) -> None:
    earlier = Earlier(frozenset("a"), None, frozenset("b"), "c")
    assert replace(earlier, **change).digest != earlier.digest  # type: ignore[arg-type]
    assert NOTHING.digest == ""


def test_a_fit_starts_from_the_whole_earlier_network(config: TrainConfig, tmp_path: Path) -> None:
    pictures = draw_pictures(config)
    linear = replace(config, method="linear")
    first = fit(pictures, FitPlan(range(12), folder=tmp_path), linear)
    start = tmp_path / WEIGHTS_FILE
    assert backbone_source(replace(config, weights=None, start_from=start)) == "drawn at random"
    still = replace(config, start_from=start, weights=None, lr=1e-12, freeze_batch_norm=True, backbone_lr_scale=0)
    second = fit(pictures, FitPlan(range(12)), still)
    for name, value in first.state_dict().items():
        assert torch.allclose(second.state_dict()[name], value, atol=1e-6), name


def test_a_start_that_is_not_there_is_refused(config: TrainConfig, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"nowhere\.safetensors: no weights of this network"):
        fit(draw_pictures(config), FitPlan(range(12)), replace(config, start_from=tmp_path / "nowhere.safetensors"))
    with pytest.raises(TrainingError, match="never from a pickle"):
        replace(config, start_from=Path("weights.pth"))


def test_the_configuration_says_what_it_started_from_without_a_path(config: TrainConfig) -> None:
    assert "start_from" not in config.to_dict()
    assert replace(config, start_from=Path("/a/b/w.safetensors")).to_dict()["start_from"] == "w.safetensors"
