"""`beadwatch data fetch`: from an address to an imported set, and what a person reads on the way."""

import io
import os
import pty
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from beadwatch.services.fetching import find_layout
from tests.cli.conftest import Run
from tests.cli.test_data import draw_set
from tests.datasets.fetch.conftest import files_below, no_logins, server
from tests.datasets.fetch.standin import Resource, StandIn
from tests.pictures import encoded, noise
from tests.waiting import until

__all__ = ["no_logins", "server"]
COMMAND = [sys.executable, "-c", "from beadwatch.cli import main; main()", "data", "fetch"]


def folder_zipped(folder: Path, prefix: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, f"{prefix}{path.relative_to(folder)}")
    return buffer.getvalue()


@pytest.fixture
def drawn(server: StandIn, tmp_path: Path) -> Resource:
    """Serve a drawn set in the SS304 layout, wrapped in two folders as archives are."""
    server.has["/files/welds.zip"] = Resource(folder_zipped(draw_set(tmp_path / "drawn"), "ss304/data/"))
    return server.has["/files/welds.zip"]


def test_from_an_address_to_an_imported_set(beadwatch: Run, server: StandIn, drawn: Resource) -> None:
    answer = beadwatch("data", "fetch", f"{server.url}/files/welds.zip")
    assert (answer.code, answer.out) == (0, "welds\n")
    assert "welds: 18 files, " in answer.err
    assert "licence: none stated; look at http://127.0.0.1" in answer.err
    (line,) = [line for line in answer.err.splitlines() if line.startswith("layout ss304; next: ")]
    command = line.partition("; next: beadwatch ")[2].split()
    assert command == ["data", "import", "welds/ss304/data", "--name", "welds"]
    imported = beadwatch(*command)
    assert imported.code == 0
    assert "good weld" in imported.out
    again = beadwatch("data", "fetch", f"{server.url}/files/welds.zip")
    assert (again.code, again.out) == (0, "welds\n")
    assert "fetched already, on 20" in again.err


