"""JSON lines: whole lines, each event once, whatever became of the last process."""

import json
from pathlib import Path

import pytest

from beadwatch.domain.errors import SinkError
from beadwatch.line.sinks import json_lines
from beadwatch.line.sinks.json_lines import JsonLinesSink
from beadwatch.line.sinks.message_json import encode
from beadwatch.line.sinks.port import Message
from tests.line.made import ended, made_event, made_frame, made_run, made_status

RUN = made_run(line="cell 4")


def written(path: Path, *messages: Message, frames: bool = False) -> list[dict[str, object]]:
    """Write messages in a process of their own, as it were, and return all lines that can be read."""
    sink = JsonLinesSink(path, frames)
    sink.open(RUN)
    for message in messages:
        sink.send(message)
    sink.close()
    lines = []
    for line in path.read_bytes().splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            lines.append({"kind": "torn"})
    return lines


def test_messages_are_appended(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "line.jsonl"
    assert written(path, made_status(), made_event()) == [
        RUN.to_dict(),
        made_status().to_dict(),
        made_event().to_dict(),
    ]
    assert len(written(path, made_status())) == 5


@pytest.mark.parametrize(("frames", "kinds"), [(False, ["run"]), (True, ["run", "frame"])])
def test_frames_only_when_asked(tmp_path: Path, frames: bool, kinds: list[str]) -> None:
    sink = JsonLinesSink(tmp_path / "a.jsonl", frames)
    assert sink.wants_frames is frames
    assert [line["kind"] for line in written(tmp_path / "a.jsonl", made_frame(), frames=frames)] == kinds


def test_event_that_is_there_is_not_written_twice(tmp_path: Path) -> None:
    path = tmp_path / "line.jsonl"
    told = [made_event(1), ended(made_event(1)), made_event(2)]
    written(path, *told[:2], told[1])
    lines = written(path, *told[1:])
    ids = [line["message_id"] for line in lines if line["kind"] == "event"]
    assert ids == [event.message_id for event in told]


def test_only_the_last_part_of_a_long_file_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "line.jsonl"
    written(path, made_event(1), made_event(2))
    monkeypatch.setattr(json_lines, "_LAST_PART", len(encode(made_event(2))) + 10)
    lines = written(path, made_event(2), made_event(1))
    assert [line["id"] for line in lines if line["kind"] == "event"] == [made_event(number).id for number in (1, 2, 1)]


@pytest.mark.parametrize("cut", [1, 10, 400])
def test_line_that_a_killed_process_tore_spoils_no_other(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "line.jsonl"
    written(path, made_event(1), made_event(2))
    path.write_bytes(path.read_bytes()[:-cut])
    lines = written(path, made_event(2))
    assert [line["kind"] for line in lines].count("torn") == (cut > 1)
    assert [line["id"] for line in lines if line["kind"] == "event"] == [made_event(1).id, made_event(2).id]


def test_number_that_is_none_is_still_json() -> None:
    assert json.loads(encode(made_frame(distance=float("nan"), scores=(float("inf"), 0.5))))["scores"] == [None, 0.5]


def test_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    sink = JsonLinesSink("-")
    sink.open(RUN)
    sink.send(made_event())
    sink.close()
    assert [json.loads(line)["kind"] for line in capfdbinary.readouterr().out.splitlines()] == ["run", "event"]
    assert sink.name == "jsonl:-"


def test_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SinkError, match="cannot be opened"):
        JsonLinesSink(tmp_path / "file" / "line.jsonl").open(RUN)


def test_full_disk_is_an_error() -> None:
    sink = JsonLinesSink("/dev/full")
    with pytest.raises(SinkError, match="No space left"):
        sink.open(RUN)
    sink.close()


def test_name_is_the_same_from_every_folder(tmp_path: Path) -> None:
    assert JsonLinesSink("line.jsonl").name == f"jsonl:{tmp_path / 'line.jsonl'}"
