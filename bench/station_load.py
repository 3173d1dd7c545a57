"""How a station fares when many post pictures at once: 64 clients on the loopback address, for some seconds.

Starts a station of its own with the models that ship, in a folder that goes again. Prints the statuses, how long the
answers of each took, and how long the health check took meanwhile. Asserts nothing.
"""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pictures import camera_frame

CLIENTS = 64
LASTING_S = 15.0
PAUSE_S = 0.5  # of a client that was sent away: Retry-After would be a second
TIMEOUT_S = 60.0
_HEAD = b'--x\r\nContent-Disposition: form-data; name="task"\r\n\r\ntig\r\n'
_FILE = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'


@contextmanager
def station(folder: Path) -> Iterator[int]:
    """Run a station and yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("beadwatch")), "serve", "--port", str(port)]
    environment = {**os.environ, "BEADWATCH_DATA_DIR": str(folder / "var")}
    with (folder / "log").open("w") as log, subprocess.Popen(command, env=environment, stderr=log) as process:
        try:
            while True:
                try:
                    ask(port, "GET", "/healthz")
                    break
                except OSError:
                    time.sleep(0.1)
            yield port
        finally:
            process.terminate()


def ask(port: int, method: str, path: str, body: bytes = b"") -> int:
    """Send one request on a connection of its own and return the status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request(method, path, body or None, {"Content-Type": "multipart/form-data; boundary=x"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def main() -> None:
    took_s: dict[str, list[float]] = defaultdict(list)

    def repeat(port: int, until_s: float, name: str, body: bytes = b"") -> None:
        while (started := time.monotonic()) < until_s:
            path = "/healthz" if name == "healthz" else "/v1/inspections"
            try:
                status = ask(port, "POST" if body else "GET", path, body)
            except OSError as error:
                took_s[f"{name}: {type(error).__name__}"].append(time.monotonic() - started)
                continue
            took_s[f"{name}: {status}"].append(time.monotonic() - started)
            if status != 201:
                time.sleep(PAUSE_S)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        body = _HEAD + _FILE + camera_frame(folder / "frame.png").read_bytes() + b"\r\n--x--\r\n"
        with station(folder) as port:
            until_s = time.monotonic() + LASTING_S
            threads = [threading.Thread(target=repeat, args=(port, until_s, "post", body)) for _ in range(CLIENTS)]
            threads.append(threading.Thread(target=repeat, args=(port, until_s, "healthz")))
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        print(f"{CLIENTS} clients for {LASTING_S:.0f} s; the station logged {(folder / 'log').stat().st_size} bytes")
    for name, times in sorted(took_s.items()):
        p99 = statistics.quantiles(times, n=100, method="inclusive")[98] if len(times) > 1 else times[0]
        print(f"{name:24} {len(times):6} times   p50 {statistics.median(times):6.3f} s   p99 {p99:6.3f} s")


if __name__ == "__main__":
    main()
