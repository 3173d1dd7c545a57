"""The page and the documentation: whole without a network, safe by their headers, and true to the routes."""

import re

import pytest
from starlette.testclient import TestClient

from tests.server.conftest import Send

PAGES = ["/", "/line", "/docs", "/redoc"]
ROUTES = {
    "/v1/bundles/{task}": {"get"},
    "/v1/bundles/{task}/{version}/{file}": {"get"},
    "/v1/inspections": {"get", "post"},
    "/v1/inspections/{inspection_id}": {"get"},
    "/v1/inspections/{inspection_id}/thumbnail": {"get"},
    "/v1/inspections/{inspection_id}/heatmap": {"get"},
    "/v1/line": {"get"},
    "/v1/line/{line}/live": {"post"},
    "/v1/line/{line}/picture": {"get", "put"},
    "/v1/line/{line}/stream": {"get"},
    "/v1/models": {"get"},
    "/v1/pair": {"post"},
    "/v1/session": {"get", "post", "delete"},
    "/v1/feedback": {"get", "post"},
    "/v1/feedback/{feedback_id}": {"get"},
    "/v1/feedback/{feedback_id}/thumbnail": {"get"},
    "/v1/feedback/{feedback_id}/picture": {"get"},
    "/v1/feedback/{feedback_id}/review": {"post"},
    "/v1/alerts": {"get"},
    "/v1/comparisons": {"get"},
    "/v1/comparisons/{task}/{version}": {"get"},
    "/v1/loop": {"get"},
    "/healthz": {"get"},
    "/readyz": {"get"},
}


def linked(html: str) -> set[str]:
    return set(re.findall(r"(?:src|href|url)\s*[=:]\s*[\"']([^\"'#][^\"']*)[\"']", html))


@pytest.mark.usefixtures("web_app")
@pytest.mark.parametrize("page", PAGES)
def test_page_links_to_nothing_outside_and_everything_is_there(client: TestClient, page: str) -> None:
    response = client.get(page)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    links = linked(response.text)
    assert links
    for link in links:
        assert link.startswith("/")
        assert not link.startswith("//")
        assert client.get(link).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_page_names_no_other_host(client: TestClient, page: str) -> None:
    addresses = re.findall(r"https?://[^\s\"'<>]+", client.get(page).text)
    assert [address for address in addresses if not address.startswith("http://www.w3.org/")] == []


@pytest.mark.parametrize("ending", ["css", "js"])
def test_what_the_page_loads_names_no_other_host(client: TestClient, ending: str) -> None:
    files = [link for link in linked(client.get("/").text) if link.endswith(ending)]
    assert files
    for file in files:
        assert re.findall(r"https?://(?!www\.w3\.org)", client.get(file).text) == []


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("content-security-policy", "default-src 'self'"),
        ("content-security-policy", "frame-ancestors 'none'"),
        ("content-security-policy", "base-uri 'none'"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-cache"),
    ],
)
def test_page_is_sent_with_its_safety_headers(client: TestClient, header: str, says: str) -> None:
    assert says in client.get("/").headers[header]


def test_page_leads_to_the_line_and_to_the_phone_app(client: TestClient) -> None:
    assert {"/line", "/app/"} <= linked(client.get("/").text)


def test_page_obeys_its_own_policy(client: TestClient) -> None:
    html = client.get("/").text
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", html) == []
    assert re.findall(r"\son\w+\s*=|\sstyle\s*=|<style|javascript:", html) == []


def test_openapi_has_exactly_the_routes(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {path: set(methods) for path, methods in paths.items()} == ROUTES


def test_openapi_says_what_can_go_wrong_with_an_upload(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    responses = schema["paths"]["/v1/inspections"]["post"]["responses"]
    assert {"201", "400", "413", "415", "422", "503"} <= set(responses)
    for status in ("400", "413", "415", "422", "503"):
        shape = responses[status]["content"]["application/json"]["schema"]
        assert shape == {"$ref": "#/components/schemas/ErrorOut"}


def test_openapi_shows_the_answer_as_it_is(client: TestClient, send: Send) -> None:
    schema = client.get("/openapi.json").json()["components"]["schemas"]["InspectionOut"]
    assert set(send().json()) == set(schema["properties"])
