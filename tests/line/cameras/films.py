"""Short videos whose frames can be told apart by their grey, and what goes wrong with such files."""

from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from beadwatch.line.frame import Camera, Frame

WIDTH, HEIGHT, RATE = 64, 48, 25
STEP = 3  # of grey from frame to frame


def film(path: Path, frames: int = 50, noisy: bool = False, pix_fmt: str = "yuv420p", codec: str = "libx264") -> Path:
    """Write a video of `RATE` frames a second: frame n is of the grey 20 + STEP * n, or noise that damage shows in."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pix_fmt
        stream.codec_context.gop_size = 10
        for number in range(frames):
            pixels = np.full((HEIGHT, WIDTH, 3), (20 + STEP * number) % 256, dtype=np.uint8)
            if noisy:
                pixels = np.random.default_rng(number).integers(0, 256, pixels.shape, dtype=np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def sound(path: Path) -> Path:
    """Write a file with a second of silence and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        assert isinstance(stream, AudioStream)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        silence.sample_rate = 8000
        for packet in (*stream.encode(silence), *stream.encode()):
            container.mux(packet)
    return path


def cut(path: Path, share: float) -> Path:
    """Keep a share of a file's bytes."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def scratched(path: Path) -> Path:
    """Overwrite a tenth of a file in its middle with zeros, as a bad disk does."""
    data = bytearray(path.read_bytes())
    middle, length = len(data) // 2, len(data) // 10
    data[middle : middle + length] = bytes(length)
    path.write_bytes(bytes(data))
    return path


def all_frames(camera: Camera) -> list[Frame]:
    """Open a recording and read it to its end."""
    with camera:
        return list(iter(camera.read, None))
