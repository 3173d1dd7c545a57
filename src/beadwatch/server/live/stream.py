"""A line as server-sent events: `snapshot` first and at each new run, then `update`s with what changed since.

Nothing is queued: a view is made when the browser has taken the one before it.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from typing import Any

from beadwatch.server.live.line import LiveLine
from beadwatch.server.live.lines import LiveLines

HEARTBEAT_S = 1.0


async def line_events(lines: LiveLines, name: str) -> AsyncGenerator[str]:
    """Yield the events of a line, also of one that nobody has heard of yet, until the browser goes."""
    lines.viewers += 1
    try:
        yield "retry: 1000\n\n"
        line, seen, beat_at = LiveLine(name), (-1, False), time.monotonic()
        while True:
            changed = lines.changed  # taken before looking, so that no change slips through between
            now = lines.get(name) or line
            if now is not line:
                line, seen = now, (-1, False)
            if seen != (line.revision, line.stale):
                event, since, seen = (
                    "snapshot" if line.is_whole(seen[0]) else "update",
                    seen[0],
                    (line.revision, line.stale),
                )
                yield _message(event, line.view(since))
            if time.monotonic() - beat_at >= HEARTBEAT_S:
                beat_at = time.monotonic()
                yield ": alive\n\n"
            await _wait(changed)
    finally:
        lines.viewers -= 1


async def _wait(changed: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(changed.wait(), HEARTBEAT_S)
    except TimeoutError:
        return


def _message(event: str, view: dict[str, Any]) -> str:
    return f"event: {event}\ndata: {json.dumps(view, separators=(',', ':'), allow_nan=False)}\n\n"
