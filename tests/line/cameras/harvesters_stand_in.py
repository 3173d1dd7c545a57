"""A stand-in for the parts of harvesters 1.4 that are used, by its documentation: one producer, a few cameras.

Like the original it is strict: pictures lie in memory that is written again once a buffer is given back.
"""

import sys
import time
from types import ModuleType, TracebackType
from typing import Any

import numpy as np
import pytest

from beadwatch.imaging.decode import Pixels


class GenericError(Exception):
    """What GenTL raises; not of any kind that Python knows."""


class DeviceInfo:
    def __init__(self, serial_number: str) -> None:
        self.serial_number = serial_number


class Component:
    def __init__(self, memory: Pixels, shape: tuple[int, int], data_format: str, x_padding: int) -> None:
        self.data, (self.height, self.width) = memory, shape
        self.data_format, self.x_padding = data_format, x_padding


class Payload:
    def __init__(self, component: Component) -> None:
        self.components = [component]


class Buffer:
    def __init__(self, component: Component, timestamp: int) -> None:
        self.payload, self.timestamp, self.timestamp_frequency = Payload(component), timestamp, 1_000_000_000
        self._memory = component.data

    def __enter__(self) -> "Buffer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._memory[:] = 255  # the camera writes the next picture


class Acquirer:
    def __init__(self, bench: "Bench") -> None:
        self._bench = bench

    def start(self) -> None:
        self._bench.calls.append("start")

    def stop(self) -> None:
        self._bench.calls.append("stop")
        if self._bench.unplugged:
            raise GenericError("the device is gone")

    def destroy(self) -> None:
        self._bench.calls.append("destroy")

    def try_fetch(self, *, timeout: float) -> Buffer | None:
        if self._bench.unplugged:
            raise GenericError("the device is gone")
        if not self._bench.pictures:
            time.sleep(timeout)
            return None
        return self._bench.pictures.pop(0)


class Harvester:
    bench: "Bench"

    def __init__(self) -> None:
        self.files: list[str] = []
        self.device_info_list: list[DeviceInfo] = []

    def add_file(self, file_path: str) -> None:
        self.files.append(file_path)

    def update(self) -> None:
        if self.files:
            self.device_info_list = [DeviceInfo(serial) for serial in self.bench.serials]

    def create(self, search_key: int | dict[str, str] | None = None) -> Acquirer:
        if self.bench.taken:
            raise GenericError("access denied")
        self.bench.calls.append(f"create {search_key}")
        return Acquirer(self.bench)

    def reset(self) -> None:
        self.bench.calls.append("reset")


class Bench:
    """What a test sets up: cameras, the pictures that will come, and what became of it all."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.serials = ["22911234", "22915678"]
        self.pictures: list[Buffer] = []
        self.calls: list[str] = []
        self.unplugged = self.taken = False
        harvester = type("Harvester", (Harvester,), {"bench": self})
        self._install(monkeypatch, "harvesters.core", Harvester=harvester)
        self._install(monkeypatch, "genicam.gentl", GenericException=GenericError)

    def show(self, pixels: Pixels, data_format: str, timestamp: int = 0, x_padding: int = 0) -> None:
        """Let a picture come, H x W or H x W x 3, as it lies in the camera's memory: with more than it needs."""
        rows = np.pad(pixels.reshape(len(pixels), -1), ((0, 0), (0, x_padding)), constant_values=99)
        memory = np.concatenate([rows.ravel(), np.full(16, 99, np.uint8)])
        component = Component(memory, (pixels.shape[0], pixels.shape[1]), data_format, x_padding)
        self.pictures.append(Buffer(component, timestamp))

    def _install(self, monkeypatch: pytest.MonkeyPatch, name: str, **contents: Any) -> None:
        module = ModuleType(name)
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, name.partition(".")[0], ModuleType(name.partition(".")[0]))
        monkeypatch.setitem(sys.modules, name, module)
