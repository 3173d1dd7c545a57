"""How quickly the line tells the machine, and for how long it keeps up. Prints; asserts nothing.

    python bench/line.py [--seconds 600] [--fps 55] [--source sim://tig] [--rates 55,70,85,100] [--travel-speed 8]

Starts a Mosquitto broker and `beadwatch watch`, both on this machine, and subscribes to the topic of the frames. Delay
is from the moment at which the camera hands a frame over until this process has the message about it, by the monotonic
clock that both processes share. CPU and memory are those of `beadwatch watch`, the drawing of its pictures included.
After that: where the time of a frame goes, one thing after the other on this process's main thread, and the highest
rate at which `--rates` drops no frame for ten seconds.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

ROOT = Path(__file__).resolve().parents[1]
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
Samples = list[tuple[float, float]]  # CPU in cores, memory in MB


@dataclass(slots=True)
class Heard:
    """What the subscriber has heard."""

    delays_ms: list[float] = field(default_factory=list)
    own_ms: list[float] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    status: dict[str, Any] = field(default_factory=dict)


@contextmanager
def broker(folder: Path) -> Iterator[int]:
    """Run Mosquitto on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n", encoding="utf-8")
    command = ["/usr/sbin/mosquitto", "-c", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def subscriber(port: int) -> Iterator[Heard]:
    """Listen to all that the line says."""
    heard = Heard()

    def on_message(_client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        now_s = time.monotonic()
        body = json.loads(message.payload)
        if message.topic.endswith("/frame"):
            heard.delays_ms.append((now_s - body["monotonic_s"]) * 1000)
            heard.own_ms.append(body["delay_ms"])
            heard.numbers.append(body["number"])
        elif message.topic.endswith("/status"):
            heard.status = body

    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = on_message
    client.connect("127.0.0.1", port)
    client.subscribe("bench/#")
    client.loop_start()
    try:
        yield heard
    finally:
        client.loop_stop()
        client.disconnect()


def usage(pid: int) -> tuple[float, float]:
    """Return CPU seconds and resident megabytes of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS, int(fields[21]) * PAGE_BYTES / 1e6


def watch(
    source: str, seconds: float, port: int, folder: Path, speed: float
) -> tuple[Heard, list[tuple[float, float]]]:
    """Run `beadwatch watch`; return what was heard, and CPU share and memory over time."""
    environment = os.environ | {"BEADWATCH_DATA_DIR": str(folder / "var")}
    command = [
        str(Path(sys.executable).with_name("beadwatch")), "watch", source, "--to", f"mqtt://127.0.0.1:{port}/bench",
        "--travel-speed", f"{speed}mm/s", "--for", str(seconds),
    ]  # fmt: skip
    samples: Samples = []
    with subscriber(port) as heard, (folder / "watch.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        last_s, last_cpu = time.monotonic(), 0.0
        while process.poll() is None:
            time.sleep(min(5.0, seconds / 4))
            try:
                cpu, memory = usage(process.pid)
            except (OSError, IndexError):
                break
            now_s = time.monotonic()
            samples.append(((cpu - last_cpu) / (now_s - last_s), memory))
            last_s, last_cpu = now_s, cpu
        if process.wait() != 0:
            raise SystemExit((folder / "watch.log").read_text(encoding="utf-8"))
        time.sleep(0.3)
    return heard, samples


def percentiles(values: list[float]) -> str:
    p50, p99 = np.percentile(values, [50, 99])
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {max(values):.1f} ms"


def report(heard: Heard, samples: Samples, speed: float) -> None:
    """Print the figures of one run. The first second warms up and is left out of the delays, not of the drops."""
    warm = min(len(heard.delays_ms) // 4, 60)
    delays, counters = heard.delays_ms[warm:], heard.status["counters"]
    gaps = heard.numbers[-1] - heard.numbers[0] + 1 - len(heard.numbers)
    print(
        f"  frames: {counters['received']} received, {counters['judged']} judged, {counters['dropped']} dropped, ",
        end="",
    )
    print(f"{counters['late']} late; {len(heard.numbers)} heard of by the subscriber, {gaps} missing")
    print(f"  camera to subscriber: {percentiles(delays)}")
    print(f"  camera to verdict:    {percentiles(heard.own_ms[warm:])}")
    at = [np.percentile(delays, share) * speed / 1000 for share in (50, 99)]
    print(
        f"  at {speed:g} mm/s that is p50 {at[0]:.2f} mm, p99 {at[1]:.2f} mm, max {max(delays) * speed / 1000:.2f} mm"
    )
    middle = samples[1:-1]
    for index, name in enumerate(("CPU, cores", "memory, MB")) if middle else ():
        third = max(1, len(middle) // 3)
        first, last = (statistics.mean(one[index] for one in part) for part in (middle[:third], middle[-third:]))
        print(f"  {name}: {first:.2f} in the first third of the time, {last:.2f} in the last")


def stages(source: str) -> None:
    """Print where the time of a frame goes."""
    from beadwatch.inference.bundle import Precision
    from beadwatch.line.cameras.address import open_camera
    from beadwatch.line.judge import Judge, JudgeRules
    from beadwatch.services.bundles import open_classifier
    from beadwatch.settings import load_settings

    settings = replace(load_settings(), precision=Precision.INT8)  # as `beadwatch watch` takes it
    judge = Judge(open_classifier("tig", settings), JudgeRules())
    drawing, resizing, judging = [], [], []
    with open_camera(f"{source}{'&' if '?' in source else '?'}paced=0") as camera:
        for _ in range(300):
            started = time.perf_counter()
            frame = camera.read()
            if frame is None:
                break
            drawing.append((time.perf_counter() - started) * 1000)
            judgement = judge.judge(frame)
            resizing.append(judgement.resize_ms)
            if judgement.inference_ms:
                judging.append(judgement.inference_ms)
    print("where the time of a frame goes, median of 300:")
    for name, values in (
        ("drawing it (a camera's decoding stands here)", drawing),
        ("resizing, brightness", resizing),
        ("appearance, network, decision", judging),
    ):
        print(f"  {name:46} {statistics.median(values):5.1f} ms")


def main() -> None:
    options = argparse.ArgumentParser(description="Delay and endurance of the line.")
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--fps", type=float, default=55)
    options.add_argument("--source", default="sim://tig?seed=1&loop=1&script=good:5s,burn_through:2s,contamination:2s")
    options.add_argument("--rates", default="70,85,100,120,140")
    options.add_argument("--travel-speed", type=float, default=8.0)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name, broker(Path(name)) as port:
        folder = Path(name)
        print(f"{chosen.source} at {chosen.fps:g} fps for {chosen.seconds:g} s, {os.cpu_count()} cores")
        heard, samples = watch(f"{chosen.source}&fps={chosen.fps:g}", chosen.seconds, port, folder, chosen.travel_speed)
        report(heard, samples, chosen.travel_speed)
        stages(chosen.source)
        best = chosen.fps
        for rate in [float(text) for text in chosen.rates.split(",") if text]:
            heard, samples = watch(f"{chosen.source}&fps={rate:g}", 10, port, folder, chosen.travel_speed)
            dropped = heard.status["counters"]["dropped"]
            print(f"  at {rate:g} fps: {dropped} of {heard.status['counters']['received']} dropped")
            if dropped:
                break
            best = rate
        print(f"highest rate tried without a drop: {best:g} fps")


if __name__ == "__main__":
    main()
