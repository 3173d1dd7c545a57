"""The page on receivers shows what the code sends: its tables and examples are made from there."""

import json

import pytest

from beadwatch.domain.line import EventPhase
from beadwatch.line.sinks.address import ADDRESSES
from beadwatch.line.sinks.message_json import JsonReady
from beadwatch.line.sinks.mqtt import lost_status
from beadwatch.line.sinks.opcua_nodes import MACHINE_STATES, NODES
from beadwatch.line.sinks.sparkplug_metrics import METRICS
from tests.line.made import made_event, made_frame, made_run, made_status
from tests.real import CHECKOUT


def table(head: str, rows: list[tuple[str, ...]]) -> str:
    columns = head.count("|") - 1
    return "\n".join([head, "|" + " --- |" * columns, *("| " + " | ".join(row) + " |" for row in rows)])


RUN = made_run("20300317-174640-a1b2", line="cell 4")
MESSAGES: dict[str, JsonReady] = {
    "run": RUN,
    "status": made_status(run_id=RUN.id),
    "will": lost_status(RUN.id, RUN.started_at),
    "frame": made_frame(7, run_id=RUN.id),
    "event": made_event(run_id=RUN.id, phase=EventPhase.ENDED, picture="ab" * 32),
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
