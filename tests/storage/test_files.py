"""Files are there whole or not at all, in a folder, in memory and in buckets; what goes wrong says what to do."""

import importlib
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import fsspec
import pytest

from beadwatch.domain.errors import StoreError
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.files import Files, open_files
from tests.clouds import S3_CREDENTIALS, no_credentials


def use(files: Files) -> None:
    """Go through a file's life."""
    assert files.read("a/b.txt") is None
    assert files.names("a") == []
    assert not files.exists("a/b.txt")
    files.write("a/b.txt", b"one")
    files.write("a/b.txt", b"two")
    files.write("a/a.txt", b"")
    assert files.read("a/b.txt") == b"two"
    assert files.read("a/a.txt") == b""
    assert files.names("a") == ["a.txt", "b.txt"]
    assert files.exists("a/b.txt")
    assert not files.create("a/b.txt", b"three")
    assert files.read("a/b.txt") == b"two"
    assert files.create("b/new.txt", b"one")
    assert not files.create("b/new.txt", b"two")
    assert (files.read("b/new.txt"), files.names("b")) == (b"one", ["new.txt"])
    files.remove("a/b.txt")
    files.remove("a/b.txt")
    assert files.read("a/b.txt") is None
    assert files.names("a") == ["a.txt"]


@pytest.mark.parametrize("url", ["folder", "memory://files-test", "MEMORY://files-test-capitals"])
def test_a_files_life(url: str) -> None:
    use(open_files(url))


def test_a_files_life_in_a_bucket(bucket_url: str) -> None:
    use(open_files(f"{bucket_url}/folder"))
    use(open_files(bucket_url))


def test_what_another_process_writes_is_seen_at_once(bucket_url: str) -> None:
    files = open_files(f"{bucket_url}/folder")
    files.write("a/1", b"")
    assert files.names("a") == ["1"]
    other = fsspec.core.url_to_fs(bucket_url, skip_instance_cache=True)[0]
    other.pipe_file(f"{bucket_url}/folder/a/2", b"")
    assert files.names("a") == ["1", "2"]
    assert files.exists("a/2")


def test_blobs_in_a_bucket(bucket_url: str) -> None:
    store = BlobStore(f"{bucket_url}/blobs")
    store.check()
    digest = store.put(b"a picture")
    assert store.put(b"a picture") == digest
    assert store.get(digest) == b"a picture"
    with pytest.raises(StoreError, match="no picture"):
        store.get("0" * 64)
    found = fsspec.core.url_to_fs(bucket_url, skip_instance_cache=True)[0].find(bucket_url)
    assert [str(path).rsplit("/", 1)[-1] for path in found] == [digest], "nothing is left aside"
    open_files(f"{bucket_url}/blobs").write(f"{digest[:2]}/{digest}", b"another")
    with pytest.raises(StoreError, match="damaged"):
        store.get(digest)


def test_a_bucket_that_is_not_there_is_named_and_not_made(bucket_url: str) -> None:
    files = open_files(f"{bucket_url}-mistyped/folder")
    assert files.read("a") is None
    for _ in range(2):
        with pytest.raises(StoreError, match=r"there is no bucket 'beadwatch-.*-mistyped'; make it first"):
            files.write("a", b"")


def test_s3_without_credentials_says_which_to_set(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    no_credentials(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    with pytest.raises(StoreError, match=r"no credentials for 'bucket' .*AWS_ACCESS_KEY_ID"):
        open_files("s3://bucket/folder").write("a", b"")


@pytest.mark.parametrize("name", ["Not_A_Bucket!", "ü"])
def test_an_impossible_bucket_is_refused(name: str, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    no_credentials(monkeypatch)
    for variable, value in {"AWS_ENDPOINT_URL": s3_endpoint, **S3_CREDENTIALS}.items():
        monkeypatch.setenv(variable, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    with pytest.raises(StoreError, match="Invalid bucket name"):
        open_files(f"s3://{name}").write("a", b"")


@pytest.fixture
def refusing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run a Google storage that answers every request with the status that is the parameter."""

    class Refusing(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = b'{"error": {"message": "Anonymous caller does not have storage.objects access"}}'
            self.send_response(request.param)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = answer  # noqa: N815  # http.server asks for these names

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    no_credentials(monkeypatch)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.server_port}")
    fsspec.get_filesystem_class("gs").clear_instance_cache()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("gcs_endpoint", "refusing")
@pytest.mark.parametrize(
    ("refusing", "says"),
    [(401, "no credentials for 'bucket' .*GOOGLE_APPLICATION_CREDENTIALS"), (403, "the credentials do not allow it")],
    indirect=["refusing"],
)
def test_a_google_bucket_that_refuses_says_why(says: str) -> None:
    files = open_files("gs://bucket/folder")
    with pytest.raises(StoreError, match=says):
        files.write("a", b"")
    with pytest.raises(StoreError, match=says):
        files.read("a")


@pytest.mark.parametrize(("url", "library"), [("s3://bucket/x", "s3fs"), ("gs://bucket/x", "gcsfs")])
def test_a_missing_library_is_named_with_its_extra(url: str, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    protocol = url.partition(":")[0]
    monkeypatch.delitem(importlib.import_module("fsspec.registry")._registry, protocol, raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(StoreError, match=r"pip install 'beadwatch\[cloud\]'"):
        open_files(url)


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = open_files(str(tmp_path))
    files.write("a", b"old")

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", fails)
        with pytest.raises(StoreError, match=r"cannot write a in .*No space left"):
            files.write("a", b"new")
    assert files.read("a") == b"old"
    assert files.names("") == ["a"]
