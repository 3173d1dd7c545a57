"""The page: the verdict in a word and a shape, truth and answer under the right picture, everything escaped."""

import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from beadwatch.evaluation.answers import Answers
from beadwatch.evaluation.exhibits import choose_exhibits
from beadwatch.evaluation.page import MAX_GROUPS, evaluation_page
from beadwatch.evaluation.report import EvaluationReport, Strangers, Subject, make_report
from beadwatch.evaluation.run_curves import Curve
from tests.evaluation.by_hand import multi, single

EVIL = "<script>alert('x')</script>&\"><img src=http://evil.example/x onerror=alert(1)>"
SUBJECT = Subject("tig 1", "welds, test", "ab" * 32, "as it is served", "2026-01-02T03:04:05+00:00", limits=("beware",))


def report_of(answers: Answers, subject: Subject = SUBJECT, **more: Any) -> EvaluationReport:
    return make_report(answers, subject, **more)


def page_of(answers: Answers, subject: Subject = SUBJECT, curves: tuple[Curve, ...] = (), **more: Any) -> str:
    exhibits = choose_exhibits(answers)
    thumbnails = {shown.row: b"picture %d" % shown.row for shown in exhibits.all}
    return evaluation_page(report_of(answers, subject, **more), exhibits, thumbnails, curves)


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


def seen_of(answers: Answers, groups: str) -> Answers:
    return replace(answers, group_seen=np.array([group in groups for group in answers.groups]))


@pytest.mark.parametrize(
    ("answers", "subject", "shape", "word", "title"),
    [
        (single(), SUBJECT, "accept", "A result", "Figures: 8 pictures"),
        (seen_of(single(), "abcd"), SUBJECT, "reject", "No result", "Figures on what it has learned: 8"),
        (
            seen_of(single(), "ab"),
            SUBJECT,
            "reject",
            "No result",
            "not learned from: 5 pictures of 2",
        ),
        (single(), replace(SUBJECT, ungrouped=2), "review", "Unsure", "Figures: 8 pictures"),
    ],
)
def test_the_verdict_is_at_the_top(answers: Answers, subject: Subject, shape: str, word: str, title: str) -> None:
    page = page_of(answers, subject)
    body = page[page.index("<h1>") :]
    assert body.index(f'<div class="verdict {shape}"><svg') < body.index('<section class="panel"')
    assert f"<b>{word}</b>" in page
    assert title in page
    assert Tags(page).open == []


def test_what_is_no_result_is_not_called_one() -> None:
    page = page_of(seen_of(single(), "ab"))
    assert "A result" not in page
    assert "Everything, 8 pictures of 4 groups: no result" in page
    assert "3 of 8 pictures are of 2 of 4 groups" in page


def test_truth_and_answer_stand_under_the_right_picture() -> None:
    answers = single(names=tuple(f"{n}.png" for n in range(8)))
    page = page_of(answers)
    figures = re.findall(r'<figure class="show (\w+)"><img[^>]*base64,([^"]+)">(.*?)</figure>', page)
    assert len(figures) == 3 + 8
    for mark, picture, caption in figures:
        row = int(base64.b64decode(picture).split()[1])
        told = dict(re.findall(r"<dt>(\w+)</dt><dd[^>]*>(.*?)</dd>", caption))
        assert told["truth"] == answers.labels_of(answers.targets[row])[0]
        assert told["answer"] == answers.labels_of(answers.found[row])[0]
        assert told["confidence"] == f"{answers.scores[row].max():.2f}"
        assert told["decision"].startswith(answers.dispositions[row].value)
        assert mark == ("right" if answers.right[row] else "wrong")
        assert f"{row}.png" in caption
    assert 'class="decision">accept, though bad<' in page


def test_several_classes_have_their_scores() -> None:
    page = page_of(multi())
    assert '<dd class="answer">crack 0.60, good welding 0.70</dd>' in page
    assert '<dd class="answer">none of the classes</dd>' in page
    assert '<dd class="missed">background 0.30</dd>' in page


