"""What runs in shadow: begun, replaced, stopped, ended by a promotion, and never taken for a release."""

from pathlib import Path

import pytest

from beadwatch.domain.errors import ReleaseError
from beadwatch.domain.release import MoveKind
from beadwatch.storage.files import Files
from beadwatch.storage.release_channel import ReleaseChannel
from beadwatch.storage.release_signing import Signer, Verifier, make_keys
from beadwatch.storage.shadow_channel import ShadowChannel
from tests.bundles import write_bundle
from tests.releases import publish, versions
from tests.stopping import Stopped, Stopping


@pytest.fixture
def shadows(files: Files) -> ShadowChannel:
    return ShadowChannel(files)


def running(shadows: ShadowChannel) -> str | None:
    found = shadows.running("tig")
    return found.version if found else None


def test_begun_replaced_and_stopped_beside_the_champion(
    channel: ReleaseChannel, shadows: ShadowChannel, one: Path, two: Path, tmp_path: Path
) -> None:
    first = publish(channel, one)
    assert running(shadows) is None
    begun = shadows.begin(two, "tig", "rosa", "to see")
    assert (begun.kind, begun.version, begun.by, begun.beside) == (MoveKind.SHADOW, "tig-2", "rosa", 1)
    assert shadows.begin(two, "tig", "ada", "again") == begun, "what is there stays, by its old move"
    assert (shadows.tasks(), shadows.fetch(begun, tmp_path / "fetched").is_dir()) == (["tig"], True)
    third = write_bundle(tmp_path / "tig-3", version="tig-3")
    shadows.begin(third, "tig", "rosa", "a better one")
    assert running(shadows) == "tig-3"
    stopped = shadows.stop("tig", "ada", "seen enough")
    assert (stopped.kind, stopped.sequence, running(shadows)) == (MoveKind.STOP, 3, None)
    with pytest.raises(ReleaseError, match="nothing runs in shadow"):
        shadows.stop("tig", "ada", "again")
    assert (channel.current("tig"), versions(channel)) == (first, ["tig-1"]), "the champion's moves are left alone"


def test_without_a_champion_in_the_channel(shadows: ShadowChannel, two: Path) -> None:
    assert shadows.begin(two, "tig", "rosa", "to see").beside == 0
    assert running(shadows) == "tig-2"


def test_promoting_it_ends_the_shadow_for_good(
    channel: ReleaseChannel, shadows: ShadowChannel, one: Path, two: Path
) -> None:
    publish(channel, one)
    shadows.begin(two, "tig", "rosa", "to see")
    publish(channel, two, "tig-1")
    assert running(shadows) is None
    channel.rollback("tig", "rosa", "misses pores")
    assert running(shadows) is None, "going back does not put it into shadow again"
    shadows.begin(two, "tig", "rosa", "once more")
    assert running(shadows) == "tig-2", "a person may"


def test_a_champion_and_other_files_of_a_version_are_refused(
    channel: ReleaseChannel, shadows: ShadowChannel, one: Path, two: Path, tmp_path: Path
) -> None:
    publish(channel, one)
    with pytest.raises(ReleaseError, match="is the champion"):
        shadows.begin(one, "tig", "rosa", "why not")
    shadows.begin(two, "tig", "rosa", "to see")
    other = write_bundle(tmp_path / "other", version="tig-2", attribution=("somebody else",))
    with pytest.raises(ReleaseError, match="with other files"):
        shadows.begin(other, "tig", "rosa", "to see")
    with pytest.raises(ReleaseError, match="not 'surface'"):
        shadows.begin(two, "surface", "rosa", "to see")


def test_a_signed_shadow_cannot_be_laid_down_as_a_release(files: Files, two: Path, tmp_path: Path) -> None:
    private, public = make_keys(tmp_path / "keys")
    shadows = ShadowChannel(files, Signer(private), Verifier(public))
    shadows.begin(two, "tig", "rosa", "to see")
    assert running(shadows) == "tig-2"
    files.write("moves/tig/00000001.json", files.read("shadow/moves/tig/00000001.json") or b"")
    with pytest.raises(ReleaseError, match="a move of the kind shadow"):
        ReleaseChannel(files, verifier=Verifier(public)).current("tig")


def test_an_unsigned_shadow_is_refused_where_signatures_are_wanted(files: Files, two: Path, tmp_path: Path) -> None:
    ShadowChannel(files).begin(two, "tig", "rosa", "to see")
    _, public = make_keys(tmp_path / "keys")
    with pytest.raises(ReleaseError, match="not signed"):
        ShadowChannel(files, verifier=Verifier(public)).running("tig")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(6))
def test_whatever_stops_it_the_shadow_is_whole_or_not_there(
    files: Files, two: Path, tmp_path: Path, number: int, after: bool
) -> None:
    with pytest.raises(Stopped):
        ShadowChannel(Stopping(files, number, after)).begin(two, "tig", "rosa", "to see")
    shadows = ShadowChannel(files)
    found = shadows.running("tig")
    assert (found is not None) is (number + after > 4)
    if found is not None:
        assert shadows.fetch(found, tmp_path / "fetched").is_dir()
    assert shadows.begin(two, "tig", "rosa", "to see").sequence == 1
    assert running(shadows) == "tig-2"