def test_short_name_says_whose_the_set_is(
    beadwatch: Run, server: StandIn, drawn: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROBOFLOW_API_KEY", "secret")
    monkeypatch.setenv("BEADWATCH_ROBOFLOW_URL", server.url)
    path = "/welding-2bplp/weld-quality-inspection-rei9l/9/yolov8"
    server.has_json(path, {"export": {"link": f"{server.url}/files/welds.zip"}})
    answer = beadwatch("data", "fetch", "weld-quality")
    assert (answer.code, answer.out) == (0, "weld-quality\n")
    assert "licence: CC BY 4.0" in answer.err
    assert "cite: Weld quality inspection v9" in answer.err
    assert answer.err.rstrip().endswith("--name weld-quality"), "the import knows the licence itself"
    assert "secret" not in answer.err
    assert "api_key=secret" in server.asked[0].query


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("weld-quality",),
            "SettingsError: roboflow:welding-2bplp/weld-quality-inspection-rei9l/9: Roboflow wants a key",
        ),
        (("welds",), "'welds' names nothing that can be fetched. There are: ss304, weld-quality, kaggle:OWNER/SET"),
        (("https://host/",), "https://host/ has no name of its own: give a folder"),
        (("https://host/.zip",), "has no name of its own"),
        (("https://host/x.zip", "--sha256", "1"), "give 64 hexadecimal digits"),
        (("git+https://host/x", "--sha256", "0" * 64), "--sha256 is for archives"),
        (
            ("https://nowhere.invalid/x.zip",),
            "NetworkError: https://nowhere.invalid/x.zip: its name cannot be resolved",
        ),
        (("https://me:secret@host/x.zip",), "leave the login out"),
        (("http://far.example/x.zip", "--max-gb", "0"), "--max-gb"),
        (("http://far.example/x.zip", "--max-gb", "nan"), "--max-gb"),
        (("http://far.example/x.zip", "--max-gb", "inf"), "--max-gb inf: give a number"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_what_is_missing_is_said(
    beadwatch: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    monkeypatch.setattr("beadwatch.datasets.fetch.download.FIRST_GOES", 1)
    answer = beadwatch("data", "fetch", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
    assert "Traceback" not in answer.err
    assert "secret" not in answer.err
    assert list(Path().iterdir()) == []


def test_missing_library_is_named(beadwatch: Run, server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("beadwatch.datasets.fetch.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "requests", None)
    answer = beadwatch("data", "fetch", f"{server.url}/files/welds.zip")
    assert answer.code == 2
    assert "requests is not installed: pip install 'beadwatch[data]'" in answer.err


def wait_for(path: Path, size: int, child: "subprocess.Popen[bytes]") -> None:
    def has_come() -> bool:
        assert child.poll() is None, child.communicate()
        return any(part.stat().st_size >= size for part in path.glob(".welds.*.part/archive.part"))

    until(has_come, 60)


@pytest.mark.slow
def test_kill_in_the_middle_of_a_download(server: StandIn, drawn: Resource, tmp_path: Path) -> None:
    (tmp_path / "drawn" / "notes.bin").write_bytes(os.urandom(400_000))
    drawn.body, drawn.hold_at = folder_zipped(tmp_path / "drawn"), 200_000
    command = [*COMMAND, f"{server.url}/files/welds.zip"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        wait_for(tmp_path, 100_000, child)
        child.kill()
    assert child.returncode == -signal.SIGKILL
    assert not (tmp_path / "welds").exists()
    (part,) = tmp_path.glob(".welds.*.part/archive.part")
    came = part.stat().st_size
    drawn.released.set()
    server.asked.clear()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert server.ranges == [f"bytes={came}-"]
    assert f"going on at {came / 1000:.1f} kB" in done.stderr
    assert files_below(tmp_path / "welds") == files_below(tmp_path / "drawn")
    assert not list(tmp_path.glob(".welds*"))


@pytest.mark.slow
def test_progress_is_shown_on_a_terminal_only(server: StandIn, drawn: Resource, tmp_path: Path) -> None:
    terminal, inside = pty.openpty()
    command = [*COMMAND, f"{server.url}/files/welds.zip"]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=inside, check=False, env=environment)
    os.close(inside)
    shown = os.read(terminal, 1 << 16).decode()
    os.close(terminal)
    assert (done.returncode, done.stdout) == (0, b"welds\n")
    assert "downloading" in shown
    assert "unpacking" in shown
    piped = subprocess.run([*command, "other"], capture_output=True, text=True, check=True)
    assert "downloading" not in piped.stderr


@pytest.mark.parametrize("below", ["", "a", "a/b", "a/b/c"])
def test_layout_is_found_some_folders_down(tmp_path: Path, below: str) -> None:
    draw_set(tmp_path / "got" / below)
    assert find_layout(tmp_path / "got") == (tmp_path / "got" / below, "ss304")


def test_no_layout_is_said(beadwatch: Run, server: StandIn, tmp_path: Path) -> None:
    (tmp_path / "loose").mkdir()
    (tmp_path / "loose" / "a.png").write_bytes(encoded(noise(seed=1), "PNG"))
    server.has["/loose.zip"] = Resource(folder_zipped(tmp_path / "loose"))
    answer = beadwatch("data", "fetch", f"{server.url}/loose.zip", "got")
    assert (answer.code, answer.out) == (0, "got\n")
    assert "in none of the layouts that `beadwatch data import` knows" in answer.err


def test_pictures_beside_the_set_that_was_found_are_named(beadwatch: Run, server: StandIn, tmp_path: Path) -> None:
    draw_set(tmp_path / "more" / "welds")
    for name in ("a.png", "welds/train/b.png"):
        (tmp_path / "more" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "more" / name).write_bytes(encoded(noise(seed=1), "PNG"))
    server.has["/more.zip"] = Resource(folder_zipped(tmp_path / "more"))
    answer = beadwatch("data", "fetch", f"{server.url}/more.zip", "got")
    assert "pictures outside of got/welds: 1, such as got/a.png" in answer.err
