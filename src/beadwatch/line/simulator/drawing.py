"""The picture at each moment of a script. The same options give the same pictures, bit for bit, asked in any order.

Knows scripts and scenes; does not know clocks or frames.
"""

import math

import numpy as np

from beadwatch.imaging.decode import Pixels
from beadwatch.line.simulator.address import SimulatorOptions
from beadwatch.line.simulator.looks import Look, look_of
from beadwatch.line.simulator.mark import drawn_mark, put_mark
from beadwatch.line.simulator.scene import Scene
from beadwatch.line.simulator.script import Segment

VIEW_MM = 32.0  # what the picture's width shows
_RESIZED = 0.75  # of width and height
_DARK_GREY = 3  # a covered sensor gives no pure 0


class Drawing:
    """Draws the pictures of a script. Keeps a scene for each look it was asked for; not for several threads."""

    def __init__(self, options: SimulatorOptions) -> None:
        """Draw beforehand what the script will show, so that no picture comes late."""
        self._options = options
        self._scenes: dict[tuple[Look, int, int], Scene] = {}
        for segment in options.script.segments:
            self._scene(segment)

    def picture(self, slot: int) -> Pixels:
        """Return picture `slot` of the script, counted from 0 at its frame rate: uint8 H x W x 3, RGB, contiguous.

        Raises:
            ValueError: the script is over by then, or the camera is lost.
        """
        shown, segment = self._shown(slot)
        grey = self._grey(shown, segment)
        put_mark(grey, drawn_mark(grey.shape[0]))
        pixels = np.empty((*grey.shape, 3), np.uint8)
        for channel in range(3):  # twice as fast as np.repeat
            pixels[..., channel] = grey
        return pixels

    def along_mm(self, elapsed_s: float) -> float:
        """Return how far the torch has travelled by this moment."""
        script, speed = self._options.script, self._options.speed_mm_s
        names = {segment.what: segment for segment in script.segments}
        return speed * sum(
            look_of(segment.label, what).speed * script.lasted_s(what, elapsed_s) for what, segment in names.items()
        )

    def _shown(self, slot: int) -> tuple[int, Segment]:
        """Return the slot and the segment whose picture is shown in this slot: of a frozen one, the last before it."""
        options = self._options
        segment = options.script.at(slot / options.fps)
        if segment is None or segment.what == "lost":
            raise ValueError(f"there is no picture {slot}: {'the script is over' if segment is None else 'lost'}")
        if segment.what != "frozen":
            return slot, segment
        first = math.ceil(options.script.began_s(slot / options.fps) * options.fps - 0.001)
        before = options.script.at((first - 1) / options.fps)
        if before is None or before.what == "lost":
            return first, segment
        return self._shown(first - 1)

    def _scene(self, segment: Segment) -> Scene:
        scale = _RESIZED if segment.what == "resize" else 1.0
        look = look_of(segment.label, segment.what)
        key = (look, round(self._options.width * scale), round(self._options.height * scale))
        if key not in self._scenes:
            self._scenes[key] = Scene(*key, self._options.seed)
        return self._scenes[key]

    def _grey(self, slot: int, segment: Segment) -> Pixels:
        options = self._options
        rng = np.random.default_rng((options.seed, slot))
        if segment.what in {"black", "white"}:
            noise = rng.integers(0, _DARK_GREY, (options.height, options.width), np.uint8)
            return noise if segment.what == "black" else 255 - noise
        scene, elapsed_s = self._scene(segment), slot / options.fps
        px_per_mm = options.width / VIEW_MM * (_RESIZED if segment.what == "resize" else 1.0)
        return scene.draw(rng, self.along_mm(elapsed_s) * px_per_mm, elapsed_s)
