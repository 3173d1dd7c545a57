"""`beadwatch serve`: starts with what it has, says what it refused, and does not start on wrong settings."""

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from beadwatch.server.serving import Limits
from tests.cli.conftest import Run
from tests.stations import client_at


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return what was to be served, without serving it."""
    calls: list[dict[str, Any]] = []

    def run(app: object, limits: Limits, **options: Any) -> None:
        calls.append({"app": app, "limits": limits, **options})

    monkeypatch.setattr("beadwatch.server.serving.run", run)
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
    assert served[0]["proxy_headers"] is False, "uvicorn would believe X-Forwarded-For of whoever is on this machine"


@pytest.mark.parametrize(
    ("host", "listens", "shown"),
    [
        ("::1", "::1", "http://[::1]:8000"),
        ("[::1]", "::1", "http://[::1]:8000"),
        ("127.0.0.1", "127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "0.0.0.0", f"http://{socket.gethostname()}:8000"),
        ("::", "::", f"http://{socket.gethostname()}:8000"),
    ],
)
def test_address_that_is_said_can_be_opened(
    beadwatch: Run, models_dir: Path, served: list[dict[str, Any]], host: str, listens: str, shown: str
) -> None:
    outcome = beadwatch("serve", "--host", host)
    assert served[0]["host"] == listens
    assert f"Beadwatch station on {shown}\n" in outcome.err


@pytest.mark.parametrize(
    ("host", "asked", "status"),
    [
        ("127.0.0.1", "127.0.0.1:8000", 200),
        ("127.0.0.1", "192.0.2.7:8000", 421),
        ("127.0.0.1", "rebound.example", 421),
        ("127.0.0.1", "weld.example", 200),
        ("0.0.0.0", "192.0.2.7:8000", 200),
        ("0.0.0.0", "rebound.example", 421),
    ],
)
def test_station_answers_to_names_that_follow_from_where_it_listens(
    beadwatch: Run,
    models_dir: Path,
    served: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    asked: str,
    status: int,
) -> None:
    monkeypatch.setenv("BEADWATCH_ALLOWED_HOSTS", "weld.example")
    beadwatch("serve", "--host", host)
    assert client_at(served[0]["app"]).get("/healthz", headers={"Host": asked}).status_code == status


@pytest.mark.parametrize(
    ("host", "setting", "status", "says"),
    [
        ("127.0.0.1", "", 200, "open to this machine alone"),
        ("0.0.0.0", "", 401, "beadwatch accounts pair"),
        ("0.0.0.0", "open", 200, "OPEN TO OTHER MACHINES"),
        ("127.0.0.1", "token", 401, "beadwatch accounts pair"),
    ],
)
def test_who_is_let_in_is_said_and_holds(
    beadwatch: Run,
    models_dir: Path,
    served: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    setting: str,
    status: int,
    says: str,
) -> None:
    monkeypatch.setenv("BEADWATCH_ACCESS", setting)
    assert says in beadwatch("serve", "--host", host).err
    client = client_at(served[0]["app"])
    assert client.get("/docs").status_code == status
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("options", "setting", "below"),
    [
        ((), "", ""),
        ((), "/weld/", "/weld"),
        (("--root-path", "/a/b"), "/weld", "/a/b"),
        (("--root-path", ""), "/weld", ""),
    ],
)
def test_station_lies_below_a_path(
    beadwatch: Run,
    models_dir: Path,
    served: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    setting: str,
    below: str,
) -> None:
    monkeypatch.setenv("BEADWATCH_ROOT_PATH", setting)
    outcome = beadwatch("serve", *options)
    assert f"Beadwatch station on http://127.0.0.1:8000{below}\n" in outcome.err
    page = client_at(served[0]["app"]).get(f"{below}/").text
    assert f'src="{below}/static/station.js"' in page


@pytest.mark.parametrize("below", ["weld", "/we ld", '/"', "//", "/a/../b/<"])
def test_path_that_is_none_is_refused(
    beadwatch: Run, models_dir: Path, served: list[dict[str, Any]], below: str
) -> None:
    outcome = beadwatch("serve", "--root-path", below)
    assert (outcome.code, served) == (2, [])
    assert "BEADWATCH_ROOT_PATH" in outcome.err


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
        command = [sys.executable, "-c", "from beadwatch.cli import main; main()", "serve", "--port", str(port)]
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
