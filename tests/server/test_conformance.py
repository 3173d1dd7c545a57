"""Every operation, asked by schemathesis in many right and wrong ways, answers as the interface is described.

With the ids of what is there, and a token, as often as with made-up ones, so that not all answers are 404 and 401.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from beadwatch.domain.accounts import Role
from beadwatch.server.application import create_app
from beadwatch.server.hosts import Hosts
from beadwatch.server.rates import Rates
from beadwatch.server.reach import Reach
from beadwatch.settings import Settings
from beadwatch.wiring import build_station
from tests.bundles import write_models
from tests.line.made import made_frame
from tests.pictures import encoded, noise, png
from tests.server.conftest import sender
from tests.server.feedback_made import Phone, bearer, token_for, upload
from tests.server.live.conftest import document
from tests.server.test_pages import ROUTES

SEED = 6520
FEW, MANY = 8, 150
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OPERATIONS = [(method.upper(), path) for path, methods in ROUTES.items() for method in sorted(methods)]
MOSTLY = st.sampled_from([True, True, True, False])
PICTURES: list[Any] = [png(), encoded(noise()), encoded(noise(), "JPEG"), b"no picture", b""]


@dataclass
class Api:
    """A station with something of everything, its description, and a client that has a token of the highest role."""

    client: TestClient
    description: Any
    token: str
    known: dict[str, list[Any]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("conformance")
    write_models(folder / "models")
    chosen = Settings(models_dir=folder / "models", data_dir=folder / "data", threads=1, min_free_mb=0)
    with closing(build_station(chosen)) as station:
        app = create_app(station, Path("web app"), Reach(Hosts.of(["*"])))
        client = TestClient(app, raise_server_exceptions=False)
        token = token_for(station, "Ada", Role.ADMIN)
        config = schemathesis.Config.from_dict({"max-stream-events": 1})
        made = Api(client, schemathesis.openapi.from_asgi("/openapi.json", app, config=config), token)
        phone = Phone(client, token_for(station, "Ben"))
        for number in range(3):
            assert phone.send(number).status_code == 201
        inspections = [sender(client)(task=task).json()["id"] for task in ("tig", "surface")]
        assert client.post("/v1/line/cell-1/live", json=document(made_frame(1))).status_code == 204
        made.known = {
            "inspection_id": inspections,
            "feedback_id": [f"{number:032x}" for number in range(3)],
            "task": ["tig", "surface"],
            "version": [classifier.card.version for classifier in station.models.ready.values()],
            "file": ["model.onnx", "card.json"],
            "line": ["cell-1"],
            "label": ["crack", "burn through"],
            "run_id": ["r1"],
            "verdict": ["accepted", "rejected"],
            "image": PICTURES,
            "picture": PICTURES,
            "feedback": [upload(number)["data"]["feedback"] for number in range(5)],
        }
        access = app.state.access  # the limits have tests of their own: here they would be all that is seen
        access.by_device = access.by_address = access.pairing = access.pairing_by_address = Rates(1e9, 1e9)
        yield made


def conforms(api: Api, method: str, path: str, examples: int) -> None:
    operation = api.description[path][method]
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

    @seed(SEED)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, data=st.data())
    def ask(case: Any, data: Any) -> None:
        if data.draw(MOSTLY, "with what is there"):
            for place in (case.path_parameters, case.query, case.body):
                for name in set(place) & set(api.known) if isinstance(place, dict) else ():
                    place[name] = data.draw(st.sampled_from(api.known[name]), name)
        headers = bearer(api.token) if data.draw(MOSTLY, "with a token") else {}
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_operation_answers_as_described(api: Api, method: str, path: str) -> None:
    conforms(api, method, path, FEW)


@pytest.mark.long
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_operation_answers_as_described_many_times(api: Api, method: str, path: str) -> None:
    conforms(api, method, path, MANY)


def test_every_operation_is_asked(api: Api) -> None:
    described = {(each.ok().method.upper(), each.ok().path) for each in api.description.get_all_operations()}
    assert described == set(OPERATIONS)


def test_every_refusal_has_the_one_shape(api: Api) -> None:
    described = api.client.get("/openapi.json").json()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            refusals = {status: said for status, said in operation["responses"].items() if int(status) >= 400}
            assert {"500"} <= set(refusals), (method, path)
            for status, said in refusals.items():
                (schema,) = [content["schema"] for content in said["content"].values()]
                shape = "ReadyOut" if (path, status) == ("/readyz", "503") else "ErrorOut"
                assert schema == {"$ref": f"#/components/schemas/{shape}"}, (method, path, status)
    assert not {"HTTPValidationError", "ValidationError"} & set(described["components"]["schemas"])
