"""Kaggle: the real kagglehub speaks to a stand-in of Kaggle's interface.

kagglehub takes its address from a table, of which only the entry for production is changed here.
"""

import base64
import json
from pathlib import Path

import pytest
from kagglesdk import kaggle_env

from beadwatch.datasets.fetch import fetch, parse_source
from beadwatch.datasets.fetch.kaggle import find_on_kaggle
from beadwatch.datasets.fetch.sources import KaggleSource
from beadwatch.domain.errors import FetchError, NetworkError
from tests.datasets.fetch.conftest import FILES, files_below, watched, zipped
from tests.datasets.fetch.standin import Resource, StandIn
from tests.waiting import free_port

ABOUT = "/v1/datasets.DatasetApiService/GetDataset"
WHERE = "/v1/datasets.DatasetApiService/DownloadDataset"
SOURCE = KaggleSource("danielbacioiu", "tig-stainless-steel-304")


@pytest.fixture
def kaggle(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, server.url)
    server.has_json(
        ABOUT, {"ref": "danielbacioiu/tig-stainless-steel-304", "currentVersionNumber": 3, "licenseName": "CC0-1.0"}
    )
    server.has[WHERE] = Resource(location=f"{server.url}/storage/archive.zip?X-Goog-Signature=secret")
    server.has["/storage/archive.zip"] = Resource(zipped())
    return server


def test_public_set_without_credentials(kaggle: StandIn, tmp_path: Path) -> None:
    fetched = fetch(SOURCE, tmp_path / "ss304", watched().options)
    assert files_below(tmp_path / "ss304") == FILES
    record = fetched.record
    assert (record.source, record.version, record.licence) == (str(SOURCE), "3", "CC0-1.0")
    assert record.credit.startswith("TIG Stainless Steel 304")
    assert "authorization" not in kaggle.asked[0].headers
    asked = {request.path: json.loads(request.body) for request in kaggle.asked if request.method == "POST"}
    assert asked[ABOUT] == {"ownerSlug": "danielbacioiu", "datasetSlug": "tig-stainless-steel-304"}
    assert asked[WHERE]["datasetVersionNumber"] == 3


def test_named_version(kaggle: StandIn) -> None:
    assert find_on_kaggle(KaggleSource("a", "b", 1)).version == "1"
    assert json.loads(kaggle.asked[1].body)["datasetVersionNumber"] == 1


def by_token(home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("KAGGLE_API_TOKEN", "secret-key")


def by_variables(home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("KAGGLE_USERNAME", "me")
    patch.setenv("KAGGLE_KEY", "secret-key")


def by_file(home: Path, patch: pytest.MonkeyPatch) -> None:
    (home / ".kaggle").mkdir(parents=True)
    (home / ".kaggle" / "kaggle.json").write_text('{"username": "me", "key": "secret-key"}')


@pytest.mark.parametrize("sign_in", [by_token, by_variables, by_file], ids=lambda way: way.__name__)
def test_credentials_reach_kaggle_and_nothing_else(
    kaggle: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], sign_in: object
) -> None:
    assert callable(sign_in)
    sign_in(tmp_path / "home", monkeypatch)
    fetch(SOURCE, tmp_path / "ss304", watched().options)
    sent = kaggle.asked[0].headers["authorization"]
    assert sent in {"Bearer secret-key", f"Basic {base64.b64encode(b'me:secret-key').decode()}"}
    assert "authorization" not in kaggle.asked[-1].headers
    written = [path.read_text("latin-1") for path in (tmp_path / "ss304").rglob("*") if path.is_file()]
    out, err = capfd.readouterr()
    assert "secret" not in "".join(written) + out + err
    assert out == ""


def test_broken_download_goes_on_with_a_fresh_link(kaggle: StandIn, tmp_path: Path) -> None:
    kaggle.has["/storage/archive.zip"].cuts = [0, 10_000, 0, 0, 0, 0, 0]  # the first is kagglehub's own look
    with pytest.raises(NetworkError, match="run the same command again"):
        fetch(SOURCE, tmp_path / "ss304", watched().options)
    kaggle.has[WHERE] = Resource(location=f"{kaggle.url}/storage/archive.zip?X-Goog-Signature=secret-new")
    kaggle.asked.clear()
    fetch(SOURCE, tmp_path / "ss304", watched().options)
    assert files_below(tmp_path / "ss304") == FILES
    assert kaggle.ranges[-1] == "bytes=10000-"
    assert "authorization" not in kaggle.asked[-1].headers


def test_newer_version_is_not_added_to_an_older_one(kaggle: StandIn, tmp_path: Path) -> None:
    kaggle.has["/storage/archive.zip"].cuts = [0, 10_000, 0, 0, 0, 0, 0]
    with pytest.raises(NetworkError):
        fetch(SOURCE, tmp_path / "ss304", watched().options)
    kaggle.has_json(ABOUT, {"ref": "x", "currentVersionNumber": 4})
    kaggle.asked.clear()
    assert fetch(SOURCE, tmp_path / "ss304", watched().options).record.version == "4"
    assert kaggle.ranges == [None] * len(kaggle.asked)


@pytest.mark.parametrize("path", [ABOUT, WHERE])
@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, r"Make a token at https://www\.kaggle\.com/settings and set KAGGLE_API_TOKEN, or KAGGLE_USERNAME"),
        (403, "or the set is private or misspelt"),
        (404, r"kaggle:danielbacioiu/tig-stainless-steel-304: there is no such set"),
        (500, "try again later"),
    ],
)
def test_refusal(kaggle: StandIn, path: str, status: int, says: str) -> None:
    kaggle.has[path].statuses = [status]
    with pytest.raises(FetchError, match=says):
        find_on_kaggle(SOURCE)


@pytest.mark.parametrize("answer", [{}, {"currentVersionNumber": "x"}, [], "no", {"code": 500, "message": "secret"}])
def test_odd_answer(kaggle: StandIn, answer: object) -> None:
    kaggle.has_json(ABOUT, answer)
    with pytest.raises(FetchError, match="Kaggle gave an answer that is not understood") as raised:
        find_on_kaggle(SOURCE)
    assert "secret" not in str(raised.value)


def test_archive_that_is_nowhere(kaggle: StandIn) -> None:
    kaggle.has[WHERE] = Resource(zipped())
    with pytest.raises(FetchError, match="not understood"):
        find_on_kaggle(SOURCE)


@pytest.mark.parametrize("text", ["{", "{}", '{"username": "me"}'])
def test_damaged_credentials_are_named(kaggle: StandIn, tmp_path: Path, text: str) -> None:
    (tmp_path / "home" / ".kaggle").mkdir(parents=True)
    (tmp_path / "home" / ".kaggle" / "kaggle.json").write_text(text)
    with pytest.raises(FetchError, match=r"credentials in ~/\.kaggle cannot be read"):
        find_on_kaggle(SOURCE)


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(NetworkError, match="is there a network"):
        find_on_kaggle(SOURCE)


def test_short_name_leads_to_kaggle() -> None:
    assert parse_source("ss304") == SOURCE
