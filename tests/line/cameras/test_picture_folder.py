"""Pictures in the order that people mean, at the rate asked for; a broken one ends nothing."""

import logging
import time
from pathlib import Path

import numpy as np
import pytest

from beadwatch.domain.errors import CameraError
from beadwatch.line.cameras.picture_folder import PictureFolder, pictures_in
from tests.line.cameras.films import all_frames
from tests.pictures import encoded, noise, png
from tests.real import DATA, needs_real_welds


def written(folder: Path, *names: str) -> Path:
    """Write pictures, each of its own grey, in the order given."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png((number, number, number)))
    return folder


@pytest.mark.parametrize(
    "names",
    [
        ("frame1.png", "frame2.png", "frame9.png", "frame10.png", "frame100.png"),
        ("run 2/1.png", "run 2/2.png", "run 10/1.png"),
        ("a.PNG", "B.png", "c.Jpg"),
        ("01.png", "1.png", "2.png"),
        ("1.png", "1b.png", "2.png", "a.png"),
        ("img_-0002.png", "img_-0010.png"),
    ],
)
def test_order_is_the_natural_one(tmp_path: Path, names: tuple[str, ...]) -> None:
    written(tmp_path, *reversed(names))
    assert [str(path.relative_to(tmp_path)) for path in pictures_in(tmp_path)] == list(names)


def test_frames_are_the_pictures_with_their_times(tmp_path: Path) -> None:
    frames = all_frames(PictureFolder(written(tmp_path, "1.png", "2.png", "10.png"), fps=4, paced=False))
    assert [(frame.number, frame.media_s, int(frame.pixels[0, 0, 0])) for frame in frames] == [
        (0, 0.0, 0),
        (1, 0.25, 1),
        (2, 0.5, 2),
    ]
    assert frames[0].pixels.shape == (32, 40, 3)


def test_grey_picture_has_three_equal_channels(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(noise()[..., 0]))
    frame = all_frames(PictureFolder(tmp_path, paced=False))[0]
    assert np.array_equal(frame.pixels, np.repeat(noise()[..., :1], 3, axis=2))


def test_pictures_come_at_their_rate(tmp_path: Path) -> None:
    frames = all_frames(PictureFolder(written(tmp_path, *(f"{n}.png" for n in range(11))), fps=25))
    assert 0.395 <= frames[-1].monotonic_s - frames[0].monotonic_s < 0.7


def test_broken_picture_is_left_out_with_its_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    written(tmp_path, "1.png", "2.png", "3.png")
    (tmp_path / "2.png").write_bytes(png()[:60])
    camera = PictureFolder(tmp_path, fps=2, paced=False)
    with caplog.at_level(logging.WARNING):
        frames = all_frames(camera)
    assert [(frame.number, frame.media_s) for frame in frames] == [(0, 0.0), (1, 1.0)]
    assert camera.skipped == 1
    assert str(tmp_path / "2.png") in caplog.text


def test_picture_in_a_format_that_is_not_read_is_left_out_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    written(tmp_path, "1.png", "2.heic", "3.jfif")
    (tmp_path / "2.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    camera = PictureFolder(tmp_path, fps=2, paced=False)
    with caplog.at_level(logging.WARNING):
        frames = all_frames(camera)
    assert [frame.media_s for frame in frames] == [0.0, 1.0]
    assert camera.skipped == 1
    assert "2.heic" in caplog.text


def test_what_is_no_picture_is_not_looked_at(tmp_path: Path) -> None:
    written(tmp_path, "1.png", ".hidden.png")
    (tmp_path / "labels.csv").write_text("a,b\n")
    (tmp_path / "folder.png").mkdir()
    camera = PictureFolder(tmp_path, paced=False)
    assert len(all_frames(camera)) == 1
    assert camera.skipped == 0


@pytest.mark.parametrize("kind", ["missing", "empty"])
def test_nothing_to_show_is_an_error_at_once(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / kind
    if kind == "empty":
        folder.mkdir()
    with pytest.raises(CameraError, match=str(folder)), PictureFolder(folder):
        pass


def test_nothing_but_broken_pictures_is_an_error(tmp_path: Path) -> None:
    for name in ("1.png", "2.png"):
        (tmp_path / name).write_bytes(b"no picture")
    with PictureFolder(tmp_path, paced=False) as camera, pytest.raises(CameraError, match=r"none of the 2.*2\.png"):
        camera.read()


def test_interrupt_ends_the_wait_for_a_picture(tmp_path: Path) -> None:
    start_s = time.monotonic()
    with PictureFolder(written(tmp_path, "1.png", "2.png"), fps=0.05) as camera:
        camera.read()
        camera.interrupt()
        camera.read()
    assert time.monotonic() - start_s < 5.0


@needs_real_welds
def test_real_frames_are_read() -> None:
    camera = PictureFolder(DATA / "ss304" / "train", paced=False)
    with camera:
        frame = camera.read()
    assert frame is not None
    assert frame.pixels.shape == (700, 1280, 3)
