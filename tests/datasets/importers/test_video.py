"""Frames of a labelled video become pictures on disk, at the rate asked for, with the label of their time."""

import builtins
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from beadwatch.datasets.importers.base import ImportOptions, Problems
from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.importers.video import LabelledVideo
from beadwatch.datasets.importers.video_frames import open_video, upright
from beadwatch.domain.errors import DatasetError
from tests.datasets.importers.reading import read, read_with_problem, touched, written

av = pytest.importorskip("av")
HEADER = "start_s,end_s,label\n"
CODECS = {".mp4": "mpeg4", ".mkv": "mpeg4", ".mov": "mpeg4", ".avi": "mjpeg"}


def film(path: Path, seconds: float = 2.0, rate: int = 10) -> Path:
    """Write a video that grows brighter: each frame is of one grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    codec = CODECS[path.suffix.lower()]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for number in range(round(seconds * rate)):
            pixels = np.full((48, 64, 3), (20 + 10 * number) % 256, dtype=np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def options(root: Path, **changes: Any) -> ImportOptions:
    return ImportOptions("set", **{"frames_dir": root / "frames", **changes})


def test_label_track_with_semicolons_is_told_so(tmp_path: Path) -> None:
    """As spreadsheets write it where the comma is in the numbers (v_semicolon)."""
    film(tmp_path / "set/w.mp4")
    written(tmp_path / "set/w.csv", "\ufeffstart_s;end_s;label\r\n0,0;0,8;good weld\r\n0,8;1,6;crack\r\n")
    with pytest.raises(DatasetError, match="separated by semicolons"):
        read(LabelledVideo(), tmp_path / "set", options(tmp_path))


@pytest.mark.parametrize(
    ("names", "recognised"),
    [
        (["w.mp4"], True),
        (["w.mp4", "w.csv", "crack/a.jpg"], True),
        (["w.mp4", "crack/a.jpg"], False),
    ],
)
def test_a_stray_video_does_not_make_a_set_of_videos(tmp_path: Path, names: list[str], recognised: bool) -> None:
    for name in names:
        touched(tmp_path / name)
    assert LabelledVideo().recognises(Tree(tmp_path)) is recognised


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".avi", ".MP4"])
def test_frames_have_the_label_of_their_time(tmp_path: Path, suffix: str) -> None:
    film(tmp_path / "set" / f"weld 1{suffix}")
    written(tmp_path / "set/weld 1.csv", HEADER + "0,0.6,Good weld\n1.0,2.0,porosity\n")
    assert LabelledVideo().recognises(Tree(tmp_path / "set"))
    samples = read(LabelledVideo(), tmp_path / "set", options(tmp_path))
    assert [(sample.path.name, sample.labels, sample.group) for sample in samples] == [
        ("weld 1-000000000ms.png", ("good weld",), "weld 1"),
        ("weld 1-000000500ms.png", ("good weld",), "weld 1"),
        ("weld 1-000001000ms.png", ("porosity",), "weld 1"),
        ("weld 1-000001500ms.png", ("porosity",), "weld 1"),
    ]
    greys = [float(np.asarray(Image.open(sample.path)).mean()) for sample in samples]
    assert greys == pytest.approx([20, 70, 120, 170], abs=8)
    assert sorted(path.name for path in (tmp_path / "frames/weld 1").iterdir()) == [s.path.name for s in samples]


@pytest.mark.parametrize(("rate", "count"), [(1.0, 2), (4.0, 8), (10.0, 20), (100.0, 20), (0.1, 1)])
def test_rate_is_as_asked(tmp_path: Path, rate: float, count: int) -> None:
    film(tmp_path / "set/a.mp4")
    written(tmp_path / "set/a.csv", HEADER + "0,2,x\n")
    assert len(read(LabelledVideo(), tmp_path / "set", options(tmp_path, frames_per_s=rate))) == count


def test_time_without_a_label_is_a_negative_and_a_class_can_be_left_out(tmp_path: Path) -> None:
    film(tmp_path / "set/a.mp4")
    written(tmp_path / "set/a.csv", HEADER + "0,0.5,crack\n1.5,2,arc off\n")
    samples = read(LabelledVideo(), tmp_path / "set", options(tmp_path, classes={"Arc Off": None}))
    assert [sample.labels for sample in samples] == [("crack",), (), (), ()]


def test_again_gives_the_same(tmp_path: Path) -> None:
    film(tmp_path / "set/a.mp4")
    written(tmp_path / "set/a.csv", HEADER + "0,2,x\n")
    first, again = (read(LabelledVideo(), tmp_path / "set", options(tmp_path)) for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("row", "says"),
    [("1,0.5,b", "not after its start"), ("1,3,b", "after the end of the video"), ("0.2,1,b", "overlaps line 2")],
)
def test_only_sure_frames_are_taken_from_a_track_with_a_problem(tmp_path: Path, row: str, says: str) -> None:
    film(tmp_path / "set/a.mp4")
    written(tmp_path / "set/a.csv", f"{HEADER}0,0.5,a\n{row}\n1.5,2,c\n")
    samples = read_with_problem(LabelledVideo(), tmp_path / "set", says, "a.csv", 3, options(tmp_path))
    assert [sample.labels[0] for sample in samples] == (["c"] if "overlaps" in says else ["a", "c"])


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("b.mp4", b"", "no video that can be read"),
        ("b.mp4", b"no video at all" * 100, "no video that can be read"),
        ("b.avi", b"RIFF\0\0\0\0AVI LIST", "no video that can be read"),
    ],
)
def test_broken_video_is_reported_and_the_other_read(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    film(tmp_path / "set/a.mp4")
    written(tmp_path / "set" / name, content)
    for stem in "ab":
        written(tmp_path / "set" / f"{stem}.csv", HEADER + "0,2,x\n")
    samples = read_with_problem(LabelledVideo(), tmp_path / "set", says, name, None, options(tmp_path))
    assert {sample.group for sample in samples} == {"a"}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("b.mp4", "has no label track; write b.csv"),
        ("b.csv", "a label track without its video"),
        ("a.mkv", "shares its label track with 'a.avi'"),
    ],
)
def test_missing_partner_is_reported(tmp_path: Path, name: str, says: str) -> None:
    film(tmp_path / "set/a.avi")
    written(tmp_path / "set/a.csv", HEADER + "0,2,x\n")
    touched(tmp_path / "set" / name)
    assert len(read_with_problem(LabelledVideo(), tmp_path / "set", says, name, None, options(tmp_path))) == 4


def test_cut_video_gives_what_is_left(tmp_path: Path) -> None:
    path = film(tmp_path / "set/a.avi", seconds=10.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    written(tmp_path / "set/a.csv", HEADER + "0,1,x\n")
    assert 0 < len(list(LabelledVideo().read(Tree(tmp_path / "set", Problems(skip=True)), options(tmp_path)))) < 20


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        for packet in [*stream.encode(frame), *stream.encode()]:
            container.mux(packet)
    problems = Problems(skip=True)
    assert open_video(tmp_path / "a.mkv", problems) is None
    assert problems.found[0].message == "has no video stream"


def test_folder_for_frames_is_needed_and_must_be_writable(tmp_path: Path) -> None:
    film(tmp_path / "set/a.mp4")
    written(tmp_path / "set/a.csv", HEADER + "0,2,x\n")
    with pytest.raises(DatasetError, match="need a folder"):
        read(LabelledVideo(), tmp_path / "set")
    with pytest.raises(DatasetError, match="the frame cannot be written"):
        read(LabelledVideo(), tmp_path / "set", options(touched(tmp_path / "file")))


def test_missing_pyav_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_av(name: str, *rest: Any) -> Any:
        if name == "av":
            raise ModuleNotFoundError(name="av")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_av)
    with pytest.raises(DatasetError, match=r"pip install beadwatch\[data\]"):
        open_video(tmp_path / "a.mp4", Problems())


@pytest.mark.parametrize(
    ("rotation", "corner"), [(0, (0, 0)), (90, (2, 0)), (-90, (0, 1)), (180, (1, 2)), (-180, (1, 2)), (270, (0, 1))]
)
def test_frames_are_turned_upright(rotation: int, corner: tuple[int, int]) -> None:
    pixels = np.zeros((2, 3, 3), np.uint8)
    pixels[0, 0] = 255
    turned = upright(pixels, rotation)
    assert turned[corner].tolist() == [255, 255, 255]
    assert turned.shape == ((2, 3, 3) if rotation % 180 == 0 else (3, 2, 3))
