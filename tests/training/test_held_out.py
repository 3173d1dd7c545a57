"""Answers of a cross-validation: each fold judged by the others, and files that are not what they should be."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from beadwatch.domain.errors import DatasetError
from beadwatch.domain.labels import SURFACE, TIG, Disposition
from beadwatch.evaluation.verdict import judge
from beadwatch.training.calibrate import cross_fitted
from beadwatch.training.cross_validate import HeldOut
from beadwatch.training.held_out import answers_of_held_out, read_held_out


def arrays(**changes: Any) -> dict[str, Any]:
    """Return what a run on 60 pictures of 20 groups keeps; `changes` replace arrays, None leaves one out."""
    dice = np.random.default_rng(0)
    targets = np.eye(6)[np.arange(60) % 6]
    groups = [f"ss304/run {n // 3}" for n in range(60)]
    kept: dict[str, Any] = {
        "logits": 3 * targets + dice.normal(0, 1, (60, 6)),
        "targets": targets,
        "distance": dice.gamma(2, 0.1, 60),
        "fold": np.arange(60) // 3 % 4,
        "groups": np.array(groups),
    }
    return {name: value for name, value in (kept | changes).items() if value is not None}


def written(path: Path, **changes: Any) -> Path:
    np.savez(path, **arrays(**changes))
    return path


def held_out(**changes: Any) -> HeldOut:
    values = arrays(**changes)
    return HeldOut(**values | {"groups": tuple(values["groups"].tolist())})


def test_what_was_kept_is_read_back(tmp_path: Path) -> None:
    names = np.array([f"{n}.png" for n in range(60)])
    path = written(tmp_path / "held-out.npz", names=names, sha256s=names, peaks=np.zeros((60, 6, 2)))
    read = read_held_out(path, TIG)
    assert (read.logits == arrays()["logits"]).all()
    assert read.groups[:4] == ("ss304/run 0", "ss304/run 0", "ss304/run 0", "ss304/run 1")
    answers = answers_of_held_out(read, TIG)
    assert answers.names[1] == "1.png"
    assert judge(answers).is_result


def test_scores_and_acceptance_are_cross_fitted() -> None:
    answers = answers_of_held_out(held_out(), TIG)
    scores, _, accepted = cross_fitted(held_out(), TIG)
    assert answers.scores == pytest.approx(scores)
    assert (answers.disposed(Disposition.ACCEPT) == accepted).all()
    assert accepted.any()
    assert answers.disposed(Disposition.REJECT).any()
    assert answers.found.sum(axis=1).tolist() == [1] * 60


def test_classes_of_a_multi_label_task_are_cross_fitted() -> None:
    targets = (np.random.default_rng(1).random((60, 7)) < 0.4).astype(float)
    kept = held_out(targets=targets, logits=4 * targets - 2 + np.random.default_rng(2).normal(0, 2, (60, 7)))
    answers = answers_of_held_out(kept, SURFACE)
    assert (answers.found == cross_fitted(kept, SURFACE)[1]).all()


def test_a_group_in_two_folds_was_seen() -> None:
    fold = np.arange(60) // 3 % 4
    fold[0] = 3
    answers = answers_of_held_out(held_out(fold=fold), TIG)
    assert answers.group_seen.tolist() == [True] * 3 + [False] * 57
    assert "3 of 60 pictures are of 1 of 20 groups" in judge(answers).reasons[0]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"distance": None}, "lacks distance"),
        ({"logits": np.zeros((60, 5))}, r"logits has the shape \(60, 5\), but 60 groups and the 6 classes of 'tig'"),
        ({"targets": np.zeros((59, 6))}, r"targets has the shape \(59, 6\)"),
        ({"targets": np.full((60, 6), 0.5)}, "targets must be 0 or 1"),
        ({"targets": np.ones((60, 6))}, "each picture needs one class"),
        ({"logits": np.full((60, 6), np.nan)}, "not finite"),
        ({"fold": np.zeros(60)}, "fold must be whole numbers"),
        ({"fold": np.zeros(60, dtype=int)}, "at least two of them"),
        ({"names": np.array(["one"])}, r"names has the shape \(1,\)"),
        ({"groups": np.array("one")}, "held-out.npz: "),
        ({"logits": np.array([["a"] * 6] * 60)}, "held-out.npz: "),
        ({"groups": np.array([{}] * 60, dtype=object)}, "pickles are not read"),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)
def test_arrays_that_do_not_fit_are_refused(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(DatasetError, match=says):
        read_held_out(written(tmp_path / "held-out.npz", **changes), TIG)


def test_no_code_in_a_pickle_runs(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path(tmp_path / "ran").write_text, ("!",))

    (tmp_path / "held-out.npz").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(DatasetError, match="pickles are not read"):
        read_held_out(tmp_path / "held-out.npz", TIG)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut short", b"no zip at all"])
def test_other_files_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.npz").write_bytes(data)
    with pytest.raises(DatasetError, match=r"x\.npz: no \.npz of plain arrays"):
        read_held_out(tmp_path / "x.npz", TIG)


def test_a_missing_file_and_a_single_array_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        read_held_out(tmp_path / "nowhere.npz", TIG)
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(DatasetError, match="a single array"):
        read_held_out(tmp_path / "one.npy", TIG)
