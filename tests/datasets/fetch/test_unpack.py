"""An archive becomes plain files below its folder, or is refused, whatever it holds."""

import gzip
import io
import os
import shutil
import stat
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from beadwatch.datasets.fetch.unpack import Contents, unpack
from beadwatch.domain.errors import ArchiveError, FetchError
from tests.datasets.fetch.conftest import FILES, files_below, tarred, watched, zipped

HONEST: dict[str, Callable[[], bytes]] = {
    "zip": zipped,
    "tar": tarred,
    "tar.gz": lambda: tarred(compression="gz"),
    "tar.bz2": lambda: tarred(compression="bz2"),
    "tar.xz": lambda: tarred(compression="xz"),
}


def unpacked(data: bytes, root: Path, **options: int) -> Contents:
    archive = root / "archive.part"
    archive.write_bytes(data)
    return unpack(archive, root / "new", watched(**options).options)


def zip_with(name: str, mode: int = 0, data: bytes = b"x", flags: int = 0) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("placeholder")
        info.filename, info.external_attr, info.create_system = name, mode << 16, 3
        archive.writestr("good.png", b"good")
        with warnings.catch_warnings(action="ignore"):  # of a name that stands twice
            archive.writestr(info, data)
    made = bytearray(buffer.getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.rfind(signature) + offset] |= flags
    return bytes(made)


def tar_with(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        good = tarfile.TarInfo("good.png")
        archive.addfile(good)
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, link
        archive.addfile(member)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", HONEST)
def test_honest_archive(tmp_path: Path, kind: str) -> None:
    contents = unpacked(HONEST[kind](), tmp_path)
    assert files_below(tmp_path / "new") == FILES
    assert contents == Contents(len(FILES), sum(map(len, FILES.values())))


@pytest.mark.parametrize("kind", HONEST)
def test_progress_is_shown_by_what_has_been_read(tmp_path: Path, kind: str) -> None:
    (tmp_path / "archive.part").write_bytes(data := HONEST[kind]())
    watch = watched()
    unpack(tmp_path / "archive.part", tmp_path / "new", watch.options)
    done = [step[1] for step in watch.seen]
    assert done
    assert max(done) <= len(data)
    assert {step[0::2] for step in watch.seen} == {("unpacking", len(data))}


def test_files_get_the_modes_that_files_get_here(tmp_path: Path) -> None:
    unpacked(zip_with("a/run.sh", stat.S_IFREG | 0o4777), tmp_path)
    (tmp_path / "own").touch()
    assert (tmp_path / "new/a/run.sh").stat().st_mode == (tmp_path / "own").stat().st_mode


@pytest.mark.parametrize("name", ["./a/b.png", "a//b.png", "a\\b.png", "a/./b.png"])
def test_harmless_ways_to_write_a_path(tmp_path: Path, name: str) -> None:
    unpacked(zip_with(name), tmp_path)
    assert (tmp_path / "new/a/b.png").read_bytes() == b"x"


OUTSIDE = ["../x", "a/../../x", "/etc/x", "//host/x", "C:/x", "C:x", "c:\\x", "..\\x", "\\x", "a\\..\\..\\x", ".."]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("make", [zip_with, tar_with], ids=["zip", "tar"])
def test_path_that_leads_out_is_refused(tmp_path: Path, name: str, make: Callable[[str], bytes]) -> None:
    root = tmp_path / "deep" / "down"
    root.mkdir(parents=True)
    with pytest.raises(ArchiveError, match="leads out of the folder"):
        unpacked(make(name), root)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {"deep/down/archive.part", "deep/down/new/good.png"}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(zip_with("link", stat.S_IFLNK | 0o777, b"/etc/passwd"), id="zip link"),
        pytest.param(zip_with("pipe", stat.S_IFIFO | 0o666), id="zip pipe"),
        pytest.param(zip_with("device", stat.S_IFCHR | 0o666), id="zip device"),
        pytest.param(tar_with("link", tarfile.SYMTYPE, "/etc/passwd"), id="tar link"),
        pytest.param(tar_with("link", tarfile.SYMTYPE, "good.png"), id="tar link inside"),
        pytest.param(tar_with("link", tarfile.LNKTYPE, "good.png"), id="tar hard link"),
        pytest.param(tar_with("link", tarfile.LNKTYPE, "../../etc/passwd"), id="tar hard link out"),
        pytest.param(tar_with("pipe", tarfile.FIFOTYPE), id="tar pipe"),
        pytest.param(tar_with("device", tarfile.CHRTYPE), id="tar character device"),
        pytest.param(tar_with("device", tarfile.BLKTYPE), id="tar block device"),
    ],
)
def test_what_is_no_plain_file_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ArchiveError, match="is no plain file, but a link or a device"):
        unpacked(data, tmp_path)
    assert files_below(tmp_path / "new") == {"good.png": (tmp_path / "new/good.png").read_bytes()}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(zip_with("good.png"), id="zip twice"),
        pytest.param(tar_with("good.png"), id="tar twice"),
        pytest.param(zip_with("good.png/inside"), id="file as a folder"),
        pytest.param(tar_with("good.png", tarfile.DIRTYPE), id="folder where a file is"),
        pytest.param(zip_with("a" * 300), id="too long"),
        pytest.param(tar_with("a" * 300), id="tar too long"),
    ],
)
def test_name_that_cannot_be_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ArchiveError, match="stands twice, or cannot be a file's name"):
        unpacked(data, tmp_path)


