"""The local Prefect server: started as a process of its own beside its database in the data folder, and ended.

Where `PREFECT_API_URL` names a server, that one is used. Does not import Prefect, which reads its settings when it is
imported: they are put into the environment before.
"""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from beadwatch.domain.errors import JobError
from beadwatch.settings import Settings
from beadwatch.storage.files import open_files
from beadwatch.storage.private import make_private_folder

API_URL = "PREFECT_API_URL"
START_S, STOP_S = 180.0, 15.0  # it takes 11 to 16 s where nothing else runs
_ADDRESS_FILE = "api-url"
_HOST = "127.0.0.1"
# Linux sends the server a SIGTERM (15) when this process dies, however it does: PR_SET_PDEATHSIG is 1.
_ENDING_WITH_US = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 15)
os.execv(sys.executable, [sys.executable, "-m", "prefect", *sys.argv[1:]])
"""
_COMMON = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


def prepare(settings: Settings, api_url: str) -> None:
    """Point Prefect, when it is imported in this process or in its children, to a server; switch telemetry off."""
    os.environ.update({API_URL: api_url, **_COMMON})
    os.environ.setdefault("PREFECT_HOME", str(_folder(settings)))


def running_server(settings: Settings) -> str:
    """Return the address of the server's interface: `PREFECT_API_URL`, or the one that `beadwatch flows serve` runs.

    Raises:
        JobError: there is none.
    """
    if named := os.environ.get(API_URL):
        return named
    data = open_files(str(_folder(settings))).read(_ADDRESS_FILE)
    if data is None or not answers(url := data.decode()):
        raise JobError("no Prefect server runs: start `beadwatch flows serve`, or set PREFECT_API_URL")
    return url


@contextmanager
def local_server(settings: Settings, port: int) -> Iterator[str]:
    """Run a Prefect server on the loopback address for a `with` block; yield the address of its interface.

    Raises:
        JobError: the port is taken, or the server does not start.
    """
    folder = _folder(settings)
    make_private_folder(folder)
    port = _checked_port(port)
    url, files = f"http://{_HOST}:{port}/api", open_files(str(folder))
    log = folder / "server.log"
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603  # our own Python
            [sys.executable, "-c", _ENDING_WITH_US, "server", "start", "--host", _HOST, "--port", str(port)],
            env=_server_environment(folder, url),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us: the server is needed until all flows have ended
        )
    try:
        _wait(process, url, log)
        files.write(_ADDRESS_FILE, url.encode())
        yield url
    finally:
        files.remove(_ADDRESS_FILE)
        _end(process)


def answers(url: str) -> bool:
    """Say whether a Prefect server is well."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    with contextlib.closing(kind(parts.hostname or _HOST, parts.port, timeout=5)) as connection:
        try:
            connection.request("GET", f"{parts.path}/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def _folder(settings: Settings) -> Path:
    return (settings.data_dir / "prefect").absolute()


def _server_environment(folder: Path, url: str) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith("BEADWATCH_")}  # secrets, too
    return {
        **others,
        **_COMMON,
        API_URL: url,
        "PREFECT_HOME": str(folder),
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{folder / 'prefect.db'}",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_UI_API_URL": url,
    }


def _checked_port(port: int) -> int:
    try:
        with socket.create_server((_HOST, port)) as listener:
            found: int = listener.getsockname()[1]
    except OSError as error:
        raise JobError(f"port {port} is taken ({error.strerror}): say --port 0 for a free one") from error
    return found


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline_s = time.monotonic() + START_S
    while not answers(url):
        if process.poll() is not None or time.monotonic() > deadline_s:
            lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise JobError(f"the Prefect server did not start: {lines[-1] if lines else 'it says nothing'} (see {log})")
        time.sleep(0.2)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
