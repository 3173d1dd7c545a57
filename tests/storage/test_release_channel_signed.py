"""Releases that are signed, unsigned, signed by others, and altered after they were signed."""

from pathlib import Path
from typing import Any

import pytest

from beadwatch.domain.errors import ReleaseError
from beadwatch.storage.files import Files
from beadwatch.storage.release_channel import ReleaseChannel
from beadwatch.storage.release_signing import Signer, Verifier, make_keys
from tests.releases import change_move, publish


class Keys:
    """Two key pairs, and channels that use them."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files = files
        self.ours, self.theirs = make_keys(folder / "ours"), make_keys(folder / "theirs")

    def signing(self, keys: tuple[Path, Path]) -> ReleaseChannel:
        return ReleaseChannel(self._files, Signer(keys[0]))

    def verifying(self) -> ReleaseChannel:
        return ReleaseChannel(self._files, None, Verifier(self.ours[1]))


@pytest.fixture
def keys(files: Files, tmp_path: Path) -> Keys:
    return Keys(files, tmp_path)


def test_what_we_signed_is_given_out(keys: Keys, one: Path, two: Path, tmp_path: Path) -> None:
    publish(keys.signing(keys.ours), one)
    publish(keys.signing(keys.ours), two, "tig-1")
    back = keys.signing(keys.ours).rollback("tig", "ada", "bad")
    reader = keys.verifying()
    assert reader.current("tig") == back
    assert reader.fetch(back, tmp_path / "fetched").is_dir()


def test_unsigned_and_wrongly_signed_releases_are_refused(
    files: Files, keys: Keys, one: Path, two: Path, tmp_path: Path
) -> None:
    reader = keys.verifying()
    unsigned = publish(ReleaseChannel(files), one)
    with pytest.raises(ReleaseError, match="is not signed"):
        reader.current("tig")
    with pytest.raises(ReleaseError, match="is not signed"):
        reader.fetch(unsigned, tmp_path / "fetched")
    publish(keys.signing(keys.theirs), two, "tig-1")
    with pytest.raises(ReleaseError, match="not by our key"):
        reader.current("tig")
    with pytest.raises(ReleaseError, match="is not signed"):
        ReleaseChannel(files, Signer(keys.ours[0]), Verifier(keys.ours[1])).rollback("tig", "ada", "bad")
    assert not (tmp_path / "fetched").exists()


@pytest.mark.parametrize(
    "changes", [{"by": "mallory"}, {"files": {"card.json": "ab" * 32}}, {"verdict": {}}, {"override": {"name": "x"}}]
)
def test_a_signature_is_over_the_whole_record(files: Files, keys: Keys, one: Path, changes: dict[str, Any]) -> None:
    publish(keys.signing(keys.ours), one)
    assert keys.verifying().current("tig") is not None
    change_move(files, changes)
    with pytest.raises(ReleaseError, match="not by our key"):
        keys.verifying().current("tig")


def test_the_same_bundle_can_be_released_again_signed(files: Files, keys: Keys, one: Path) -> None:
    publish(ReleaseChannel(files), one)
    both = ReleaseChannel(files, Signer(keys.ours[0]), Verifier(keys.ours[1]))
    signed = publish(both, one, "tig-1")
    assert (signed.sequence, keys.verifying().current("tig")) == (2, signed)
    assert publish(both, one, "tig-1") == signed