def test_encrypted_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="is encrypted: unpack it yourself"):
        unpacked(zip_with("secret.png", flags=1), tmp_path)


def zeros_zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(10_000_000))
    return buffer.getvalue()


def lying_zip() -> bytes:
    """Return a ZIP bomb that announces one byte."""
    made = bytearray(zeros_zipped())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = made.rfind(signature) + offset
        made[at : at + 4] = (1).to_bytes(4, "little")
    return bytes(made)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(zeros_zipped(), "more than 1.0 MB; --max-gb allows more", id="zip"),
        pytest.param(tarred({"bomb": bytes(10_000_000)}, "gz"), "more than 1.0 MB; --max-gb allows more", id="tar.gz"),
        pytest.param(tarred({"bomb": bytes(10_000_000)}, "xz"), "more than 1.0 MB", id="tar.xz"),
        pytest.param(lying_zip(), "damaged: Bad CRC-32", id="zip that lies"),
    ],
)
def test_bomb_is_stopped(tmp_path: Path, data: bytes, says: str) -> None:
    assert len(data) < 100_000
    with pytest.raises(FetchError, match=says):
        unpacked(data, tmp_path, max_bytes=1_000_000)
    assert sum(path.stat().st_size for path in (tmp_path / "new").rglob("*")) <= 1_000_000


@pytest.mark.parametrize("make", [zipped, tarred], ids=["zip", "tar"])
def test_too_many_files_are_stopped(tmp_path: Path, make: Callable[..., bytes]) -> None:
    with pytest.raises(FetchError, match="more than 10 files"):
        unpacked(make({f"{number}": b"" for number in range(11)}), tmp_path, max_files=10)


def test_too_little_room_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=10))
    with pytest.raises(FetchError, match=r"the disk has 10 bytes free, unpacking needs 26\.8 kB"):
        unpacked(zipped(), tmp_path)
    assert files_below(tmp_path / "new") == {}


def cut_at_a_border() -> bytes:
    """Return a TAR cut after its first file, where a reader that does not look sees a whole one."""
    data = tarred()
    whole = 512 + -(-len(FILES["train/crack/1.png"]) // 512) * 512
    with tarfile.open(fileobj=io.BytesIO(data[:whole])) as seen:
        assert seen.getnames() == ["train/crack/1.png"]
    return data[:whole]


def wrong_checksum() -> bytes:
    """Return a TAR whose gzip checksum, at the very end, is wrong."""
    data = bytearray(gzip.compress(tarred()))
    assert zlib.crc32(tarred()) == int.from_bytes(data[-8:-4], "little")
    data[-8] ^= 1
    return bytes(data)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"words", id="words"),
        pytest.param(os.urandom(5000), id="noise"),
        pytest.param(zipped()[:-30], id="zip cut"),
        pytest.param(zipped()[:20], id="zip cut early"),
        pytest.param(flipped(zipped(), 100), id="zip flipped"),
        pytest.param(zipped({}), id="empty zip"),
        pytest.param(tarred({}), id="empty tar"),
        pytest.param(tarred()[:2000], id="tar cut in a file"),
        pytest.param(cut_at_a_border(), id="tar cut between files"),
        pytest.param(tarred(compression="gz")[:-20], id="tar.gz cut"),
        pytest.param(wrong_checksum(), id="tar.gz checksum"),
        pytest.param(tarred(compression="bz2")[:-20], id="tar.bz2 cut"),
        pytest.param(flipped(tarred(compression="bz2"), 60), id="tar.bz2 flipped"),
        pytest.param(tarred(compression="xz")[:-40], id="tar.xz cut"),
        pytest.param(flipped(tarred(compression="xz"), 60), id="tar.xz flipped"),
    ],
)
def test_damaged_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ArchiveError, match=r"damaged|cut short|no file|cannot be read"):
        unpacked(data, tmp_path)


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><title>Log in</title>", b"\n  <html>"])
def test_web_page_in_place_of_an_archive_is_named(tmp_path: Path, page: bytes) -> None:
    with pytest.raises(ArchiveError, match="it is a web page, so look for a direct link"):
        unpacked(page, tmp_path)


def test_zip_inside_a_tar_is_a_file_of_the_tar(tmp_path: Path) -> None:
    inner = zipped({"inner.png": b"inner"})
    unpacked(tarred({"inner.zip": inner}), tmp_path)
    assert files_below(tmp_path / "new") == {"inner.zip": inner}
