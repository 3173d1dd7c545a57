"""Waiting for what happens in another thread or process, and a port for it to happen at."""

import socket
import time
from collections.abc import Callable


def until(condition: Callable[[], object], timeout_s: float = 15.0) -> None:
    """Wait until a function returns something true; fail if it does not in time."""
    deadline_s = time.monotonic() + timeout_s
    while not (answer := condition()):
        assert time.monotonic() < deadline_s, f"still {answer!r} after {timeout_s} s"
        time.sleep(0.005)


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
