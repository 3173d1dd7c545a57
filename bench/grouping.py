"""How well the groups that we find agree with those of weld-quality: precision and recall of pairs of pictures.

The truth is `groups.csv` beside the set, itself a heuristic (source names, perceptual near-duplicates, runs of one
video): what it misses counts against us here.

- groups: what `beadwatch data group` finds with names and looks, with names alone and with looks alone. A pair is right
  when the truth has both pictures in one group too. Precision: right pairs among those that we have in one group.
  Recall: right pairs among all that the truth has in one group.
- near copies: what looks alone find of the copies of one photo, that is of the files whose names are the same before
  `.rf.`. Precision as above; recall among the pairs of such copies. Once for groups, and once for single pairs that
  were found, before groups are made of them.

The groups are cut into two halves by the sha256 of their names, and each half is measured by itself, as if it were the
whole set. Thresholds are to be chosen by the first half; the sweep at the end shows what that choice is made by.
Prints; asserts nothing.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from beadwatch.datasets.fingerprint import Fingerprint, fingerprint
from beadwatch.datasets.groups import infer_groups
from beadwatch.datasets.likeness import NEAR
from beadwatch.datasets.near_duplicates import DOUBTFUL, Pair, near_pairs
from beadwatch.datasets.sample import Sample, labelled
from beadwatch.imaging.decode import decode

ROOT = Path(__file__).resolve().parents[2] / "shared" / "data" / "weld-quality"
SWEEP = (0.55, 0.6, 0.65, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Picture:
    """A file, its group in the truth, what its photo was called, and how it looks."""

    path: Path
    group: str
    photo: str
    seen: Fingerprint

    @property
    def half(self) -> int:
        """1 or 2, by the name of its group."""
        return 1 + hashlib.sha256(self.group.encode()).digest()[0] % 2


@dataclass(frozen=True, slots=True)
class Agreement:
    """Right pairs, all pairs that we joined, and all that we should have joined and of them did."""

    right: int
    joined: int
    found: int
    wanted: int

    def __str__(self) -> str:
        """Return both shares with their counts."""
        return (
            f"precision {self.right / max(self.joined, 1):.4f} ({self.right:,} of {self.joined:,})   "
            f"recall {self.found / max(self.wanted, 1):.4f} ({self.found:,} of {self.wanted:,})"
        )


def read_pictures(root: Path) -> list[Picture]:
    def look(row: dict[str, str]) -> Picture:
        path = root / row["split"] / "images" / row["file"]
        return Picture(path, row["group"], row["file"].partition(".rf.")[0], fingerprint(decode(path.read_bytes())))

    with (root / "groups.csv").open(newline="", encoding="utf-8") as file, ThreadPoolExecutor() as pool:
        return list(pool.map(look, csv.DictReader(file)))


def groups_by(pictures: Sequence[Picture], pairs: Sequence[Pair], names: bool) -> list[str]:
    paths = [picture.path if names else Path(f"{number}.jpg") for number, picture in enumerate(pictures)]
    samples = [Sample(path, labelled("any"), "weld-quality") for path in paths]
    return [decision.group for decision in infer_groups(samples, pairs)]


def agreement(ours: Sequence[str], pictures: Sequence[Picture], wanted: Sequence[Hashable]) -> Agreement:
    truth = [picture.group for picture in pictures]
    return Agreement(
        right=_pairs(zip(ours, truth, strict=True)),
        joined=_pairs(ours),
        found=_pairs(zip(ours, wanted, strict=True)),
        wanted=_pairs(wanted),
    )


def single_pairs(pairs: Sequence[Pair], pictures: Sequence[Picture]) -> Agreement:
    couples = [(pictures[pair.first], pictures[pair.second]) for pair in pairs]
    return Agreement(
        right=sum(one.group == other.group for one, other in couples),
        joined=len(couples),
        found=sum(one.photo == other.photo for one, other in couples),
        wanted=_pairs(picture.photo for picture in pictures),
    )


def _pairs(marks: Iterable[Hashable]) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(marks).values())


def measure(title: str, pictures: Sequence[Picture]) -> None:
    truth, photos = [picture.group for picture in pictures], [picture.photo for picture in pictures]
    pairs = near_pairs([picture.seen for picture in pictures])
    print(f"{title}: {len(pictures):,} pictures, {len(set(truth))} groups, {len(set(photos))} photos")
    by_looks = groups_by(pictures, pairs, names=False)
    for what, ours in [
        ("names and looks", groups_by(pictures, pairs, names=True)),
        ("names", groups_by(pictures, [], names=True)),
        ("looks", by_looks),
    ]:
        print(f"  groups, by {what:16} {agreement(ours, pictures, truth)}   {len(set(ours))} groups, ", end="")
        print(f"largest {Counter(ours).most_common(1)[0][1]}")
    print(f"  near copies, groups by looks {agreement(by_looks, pictures, photos)}")
    print(f"  near copies, single pairs    {single_pairs(pairs, pictures)}", flush=True)


def main() -> None:
    if not (ROOT / "groups.csv").is_file():
        print(f"grouping: skipped, for there is no {ROOT}")
        return
    pictures = read_pictures(ROOT)
    halves = {half: [picture for picture in pictures if picture.half == half] for half in (1, 2)}
    measure("the whole set", pictures)
    measure("first half, to choose thresholds by", halves[1])
    measure("second half, to judge by", halves[2])
    print(f"the first half again, at other thresholds of likeness than {NEAR} (embeddings may decide from {DOUBTFUL})")
    for near in SWEEP:
        pairs = near_pairs([picture.seen for picture in halves[1]], near)
        photos = [picture.photo for picture in halves[1]]
        by_looks = groups_by(halves[1], pairs, names=False)
        print(f"  {near:4}  single pairs {single_pairs(pairs, halves[1])}")
        print(f"        groups       {agreement(by_looks, halves[1], photos)}", flush=True)


if __name__ == "__main__":
    main()
