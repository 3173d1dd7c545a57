"""What a command imports, held exactly: whatever comes in by a new import makes every start slower.

Times are measured in `bench/command_line.py`. Here it is the top-level packages from outside the standard library.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from beadwatch.domain.labels import TIG
from tests.bundles import colour_of
from tests.pictures import png

RUN = """
import json, sys
before = {module.partition(".")[0] for module in sys.modules}
from beadwatch.cli import main
sys.argv = ["beadwatch", *sys.argv[1:]]
code = 0
try:
    main()
except SystemExit as left:
    code = left.code
packages = {module.partition(".")[0] for module in sys.modules} - before - sys.stdlib_module_names
ours = {".".join(module.split(".")[:2]) for module in sys.modules if module.startswith("beadwatch.")}
print(json.dumps([code, sorted(packages), sorted(ours)]), file=sys.stderr)
"""
TYPER = {"annotated_doc", "beadwatch", "shellingham", "typer"}
INFERENCE = {"PIL", "numpy", "onnxruntime"}
FOREIGN_TO_A_START = {
    f"beadwatch.{room}" for room in ("server", "lifecycle", "reports", "line", "training", "evaluation")
}


def imported(*arguments: str) -> tuple[int, set[str], set[str]]:
    """Return the exit code, the packages from outside and our rooms that a run of `beadwatch` imported."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    code, packages, ours = json.loads(done.stderr.splitlines()[-1])
    return code, set(packages), set(ours)


@pytest.mark.parametrize("arguments", ["--help", "--version", "inspect --help", "models --help", "nonsense"])
def test_help_imports_typer_alone(arguments: str) -> None:
    _, packages, ours = imported(*arguments.split())
    assert packages == TYPER
    assert ours == {"beadwatch.cli", "beadwatch.domain"}


@pytest.mark.parametrize("given", ["", "--format csv", "--recursive", "--out results.jsonl"])
def test_inspect_imports_what_decodes_and_infers(models_dir: Path, given: str) -> None:
    Path("a.png").write_bytes(png(colour_of(TIG, "good weld")))
    code, packages, ours = imported("inspect", "a.png", "--model", "tig", *given.split())
    assert code == 0
    assert packages == TYPER | INFERENCE
    assert not ours & FOREIGN_TO_A_START


def test_inspect_beside_a_station_asks_its_database_without_an_orm(models_dir: Path) -> None:
    from beadwatch.settings import load_settings
    from beadwatch.storage.database import open_database

    open_database(load_settings().database).dispose()
    Path("a.png").write_bytes(png(colour_of(TIG, "good weld")))
    code, packages, _ = imported("inspect", "a.png", "--model", "tig")
    assert code == 0
    assert packages == TYPER | INFERENCE


def test_a_table_needs_rich_and_nothing_else(models_dir: Path) -> None:
    Path("a.png").write_bytes(png(colour_of(TIG, "good weld")))
    code, packages, _ = imported("inspect", "a.png", "--model", "tig", "--format", "table")
    assert code == 0
    assert packages - TYPER - INFERENCE <= {"markdown_it", "mdurl", "pygments", "rich"}
    assert "rich" in packages
