"""`beadwatch serve`: starts with what it has, says what it refused, and does not start on wrong settings."""

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from beadwatch.apps.server.serving import Limits
from tests.apps.cli.conftest import Run


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return what was to be served, without serving it."""
    calls: list[dict[str, Any]] = []

    def run(app: object, limits: Limits, **options: Any) -> None:
        calls.append({"app": app, "limits": limits, **options})

    monkeypatch.setattr("beadwatch.apps.server.serving.run", run)
    return calls


def test_station_is_served_where_asked(beadwatch: Run, models_dir: Path, served: list[dict[str, Any]]) -> None:
    outcome = beadwatch("serve", "--host", "0.0.0.0", "--port", "0")
    assert outcome.code == 0
    (call,) = served
    assert (call["host"], call["port"]) == ("0.0.0.0", 0)
    assert set(call["app"].state.station.models.ready) == {"surface", "tig"}
    assert "model surface surface-1" in outcome.err
    assert "model tig tig-1" in outcome.err
    assert call["timeout_graceful_shutdown"] <= 5, "a browser that follows a line would keep it from ending"


def test_limits_are_those_of_the_settings(
    beadwatch: Run, models_dir: Path, served: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    beadwatch("serve")
    monkeypatch.setenv("BEADWATCH_MAX_CONNECTIONS", "7")
    monkeypatch.setenv("BEADWATCH_REQUEST_TIMEOUT_S", "1.5")
    beadwatch("serve")
    assert [call["limits"] for call in served] == [Limits(1000, 20.0), Limits(7, 1.5)]


def test_only_this_machine_is_let_in_by_default(beadwatch: Run, models_dir: Path, served: list[dict[str, Any]]) -> None:
    beadwatch("serve")
    assert (served[0]["host"], served[0]["port"]) == ("127.0.0.1", 8000)


def test_data_folder_that_others_can_read_is_said(
    beadwatch: Run, models_dir: Path, served: list[dict[str, Any]], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    assert "chmod" not in beadwatch("serve").err
    assert data.stat().st_mode & 0o777 == 0o700
    data.chmod(0o755)
    assert f"{data} can be read by other users" in beadwatch("serve").err
    assert len(served) == 2


def test_refused_bundle_is_said_and_the_rest_is_served(
    beadwatch: Run, models_dir: Path, served: list[dict[str, Any]]
) -> None:
    (models_dir / "tig" / "model.onnx").write_bytes(b"damaged")
    outcome = beadwatch("serve")
    assert len(served) == 1
    assert "refused: " in outcome.err
    assert "model.onnx" in outcome.err


def test_port_that_is_taken_is_exit_code_2_and_named(models_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-c", "from beadwatch.apps.cli import main; main()", "serve", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert str(port) in done.stderr
    assert "address already in use" in done.stderr.lower()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_impossible_port_is_exit_code_2(beadwatch: Run, served: list[dict[str, Any]], port: str) -> None:
    assert beadwatch("serve", "--port", port).code == 2
    assert served == []


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("BEADWATCH_THREADS", "many", "SettingsError: BEADWATCH_THREADS"),
        ("BEADWATCH_DATABASE_URL", "nonsense://user:secret@host/db", "StoreError: cannot open the database"),
        ("BEADWATCH_BLOBS_URL", "nothing://here", "StoreError: blob store"),
        ("BEADWATCH_DATA_DIR", "file/inside", "StoreError: cannot open the database"),
    ],
)
def test_wrong_setting_is_exit_code_2(
    beadwatch: Run,
    served: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    says: str,
) -> None:
    Path("file").touch()
    monkeypatch.setenv(variable, value)
    outcome = beadwatch("serve")
    assert (outcome.code, served) == (2, [])
    assert says in outcome.err
    assert "secret" not in outcome.err
