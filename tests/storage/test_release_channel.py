"""Releases: published whole or not at all, kept for ever, gone back from; damage and forgery are noticed."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from beadwatch.domain.errors import BundleError, ReleaseError, StoreError
from beadwatch.domain.release import MoveKind, Release
from beadwatch.inference.bundle import load_bundle
from beadwatch.storage.files import Files, open_files
from beadwatch.storage.release_channel import ReleaseChannel
from tests.bundles import zipped
from tests.releases import bundle, change_move, passing, publish, versions

FORCED = {"name": "rosa", "reason": "a test", "at": "2026-01-02T00:00:00+00:00"}


def check_life(channel: ReleaseChannel, one: Path, two: Path, tmp_path: Path) -> None:
    """Go through publishing, going back, and fetching both."""
    assert (channel.current("tig"), channel.history("tig"), channel.tasks()) == (None, [], [])
    first = publish(channel, one)
    assert channel.current("tig") == first
    second = publish(channel, two, "tig-1")
    back = channel.rollback("tig", "ada", "misses pores")
    assert channel.tasks() == ["tig"]
    assert channel.current("tig") == back
    assert channel.history("tig") == [first, second, back]
    assert (back.version, back.files, back.published, back.kind) == ("tig-1", first.files, 1, MoveKind.ROLLBACK)
    assert (back.by, back.why, back.sequence) == ("ada", "misses pores", 3)
    assert load_bundle(channel.fetch(second, tmp_path / "fetched" / "two")).card.version == "tig-2"
    assert load_bundle(channel.fetch(back, tmp_path / "fetched" / "one")).card.version == "tig-1"
    assert sorted(path.name for path in (tmp_path / "fetched").iterdir()) == ["one", "two"]


def test_a_channels_life(channel: ReleaseChannel, one: Path, two: Path, tmp_path: Path) -> None:
    check_life(channel, one, two, tmp_path)


def test_a_channels_life_in_memory(one: Path, two: Path, tmp_path: Path) -> None:
    check_life(ReleaseChannel(open_files(f"memory://{tmp_path.name}")), one, two, tmp_path)


@pytest.mark.slow
def test_a_channels_life_in_a_bucket(bucket_url: str, one: Path, two: Path, tmp_path: Path) -> None:
    check_life(ReleaseChannel(open_files(f"{bucket_url}/channel")), one, two, tmp_path)


def test_a_zip_is_the_same_release_as_its_folder(channel: ReleaseChannel, one: Path) -> None:
    assert publish(channel, zipped(one)) == publish(channel, one)
    assert versions(channel) == ["tig-1"]


def test_going_back_twice_does_not_come_to_what_was_left(channel: ReleaseChannel, one: Path, two: Path) -> None:
    publish(channel, one)
    publish(channel, two, "tig-1")
    channel.rollback("tig", "ada", "bad")
    with pytest.raises(ReleaseError, match="tig-1 is the first release of tig"):
        channel.rollback("tig", "ada", "bad")
    publish(channel, two, "tig-1")
    assert channel.rollback("tig", "ada", "bad again").version == "tig-1"
    assert versions(channel) == ["tig-1", "tig-2", "tig-1", "tig-2", "tig-1"]


def test_nothing_to_go_back_to(channel: ReleaseChannel) -> None:
    with pytest.raises(ReleaseError, match="nothing was ever released"):
        channel.rollback("tig", "ada", "bad")


@pytest.mark.parametrize("why", ["", " "])
def test_going_back_needs_a_reason(channel: ReleaseChannel, one: Path, two: Path, why: str) -> None:
    publish(channel, one)
    publish(channel, two, "tig-1")
    with pytest.raises(ReleaseError, match="why:"):
        channel.rollback("tig", "ada", why)
    assert versions(channel) == ["tig-1", "tig-2"]


@pytest.mark.parametrize(
    ("verdict", "override", "says"),
    [
        ({}, None, "there is no verdict"),
        (passing("tig-1", passed=False), None, "is not released"),
        (passing("tig-9"), None, "about the challenger"),
        ({}, {"name": "rosa", "reason": ""}, "needs a reason"),
        ({}, {"name": "", "reason": "x"}, "needs a name"),
        ({"figure": float("nan")}, FORCED, "no JSON"),
    ],
)
def test_the_gate_is_obeyed(
    channel: ReleaseChannel, one: Path, verdict: dict[str, Any], override: dict[str, Any] | None, says: str
) -> None:
    with pytest.raises(ReleaseError, match=says):
        channel.publish(one, "tig", "rosa", verdict, override)
    assert channel.current("tig") is None


def test_an_override_releases_and_is_kept_for_ever(channel: ReleaseChannel, one: Path, two: Path) -> None:
    made = channel.publish(one, "tig", "rosa", passing("tig-1", passed=False), FORCED)
    publish(channel, two, "tig-1")
    back = channel.rollback("tig", "ada", "bad")
    assert [move.override for move in channel.history("tig")] == [FORCED, None, FORCED]
    assert (made.why, made.verdict["passed"], back.verdict["passed"]) == ("a test", False, False)


def test_a_verdict_against_an_old_champion_is_none(channel: ReleaseChannel, one: Path, two: Path) -> None:
    publish(channel, one)
    with pytest.raises(ReleaseError, match="the champion is 'tig-1'"):
        publish(channel, two, "tig-0")


def test_another_task_or_a_broken_bundle_is_refused(channel: ReleaseChannel, one: Path, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="of the task 'tig'"):
        channel.publish(one, "surface", "rosa", passing("tig-1"))
    (one / "model.onnx").write_bytes(b"altered")
    (tmp_path / "words.zip").write_bytes(b"words")
    for path in (one, zipped(one), tmp_path / "words.zip", tmp_path / "nothing"):
        with pytest.raises(BundleError):
            channel.publish(path, "tig", "rosa", passing("tig-1"))
    assert channel.tasks() == []


def test_a_version_is_never_published_with_other_files(channel: ReleaseChannel, one: Path, two: Path) -> None:
    publish(channel, one)
    publish(channel, two, "tig-1")
    card = json.loads((one / "card.json").read_text())
    (one / "card.json").write_text(json.dumps(card | {"attribution": ["somebody else"]}))
    with pytest.raises(ReleaseError, match="published with other files"):
        publish(channel, one, "tig-2")


def test_of_several_publishers_at_once_each_comes_whole_or_not(files: Files, tmp_path: Path) -> None:
    """Each thread publishes its own bundle again and again against the champion it sees; every move is somebody's."""
    paths = [bundle(tmp_path / "bundles", f"tig-{number}") for number in range(4)]
    made: list[Release] = []
    refused: list[ReleaseError] = []
    begin = threading.Barrier(len(paths))

    def run(path: Path) -> None:
        begin.wait()
        for _ in range(4):
            try:
                made.append(ReleaseChannel(files).publish(path, "tig", "rosa", {}, FORCED))
            except ReleaseError as error:
                refused.append(error)

    threads = [threading.Thread(target=run, args=[path]) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    channel = ReleaseChannel(files)
    moves = channel.history("tig")
    assert {move.sequence for move in made} == set(range(1, len(moves) + 1))
    assert all(release == moves[release.sequence - 1] for release in made), "no move was written over"
    assert all("somebody else moved tig" in str(error) for error in refused)
    assert channel.current("tig") == moves[-1]


class Beaten:
    """Files in which somebody else is faster: before our move is created, theirs is there."""

    def __init__(self, files: Files, first: Callable[[], object]) -> None:
        self._files, self._first = files, first

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)

    def create(self, path: str, data: bytes) -> bool:
        self._first()
        return self._files.create(path, data)


