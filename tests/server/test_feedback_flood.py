"""A thousand uploads at once against a real station, some of them hated by decoders: it stays up and answers."""

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.domain.test_feedback import sent
from tests.pictures import encoded, noise
from tests.server.feedback_made import bearer, token_for
from tests.waiting import free_port, until

pytestmark = pytest.mark.slow

REQUESTS, AT_ONCE = 1000, 1000
BURST = 300  # of a device, see `apps.server.access`
PICTURE = encoded(noise(64, 48))
HATED = (
    b"",
    b"\xff\xd8\xff",
    PICTURE[:-40],
    b"GIF89a" + bytes(40),
    PICTURE[:30] + bytes(200),
    b"<svg onload=alert(1)>",
)
MEMORY_MB = 600


@pytest.fixture
def station(tmp_path: Path) -> Iterator[tuple[str, int, str]]:
    """Return address, process id and a token."""
    with closing(build_station(load_settings())) as built:
        token = token_for(built, "ada")
    port = free_port()
    command = [sys.executable, "-c", "from beadwatch.cli import main; main()", "serve", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), 60)
            yield f"http://127.0.0.1:{port}", process.pid, token
            assert token.encode() not in (tmp_path / "log").read_bytes()
        finally:
            process.kill()


def answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=5).status_code == 200
    except httpx2.TransportError:
        return False


def upload(number: int) -> dict[str, Any]:
    picture = HATED[number // 10 % len(HATED)] if number % 10 == 0 else PICTURE
    fields = sent(id=f"{number:032x}", sha256=sha256(picture).hexdigest())
    return {"data": {"feedback": json.dumps(fields)}, "files": {"picture": (f"../{number}.png", picture, "image/png")}}


async def flood(url: str, token: str) -> Counter[int]:
    limits = httpx2.Limits(max_connections=AT_ONCE)
    async with httpx2.AsyncClient(limits=limits, timeout=120, headers=bearer(token)) as client:
        sends = [client.post(f"{url}/v1/feedback", **upload(number)) for number in range(REQUESTS)]
        return Counter(answer.status_code for answer in await asyncio.gather(*sends))


def memory_mb(pid: int) -> float:
    """Return the most memory that a process has had."""
    peak = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


def test_thousand_at_once_are_stored_or_refused(station: tuple[str, int, str]) -> None:
    url, pid, token = station
    seen = asyncio.run(flood(url, token))
    assert sum(seen.values()) == REQUESTS
    assert set(seen) <= {201, 400, 415, 422, 429}, seen
    assert seen[201] >= BURST / 2
    assert seen[429] >= REQUESTS / 2
    os.kill(pid, 0)
    assert httpx2.get(f"{url}/healthz", timeout=30).status_code == 200
    assert memory_mb(pid) < MEMORY_MB
    with closing(build_station(load_settings())) as built, built.accounts._engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM feedback").scalar_one() == seen[201]
