"""A robot's file: what it says between its rows, and each way in which it can be wrong."""

import time
from pathlib import Path

import pytest

from beadwatch.domain.errors import TrackError
from beadwatch.domain.position import UNPLACED, Position
from beadwatch.line.tracks.address import open_track
from beadwatch.line.tracks.csv_file import CsvTrack

PART = """t_s,x_mm,y_mm,z_mm,layer,bead
0,0,0,0,1,1
1,10,0,0,1,1
2,10,5,0,1,2
3,0,5,0,1,2
4,0,0,2,2,1
6,10,0,2,2,1
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "robot.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("elapsed_s", "expected"),
    [
        (0.0, Position(0.0, (0.0, 0.0, 0.0), 1, 1)),
        (0.5, Position(5.0, (5.0, 0.0, 0.0), 1, 1)),
        (1.0, Position(10.0, (10.0, 0.0, 0.0), 1, 1)),
        (1.5, Position(10.0, (10.0, 2.5, 0.0), 1, 1)),  # from bead to bead nothing is welded
        (2.0, Position(10.0, (10.0, 5.0, 0.0), 1, 2)),
        (2.5, Position(15.0, (5.0, 5.0, 0.0), 1, 2)),
        (3.999, Position(20.0, (0.0, 0.005, 1.998), 1, 2)),
        (5.0, Position(25.0, (5.0, 0.0, 2.0), 2, 1)),
        (6.0, Position(30.0, (10.0, 0.0, 2.0), 2, 1)),
        (6.001, UNPLACED),
        (-0.001, UNPLACED),
        (float("nan"), UNPLACED),
    ],
)
def test_between_rows_it_is_linear_and_layers_are_steps(tmp_path: Path, elapsed_s: float, expected: Position) -> None:
    with open_track(str(written(tmp_path, PART))) as track:
        track.start(99.0)
        position = track.at(elapsed_s)
    assert position.along_mm == pytest.approx(expected.along_mm)
    assert position.xyz_mm == (None if expected.xyz_mm is None else pytest.approx(expected.xyz_mm))
    assert (position.layer, position.bead) == (expected.layer, expected.bead)


def test_last_row_has_its_own_layer(tmp_path: Path) -> None:
    track = CsvTrack(written(tmp_path, "t_s,layer\n0,1\n1,2\n"))
    assert [track.at(moment).layer for moment in (0.0, 0.99, 1.0)] == [1, 1, 2]
    assert track.at(0.5).along_mm is None


@pytest.mark.parametrize(
    "text",
    [
        "t_s,along_mm\n0,0\n2,8\n",
        "\ufefft_s;along_mm\r\n0;0\r\n2;8\r\n",
        "along_mm\tt_s\n0\t0\n8\t2\n\n",
        'note,t_s,along_mm\n"a, b",0,0\n,2,8\n',
        "t_s, along_mm, x_mm, y_mm, z_mm\n0, 0, 5, 5, 5\n2, 8, 5, 5, 5\n",
    ],
    ids=["plain", "excel", "tabs", "other columns", "given length wins over the path"],
)
def test_shapes_of_files_that_robots_write(tmp_path: Path, text: str) -> None:
    assert CsvTrack(written(tmp_path, text)).at(1.0).along_mm == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: there is no column t_s"),
        ("time,x\n0,1\n", "line 1: there is no column t_s"),
        ("t_s\n0\n1\n", "line 1: besides t_s there is none"),
        ("t_s,speed\n0,1\n1,1\n", "line 1: besides t_s there is none"),
        ("t_s,t_s,layer\n0,0,1\n", "line 1: a column is there twice"),
        ("t_s,x_mm,y_mm\n0,1,1\n", "line 1: x_mm, y_mm, z_mm belong together"),
        ("t_s,along_mm\n", "has 0 rows"),
        ("t_s,along_mm\n0,0\n", "has 1 rows"),
        ("t_s,along_mm\n0,0\n1\n", "line 3: 1 cells"),
        ("t_s,along_mm\n0,0\n\n1,0,5\n", "line 4: 3 cells"),
        ("t_s,along_mm\n0,0\n1,x\n", "line 3: along_mm is 'x'"),
        ('t_s,along_mm\n0,0\n1,"0,5"\n', "line 3: along_mm is '0,5'"),
        ("t_s,along_mm\n0,0\n1,nan\n", "line 3: along_mm is 'nan'"),
        ("t_s,along_mm\n0,0\n1,1e308\n", "line 3: along_mm is '1e308'"),
        ("t_s,x_mm,y_mm,z_mm\n0,0,0,0\n1,0,-2e9,0\n", "line 3: y_mm is '-2e9'"),
        ("t_s,along_mm\n0,0\n1e300,1\n", "line 3: t_s is '1e300'"),
        ("t_s,layer\n0,1\n1,1e308\n", "line 3: layer is '1e308'"),
        ("t_s,layer\n0,1\n1,2147483648\n", "line 3"),
        ("t_s,along_mm\n0,0\n1,\n", "line 3: along_mm is ''"),
        ("t_s,along_mm\n0,0\n1,1\n1,2\n", "line 4: t_s does not grow"),
        ("t_s,along_mm\n0,0\n1,1\n0.5,2\n", "line 4: t_s does not grow"),
        ("t_s,layer\n0,1\n1,0\n", "line 3: layer counts from 1"),
        ("t_s,bead\n0,1\n1,1.5\n", "line 3: bead counts from 1"),
    ],
)
def test_errors_name_the_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TrackError, match=message):
        CsvTrack(written(tmp_path, text))


def test_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "robot.csv").write_bytes(b"t_s,along_mm\n\xff\xfe,1\n")
    with pytest.raises(TrackError, match="no CSV file in UTF-8"):
        CsvTrack(tmp_path / "robot.csv")


@pytest.mark.slow
def test_large_part_is_read_and_asked_quickly(tmp_path: Path) -> None:
    rows = (
        f"{index * 1.25},{index % 500 * 10},{index // 500},{index // 500 * 2},{index // 500 + 1},1\n"
        for index in range(100_000)
    )
    path = written(tmp_path, "t_s,x_mm,y_mm,z_mm,layer,bead\n" + "".join(rows))
    started_s = time.process_time()
    track = CsvTrack(path)
    read_s = time.process_time() - started_s
    for index in range(1000):
        assert track.at(index * 124.9).layer == index * 124.9 // 625 + 1
    asked_s = time.process_time() - started_s - read_s
    assert track.at(99_999 * 1.25).along_mm == pytest.approx(200 * 4990)
    assert read_s < 3.0  # it takes about 0.3 s
    assert asked_s < 0.5  # a linear search takes many seconds