def test_confusion_cells_are_in_their_places() -> None:
    table = re.search(r'<table class="confusion">.*?</table>', page_of(single()))
    assert table
    rows = re.findall(r'<th scope="row">(.*?)</th>((?:<td.*?</td>)+)', table.group())
    cells = {name: re.findall(r'class="(\w+)"[^>]*>(\d+)', line) for name, line in rows}
    assert cells["good weld"] == [("hit", "2"), ("miss", "1"), ("miss", "0")]
    assert cells["contamination"] == [("miss", "0"), ("miss", "1"), ("hit", "1")]
    assert "<small>1 false</small>" in page_of(multi())
    assert "<small>" not in table.group()


def test_everything_is_told() -> None:
    strangers = Strangers("cats", np.array([0.5, 0.6]), np.array([True, True]))
    answers = single(latency_ms=(2.0,) * 8, decode_ms=(5.0,) * 8)
    page = page_of(answers, curves=(Curve("train/loss", "", "step", ((0, 1), (1, 0.5))),), strangers=strangers)
    for told in (
        "0.611", "macro recall", "Reliability", "Risk and coverage", "1 of 2 accepted pictures are not of a good weld",
        "Strangers: 2 pictures of cats", "Groups, the worst first: 4", "The training run", "train/loss", "beware",
        "ab" * 32, "as it is served", "2026-01-02", "2.0 ms a picture in the median", "5.0 ms",
    ):  # fmt: skip
        assert told in page, told


def test_without_errors_it_says_so() -> None:
    page = page_of(single().take(np.array([0, 1, 3, 4])))
    assert "None: all 4 pictures are answered rightly." in page
    assert "No error." in page


def test_one_group_has_no_interval() -> None:
    page = page_of(single().take(np.array([3, 4, 5])))
    assert "no interval" in page
    assert " to " not in re.search(r'<dl class="numbers">.*?</dl>', page).group()  # type: ignore[union-attr]


def test_a_missing_picture_is_said() -> None:
    page = evaluation_page(report_of(single()), choose_exhibits(single()), {})
    assert page.count("no picture</span>") == 11


def test_long_tables_are_cut_and_say_so() -> None:
    many = replace(single().take(np.arange(100) % 8), groups=tuple(f"s/{n}" for n in range(100)))
    assert f"and {100 - MAX_GROUPS} more; the JSON has them" in page_of(many)


def test_everything_is_escaped_and_nothing_is_loaded() -> None:
    answers = single(names=(EVIL,) * 8)
    answers = replace(answers, groups=tuple(group + EVIL for group in answers.groups))
    subject = Subject(EVIL, EVIL, EVIL, EVIL, EVIL, doubts=(EVIL,), limits=(EVIL,))
    page = page_of(answers, subject, curves=(Curve(EVIL, EVIL, EVIL, ((0, 1),)), Curve(EVIL, "b", EVIL, ((0, 1),))))
    tags = Tags(page)
    assert tags.open == []
    assert not {tag for tag, _ in tags.seen} & {"script", "link", "iframe", "object", "embed", "base", "form", "a"}
    for _, attributes in tags.seen:
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("src") or "data:image/jpeg;").startswith("data:image/jpeg;")
    assert not re.search(r"url\(|@import", page)
    assert "default-src 'none'" in page


def test_its_colours_are_those_of_the_house() -> None:
    tokens = files("beadwatch.server").joinpath("static/tokens.css").read_text(encoding="utf-8")
    style = files("beadwatch.evaluation").joinpath("page.css").read_text(encoding="utf-8")
    wrong = re.search(r"--wrong: ([^;]+);", style)
    assert wrong
    assert f"--reject: {wrong[1]};" in tokens


def test_the_report_as_json_has_no_odd_numbers() -> None:
    one_group = report_of(single().take(np.array([3, 4, 5]))).to_dict()
    assert one_group["figures"]["accuracy"] == {"value": pytest.approx(2 / 3, abs=1e-4), "low": None, "high": None}
    whole = report_of(seen_of(single(), "ab")).to_dict()
    text = json.dumps([one_group, whole], allow_nan=False)
    assert json.loads(text)[1]["unseen"]["pictures"] == 5
    assert whole["is_result"] is False
    assert whole["reasons"]
    assert "Few groups" in " ".join(whole["limits"])
    assert "rule of three" in " ".join(whole["limits"])
