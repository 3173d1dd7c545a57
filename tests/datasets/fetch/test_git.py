"""Repositories, by the real git: one commit's files, and reasons in plain words."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from beadwatch.datasets.fetch import Fetched, fetch, parse_source
from beadwatch.domain.errors import FetchError, NetworkError
from tests.datasets.fetch.conftest import files_below, watched
from tests.datasets.fetch.standin import Resource, StandIn
from tests.waiting import free_port


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main")
    return subprocess.run(
        ["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(work: Path, text: str) -> str:
    (work / "crack").mkdir(exist_ok=True)
    (work / "crack" / "1.png").write_text(text)
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--message", text)
    return git(work, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a bare repository: `first` is tagged v1, `side` stands on a branch, `second` is the newest on main."""
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "--quiet")
    commit(work, "first")
    git(work, "tag", "v1")
    git(work, "checkout", "--quiet", "-b", "feature/side")
    commit(work, "side")
    git(work, "checkout", "--quiet", "main")
    (work / "link").symlink_to("/etc/passwd")
    commit(work, "second")
    bare = tmp_path / "set.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(work), str(bare))
    return bare


def cloned(repository: Path, ref: str = "", **options: Any) -> Fetched:
    source = parse_source(f"git+file://{repository}{ref}")
    return fetch(source, repository.parent / "got", watched(**options).options)


@pytest.mark.parametrize(
    ("ref", "text"), [("", "second"), ("@main", "second"), ("@v1", "first"), ("@feature/side", "side")]
)
def test_ref(repository: Path, ref: str, text: str) -> None:
    fetched = cloned(repository, ref)
    got = repository.parent / "got"
    assert (got / "crack" / "1.png").read_text() == text
    assert not (got / ".git").exists()
    assert fetched.record.version == git(repository, "rev-parse", ref.removeprefix("@") or "HEAD")
    assert fetched.record.sha256 == ""


def test_commit(repository: Path) -> None:
    sha = git(repository, "rev-parse", "v1")
    assert cloned(repository, f"@{sha}").record.version == sha


def test_link_becomes_a_plain_file(repository: Path) -> None:
    cloned(repository)
    link = repository.parent / "got" / "link"
    assert not link.is_symlink()
    assert link.read_text() == "/etc/passwd"


def test_hooks_and_variables_of_a_caller_change_nothing(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As it is inside a hook of another repository, whose hooks and index are set in the environment."""
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    cloned(repository)
    assert set(files_below(repository.parent / "got")) == {"crack/1.png", "link"}
    assert not (other / ".git" / "index").exists()


@pytest.mark.parametrize("ref", ["@nothing", f"@{'0' * 40}"])
def test_missing_ref_leaves_nothing_behind(repository: Path, ref: str) -> None:
    before = set(repository.parent.iterdir())
    with pytest.raises(FetchError, match="has no such branch, tag or commit"):
        cloned(repository, ref)
    assert set(repository.parent.iterdir()) == before


def test_missing_repository(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="there is no such repository"):
        cloned(tmp_path / "nothing.git")


@pytest.mark.parametrize(
    ("status", "says"),
    [(401, "is not there, or not allowed"), (403, "not allowed"), (404, "there is no such repository")],
)
def test_refusal_over_http_asks_no_question(server: StandIn, tmp_path: Path, status: int, says: str) -> None:
    server.has["/set.git/info/refs"] = Resource(statuses=[status] * 9)
    with pytest.raises(FetchError, match=says):
        fetch(parse_source(f"git+{server.url}/set.git"), tmp_path / "got", watched().options)
    assert server.asked


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="is there a network"):
        fetch(parse_source(f"git+http://127.0.0.1:{free_port()}/set.git"), tmp_path / "got", watched().options)


def test_no_git_program(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FetchError, match="no git program here; install git"):
        cloned(repository)


@pytest.mark.parametrize("options", [{"max_files": 1}, {"max_bytes": 3}])
def test_more_than_allowed(repository: Path, options: dict[str, Any]) -> None:
    with pytest.raises(FetchError, match="see --max-gb"):
        cloned(repository, **options)
    assert not (repository.parent / "got").exists()


def test_hash_of_an_archive_is_no_business_of_a_repository(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="--sha256 is for archives; name a commit after @"):
        fetch(parse_source("git+https://host/set"), tmp_path / "got", watched(sha256="0" * 64).options)
