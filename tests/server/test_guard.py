"""Every answer has the safety headers, errors too, and no other site's page may write anything."""

import pytest
from starlette.testclient import TestClient

from tests.stations import client_at, live_app

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
}
ANSWERS = [
    "/",
    "/line",
    "/docs",
    "/redoc",
    "/v1/line",
    "/v1/feedback",
    "/nothing",
    "/app/",
    "/static/station.js",
    "/healthz",
]


@pytest.fixture(scope="module")
def client() -> TestClient:
    """Return a client of a station that has neither models nor a store."""
    return client_at(live_app())


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_has_the_safety_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert {name: headers[name] for name in HEADERS} == HEADERS
    policy = headers["content-security-policy"]
    for says in ("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"):
        assert says in policy
    assert ("unsafe-inline" in policy) == (path in {"/docs", "/redoc"})
    assert headers.get_list("x-content-type-options") == ["nosniff"]


def directives(client: TestClient, path: str) -> dict[str, list[str]]:
    policy = client.get(path, follow_redirects=False).headers["content-security-policy"]
    return {name: sources for name, *sources in (directive.split() for directive in policy.split(";"))}


@pytest.mark.parametrize("path", ["/app", "/app/", "/app/assets/app.js"])
def test_phone_app_may_run_models_in_workers_and_show_the_camera(client: TestClient, path: str) -> None:
    assert directives(client, path) == {
        "default-src": ["'self'"],
        "script-src": ["'self'", "'wasm-unsafe-eval'"],
        "worker-src": ["'self'", "blob:"],
        "img-src": ["'self'", "blob:", "data:"],
        "media-src": ["'self'", "blob:"],
        "connect-src": ["'self'", "blob:", "data:"],
        "style-src": ["'self'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
    }


@pytest.mark.parametrize("path", ["/", "/line", "/apple", "/v1/app/"])
def test_what_the_phone_app_may_is_left_to_it(client: TestClient, path: str) -> None:
    assert "script-src" not in directives(client, path)


def test_refusal_of_a_huge_body_has_them_too(client: TestClient) -> None:
    answer = client.post("/v1/feedback", content=b"x", headers={"content-length": str(10**12)})
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (413, "nosniff")


def test_answer_to_an_unexpected_error_is_no_page(client: TestClient) -> None:
    answer = client.get("/v1/models")  # this station has none, not even refused ones
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/json")
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]


WRITES = [
    ("POST", "/v1/inspections"),
    ("POST", "/v1/pair"),
    ("POST", "/v1/feedback"),
    ("POST", f"/v1/feedback/{'1' * 32}/review"),
    ("POST", "/v1/line/cell-1/live"),
    ("PUT", "/v1/line/cell-1/picture"),
    ("DELETE", "/anything"),
]
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://elsewhere.example"},
    {"Origin": "http://127.0.0.1:81"},
    {"Origin": "null"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize(("method", "path"), WRITES)
def test_page_of_another_site_may_not_write(
    client: TestClient, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = client.request(method, path, headers=headers)
    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "RequestError")
    assert "another site" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8000"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://plant.example"},  # behind a proxy that changes Host
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
@pytest.mark.parametrize(("method", "path"), WRITES)
def test_own_page_and_what_is_no_browser_get_further(
    client: TestClient, method: str, path: str, headers: dict[str, str]
) -> None:
    assert client.request(method, path, headers=headers).status_code in {401, 404, 405, 422}


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_reading_is_left_to_the_browser(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get("/healthz", headers=headers).status_code == 200
