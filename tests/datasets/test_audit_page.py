"""The page tells the verdict in a word and a shape, shows the worst pairs, escapes every text and loads nothing."""

import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

from beadwatch.datasets.audit import audit
from beadwatch.datasets.audit_page import MAX_THUMBNAILS, audit_page, wanted_thumbnails
from beadwatch.datasets.audit_report import AuditReport
from beadwatch.datasets.fingerprint import Fingerprint
from beadwatch.datasets.leak_estimate import LeakEstimate
from beadwatch.datasets.near_duplicates import Pair
from beadwatch.datasets.sample import Sample, labelled

EVIL = "<script>alert('x')</script>&\"><img src=http://evil.example/x onerror=alert(1)>"


class Tags(HTMLParser):
    """Collects the tags with their attributes, and checks that they close."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in {"meta", "img"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def report_of(
    count: int, name: str = "{}.png", similarity: float = 0.99, labels: tuple[str, str] = ("a", "b")
) -> AuditReport:
    """Return a report on pairs 0-1, 2-3 and so on, the first in train and the second in test."""
    samples = [
        Sample(Path(name.format(n)), labelled(labels[n % 2]), "set", f"{n}", "test" if n % 2 else "train")
        for n in range(count)
    ]
    prints = [Fingerprint(640, 480, 20.0, 0, bytes(1024))] * count
    pairs = [Pair(n, n + 1, similarity) for n in range(0, count - 1, 2)]
    return audit(samples, [str(n) for n in range(count)], prints, pairs, {})


def split_as(*splits: str | None, group: str | None = "g") -> AuditReport:
    samples = [
        Sample(Path(f"{n}.png"), labelled("good"), "set", group and f"{group}{n}", split)
        for n, split in enumerate(splits)
    ]
    return audit(samples, [str(n) for n in range(len(splits))], [None] * len(splits), [], {})


@pytest.mark.parametrize(
    ("report", "shape", "word"),
    [
        (report_of(2), "reject", "Leaks"),
        (split_as("train", "test"), "accept", "No leak"),
        (split_as("train", "test", group=None), "review", "Unsure"),
        (split_as("train", "train"), "review", "Not split"),
        (split_as(None), "review", "Not split"),
        (split_as(), "review", "Not split"),
    ],
)
def test_the_verdict(report: AuditReport, shape: str, word: str) -> None:
    page = audit_page(report, "welds", {})
    assert f'<div class="verdict {shape}"><svg' in page
    assert f"<b>{word}</b>" in page
    assert Tags(page).open == []


def test_it_shows_pictures_and_says_where_one_is_missing() -> None:
    report = report_of(4)
    wanted = wanted_thumbnails(report)
    assert wanted == [Path("0.png"), Path("1.png"), Path("2.png"), Path("3.png")]
    page = audit_page(report, "welds", {Path("0.png"): b"\xff\xd8jpeg"})
    assert 'src="data:image/jpeg;base64,/9hqcGVn"' in page
    assert page.count("no picture") == 7 - 1, "three pairs of the copies, and four sets of labels, one shown"


def test_few_pictures_each_once() -> None:
    many = wanted_thumbnails(report_of(400))
    assert 20 <= len(many) <= MAX_THUMBNAILS
    assert len(set(many)) == len(many)
    assert len(wanted_thumbnails(report_of(400, similarity=0.7))) <= MAX_THUMBNAILS


def test_everything_is_escaped_and_nothing_is_loaded() -> None:
    report = report_of(6, name="{}" + EVIL.replace("/", "\u2215") + ".png", labels=(EVIL, "b" + EVIL))
    report = AuditReport(
        **{field: getattr(report, field) for field in AuditReport.__slots__} | {"unlabelled": (Path(EVIL),)}
    )
    page = audit_page(report, EVIL, dict.fromkeys(wanted_thumbnails(report), b"jpeg"), LeakEstimate(0.9, 0.6, 5, 6, 3))
    tags = Tags(page)
    assert tags.open == []
    names = {tag for tag, _ in tags.seen}
    assert not names & {"script", "link", "iframe", "object", "embed", "base", "form", "a"}
    for _, attributes in tags.seen:
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("src", "data:image/jpeg;").startswith("data:image/jpeg;")  # type: ignore[union-attr]
    assert not re.search(r"url\(|@import", page)
    assert "default-src 'none'" in page


def test_a_name_of_odd_bytes_can_be_written() -> None:
    report = report_of(2, name="{}-\udcff.png")
    audit_page(report, "welds", {}).encode("utf-8")


def test_the_leak_in_points() -> None:
    page = audit_page(report_of(2), "welds", {}, LeakEstimate(0.943, 0.709, 5, 2938, 430))
    assert "23.4 points of a random split" in page
    assert "94.3%" in page
    assert "70.9%" in page


def test_long_lists_are_cut_and_say_so() -> None:
    page = audit_page(split_as(*["train", "test"] * 15), "welds", {})
    assert "Cannot be read" not in page
    unlabelled = audit([Sample(Path(f"{n}.png"), (), "set") for n in range(25)], [""] * 25, [None] * 25, [], {})
    assert "and 5 more" in audit_page(unlabelled, "welds", {})


def variables(style: str) -> list[tuple[str, str]]:
    return re.findall(r"(--[\w-]+):\s*([^;]+);", style)


def test_it_looks_as_the_station_does() -> None:
    tokens = files("beadwatch.server").joinpath("static/tokens.css").read_text(encoding="utf-8")
    page = files("beadwatch.imaging").joinpath("report_page.css").read_text(encoding="utf-8")
    assert set(variables(page)) <= set(variables(tokens))
