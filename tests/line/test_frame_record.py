"""Frames are on disk within a part's time, whatever the disk and the process do; and never as a broken part."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from beadwatch.domain.errors import StoreError
from beadwatch.domain.labels import TIG
from beadwatch.domain.line import LineState
from beadwatch.domain.position import UNPLACED, Position
from beadwatch.line.frame_record import FrameRecord, Pace, read_frames
from tests.line.made import made_frame, made_run
from tests.waiting import until

AT_ONCE = Pace(interval_s=0.02, part_rows=10, most_waiting=50)


def record(folder: Path, frames: range, pace: Pace | None = None) -> FrameRecord:
    made = FrameRecord(folder, made_run(), pace)
    for number in frames:
        made.add(made_frame(number))
    return made


def numbers(folder: Path) -> list[int]:
    return read_frames(folder)["number"].to_list()


def parts(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "frames").iterdir())


def test_a_frame_is_read_back_as_it_was(tmp_path: Path) -> None:
    made = FrameRecord(tmp_path, made_run())
    made.add(made_frame(7, position=Position(12.5, (1.0, 2.0, 3.0), 4, 5), state=LineState.REVIEW))
    made.add(
        made_frame(
            8, position=UNPLACED, arc=False, label=None, disposition=None, scores=(), distance=None, fault="black"
        )
    )
    made.close()
    first, second = read_frames(tmp_path).rows(named=True)
    scores = {
        f"score/{label}": round(score, 6) for label, score in zip(TIG.label_names, made_frame().scores, strict=True)
    }
    expected = {
        "run_id": "r1", "number": 7, "captured_at": 1_900_000_000.28, "monotonic_s": 1000.28, "along_mm": 12.5,
        "x_mm": 1.0, "y_mm": 2.0, "z_mm": 3.0, "layer": 4, "bead": 5, "state": "review", "arc": True,
        "label": "good weld", "disposition": "accept", "distance": 0.1, "fault": None, "delay_ms": 12.0, **scores,
    }  # fmt: skip
    assert {name: round(value, 6) if isinstance(value, float) else value for name, value in first.items()} == expected
    empty = {name for name, value in second.items() if value is None}
    assert empty == {*scores, "along_mm", "x_mm", "y_mm", "z_mm", "layer", "bead", "label", "disposition", "distance"}
    assert (second["fault"], second["arc"]) == ("black", False)


def test_parts_are_in_order_and_none_is_larger_than_asked_for(tmp_path: Path) -> None:
    record(tmp_path, range(25), Pace(interval_s=60, part_rows=10)).close()
    assert parts(tmp_path) == ["part-00001.parquet", "part-00002.parquet", "part-00003.parquet"]
    assert numbers(tmp_path) == list(range(25))


def test_rows_are_written_after_a_while_even_if_they_are_few(tmp_path: Path) -> None:
    made = record(tmp_path, range(3), Pace(interval_s=0.02))
    until(lambda: made.unwritten == 0)
    assert numbers(tmp_path) == [0, 1, 2]
    made.close()
    made.close()


def test_a_record_goes_on_behind_the_parts_that_are_there(tmp_path: Path) -> None:
    record(tmp_path, range(2)).close()
    record(tmp_path, range(2, 4)).close()
    assert numbers(tmp_path) == [0, 1, 2, 3]


def test_a_really_full_disk_loses_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "frames").mkdir()
    # Writing here ends in a real ENOSPC; the record removes what it failed to write, and with it the full disk.
    (tmp_path / "frames/part-00001.parquet.part").symlink_to("/dev/full")
    made = record(tmp_path, range(25), AT_ONCE)
    until(lambda: made.unwritten == 0)
    made.close()
    assert (numbers(tmp_path), made.lost) == (list(range(25)), 0)
    assert "No space left on device" in caplog.text
    assert "are written to" in caplog.text


def test_what_waits_for_the_disk_is_bounded_and_the_oldest_goes_first(tmp_path: Path) -> None:
    (tmp_path / "frames").write_text("no folder")
    made = record(tmp_path, range(70), AT_ONCE)
    until(lambda: made.lost == 20)
    until(lambda: made.unwritten == 50)
    (tmp_path / "frames").unlink()
    until(lambda: made.unwritten == 0)
    made.close()
    assert (numbers(tmp_path), made.lost) == (list(range(20, 70)), 20)


def test_what_cannot_be_written_at_the_end_is_counted(tmp_path: Path) -> None:
    (tmp_path / "frames").write_text("no folder")
    made = record(tmp_path, range(7))
    made.close()
    assert (made.lost, made.unwritten) == (7, 0)


def test_frames_that_make_no_part_do_not_stop_the_next(tmp_path: Path) -> None:
    made = FrameRecord(tmp_path, made_run(), AT_ONCE)
    made.add(made_frame(0, scores=(0.5,)))
    until(lambda: made.lost == 1)
    made.add(made_frame(1))
    made.close()
    assert numbers(tmp_path) == [1]


def test_a_limit_of_the_system_on_file_sizes_leaves_no_broken_part(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from tests.line.test_frame_record import *\n"
        "made = FrameRecord(Path(sys.argv[1]), made_run(), AT_ONCE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "for number in range(9): made.add(made_frame(number))\n"
        "made.close(); print(made.lost)"
    )
    done = run_python(code, tmp_path)
    out, _ = done.communicate(timeout=30)
    assert (done.returncode, out.strip()) == (0, "9")
    assert parts(tmp_path) == []


def test_a_killed_process_leaves_what_was_written(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from tests.line.test_frame_record import *\n"
        "made = record(Path(sys.argv[1]), range(25), Pace(interval_s=60, part_rows=10))\n"
        "until(lambda: made.unwritten == 5)\n"
        "print('ready', flush=True); time.sleep(60)"
    )
    process = run_python(code, tmp_path)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert numbers(tmp_path) == list(range(20))


def run_python(code: str, folder: Path) -> "subprocess.Popen[str]":
    paths = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(
        [sys.executable, "-c", code, folder], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths}
    )


def test_no_parts_are_no_rows_but_the_columns(tmp_path: Path) -> None:
    assert read_frames(tmp_path).is_empty()
    assert "state" in read_frames(tmp_path).columns
    assert read_frames(tmp_path, ["number"]).columns == ["number"]


def test_leftovers_are_skipped_and_a_damaged_part_is_named(tmp_path: Path) -> None:
    record(tmp_path, range(3)).close()
    (tmp_path / "frames/part-00002.parquet.part").write_bytes(b"half")
    assert numbers(tmp_path) == [0, 1, 2]
    assert read_frames(tmp_path, ["number", "state"]).columns == ["number", "state"]
    part = tmp_path / "frames/part-00001.parquet"
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(StoreError, match=r"part-00001\.parquet cannot be read"):
        read_frames(tmp_path)


def test_parts_of_another_record_are_refused(tmp_path: Path) -> None:
    record(tmp_path, range(3)).close()
    other = FrameRecord(tmp_path, made_run(labels=("good weld",)))
    other.add(made_frame(3, scores=(1.0,)))
    other.close()
    with pytest.raises(StoreError, match=r"part-00002\.parquet have other columns"):
        read_frames(tmp_path)
