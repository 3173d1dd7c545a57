"""Two processes train together through the command line: one bundle, one set of files, the same weights in both."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from beadwatch.domain.labels import TIG
from tests.training.conftest import BACKBONE, draw_data


@pytest.mark.slow
@pytest.mark.long
def test_two_processes_share_one_run(tmp_path: Path, weights: Path) -> None:
    data = draw_data(TIG, groups=2)
    rows = ["file,group"]
    for record in data.snapshot.records:
        file = tmp_path / "data" / record.labels[0] / record.name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.read(record.sha256))
        rows.append(f"{record.labels[0]}/{record.name},{record.group}")
    (tmp_path / "data" / "groups.csv").write_text("\n".join(rows) + "\n")
    command: list[str | Path] = [
        Path(sys.executable).with_name("beadwatch"),
        "train",
        "tig",
        "--data",
        tmp_path / "data",
    ]
    command += ["--weights", weights, "--backbone", BACKBONE, "--epochs", "1", "--folds", "2"]
    command += ["--set", "batch_size=2", "--set", "preprocess={width: 48, height: 32}", "--tracking-uri", "none"]
    command += ["--accelerator", "cpu", "--devices", "2", "--out", tmp_path / "tig", "--run", tmp_path / "run"]
    environment = {**os.environ, "BEADWATCH_DATA_DIR": str(tmp_path / "var"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "MEMBER: 2/2" in done.stderr
    assert done.stdout.count("ONNX differs from torch") == 1
    assert (tmp_path / "tig" / "card.json").is_file()
    assert sorted(path.parent.name for path in (tmp_path / "run").glob("*/weights.safetensors")) == [
        "final", "fold-1", "fold-2",
    ]  # fmt: skip