@pytest.mark.parametrize("url", ["channel", "memory://beaten"])
def test_who_comes_second_fails_and_changes_nothing(url: str, one: Path, two: Path) -> None:
    files = open_files(url)
    channel = ReleaseChannel(files)
    beaten: Any = Beaten(files, lambda: publish(channel, one))
    with pytest.raises(ReleaseError, match="somebody else moved tig"):
        publish(ReleaseChannel(beaten), two)
    assert versions(channel) == ["tig-1"]
    assert not [name for name in files.names("moves/tig") if name.endswith(".part")]


@pytest.mark.parametrize(
    "pointer", [None, b"", b"{}", b"words", b'{"move": 1}', b'{"move": "2"}', b'{"move": -1}', b"3"]
)
def test_a_pointer_that_is_behind_or_damaged_misleads_nobody(
    files: Files, channel: ReleaseChannel, one: Path, two: Path, pointer: bytes | None
) -> None:
    publish(channel, one)
    second = publish(channel, two, "tig-1")
    assert json.loads(files.read("pointers/tig.json") or b"") == {"move": 2}
    if pointer is None:
        files.remove("pointers/tig.json")
    else:
        files.write("pointers/tig.json", pointer)
    assert channel.current("tig") == second


def test_a_pointer_to_a_move_that_is_not_there_is_an_error(files: Files, channel: ReleaseChannel, one: Path) -> None:
    publish(channel, one)
    files.write("pointers/tig.json", b'{"move": 7}')
    with pytest.raises(ReleaseError, match="names move 7, which is not there"):
        channel.current("tig")


@pytest.mark.parametrize(
    "changes", [{"sequence": 2, "published": 2}, {"task": "surface"}, {"files": {"../x": "ab" * 32}}]
)
def test_a_damaged_move_is_named(files: Files, channel: ReleaseChannel, one: Path, changes: dict[str, Any]) -> None:
    publish(channel, one)
    change_move(files, changes)
    with pytest.raises(ReleaseError, match=r"moves/tig/00000001\.json"):
        channel.current("tig")


@pytest.mark.parametrize("task", ["../tig", "", "TIG", "a/b", "x" * 65])
def test_what_is_no_task_is_no_path(channel: ReleaseChannel, task: str) -> None:
    for ask in (channel.current, channel.history):
        with pytest.raises(ReleaseError, match="is no task"):
            ask(task)


@pytest.mark.parametrize("damage", ["altered", "missing"])
def test_a_file_that_is_not_the_released_one_is_refused_and_mended_by_publishing_again(
    files: Files, channel: ReleaseChannel, one: Path, tmp_path: Path, damage: str
) -> None:
    release = publish(channel, one)
    digest = release.files["model.onnx"]
    path = f"objects/{digest[:2]}/{digest}"
    if damage == "altered":
        files.write(path, b"altered")
    else:
        files.remove(path)
    with pytest.raises(ReleaseError, match=r"model\.onnx of tig-1"):
        channel.fetch(release, tmp_path / "fetched" / "one")
    assert list((tmp_path / "fetched").iterdir()) == []
    assert publish(channel, one) == release
    assert channel.fetch(release, tmp_path / "fetched" / "one").is_dir()


def test_a_fetched_bundle_stays_and_a_damaged_one_is_fetched_anew(
    files: Files, channel: ReleaseChannel, one: Path, tmp_path: Path
) -> None:
    release = publish(channel, one)
    place = channel.fetch(release, tmp_path / "fetched")
    before = place.stat().st_ino
    assert channel.fetch(release, place).stat().st_ino == before
    (place / "model.onnx").write_bytes(b"altered")
    assert load_bundle(channel.fetch(release, place)).card.version == "tig-1"
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        channel.fetch(release, tmp_path / "file" / "inside")
