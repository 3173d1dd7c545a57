"""From the station's feedback to the next snapshot of a data set: what people corrected becomes what is learned from.

The snapshot follows from the set and the feedback alone, so collecting twice changes nothing. The set's name moves
last, in one step: whatever kills a collection, the set is what it was or what it is to be. Knows uploads, records and
pictures' fingerprints. Does not know SQL, nor where a picture's bytes are.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from beadwatch.datasets.catalog import Catalog
from beadwatch.datasets.fingerprint import Fingerprint, fingerprint
from beadwatch.datasets.likeness import NEAR
from beadwatch.datasets.near_duplicates import near_pairs
from beadwatch.datasets.snapshot import DatasetSnapshot, Record, make_snapshot
from beadwatch.domain.accounts import Account
from beadwatch.domain.errors import BeadwatchError, DatasetError
from beadwatch.domain.labels import Task
from beadwatch.imaging.decode import decode
from beadwatch.lifecycle.contributors import Contributor, contributors
from beadwatch.lifecycle.placing import Likeness, Placed, place
from beadwatch.lifecycle.uploads import Chosen, Disagreement, Standing, Upload, choose, read_uploads

SOURCE = "feedback"
Read = Callable[[str], bytes]
Look = Callable[[str], Fingerprint | None]


@dataclass(frozen=True, slots=True)
class CollectOptions:
    """What is collected and how.

    `held_out` is the share of new groups that no model trains on, so that it can be judged by them; `seed` draws them.
    `near` is the likeness from which two pictures are near copies: frames of one fixed camera need 0.9. With
    `trust_reviewers`, what reviewers send counts without a review. With `relabel`, feedback also changes the labels of
    pictures that came from elsewhere; it never does in the frozen test part.
    """

    task: Task
    held_out: float = 0.3
    seed: int = 0
    near: float = NEAR
    trust_reviewers: bool = False
    relabel: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.held_out < 1.0:
            raise DatasetError(f"held out: {self.held_out} is no share of the new groups from 0 to below 1")
        if not 0.5 <= self.near <= 1.0:
            raise DatasetError(f"near: {self.near} is no likeness from 0.5 to 1")


@dataclass(frozen=True, slots=True)
class Station:
    """What the station knows: its feedback with reviews, what of it was deleted (team, id), and its accounts by id."""

    feedback: Iterable[Mapping[str, Any]]
    deleted: Collection[tuple[str, str]] = ()
    accounts: Mapping[str, Account] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Relabel:
    """A picture that the set has, to which feedback gives other labels; `taken` says whether the set has them now."""

    sha256: str
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    by: str | None
    taken: bool


def pictures_by_class(snapshot: DatasetSnapshot) -> dict[str, int]:
    """Return how many pictures of a snapshot carry each label."""
    return dict(sorted(Counter(label for each in snapshot.records for label in each.labels).items()))


@dataclass(frozen=True, slots=True)
class CollectResult:
    """The next snapshot of a set, and how it came about.

    `new_records` came in now; those of split `valid` are held out. `near_test` and `tying` were left out because they
    hang together with the frozen test part, or with two parts at once; `broken` because they cannot be read (sha256).
    `deleted` left the set because their feedback was deleted, `withdrawn` because it no longer counts. `unknown`
    stayed, though this station has never heard of their feedback.
    """

    snapshot: DatasetSnapshot
    changed: bool
    new_records: tuple[Record, ...]
    near_test: tuple[Record, ...]
    tying: tuple[Record, ...]
    broken: tuple[str, ...]
    relabelled: tuple[Relabel, ...]
    deleted: tuple[str, ...]
    withdrawn: tuple[str, ...]
    unknown: tuple[str, ...]
    disagreements: tuple[Disagreement, ...]
    standings: Mapping[Standing, int]
    contributors: tuple[Contributor, ...]

    @property
    def new_groups(self) -> int:
        """How many groups the new pictures are of."""
        return len({record.group_key for record in self.new_records})

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "snapshot": self.snapshot.hash,
            "changed": self.changed,
            "pictures": len(self.snapshot.records),
            "classes": pictures_by_class(self.snapshot),
            "new_pictures": len(self.new_records),
            "new_groups": self.new_groups,
            "held_out": sum(record.split == "valid" for record in self.new_records),
            "left_out_near_test": [record.name for record in self.near_test],
            "left_out_tying_parts": [record.name for record in self.tying],
            "broken": list(self.broken),
            "relabelled": [
                {"sha256": each.sha256, "name": each.name, "before": list(each.before), "after": list(each.after),
                 "by": each.by, "taken": each.taken}
                for each in self.relabelled
            ],
            "deleted": len(self.deleted),
            "withdrawn": list(self.withdrawn),
            "unknown": list(self.unknown),
            "disagreements": [each.to_dict() for each in self.disagreements],
            "feedback": {standing.value: count for standing, count in self.standings.items()},
            "contributors": [each.to_dict() for each in self.contributors],
        }  # fmt: skip


def made_by(task: Task) -> str:
    """Return what a set's history calls a collection."""
    return f"collect {task.name}"


