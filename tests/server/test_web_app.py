"""The phone app is served as it was built: right types, packed where that is taken, kept as long as it may be."""

import gzip
import os
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from beadwatch.server.web_app import _digest
from tests.server.conftest import error_of
from tests.stations import client_at, live_app, served
from tests.web_app import FILES, PACKED, PAGE, write_web_app

PLAIN = {"Accept-Encoding": "identity"}
TYPES = {
    "index.html": "text/html; charset=utf-8",
    "sw.js": "text/javascript; charset=utf-8",
    "manifest.webmanifest": "application/manifest+json",
    "icon.svg": "image/svg+xml",
    "assets/app-1a2b.js": "text/javascript; charset=utf-8",
    "assets/judge-3c4d.mjs": "text/javascript; charset=utf-8",
    "assets/ort-5e6f.wasm": "application/wasm",
    "assets/style-7a8b.css": "text/css; charset=utf-8",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a phone app that no test changes, beside a secret to which links lead."""
    folder = write_web_app(tmp_path_factory.mktemp("station") / "web app")
    (folder.parent / "secret").write_text("secret")
    (folder.parent / "web app-secret").write_text("secret")
    (folder / "assets" / "link").symlink_to(folder.parent / "secret")
    (folder / "packed.txt").write_text("open")
    (folder / "packed.txt.gz").symlink_to(folder.parent / "secret")
    return folder


def client_of(folder: Path) -> TestClient:
    """Return a client of a station that has only the phone app."""
    return client_at(live_app(folder))


@pytest.fixture(scope="module")
def client(built: Path) -> TestClient:
    return client_of(built)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("name", FILES)
def test_file_arrives_whole_with_its_type_and_age(client: TestClient, name: str, encoding: str) -> None:
    answer = client.get(f"/app/{name}", headers={"Accept-Encoding": encoding})
    assert (answer.status_code, answer.content) == (200, FILES[name])
    assert answer.headers["content-type"] == TYPES[name]
    lasting = "private, max-age=31536000, immutable" if name.startswith("assets/") else "no-cache"
    assert answer.headers["cache-control"] == lasting
    assert answer.headers.get("vary") == ("Accept-Encoding" if name in PACKED else None)
    assert answer.headers.get("content-encoding") == ("gzip" if encoding == "gzip" and name in PACKED else None)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(("js", "wasm", "webmanifest"))])
def test_type_of_what_a_browser_runs_does_not_depend_on_the_machine(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for place in ("mimetypes.guess_type", "starlette.responses.guess_type"):
        monkeypatch.setattr(place, lambda *_: ("application/wrong", None))
    assert client.get(f"/app/{name}").headers["content-type"] == TYPES[name]


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("br, *", True),
        ("deflate, gzip;q=1.0, *;q=0", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*;q=0", False),
        ("br", False),
        ("xgzip", False),
        ("", False),
    ],
)
def test_packed_file_goes_to_whom_it_may(client: TestClient, accepted: str, packed: bool) -> None:
    name = "assets/app-1a2b.js"
    answer = client.get(f"/app/{name}", headers={"Accept-Encoding": accepted})
    assert (answer.headers.get("content-encoding") == "gzip") == packed
    size = len(gzip.compress(FILES[name])) if packed else len(FILES[name])
    assert int(answer.headers["content-length"]) == size


def test_head_has_no_body(client: TestClient) -> None:
    answer = client.head("/app/sw.js")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "9")


def test_folder_is_its_page(client: TestClient) -> None:
    assert client.get("/app/", headers=PLAIN).content == PAGE
    redirect = client.get("/app", follow_redirects=False)
    assert (redirect.status_code, redirect.headers["location"]) == (307, "/app/")


@pytest.mark.parametrize("accepted", ["identity", "gzip"])
def test_page_that_is_known_is_not_sent_again(client: TestClient, accepted: str) -> None:
    headers = {"Accept-Encoding": accepted}
    tag = client.get("/app/", headers=headers).headers["etag"]
    again = client.get("/app/", headers=headers | {"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (again.headers["cache-control"], again.headers["vary"]) == ("no-cache", "Accept-Encoding")
    other = {"identity": "gzip", "gzip": "identity"}[accepted]
    assert client.get("/app/", headers={"Accept-Encoding": other, "If-None-Match": tag}).status_code == 200


def test_new_build_of_the_same_size_and_date_is_noticed(web_app: Path) -> None:
    client = client_of(web_app)
    (web_app / "index.html.gz").unlink()
    os.utime(web_app / "index.html", (1577923200, 1577923200))
    tag = client.get("/app/", headers=PLAIN).headers["etag"]
    other = web_app.with_name("other")
    other.write_bytes(PAGE.replace(b"Bead", b"Weld"))
    os.utime(other, (1577923200, 1577923200))
    _digest.cache_clear()  # the new build comes with a new process
    other.replace(web_app / "index.html")
    assert client.get("/app/", headers=PLAIN | {"If-None-Match": tag}).status_code == 200


TRICKS = [
    "../secret",
    "..%2fsecret",
    "%2e%2e/secret",
    "%2e%2e%2fsecret",
    "assets/../../secret",
    "assets/%2e%2e/%2e%2e/secret",
    "..%2fweb%20app-secret",
    "..%5csecret",
    "assets/link",
    "%00",
    "index.html%00",
    "x" * 5000,
    "%ff%fe",
    "assets",
    "assets/",
    "assets/app-1a2b.js.gz",
    "nothing",
]


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick[:40])
def test_nothing_else_can_be_had(client: TestClient, trick: str) -> None:
    answer = client.get(f"/app/{trick}")
    assert (answer.status_code, error_of(answer)["type"]) == (404, "RequestError")


def test_tricks_that_clients_straighten_out_do_not_work_raw(built: Path) -> None:
    raw = [f"/app/{trick}" for trick in TRICKS if trick.isascii()]
    with (
        served(live_app(built)) as url,
        closing(HTTPConnection(url.removeprefix("http://"), timeout=10)) as connection,
    ):
        for path in [*raw, f"/app/{built.parent / 'secret'}".replace(" ", "%20"), "/app/./../../secret"]:
            connection.request("GET", path)
            answer = connection.getresponse()
            assert (answer.status, b"secret" in answer.read()) == (404, False), path


def test_absolute_path_is_no_way_out(client: TestClient, built: Path) -> None:
    assert client.get(f"/app/{built.parent / 'secret'}").status_code == 404
    assert client.get(f"/app/%2f{str(built.parent / 'secret')[1:]}").status_code == 404


def test_packed_file_that_leads_outside_is_not_sent(client: TestClient) -> None:
    answer = client.get("/app/packed.txt", headers={"Accept-Encoding": "gzip"})
    assert (answer.text, "content-encoding" in answer.headers) == ("open", False)


def test_detour_does_not_make_the_page_last_for_ever(client: TestClient) -> None:
    for detour in ("assets%2f..%2findex.html", "assets/%2e%2e/index.html"):
        assert client.get(f"/app/{detour}").headers["cache-control"] == "no-cache"


def test_app_that_is_not_built_says_how_to_build_it(web_app: Path) -> None:
    client = client_of(web_app)
    (web_app / "index.html").unlink()
    for path in ("/app/", "/app/sw.js", "/app/assets/app-1a2b.js"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "not built: `make web` builds it" in error_of(answer)["message"]


def test_nobody_writes_there(client: TestClient) -> None:
    assert client.post("/app/").status_code == 405
