"""A small works whose whole loop runs in a second: a champion that fails in a new light, and feedback of that light.

Pictures are of one colour each; a model is sure of a class by its colour. The challenger is made without training.
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from onnx import NodeProto, helper, numpy_helper

from beadwatch.datasets.sample import labelled
from beadwatch.datasets.snapshot import DatasetSnapshot, Record, make_snapshot
from beadwatch.domain.accounts import Role
from beadwatch.domain.labels import SURFACE
from beadwatch.domain.model_card import Golden
from beadwatch.imaging.decode import decode
from beadwatch.services.catalog import open_catalog
from beadwatch.settings import Settings
from beadwatch.settings.environment import Secret
from beadwatch.storage.account_store import AccountStore
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.files import open_files
from beadwatch.storage.release_channel import ReleaseChannel
from tests.bundles import SHARPNESS, colour_of, expected_answer, golden_pixels, tiny_graph, write_bundle
from tests.pictures import encoded, plain

NAMES = SURFACE.label_names
OLD, NEW = 6, 3  # pictures of each class: those of the set, half of them frozen; and those of the feedback
FIRST, SECOND = "surface-1", "surface-2"
DIM = 0.4
DAY_MS = 86_400_000


def settings_of(world: Path, webhook: str = "") -> Settings:
    """Return the settings of a works in that folder."""
    return Settings(
        data_dir=world / "data",
        models_dir=world / "none",
        database_url=None,
        releases_url=str(world / "releases"),
        tracking_uri="sqlite:///unused",  # the registry is a stand-in
        threads=1,
        loop_task="surface",
        loop_dataset="photos",
        loop_run=world / "run",
        loop_method="linear",
        collect_from=str(world / "bucket"),
        collect_delete=True,
        alert_webhook=Secret(f"{webhook}/{world.name}") if webhook else None,
    )


def make_world(world: Path) -> None:
    """Lay out a works: a set with a frozen part, a champion that was released, and a bucket full of feedback."""
    settings = settings_of(world)
    blobs, records = BlobStore(settings.blobs), []
    for name in NAMES:
        for number in range(OLD):
            data = encoded(plain(_shade(colour_of(SURFACE, name), -number)))
            part = "train" if number < OLD // 2 else "test"
            records.append(
                Record(blobs.put(data), f"{name} {number}.png", labelled(name), f"{name} {number}", "drawn", split=part)
            )
    snapshot = make_snapshot(records)
    open_catalog(settings).put("photos", snapshot, "drawn")
    champion = write_bundle(world / "first", SURFACE, seen=_trained_on(snapshot), **_card(FIRST, snapshot))
    forced = {"name": "founder", "reason": "the first model"}
    ReleaseChannel(open_files(str(world / "releases"))).publish(champion, "surface", "founder", {}, forced)
    (world / "run" / "final").mkdir(parents=True)
    (world / "run" / "final" / "weights.safetensors").write_bytes(b"weights")
    AccountStore(engine := open_database(settings.database)).add("rosa", Role.REVIEWER, settings.collect_team)
    engine.dispose()
    (world / "bucket").mkdir()
    for index in range(NEW * len(NAMES)):
        _drop_feedback(world / "bucket", index)


def _drop_feedback(bucket: Path, index: int) -> None:
    label, number = index % len(NAMES), index // len(NAMES)
    data = encoded(plain(_shade(_dim_colour(label), number)), "JPEG", quality=95)
    words = "_".join(f"{int(place == label)}-0.1" for place in range(len(NAMES)))
    (bucket / f"{1_700_000_000_000 + index * DAY_MS}_{words}.jpg").write_bytes(data)


def _dim_colour(label: int) -> tuple[int, ...]:
    """Return the colour of a class in the new light: that of another class, dimmed, so that the champion is wrong."""
    return tuple(int(DIM * channel) for channel in colour_of(SURFACE, NAMES[(label + 3) % len(NAMES)]))


def _shade(colour: tuple[int, ...], steps: int) -> tuple[int, int, int]:
    red, green, blue = (min(255, max(0, channel + 2 * steps)) for channel in colour)
    return red, green, max(0, min(255, blue - steps))


def _card(version: str, snapshot: DatasetSnapshot) -> dict[str, Any]:
    parity = {"runtimes": {"onnx": {"max_score_difference": 0.0, "agreement": 1.0}}}
    return {"version": version, "dataset": {"snapshot": snapshot.hash}, "parity": parity}


def _trained_on(snapshot: DatasetSnapshot) -> list[str]:
    return [record.sha256 for record in snapshot.part("train")]


def stand_in_for_training(data: Any, _known: Any, _options: Any, places: tuple[Path, Path], _announce: Any) -> None:
    """Make the challenger at once: it knows both lights. In the order in which training leaves its files behind."""
    run, target = places
    open_files(str(run)).write("final/weights.safetensors", b"better weights")
    aside = target.with_name(f"{target.name}.{os.getpid()}.part")
    dim = [np.array(_dim_colour(label)) / 255 for label in range(len(NAMES))]
    scores = _scores(golden_pixels(), np.array(dim))
    _, distance = expected_answer(SURFACE, golden_pixels())
    golden = Golden("golden.png", tuple(scores), distance, 1e-3)
    graph = tiny_graph(SURFACE, extra=_knows_both(np.array(dim, dtype=np.float32)))
    seen = _trained_on(data.snapshot)
    write_bundle(aside, SURFACE, graph, seen, golden=golden, **_card(SECOND, data.snapshot))
    aside.rename(target)


def _scores(pixels: Any, dim: Any) -> list[float]:
    bright = np.array([colour_of(SURFACE, name) for name in NAMES]) / 255
    mean = (pixels.astype(np.float64) / 255).mean(axis=(0, 1))
    apart = np.minimum(((mean - bright) ** 2).sum(1), ((mean - dim) ** 2).sum(1) / DIM**2)
    return [float(score) for score in 1 / (1 + np.exp(-SHARPNESS * (0.5 - apart)))]


def _knows_both(dim: Any) -> list[NodeProto]:
    """Return `extra` nodes of `tiny_graph` by which a class is near in either light."""
    constants = {"dim": dim[None], "widened": np.float32(1 / DIM**2), "last_axis": np.array([2])}
    return [
        *(helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.asarray(value), name))
          for name, value in constants.items()),
        helper.make_node("Sub", ["mean_of_each", "dim"], ["dim_offsets"]),
        helper.make_node("ReduceSumSquare", ["dim_offsets", "last_axis"], ["dim_apart"], keepdims=0),
        helper.make_node("Mul", ["dim_apart", "widened"], ["wide_apart"]),
        helper.make_node("Min", ["apart", "wide_apart"], ["nearest"]),
        helper.make_node("Sub", ["reach", "nearest"], ["nearness_of_both"]),
        helper.make_node("Mul", ["nearness_of_both", "sharpness"], ["logits_of_both"]),
        helper.make_node("Sigmoid", ["logits_of_both"], ["scores"]),
    ]  # fmt: skip


class FileRegistry:
    """Stands in for MLflow's registry: versions and aliases in a file of the working folder."""

    def __init__(self, _uri: str) -> None:
        self._files = open_files(str(Path.cwd()))

    def register(self, bundle: Any, _lineage: Any) -> None:
        """Keep a version."""
        self._write({bundle.card.version: "registered"})

    def set_alias(self, _task: str, version: str, alias: Any) -> None:
        """Let an alias name a version."""
        self._write({str(alias.value): version})

    def _write(self, changes: dict[str, str]) -> None:
        now = json.loads(self._files.read("registry.json") or b"{}")
        if now | changes != now:
            self._files.write("registry.json", json.dumps(now | changes).encode())


def picture_of(label: str) -> Any:
    """Return a picture of a class in the new light, decoded."""
    return decode(encoded(plain(_shade(_dim_colour(NAMES.index(label)), 0)), "JPEG", quality=95))
