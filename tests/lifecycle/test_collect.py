"""Feedback comes into a set once, never near the frozen test part, and leaves it with its deletion."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from beadwatch.datasets.catalog import Catalog
from beadwatch.datasets.sample import labelled
from beadwatch.datasets.snapshot import DatasetSnapshot, Record, make_snapshot
from beadwatch.datasets.split import straddling_groups
from beadwatch.domain.errors import DatasetError, StoreError
from beadwatch.domain.labels import SURFACE, TIG
from beadwatch.lifecycle.collect import CollectOptions, CollectResult, Station, collect, collect_into, contributors_to
from beadwatch.lifecycle.uploads import Standing
from beadwatch.storage.files import open_files
from tests.datasets.welds import brighter, darker, jpeg
from tests.lifecycle.said import ACCOUNTS, BOB, Gallery, a_set, digest, of_feedback, review, said

OPTIONS = CollectOptions(SURFACE)


@pytest.fixture
def gallery() -> Gallery:
    return Gallery()


@pytest.fixture
def held(gallery: Gallery) -> DatasetSnapshot:
    return a_set(gallery)


def run(
    held: DatasetSnapshot, gallery: Gallery, log: list[dict[str, Any]], deleted: tuple[int, ...] = (), **options: Any
) -> CollectResult:
    station = Station(log, {("north", f"{n:032x}") for n in deleted}, ACCOUNTS)
    result = collect(held, station, replace(OPTIONS, **options), gallery.look)
    again = collect(result.snapshot, station, replace(OPTIONS, **options), gallery.look)
    assert (again.snapshot.hash, again.changed) == (result.snapshot.hash, False), "collecting again changes nothing"
    assert straddling_groups(result.snapshot.records) == {}
    assert result.snapshot.part("test") == held.part("test"), "the test part is frozen"
    return result


def test_a_picture_comes_in_with_what_the_person_and_the_model_said(gallery: Gallery, held: DatasetSnapshot) -> None:
    gallery.add("new", 20)
    boxes = [{"label": "crack", "box": [0.1, 0.2, 0.3, 0.4]}]
    result = run(held, gallery, [said(7, "new", "crack+porosity", boxes=boxes)])
    (record,) = result.new_records
    assert (record.sha256, record.labels, record.answer) == (digest("new"), ("crack", "porosity"), {"crack": 0.1})
    assert record.annotations[0].box == (0.1, 0.2, 0.3, 0.4)
    assert (record.name, record.source, record.group) == (f"north/{7:032x}", "feedback", "north: part P7, seam -")
    assert record.split == "train"
    assert result.changed
    assert [person.name for person in result.contributors] == ["ada"]
    assert contributors_to(Station([said(7, "new")], (), ACCOUNTS), OPTIONS, [digest("new")])[0].pictures == 1


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.3, 3, 3), (0.5, 5, 5)])
def test_a_share_of_the_new_groups_is_held_out_whole(
    gallery: Gallery, held: DatasetSnapshot, share: float, least: int, most: int
) -> None:
    log = []
    for weld in range(10):
        for copy in range(2):
            gallery.add(f"{weld} {copy}", 20 + weld, brighter if copy else None)
            log.append(said(2 * weld + copy + 1, f"{weld} {copy}", part_id=f"W{weld}"))
    result = run(held, gallery, log, held_out=share)
    assert (len(result.new_records), result.new_groups) == (20, 10)
    groups = {record.group_key for record in result.new_records if record.split == "valid"}
    assert least <= len(groups) <= most
    first = run(held, gallery, log[:10], held_out=share)
    assert {r.sha256: r.split for r in first.new_records}.items() <= {
        r.sha256: r.split for r in run(first.snapshot, gallery, log, held_out=share).snapshot.records
    }.items(), "what was placed once stays"


@pytest.mark.parametrize(
    ("log", "near_test", "new"),
    [
        ([said(1, "copy")], 1, 0),  # a copy of the test picture
        ([said(1, "copy", part_id="P"), said(2, "other", part_id="P")], 2, 0),  # and what is of its group
        ([said(1, "copy"), said(2, "other")], 1, 1),
        ([said(1, "old 6", part_id="P"), said(2, "other", part_id="P")], 1, 0),  # the very test picture's part
    ],
    ids=["copy", "group", "other group", "part"],
)
def test_nothing_near_the_test_part_comes_in(
    gallery: Gallery, held: DatasetSnapshot, log: list[dict[str, Any]], near_test: int, new: int
) -> None:
    gallery.add("copy", 6, jpeg)
    gallery.add("other", 30)
    result = run(held, gallery, log)
    assert (len(result.near_test), len(result.new_records)) == (near_test, new)


@pytest.mark.parametrize(("seed", "split"), [(2, "train"), (5, "valid")])
def test_copies_join_the_group_that_is_known(gallery: Gallery, held: DatasetSnapshot, seed: int, split: str) -> None:
    gallery.add("copy", seed, darker)
    gallery.add("beside", 40)
    result = run(held, gallery, [said(1, "copy", part_id="P"), said(2, "beside", part_id="P")])
    assert {record.split for record in result.new_records} == {split}
    mates = {
        record.group_key for record in (*result.new_records, *result.snapshot.records) if record.name == f"{seed}.jpg"
    }
    assert mates == {f"*/weld {seed}"} == {record.group_key for record in result.new_records}


def test_what_ties_training_and_validation_is_left_out(gallery: Gallery, held: DatasetSnapshot) -> None:
    gallery.add("of 1", 1, darker)
    gallery.add("of 5", 5, darker)
    result = run(held, gallery, [said(1, "of 1", part_id="P"), said(2, "of 5", part_id="P")])
    assert (len(result.tying), result.changed) == (2, False)


@pytest.mark.parametrize(
    ("picture", "relabel", "taken"),
    [("old 1", False, False), ("old 1", True, True), ("old 6", True, False)],
    ids=["kept", "by rule", "frozen test"],
)
def test_a_picture_that_is_there_is_not_added_but_may_be_relabelled(
    gallery: Gallery, held: DatasetSnapshot, picture: str, relabel: bool, taken: bool
) -> None:
    log = [said(1, picture, "porosity")]
    station = Station(log, (), ACCOUNTS)
    result = collect(held, station, replace(OPTIONS, relabel=relabel), gallery.look)
    (found,) = result.relabelled
    assert (found.before, found.after, found.taken) == (("crack",), ("porosity",), taken)
    assert len(result.snapshot.records) == len(held.records)
    assert result.changed is taken
    assert result.snapshot.part("test") == held.part("test")


def test_a_later_review_changes_the_labels_of_what_was_collected(gallery: Gallery, held: DatasetSnapshot) -> None:
    gallery.add("new", 20)
    first = run(held, gallery, [said(1, "new")])
    log = [said(1, "new"), said(2, "new", "porosity", review(hours=5), account=BOB)]
    second = run(first.snapshot, gallery, log)
    (record,) = of_feedback(second.snapshot).values()
    assert (record.labels, record.name) == (("porosity",), f"north/{1:032x}")
    assert len(second.disagreements) == 1
    assert [each.taken for each in second.relabelled] == [True]


@pytest.mark.parametrize(
    ("log", "deleted", "left", "counts"),
    [
        ([], (1,), 0, (1, 0, 0)),
        ([said(1, "new", "crack", review("rejected"))], (), 0, (0, 1, 0)),
        ([], (), 1, (0, 0, 1)),  # another station's database: nothing is thrown away
        ([said(2, "new", account=BOB)], (1,), 1, (0, 0, 0)),  # somebody else said it too
    ],
    ids=["deleted", "rejected", "unknown", "said by two"],
)
def test_what_goes_from_the_station_goes_from_the_set(
    gallery: Gallery,
    held: DatasetSnapshot,
    log: list[dict[str, Any]],
    deleted: tuple[int, ...],
    left: int,
    counts: tuple[int, int, int],
) -> None:
    gallery.add("new", 20)
    first = run(held, gallery, [said(1, "new")])
    second = run(first.snapshot, gallery, log, deleted)
    assert len(of_feedback(second.snapshot)) == left
    assert (len(second.deleted), len(second.withdrawn), len(second.unknown)) == counts
    assert all(
        record.name == log[0]["team"] + "/" + log[0]["id"] for record in of_feedback(second.snapshot).values() if log
    )
    assert len(of_feedback(first.snapshot)) == 1


def test_a_broken_picture_is_left_out_and_counted(gallery: Gallery, held: DatasetSnapshot) -> None:
    gallery.prints[digest("broken")] = None
    result = run(held, gallery, [said(1, "broken"), said(2, "broken too", "")])
    assert (result.broken, result.changed) == ((digest("broken"),), False)
    assert result.standings[Standing.UNUSABLE] == 1
    assert result.to_dict()["feedback"] == {"counts": 1, "rejected": 0, "waiting": 0, "unusable": 1}


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda each: replace(each, split=None), OPTIONS, "no frozen test part"),
        (lambda each: each, CollectOptions(TIG), "'tig' does not know"),
    ],
)
def test_a_set_that_cannot_take_it_is_refused(
    gallery: Gallery,
    held: DatasetSnapshot,
    change: Callable[[Record], Record],
    options: CollectOptions,
    message: str,
) -> None:
    with pytest.raises(DatasetError, match=message):
        collect(make_snapshot(map(change, held.records)), Station([]), options, gallery.look)


@pytest.mark.parametrize("change", [{"held_out": 1.0}, {"held_out": -0.1}, {"near": 0.2}], ids=str)
def test_impossible_options_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(DatasetError):
        replace(OPTIONS, **change)  # type: ignore[arg-type]


class KilledError(Exception):
    pass


class DyingFiles:
    """Files that die at one step: before a write, or right after it."""

    def __init__(self, url: str, step: int | None) -> None:
        self._files, self._left = open_files(url), step

    def _tick(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise KilledError

    def read(self, path: str) -> bytes | None:
        self._tick()
        return self._files.read(path)

    def names(self, folder: str) -> list[str]:
        self._tick()
        return self._files.names(folder)

    def write(self, path: str, data: bytes) -> None:
        self._tick()
        self._files.write(path, data)
        self._tick()


def test_killed_anywhere_nothing_is_lost_or_doubled(gallery: Gallery, held: DatasetSnapshot, tmp_path: Any) -> None:
    gallery.add("new", 20)
    station = Station([said(1, "new")], (), ACCOUNTS)
    expected = collect(held, station, OPTIONS, gallery.look).snapshot.hash
    killed = 0
    for step in range(100):
        url = str(tmp_path / f"step {step}")
        Catalog(open_files(url)).put("photos", held, "import")
        try:
            collect_into(Catalog(DyingFiles(url, step)), "photos", station, OPTIONS, gallery.look)
        except KilledError:
            killed += 1
        catalog = Catalog(open_files(url))
        assert catalog.snapshot("photos").hash in {held.hash, expected}, "the set is whole"
        collect_into(catalog, "photos", station, OPTIONS, gallery.look)
        assert [state.snapshot for state in catalog.get("photos").states] == [held.hash, expected]
        if killed == step:
            break
    assert killed == step >= 6, "killed at every step, and the last time at none"


def test_who_changes_the_set_meanwhile_is_not_overwritten(
    gallery: Gallery, held: DatasetSnapshot, tmp_path: Any
) -> None:
    gallery.add("new", 20)
    catalog = Catalog(open_files(str(tmp_path / "sets")))
    catalog.put("photos", held, "import")
    other = make_snapshot([*held.records, Record("ab" * 32, "a.jpg", labelled("crack"), "g", "else", split="train")])

    def look(sha256: str) -> Any:
        if catalog.get("photos").snapshot == held.hash:
            catalog.put("photos", other, "import --add")
        return gallery.look(sha256)

    with pytest.raises(DatasetError, match="collect again"):
        collect_into(catalog, "photos", Station([said(1, "new")], (), ACCOUNTS), OPTIONS, look)
    assert catalog.get("photos").snapshot == other.hash


def test_a_station_that_refuses_changes_nothing(gallery: Gallery, held: DatasetSnapshot, tmp_path: Any) -> None:
    catalog = Catalog(open_files(str(tmp_path / "sets")))
    catalog.put("photos", held, "import")

    def log() -> Any:
        yield said(1, "new")
        raise StoreError("gone")

    with pytest.raises(StoreError):
        collect_into(catalog, "photos", Station(log(), (), ACCOUNTS), OPTIONS, gallery.look)
    assert len(catalog.get("photos").states) == 1
