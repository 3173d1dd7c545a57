"""Help and version answer at once: nothing heavy is imported before a command runs."""

import subprocess
import sys

import pytest
from typer.main import get_command

import beadwatch as package
from beadwatch.cli import app
from beadwatch.cli.lazy import LazyGroup
from tests.cli.conftest import Run

HEAVY = (
    "numpy",
    "onnxruntime",
    "PIL",
    "fastapi",
    "rich",
    "sqlalchemy",
    "pydantic_settings",
    "torch",
    "alembic",
    "fsspec",
    "segno",
    "cryptography",
)
TRAINING = ("torch", "torchvision", "timm", "lightning", "prefect", "mlflow", "onnx", "sklearn", "beadwatch.training")


def loaded_after(code: str, modules: tuple[str, ...]) -> list[str]:
    report = f"\nprint(' '.join(m for m in {modules!r} if m in sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}{report}"], capture_output=True, text=True, check=True
    )
    return done.stderr.splitlines()[-1].split()


def test_check_itself_would_notice() -> None:
    assert loaded_after("import numpy", HEAVY) == ["numpy"]


@pytest.mark.parametrize(
    "code",
    [
        "import beadwatch",
        "import beadwatch.domain.inspection, beadwatch.domain.model_card",
        "import beadwatch.cli",
        *(
            f"import beadwatch.cli\nsys.argv = ['beadwatch', {arguments}]\n"
            "try:\n    beadwatch.cli.main()\nexcept SystemExit:\n    pass"
            for arguments in (
                "'--help'",
                "'--version'",
                "'inspect', '--help'",
                "'explain', '--help'",
                "'serve', '--help'",
                "'evaluate', '--help'",
                "'nonsense'",
            )
        ),
    ],
    ids=[
        "package",
        "domain",
        "cli",
        "--help",
        "--version",
        "inspect --help",
        "explain --help",
        "serve --help",
        "evaluate --help",
        "nonsense",
    ],
)
def test_nothing_heavy_is_imported(code: str) -> None:
    assert loaded_after(code, HEAVY) == []


@pytest.mark.parametrize("module", ["server.application", "wiring", "inference.classifier", "storage.database"])
def test_what_serves_imports_nothing_that_trains(module: str) -> None:
    assert loaded_after(f"import beadwatch.{module}", TRAINING) == []


def test_version_is_that_of_the_package(beadwatch: Run) -> None:
    outcome = beadwatch("--version")
    assert (outcome.code, outcome.out) == (0, f"beadwatch {package.__version__}\n")


def test_help_names_commands_and_exit_codes(beadwatch: Run) -> None:
    outcome = beadwatch("--help")
    assert outcome.code == 0
    for shown in ("inspect", "explain", "serve", "doctor", "train", "Exit codes: 0 all done; 1 some files"):
        assert shown in outcome.out


@pytest.mark.parametrize(
    "command",
    [
        *("inspect", "explain", "serve", "doctor", "train", "evaluate", "models list", "models show", "models compare"),
        *("models promote", "models rollback", "models history", "models keys"),
        *("accounts pair", "certs", "feedback export", "feedback delete", "feedback prune", "feedback pull"),
    ],
)
def test_every_option_of_a_command_is_explained(beadwatch: Run, command: str) -> None:
    outcome = beadwatch(*command.split(), "--help")
    assert outcome.code == 0
    options = [line.split() for line in outcome.out.splitlines() if line.strip().startswith("--")]
    assert options
    assert [words for words in options if len(words) < 3] == []


def test_each_summary_is_the_first_sentence_of_its_command() -> None:
    group = get_command(app)
    assert isinstance(group, LazyGroup)
    context = group.context_class(group)
    for name, summary in group.summaries.items():
        command = group.get_command(context, name)
        assert command is not None
        assert command.get_short_help_str(200).rstrip(".") == summary.rstrip("."), name


def test_a_name_that_is_no_command_is_refused_with_what_comes_near(beadwatch: Run) -> None:
    outcome = beadwatch("inspekt")
    assert outcome.code == 2
    assert "'inspect'" in outcome.err


def test_help_is_plain_text(beadwatch: Run) -> None:
    text = beadwatch("--help").out
    assert "\x1b" not in text
    assert "╭" not in text
