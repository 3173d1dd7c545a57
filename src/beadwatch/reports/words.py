"""Moments, times, lengths and places in words, the same on every page. Knows units, not what is told."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def moment(at: float | None) -> str:
    """Return seconds of Unix time as a date and time in UTC."""
    return "unknown" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def duration(seconds: float) -> str:
    """Return a time at the precision that it deserves."""
    if seconds < 100:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60:,} h {minutes % 60:02d} min"


def length(mm: float | None) -> str:
    """Return a length; what is not known is said to be."""
    if mm is None:
        return "not known"
    return f"{mm / 1000:,.2f} m" if mm >= 10_000 else f"{mm:,.1f} mm"


def place(position: Mapping[str, Any]) -> str:
    """Return where on the part, from `Position.to_dict()`; empty where nothing is known."""
    parts = []
    if position["along_mm"] is not None:
        parts.append(f"{position['along_mm']:,.1f} mm along")
    parts += [f"{name} {position[name]}" for name in ("layer", "bead") if position[name] is not None]
    if position["xyz_mm"] is not None:
        parts.append("x {:.1f}, y {:.1f}, z {:.1f} mm".format(*position["xyz_mm"]))
    return ", ".join(parts)


def stretch(start: Mapping[str, Any], end: Mapping[str, Any]) -> list[str]:
    """Return from where to where, one a line; the end without the layer and the bead that it shares with the start."""
    shared = {name: None for name in ("layer", "bead") if start[name] == end[name]}
    first, last = place(start), place({**end, **shared})
    return [line for line in (first, f"to {last}" if last and place(end) != first else "") if line]


def share(part: float) -> str:
    """Return a share in percent, of which a little is never shown as none, nor almost all as all."""
    if 0 < part < 0.0005:
        return "below 0.1 %"
    if 0.9995 <= part < 1:
        return "over 99.9 %"
    return f"{part * 100:.1f} %"