def collect_into(catalog: Catalog, name: str, station: Station, options: CollectOptions, look: Look) -> CollectResult:
    """Collect into the set `name`, which then points to the result; where nothing is new, nothing is written.

    Raises:
        DatasetError: no such set, it has no frozen test part, or somebody else changed it meanwhile.
        StoreError: a store refuses; the set is what it was.
    """
    held = catalog.snapshot(catalog.get(name).snapshot)
    result = collect(held, station, options, look)
    if result.changed:
        if catalog.get(name).snapshot != held.hash:
            raise DatasetError(f"data set {name!r} was changed by somebody else meanwhile: collect again")
        catalog.put(name, result.snapshot, made_by(options.task))
    return result


def collect(held: DatasetSnapshot, station: Station, options: CollectOptions, look: Look) -> CollectResult:
    """Return the next snapshot of a set.

    `look` gives the fingerprint of a picture by its sha256, and None for one that cannot be read.

    Raises:
        DatasetError: the set has no frozen test part, so that nothing could be kept out of it.
    """
    if not held.part("test"):
        raise DatasetError(
            "the set has no frozen test part, by which models could be compared: `beadwatch data split` makes one"
        )
    strange = {label for record in held.records for label in record.labels} - set(options.task.label_names)
    if strange:
        raise DatasetError(
            f"the set has classes that {options.task.name!r} does not know ({min(strange)!r}): collect into another"
        )
    log = list(station.feedback)
    chosen = choose(read_uploads(log, options.task, station.accounts, trust_reviewers=options.trust_reviewers))
    kept = _kept(held.records, chosen, {(each["team"], each["id"]) for each in log}, set(station.deleted))
    records, relabelled = _relabelled(kept.records, chosen, options)
    there = {record.sha256 for record in records}
    fresh = [_record(upload) for digest, upload in sorted(chosen.by_picture.items()) if digest not in there]
    seen = _look(sorted({record.sha256 for record in (*records, *fresh)}), look) if fresh else {}
    broken = tuple(record.sha256 for record in fresh if seen[record.sha256] is None)
    fresh = [record for record in fresh if seen[record.sha256] is not None]
    placed = _place(records, fresh, seen, chosen, options)
    snapshot = make_snapshot(placed.records)
    entered = {record.sha256 for record in placed.new} | {each.sha256 for each in relabelled if each.taken}
    taken = {upload.name for upload in chosen.by_picture.values()}
    return CollectResult(
        snapshot=snapshot,
        changed=snapshot.hash != held.hash,
        new_records=placed.new,
        near_test=placed.near_test,
        tying=placed.tying,
        broken=broken,
        relabelled=relabelled,
        deleted=kept.deleted,
        withdrawn=kept.withdrawn,
        unknown=kept.unknown,
        disagreements=chosen.disagreements,
        standings=chosen.standings,
        contributors=contributors(chosen.counting, station.accounts, entered, taken),
    )


