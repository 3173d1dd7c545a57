"""Keys: made once, private ones for their owner only, and signatures that hold for these bytes and this key alone."""

from pathlib import Path

import pytest

from beadwatch.domain.errors import ReleaseError
from beadwatch.storage.release_signing import Signer, Verifier, make_keys


def test_a_signature_holds_for_its_bytes_and_key_alone(tmp_path: Path) -> None:
    private, public = make_keys(tmp_path / "keys")
    _, other = make_keys(tmp_path / "other")
    signature = Signer(private).sign(b"release")
    assert Verifier(public).is_good(signature, b"release")
    assert not Verifier(public).is_good(signature, b"releasf")
    assert not Verifier(other).is_good(signature, b"release")
    for wrong in ("", "00", "no hex", signature[:-2], signature + "00"):
        assert not Verifier(public).is_good(wrong, b"release")


def test_only_the_owner_reads_the_private_key(tmp_path: Path) -> None:
    private, public = make_keys(tmp_path / "keys")
    assert (private.stat().st_mode & 0o777, private.name, public.name) == (0o600, "release.key", "release.pub")


@pytest.mark.parametrize("there", ["release.key", "release.pub"])
def test_keys_are_never_written_over(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(ReleaseError, match=f"{there} is there already"):
        make_keys(tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [there]


def test_what_is_no_key_is_refused_by_its_path(tmp_path: Path) -> None:
    private, public = make_keys(tmp_path / "keys")
    (tmp_path / "words").write_text("words")
    for path in (tmp_path / "words", public, tmp_path / "none"):
        with pytest.raises(ReleaseError, match=path.name):
            Signer(path)
    for path in (tmp_path / "words", private, tmp_path / "none"):
        with pytest.raises(ReleaseError, match=path.name):
            Verifier(path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ReleaseError, match="cannot be written"):
        make_keys(tmp_path / "file" / "keys")
