"""What `make` would do: nothing twice, and nothing with options that the command line does not have."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.typist import parse
from tests.real import CHECKOUT

SOURCE = "clients/web/src/main.ts"
FILES = (
    *("pyproject.toml", "requirements/core.txt", "requirements/dev.txt", "tools/web.py", "tools/face_detector.py"),
    *(SOURCE, "src/beadwatch/server/static/tokens.css"),
)
BUILDS = "tools/web.py build"


def dry_run(*arguments: str, folder: Path = CHECKOUT) -> str:
    return subprocess.run(
        ["make", "--dry-run", *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Lay out a checkout in which the core was installed, then the app built."""
    shutil.copy(CHECKOUT / "Makefile", tmp_path)
    for age, names in enumerate((FILES, [".venv/core.done"], [".venv/web.done"])):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            os.utime(path, (1000 + age, 1000 + age))
    return tmp_path


def test_an_install_of_more_does_not_build_the_app_again(built: Path) -> None:
    assert BUILDS not in dry_run("run", folder=built)
    for stamp in ("line.done", "core.done"):  # as `make line` touches them
        (built / ".venv" / stamp).touch()
    assert BUILDS not in dry_run("web", folder=built)
    assert BUILDS not in dry_run("run", folder=built)


def test_another_source_builds_the_app_again(built: Path) -> None:
    (built / SOURCE).touch()
    assert BUILDS in dry_run("web", folder=built)


def test_the_app_is_built_where_it_was_not_after_the_core_is_installed(built: Path) -> None:
    for stamp in ("core.done", "web.done"):
        (built / ".venv" / stamp).unlink()
    said = dry_run("web", folder=built)
    assert said.index("--editable .") < said.index(BUILDS)


@pytest.mark.parametrize("target", ["run", "train-tig", "train-surface"])
def test_a_target_gives_the_command_line_options_that_it_has(target: str) -> None:
    said = dry_run(target).replace("\\\n", " ")
    typed = [line.strip() for line in said.splitlines() if line.strip().startswith(".venv/bin/beadwatch ")]
    assert typed
    for command in typed:
        parse(command)
