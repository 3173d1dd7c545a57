"""The address of a simulated camera: `sim://tig?fps=55&seed=1&script=good:5s,burn_through:2s`."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from beadwatch.domain.errors import CameraError
from beadwatch.line.simulator.script import Script, parse_script

SCHEME = "sim"
DEFAULT_SCRIPT = "good:20s,high_travel_speed:3s,good:10s,burn_through:2s,good:5s,idle:2s"
_MIN_SIDE_PX, _MAX_SIDE_PX = 128, 4096


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """What the address of a simulated camera says.

    `paced` gives pictures at their time, else as fast as they are drawn. `speed_mm_s` is that of the good weld; the
    default is the 16 cm/min of most welds in the SS304 set.
    """

    script: Script
    fps: float = 55.0
    seed: int = 1
    paced: bool = True
    width: int = 1280
    height: int = 700
    speed_mm_s: float = 2.7


def parse_address(address: str) -> SimulatorOptions:
    """Read an address.

    Raises:
        CameraError: it is no simulator's address, or one of its options is unknown or makes no sense.
    """
    parts = urlsplit(address)
    if parts.scheme != SCHEME or parts.netloc != "tig" or parts.path not in {"", "/"}:
        raise CameraError(f"{address!r} is no simulated camera: write sim://tig, or sim://tig?script=good:5s,idle:2s")
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = [name for name in given if name not in {*_OPTIONS, "script", "loop"}]
    if unknown:
        known = ", ".join(["script", "loop", *_OPTIONS])
        raise CameraError(f"{address!r}: the simulator has no option {unknown[0]!r}; there are: {known}")
    loop = _flag("loop", given.get("loop", "0" if "script" in given else "1"))
    script = parse_script(given.get("script", DEFAULT_SCRIPT), loop)
    values = {name: read(name, given[name]) for name, read in _OPTIONS.items() if name in given}
    return SimulatorOptions(script, **values)


def _flag(name: str, text: str) -> bool:
    if text not in {"0", "1"}:
        raise CameraError(f"the simulator's {name} is 0 or 1, not {text!r}")
    return text == "1"


def _number(low: float, high: float) -> Callable[[str, str], float]:
    def read(name: str, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise CameraError(f"the simulator's {name} is a number from {low:g} to {high:g}, not {text!r}")
        return value

    return read


def _whole(low: int, high: int) -> Callable[[str, str], int]:
    def read(name: str, text: str) -> int:
        value = int(text) if text.isascii() and text.isdigit() else -1
        if not low <= value <= high:
            raise CameraError(f"the simulator's {name} is a whole number from {low} to {high}, not {text!r}")
        return value

    return read


_OPTIONS: dict[str, Callable[[str, str], Any]] = {
    "fps": _number(0.1, 1000),
    "seed": _whole(0, 2**63),
    "paced": _flag,
    "width": _whole(_MIN_SIDE_PX, _MAX_SIDE_PX),
    "height": _whole(_MIN_SIDE_PX, _MAX_SIDE_PX),
    "speed_mm_s": _number(0, 1000),
}
