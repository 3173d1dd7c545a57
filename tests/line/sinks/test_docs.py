"""The page on receivers shows what the code sends: its tables and examples are made from there."""

import json

import pytest

from beadwatch.line.sinks.address import ADDRESSES
from beadwatch.line.sinks.message_json import JsonReady
from beadwatch.line.sinks.mqtt import lost_status
from beadwatch.line.sinks.opcua_nodes import MACHINE_STATES, NODES
from beadwatch.line.sinks.sparkplug_metrics import METRICS
from tests.line.sinks.messages import RUN, event, frame, status
from tests.real import CHECKOUT


def table(head: str, rows: list[tuple[str, ...]]) -> str:
    columns = head.count("|") - 1
    return "\n".join([head, "|" + " --- |" * columns, *("| " + " | ".join(row) + " |" for row in rows)])


MESSAGES: dict[str, JsonReady] = {
    "run": RUN,
    "status": status(),
    "will": lost_status(RUN.id, RUN.started_at),
    "frame": frame(),
    "event": event(),
}
PARTS = {
    "addresses": table("| address | what it is |", [(f"`{form}`", what) for form, what in ADDRESSES.items()]),
    "metrics": table(
        "| metric | type | meaning |",
        [(f"`{name}`", kind.name.lower().replace("_", " "), about) for name, (kind, about) in METRICS.items()],
    ),
    "nodes": table(
        "| node `ns=2;s=Line.…` | type | meaning |",
        [(f"`{name}`", kind, about) for name, (kind, about) in NODES.items()],
    ),
    "states": table("| state | OPC 40100-1 |", [(state.value, place) for state, place in MACHINE_STATES.items()]),
    **{name: f"```json\n{json.dumps(message.to_dict())}\n```" for name, message in MESSAGES.items()},
}


@pytest.mark.parametrize("part", PARTS)
def test_the_page_shows_what_is_sent(part: str) -> None:
    assert PARTS[part] in (CHECKOUT / "docs" / "sinks.md").read_text(encoding="utf-8"), f"should be:\n{PARTS[part]}"
