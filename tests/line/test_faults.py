"""The whole line as a process, with real receivers: whatever fails, no false "good", nothing lost, nothing twice."""

import json
import resource
import signal
from pathlib import Path

import polars as pl
import pytest

from beadwatch.domain.line import LineState
from tests.line.brokers import mosquitto, subscriber
from tests.line.processes import SMALL, Process, frames, runs, told, watching
from tests.waiting import until

pytestmark = pytest.mark.slow
FPS = 25


def sim(script: str, more: str = "") -> str:
    return f"sim://tig?{SMALL}&script={script}{more}"


def lines_of(file: Path) -> list[dict[str, object]]:
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.endswith("}")]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("black", "black"),
        ("white", "over-exposed"),
        ("blurred", "blurred"),
        ("frozen", "frozen"),
        ("lost", "lost"),
        ("idle", None),
        ("resize", None),
    ],
)
def test_no_fault_of_the_camera_reads_as_good(tmp_path: Path, fault: str, reason: str | None) -> None:
    larger = "&width=1280&height=700" if fault == "blurred" else ""  # the drawn mark is never blurred
    with watching(tmp_path, sim(f"good:2s,{fault}:2s,good:2s", larger)) as process:
        assert process.wait() == 0, process.output
    (run,) = runs(tmp_path)
    seen = frames(tmp_path, run.info["id"])
    begun = float(seen["captured_at"][0])
    # A frozen picture is one only after a while; the others from their first frame.
    during = seen.filter(pl.col("captured_at").is_between(begun + 2.4, begun + 3.9))
    after = seen.filter(pl.col("captured_at") > begun + 4.6)
    assert "good" in set(after["state"]), "and the line comes back"
    if fault == "resize":
        assert set(during["fault"]) == {None}
        return
    assert "good" not in set(during["state"])
    if fault == "idle":
        assert set(during["state"]) == {"idle"}
        return
    assert set(during["state"]) <= {"unknown"}
    events = [body for _, body in told(tmp_path)]
    unknown = [body for body in events if body["label"] == LineState.UNKNOWN and body["phase"] == "ended"]
    assert reason is not None
    assert any(reason in str(body["reason"]) for body in unknown), events
    assert run.summary is not None
    assert run.summary["counters"]["reconnects"] == (fault == "lost")


def test_a_broker_that_is_away_gets_every_event_afterwards_in_order_and_once(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as broker:
        source = sim("good:2s,white:1s,good:2s,black:1s,good:60s")
        with watching(tmp_path, source, "--to", f"mqtt://{broker.address}/cell") as process:
            process.says("frames are good")
            broker.kill()
            until(lambda: len(told(tmp_path)) >= 4, 60)
            broker.start()
            with subscriber(broker.port, "cell/#") as heard:
                received = [json.loads(heard.until("cell/event").payload)["message_id"] for _ in range(4)]
                assert received == [message_id for message_id, _ in told(tmp_path)][:4]
                assert process.end() == 0
                last = json.loads(heard.until("cell/status", b'"running":false').payload)
                assert last["state"] == "unknown"
                rest = [message.topic for message in list(heard.messages.queue)]
                assert "cell/event" not in rest, "nothing twice"


def test_a_killed_watch_loses_no_event_and_its_successor_ends_what_was_open(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    source, options = sim("good:1s,white:60s"), ["--to", str(events)]
    with watching(tmp_path, source, *options) as process:
        until(lambda: len(told(tmp_path)) == 1 if (tmp_path / "var" / "beadwatch.db").exists() else False, 60)
        process.end(signal.SIGKILL)
    with watching(tmp_path, sim("good:2s"), *options) as process:
        assert process.wait() == 0, process.output
    first, second = runs(tmp_path)
    assert (first.ended_at, first.summary) == (None, None)
    assert second.summary is not None
    stored = told(tmp_path)
    assert stored[1][0] == stored[0][0].replace("started", "ended")
    assert "killed" in stored[1][1]["reason"]
    delivered = [line["message_id"] for line in lines_of(events) if line["kind"] == "event"]
    assert delivered == [message_id for message_id, _ in stored], "each once, in order"
    assert frames(tmp_path, str(second.info["id"])).height == second.summary["counters"]["judged"]


def test_ctrl_c_ends_cleanly_with_the_record_complete(tmp_path: Path) -> None:
    with watching(tmp_path, sim("good:60s"), "--travel-speed", "8mm/s") as process:
        process.says("frames are good")
        assert process.end(signal.SIGINT) == 0
        assert "report: beadwatch runs report" in process.output
    (run,) = runs(tmp_path)
    assert run.ended_at is not None
    assert run.summary is not None
    seen = frames(tmp_path, run.info["id"])
    assert seen.height == run.summary["counters"]["judged"] > 0
    assert seen["along_mm"].is_sorted()


def test_a_full_disk_stops_no_alarm_and_what_waits_is_stored_later(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as broker, subscriber(broker.port, "cell/#") as heard:
        source = sim("good:3s,white:4s,good:60s")
        with watching(tmp_path, source, "--to", f"mqtt://{broker.address}/cell") as process:
            heard.until("cell/status", b'"good"')
            _limit(process, 1)  # no file may grow from here on
            alarm = json.loads(heard.until("cell/status", b'"stop":true').payload)
            assert alarm["state"] == "unknown"
            waiting = heard.until("cell/status", b'"unrecorded":1')
            assert json.loads(waiting.payload)["running"]
            assert told(tmp_path) == []
            _limit(process, resource.RLIM_INFINITY)
            heard.until("cell/event", b'"started"')
            heard.until("cell/status", b'"good"')
            assert process.end() == 0, process.output
    stored = [body["phase"] for _, body in told(tmp_path)]
    assert stored == ["started", "ended"]


def _limit(process: Process, largest: int) -> None:
    """Let no file of a process grow beyond this: what it writes then fails as on a full disk."""
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))


def test_two_watches_of_one_line_do_not_meet(tmp_path: Path) -> None:
    with watching(tmp_path, sim("good:60s")) as first:
        first.says("frames are good")
        with watching(tmp_path, sim("good:1s")) as second:
            assert second.wait() == 2
        assert "is being watched by another process" in second.output
        assert first.end() == 0
