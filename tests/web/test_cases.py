"""What the web app's tests hold its TypeScript against is what this Python says now."""

import subprocess
import sys

from tests.real import CHECKOUT


def test_the_cases_of_the_web_app_are_not_stale() -> None:
    check = subprocess.run(
        [sys.executable, CHECKOUT / "tools" / "web_cases.py", "--check"], capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stdout + check.stderr


def test_the_cases_stay_small() -> None:
    assert (CHECKOUT / "clients" / "web" / "tests" / "cases.json").stat().st_size < 300_000
