"""Every command line of the README and the docs is typed here, in the order of its page, or listed with the reason."""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from beadwatch.domain.labels import SURFACE, TIG
from beadwatch.evaluation import bootstrap
from beadwatch.server.application import create_app
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.cli.conftest import Run, beadwatch
from tests.docs import works
from tests.docs.pages import PAGES, commands_of
from tests.docs.typist import Swap, Typist, parse
from tests.real import MODELS
from tests.stations import served

__all__ = ["beadwatch"]
STATION = "http://127.0.0.1:8000"

NOT_TYPED = {
    ".venv/bin/pre-commit install": "it writes into the .git of the checkout",
    "python bench/drift.py": "it needs `weld-quality`, and takes minutes",
    "tensorboard --logdir runs/surface": "it serves until it is stopped",
    "mosquitto_pub -h robot -t cell/pose -m "
    '\'{"x_mm": 12.5, "y_mm": 0, "z_mm": 4, "layer": 3, "bead": 1}\'': "it needs a robot's broker",
    "beadwatch data fetch weld-quality": "it needs a key and the network",
    "beadwatch data fetch kaggle:danielbacioiu/tig-stainless-steel-304 welds/ss304": "it needs the network",
    "ROBOFLOW_API_KEY=... beadwatch data fetch roboflow:welding-2bplp/weld-quality-inspection-rei9l/9/multiclass": (
        "it needs a key and the network"
    ),
    "beadwatch data fetch https://example.org/welds.zip --sha256 3d8d70ee...": "there is no such archive",
    "beadwatch data fetch git+https://example.org/welds.git@v1.0": "there is no such repository",
    "beadwatch feedback pull gs://project.appspot.com --team north": "there is no such bucket",
    "beadwatch watch rtsp://10.0.0.5/weld --travel-speed 8mm/s --to mqtt://plc.local/cell-1 "
    "--to opc.tcp://0.0.0.0:4840": "it needs a camera and a broker",
    "beadwatch serve --host 0.0.0.0 --port 8443 --certs certs": (
        "it opens a port to the network until it is stopped; tests/cli/test_serve.py serves with certificates"
    ),
    "BEADWATCH_ALLOWED_HOSTS=plant.example BEADWATCH_TRUSTED_PROXIES=127.0.0.1 beadwatch serve --root-path /weld": (
        "it serves until it is stopped; tests/browser/test_prefix.py does so behind a proxy"
    ),
    "beadwatch train surface --data photos --weights mobilenetv2_100.safetensors --out my-models/surface "
    "--run runs/surface": "it needs weights, and trains for hours; tests/cli/test_train.py trains",
}
NOT_TYPED_BY_BEGINNING = {"/usr/bin/python3 -c": "it needs GStreamer of the system, and serves until it is stopped"}


@dataclass(frozen=True, slots=True)
class Page:
    """What a page takes for granted: things, a station, other examples, and commands that may end with other codes."""

    lay_out: Callable[[], None] = works.models
    has_station: bool = False
    swaps: Mapping[str, Swap] = field(default_factory=dict)
    codes: Mapping[str, frozenset[int]] = field(default_factory=dict)


SHORT = {"--travel-speed 8mm/s": "--travel-speed 8mm/s --for 2"}
DRIFT_OR_NONE, RESULT_OR_NONE = frozenset({0, 1}), frozenset({0, 3})
STORIES = {
    "README.md": Page(works.pictures, has_station=True, swaps={"--for 30": "--for 3"}),
    "command-line.md": Page(
        works.everything(works.models, works.pictures, works.another_bundle),
        has_station=True,
        swaps={"/ID/": lambda printed: f"/{json.loads(printed[-2])['id']}/"},
    ),
    "datasets.md": Page(
        works.everything(
            works.models,
            partial(works.labelled, "weld-photos", SURFACE),
            partial(works.labelled, "phone", SURFACE, 1000),
        )
    ),
    "drift.md": Page(
        works.everything(
            works.models, partial(works.labelled, "photos", SURFACE), partial(works.labelled, "june", SURFACE, 1000)
        ),
        codes={"beadwatch drift photos june --html drift.html --json drift.json": DRIFT_OR_NONE},
    ),
    "evaluation.md": Page(
        works.everything(
            works.models,
            works.another_bundle,
            works.held_out_answers,
            partial(works.labelled, "weld-photos", SURFACE),
            partial(works.labelled, "frames", TIG),
        ),
        codes={
            "beadwatch evaluate surface photos --html report.html --json report.json": RESULT_OR_NONE,
            "beadwatch evaluate my-models/tig ./frames": RESULT_OR_NONE,
        },
    ),
    "feedback.md": Page(
        works.everything(works.models, works.weldspot),
        has_station=True,
        swaps={
            "--device ID": lambda printed: f"--device {works.lost_phone(printed)}",
            "ABCD-2345": works.code,
            "delete ada": "delete ada --yes",
            "--id ID": lambda printed: f"--id {works.upload(printed)} --yes",
        },
    ),
    "line.md": Page(swaps=SHORT),
    "phone-setup.md": Page(works.account),
    "releases.md": Page(works.everything(works.models, works.releases), swaps={"s3://bucket/releases": "channel"}),
    "runs.md": Page(works.run),
    "training.md": Page(works.everything(works.another_bundle, partial(works.labelled, "photos", SURFACE))),
}


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "RESAMPLES", 20)


def reason_not_to_type(command: str) -> str | None:
    """Return why a command is not typed; None for one that is."""
    begun = (why for beginning, why in NOT_TYPED_BY_BEGINNING.items() if command.startswith(beginning))
    return NOT_TYPED.get(command) or next(begun, None)


@pytest.mark.parametrize("page", [page for page in PAGES if commands_of(page)], ids=lambda page: page.name)
def test_the_commands_of_a_page_work_in_its_order(page: Path, beadwatch: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    story = STORIES.get(page.name, Page())
    if page.name == "README.md":
        monkeypatch.setenv("BEADWATCH_MODELS_DIR", str(MODELS))
    story.lay_out()
    with ExitStack() as stack:
        swaps = dict(story.swaps)
        if story.has_station:
            swaps[STATION] = stack.enter_context(served(create_app(build_station(load_settings()))))
        typist = Typist(beadwatch, monkeypatch, swaps)
        for command in commands_of(page):
            if reason_not_to_type(command) is None:
                typist.type(command, story.codes.get(command, frozenset({0})))


@pytest.mark.parametrize("command", sorted(NOT_TYPED))
def test_what_is_not_typed_stands_on_a_page_and_has_options_that_there_are(command: str) -> None:
    assert command in {each for page in PAGES for each in commands_of(page)}
    parse(command)


def test_a_beginning_of_what_is_not_typed_stands_on_a_page() -> None:
    every = [each for page in PAGES for each in commands_of(page)]
    assert [begun for begun in NOT_TYPED_BY_BEGINNING if not any(each.startswith(begun) for each in every)] == []
