"""Pictures are kept once, under their hash; damage shows, and a failed write leaves nothing under the name."""

import hashlib
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import fsspec
import pytest

from beadwatch.domain.errors import StoreError
from beadwatch.storage.blobs import BlobStore

DATA = b"a picture"
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(str(tmp_path / "blobs"))


def files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize("data", [DATA, b"", bytes(range(256)) * 1000], ids=["words", "empty", "binary"])
def test_bytes_come_back_by_their_hash(store: BlobStore, data: bytes) -> None:
    assert store.put(data) == hashlib.sha256(data).hexdigest()
    assert store.get(hashlib.sha256(data).hexdigest()) == data


def test_opening_makes_nothing(tmp_path: Path) -> None:
    BlobStore(str(tmp_path / "blobs"))
    assert not (tmp_path / "blobs").exists()


def test_same_bytes_are_kept_once(store: BlobStore, tmp_path: Path) -> None:
    assert store.put(DATA) == store.put(DATA) == DIGEST
    assert files(tmp_path / "blobs") == [f"{DIGEST[:2]}/{DIGEST}"]


def test_second_put_does_not_write(store: BlobStore, tmp_path: Path) -> None:
    store.put(DATA)
    place = tmp_path / "blobs" / DIGEST[:2] / DIGEST
    before = place.stat().st_ino, place.stat().st_mtime_ns
    store.put(DATA)
    assert (place.stat().st_ino, place.stat().st_mtime_ns) == before


@pytest.mark.parametrize("damage", [b"another picture", b"", DATA[:-1]], ids=["other", "empty", "cut"])
def test_damaged_bytes_are_never_returned(store: BlobStore, tmp_path: Path, damage: bytes) -> None:
    store.put(DATA)
    (tmp_path / "blobs" / DIGEST[:2] / DIGEST).write_bytes(damage)
    with pytest.raises(StoreError, match="is damaged: restore it"):
        store.get(DIGEST)


def test_missing_bytes_are_a_store_error(store: BlobStore) -> None:
    with pytest.raises(StoreError, match=f"no picture {DIGEST}"):
        store.get(DIGEST)


@pytest.mark.parametrize(
    "digest",
    ["", "x", "../../etc/passwd", DIGEST[:-1], DIGEST + "0", DIGEST.upper(), f"{DIGEST[:-3]}/..", f"{DIGEST}\n"],
)
def test_name_that_is_no_hash_is_never_looked_up(store: BlobStore, digest: str) -> None:
    store.put(DATA)
    with pytest.raises(StoreError, match="is no sha256"):
        store.get(digest)


@pytest.mark.parametrize("url", ["nothing://here", "s4://bucket/x"])
def test_unknown_file_system_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="blob store"):
        BlobStore(url)


def test_refusal_does_not_give_a_password_away() -> None:
    with pytest.raises(StoreError) as refused:
        BlobStore("nothing://user:secret@host/x")
    assert "secret" not in str(refused.value)


def test_any_fsspec_url_will_do() -> None:
    store = BlobStore("memory://beadwatch-tests")
    assert store.put(DATA) == store.put(DATA) == DIGEST
    assert store.get(DIGEST) == DATA
    store.check()
    assert fsspec.filesystem("memory").find("/beadwatch-tests") == [f"/beadwatch-tests/{DIGEST[:2]}/{DIGEST}"]
    fsspec.filesystem("memory").rm("/beadwatch-tests", recursive=True)


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """Let no file grow beyond `size` bytes: what is written beyond fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 4], ids=["nothing written", "half written"])
def test_failed_write_leaves_nothing_behind(store: BlobStore, tmp_path: Path, size: int) -> None:
    with full_after(size), pytest.raises(StoreError, match="File too large"):
        store.put(DATA)
    assert files(tmp_path / "blobs") == []
    assert store.get(store.put(DATA)) == DATA


def test_failed_move_leaves_nothing_under_the_name(
    store: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def move(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", move)
        with pytest.raises(StoreError, match="Permission denied"):
            store.put(DATA)
    assert files(tmp_path / "blobs") == []


def test_removed_bytes_are_gone_and_a_second_time_is_harmless(store: BlobStore, tmp_path: Path) -> None:
    store.put(DATA)
    store.remove(DIGEST)
    store.remove(DIGEST)
    assert files(tmp_path / "blobs") == []
    with pytest.raises(StoreError, match="is no sha256"):
        store.remove("../../etc/passwd")


def test_check_writes_each_time_and_leaves_nothing(store: BlobStore, tmp_path: Path) -> None:
    store.check()
    store.check()
    assert files(tmp_path / "blobs") == []
    with full_after(0), pytest.raises(StoreError, match="File too large"):
        store.check()
    assert files(tmp_path / "blobs") == []


def test_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = BlobStore(str(tmp_path / "file" / "blobs"))
    for use in (store.check, lambda: store.put(DATA), lambda: store.get(DIGEST)):
        with pytest.raises(StoreError):
            use()


def test_puts_from_many_threads_are_all_there(store: BlobStore, tmp_path: Path) -> None:
    pictures = [f"picture {number % 10}".encode() for number in range(100)]
    with ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(store.put, pictures))
    assert [store.get(digest) for digest in digests] == pictures
    assert len(files(tmp_path / "blobs")) == 10
