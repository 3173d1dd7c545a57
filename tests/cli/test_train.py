"""Training and exporting by the command line, on drawn welds: run folder, goes on, int8, what is refused."""

from pathlib import Path

import pytest

from beadwatch.domain.labels import TIG
from tests.cli.conftest import Run
from tests.training.conftest import BACKBONE, draw_data, write_weights


@pytest.fixture
def welds(tmp_path: Path) -> Path:
    """Write a folder of drawn welds with their groups."""
    data, rows = draw_data(TIG, groups=2), ["file,group"]
    for record in data.snapshot.records:
        file = tmp_path / "welds" / record.labels[0] / record.name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.read(record.sha256))
        rows.append(f"{record.labels[0]}/{record.name},{record.group}")
    (tmp_path / "welds" / "groups.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "welds"


def options(tmp_path: Path, welds: Path) -> list[str]:
    weights = write_weights(tmp_path / "weights.safetensors")
    return ["tig", "--data", str(welds), "--weights", str(weights), "--backbone", BACKBONE, "--folds", "2",
            "--set", "method=linear", "--set", "preprocess={width: 48, height: 32}", "--tracking-uri", "none",
            "--run", str(tmp_path / "run"), "--out", str(tmp_path / "tig")]  # fmt: skip


@pytest.mark.slow
def test_train_then_export_without_training(beadwatch: Run, tmp_path: Path, welds: Path) -> None:
    trained = beadwatch("train", *options(tmp_path, welds), "--miss-cost", "20")
    assert trained.code == 0, trained.err
    assert "not certified" in trained.out
    refused = beadwatch("train", *options(tmp_path, welds), "--seed", "1")
    assert refused.code == 2
    assert "config.seed is 0, here 1" in refused.err
    exported = beadwatch(
        "export", str(tmp_path / "run"), "--data", str(welds), "--out", str(tmp_path / "again"), "--no-int8"
    )
    assert exported.code == 0, exported.err
    assert "onnx: scores differ by" in exported.out
    assert (tmp_path / "again" / "card.json").is_file()


@pytest.mark.slow
def test_export_refuses_what_the_run_did_not_see(beadwatch: Run, tmp_path: Path, welds: Path) -> None:
    none = beadwatch("export", str(tmp_path), "--data", str(welds), "--out", str(tmp_path / "x"))
    assert none.code == 2
    assert "holds no run" in none.err
    beadwatch("train", *options(tmp_path, welds))
    next(welds.rglob("*.png")).unlink()
    other = beadwatch("export", str(tmp_path / "run"), "--data", str(welds), "--out", str(tmp_path / "x"))
    assert other.code == 2
    assert "was trained on snapshot" in other.err
    (tmp_path / "run" / "final" / "weights.safetensors").unlink()
    unfinished = beadwatch("export", str(tmp_path / "run"), "--data", str(welds), "--out", str(tmp_path / "x"))
    assert "not finished" in unfinished.err
