"""A station below a path: all that a page refers to lies there too, whether the proxy takes the path off or not."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from beadwatch.server.application import create_app
from beadwatch.server.reach import Reach
from beadwatch.services.station import Station
from tests.pictures import png
from tests.server.conftest import error_of
from tests.server.test_pages import linked
from tests.stations import HERE, client_at
from tests.web_app import PAGE, write_web_app

BELOW = "/weld"
PAGES = ["/", "/line", "/line/cell-1", "/docs", "/redoc"]
STATIC = Path(__file__).parents[2] / "src" / "beadwatch" / "server" / "static"


@pytest.fixture
def client(station: Station, tmp_path: Path) -> TestClient:
    """Return a client of a station that lies below a path."""
    web_app = write_web_app(tmp_path / "web app")
    return client_at(create_app(station, web_app, Reach(root_path=BELOW)))


@pytest.fixture(params=["taken off", "passed on"])
def below(request: pytest.FixtureRequest) -> str:
    """Return what stands before the paths that the station sees."""
    return "" if request.param == "taken off" else BELOW


@pytest.mark.parametrize("page", PAGES)
def test_all_that_a_page_refers_to_lies_below_the_path(client: TestClient, below: str, page: str) -> None:
    links = linked(client.get(below + page).text)
    assert links
    for link in links:
        assert link.startswith(f"{BELOW}/"), link
        assert client.get(below + link.removeprefix(BELOW)).status_code == 200, link


def test_pages_without_a_path_in_front_lie_at_the_root(station: Station, tmp_path: Path) -> None:
    client = client_at(create_app(station, write_web_app(tmp_path / "web app")))
    links = {link for page in PAGES for link in linked(client.get(page).text)}
    assert {link for link in links if not re.match(r"/(?!/|weld)", link)} == set()
    assert {client.get(link).status_code for link in links} == {200}


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [("/app", "/weld/app/"), ("/docs/", f"{HERE}/weld/docs"), ("/line/", f"{HERE}/weld/line")],
)
def test_redirects_stay_below_the_path(client: TestClient, below: str, path: str, leads_to: str) -> None:
    answer = client.get(below + path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, leads_to)


def test_path_alone_is_the_page(client: TestClient) -> None:
    assert client.get(BELOW).text == client.get("/").text


def test_interface_works_and_says_where_it_lies(client: TestClient, below: str) -> None:
    assert client.get(f"{below}/openapi.json").json()["servers"] == [{"url": BELOW}]
    assert client.get(f"{below}/app/").content == PAGE
    stored = client.post(
        f"{below}/v1/inspections", data={"task": "tig"}, files={"image": ("a.png", png(), "image/png")}
    ).json()
    assert client.get(f"{below}/v1/inspections/{stored['id']}/thumbnail").status_code == 200
    assert client.get(f"{below}/v1/inspections").json()["inspections"] == [stored]


def test_what_holds_for_some_paths_holds_there_too(client: TestClient, below: str) -> None:
    huge = client.post(f"{below}/v1/line/cell-1/live", headers={"content-length": str(2**21)}, content=b"x")
    assert (huge.status_code, error_of(huge)["type"]) == (413, "RequestError")
    assert "wasm-unsafe-eval" in client.get(f"{below}/app/").headers["content-security-policy"]
    assert "unsafe-inline" in client.get(f"{below}/docs").headers["content-security-policy"]
    assert "script-src" not in client.get(f"{below}/").headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/weldx/v1/models", "/weld/weld/v1/models", "/v1/weld", "/weld/../v1/nothing"])
def test_what_only_looks_like_the_path_is_nothing(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("script", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_scripts_name_no_path_of_their_own(script: Path) -> None:
    assert re.findall(r"""["'`]/[a-z][^"'`]*["'`]""", script.read_text(encoding="utf-8")) == []