def contributors_to(station: Station, options: CollectOptions, pictures: Collection[str]) -> tuple[Contributor, ...]:
    """Return who labelled these pictures (sha256), as for all that is new since some model was trained."""
    uploads = read_uploads(station.feedback, options.task, station.accounts, trust_reviewers=options.trust_reviewers)
    chosen = choose(uploads)
    taken = {upload.name for upload in chosen.by_picture.values()}
    return contributors(chosen.counting, station.accounts, pictures, taken)


def fingerprint_by(read: Read) -> Look:
    """Return a `Look` that reads and decodes pictures."""

    def look(sha256: str) -> Fingerprint | None:
        try:
            return fingerprint(decode(read(sha256)))
        except BeadwatchError:
            return None

    return look


@dataclass(frozen=True, slots=True)
class _Kept:
    records: list[Record]
    deleted: tuple[str, ...]
    withdrawn: tuple[str, ...]
    unknown: tuple[str, ...]


def _kept(held: Sequence[Record], chosen: Chosen, there: set[tuple[str, str]], deleted: set[tuple[str, str]]) -> _Kept:
    """Return what stays of the set: what came from elsewhere, and what feedback still says.

    A record is called after the first upload of its picture; where that was deleted, after the one that counts.
    """
    records: list[Record] = []
    gone: dict[str, list[str]] = {"deleted": [], "withdrawn": [], "unknown": []}
    for record in held:
        if record.source != SOURCE:
            records.append(record)
            continue
        team, _, upload_id = record.name.partition("/")
        counting = chosen.by_picture.get(record.sha256)
        if (team, upload_id) in there:
            stays, why = counting is not None, "withdrawn"
        elif (team, upload_id) in deleted:
            stays, why = counting is not None, "deleted"
            record = replace(record, name=counting.name) if counting else record  # noqa: PLW2901
        else:
            gone["unknown"].append(record.name)
            stays, why = True, ""
        if stays:
            records.append(record)
        else:
            gone[why].append(record.name)
    return _Kept(records, tuple(gone["deleted"]), tuple(gone["withdrawn"]), tuple(gone["unknown"]))


def _relabelled(
    records: Sequence[Record], chosen: Chosen, options: CollectOptions
) -> tuple[list[Record], tuple[Relabel, ...]]:
    """Give pictures that the set has the labels that people say they have, where the rules allow it."""
    result, relabelled = [], []
    for record in records:
        upload = chosen.by_picture.get(record.sha256)
        if upload is None:
            result.append(record)
            continue
        own = record.source == SOURCE
        taken = record.split != "test" and (own or options.relabel or not record.labels)
        if set(upload.labels) != set(record.labels):
            relabelled.append(Relabel(record.sha256, record.name, record.labels, upload.labels, upload.account, taken))
        elif not own:
            taken = False  # the same labels: their places stay as they were drawn
        answer = dict(upload.scores)
        result.append(replace(record, annotations=upload.annotations, answer=answer) if taken else record)
    return result, tuple(relabelled)


def _record(upload: Upload) -> Record:
    return Record(
        sha256=upload.sha256,
        name=upload.name,
        annotations=upload.annotations,
        group=upload.group,
        source=SOURCE,
        answer=dict(upload.scores),
    )


def _look(digests: Sequence[str], look: Look) -> dict[str, Fingerprint | None]:
    with ThreadPoolExecutor() as pool:
        return dict(zip(digests, pool.map(look, digests), strict=True))


def _place(
    records: Sequence[Record],
    fresh: Sequence[Record],
    seen: Mapping[str, Fingerprint | None],
    chosen: Chosen,
    options: CollectOptions,
) -> Placed:
    if not fresh:
        return Placed(tuple(records), (), (), ())
    links = {digest: upload.group for digest, upload in chosen.by_picture.items()}
    digests = list(seen)
    alike = near_pairs([seen[digest] for digest in digests], options.near)
    return place(records, fresh, links, Likeness(digests, alike), (options.held_out, options.seed))
