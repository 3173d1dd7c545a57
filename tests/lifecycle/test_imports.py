"""A check for drift runs where torch, Prefect and MLflow are not installed."""

import subprocess
import sys


def test_nothing_of_training_is_loaded() -> None:
    code = (
        "import sys, beadwatch.cli.drift_run\n"
        "print([name for name in ('torch', 'prefect', 'mlflow', 'beadwatch.training') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
