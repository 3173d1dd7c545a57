"""Curves of a training run: from TensorBoard's files and from CSV histories."""

from pathlib import Path

import pytest
from torch.utils.tensorboard import SummaryWriter

from beadwatch.domain.errors import DatasetError
from beadwatch.evaluation.run_curves import MAX_POINTS, Curve, read_run


def test_event_files_of_several_runs(tmp_path: Path) -> None:
    for run in ("fold-1", "final"):
        with SummaryWriter(str(tmp_path / run)) as writer:
            for step in range(3):
                writer.add_scalar("train/loss", 1.0 / (step + 1), step)
                writer.add_scalar("epoch", 0, step)
    curves = read_run(tmp_path)
    assert [(curve.name, curve.run) for curve in curves] == [("train/loss", "final"), ("train/loss", "fold-1")]
    assert [step for step, _ in curves[0].points] == [0.0, 1.0, 2.0]
    assert [value for _, value in curves[0].points] == pytest.approx([1.0, 0.5, 1 / 3])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("epoch,loss\n0,2\n1,1.5\n", (Curve("loss", "", "epoch", ((0.0, 2.0), (1.0, 1.5))),)),
        ("loss\n2\n1.5\n", (Curve("loss", "", "row", ((0.0, 2.0), (1.0, 1.5))),)),
        # Lightning leaves a cell empty where a value was not logged.
        ("epoch,step,acc,loss\n0,5,,2\n0,9,0.5,\n", (
            Curve("acc", "", "step", ((9.0, 0.5),)), Curve("loss", "", "step", ((5.0, 2.0),)),
        )),
        ("\ufeffepoch,loss\n0,nan\n1,1\n", (Curve("loss", "", "epoch", ((1.0, 1.0),)),)),
    ],
)  # fmt: skip
def test_histories(tmp_path: Path, text: str, expected: tuple[Curve, ...]) -> None:
    (tmp_path / "metrics.csv").write_text(text, encoding="utf-8")
    assert read_run(tmp_path) == expected


def test_long_histories_are_thinned(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text("loss\n" + "1\n" * 5000)
    assert 100 < len(read_run(tmp_path)[0].points) <= MAX_POINTS


@pytest.mark.parametrize(
    ("text", "says"), [(None, "neither TensorBoard"), ("", "neither"), ("loss\nlow\n", "neither"), ('a\n"b', "no CSV")]
)
def test_nothing_to_show_is_said(tmp_path: Path, text: str | None, says: str) -> None:
    if text is not None:
        (tmp_path / "history.csv").write_text(text)
    with pytest.raises(DatasetError, match=says):
        read_run(tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such folder"):
        read_run(tmp_path / "nowhere")
