"""The parts of an evaluation's page that show pictures. Truth and answer stand under each by name.

Knows exhibits. Does not read pictures.
"""

from collections.abc import Iterable, Mapping

from beadwatch.evaluation.exhibits import Exhibit, Exhibits
from beadwatch.evaluation.report import EvaluationReport
from beadwatch.imaging.report_page import panel, picture, text


def worst_errors(exhibits: Exhibits, report: EvaluationReport, thumbnails: Mapping[int, bytes]) -> str:
    """Return the panel of the worst errors; it says so when there is none."""
    wrong = sum(row.pictures - row.right for row in report.groups)
    if not exhibits.worst:
        return panel("The worst errors", f"<p>None: all {report.whole.pictures:,} pictures are answered rightly.</p>")
    note = (
        f'<p class="soft">{len(exhibits.worst)} of {wrong:,} wrong answers: bad welds that were accepted, then the '
        "surest mistakes; one of a group.</p>"
    )
    return panel("The worst errors", f'{note}<div class="shows">{_shows(exhibits.worst, thumbnails)}</div>')


def gallery(exhibits: Exhibits, thumbnails: Mapping[int, bytes]) -> str:
    """Return the panel of nine pictures at random, three in a row."""
    note = f'<p class="soft">{len(exhibits.gallery)} pictures drawn at random, right and wrong.</p>'
    return panel("A look at the answers", f'{note}<div class="shows nine">{_shows(exhibits.gallery, thumbnails)}</div>')


def _shows(exhibits: Iterable[Exhibit], thumbnails: Mapping[int, bytes]) -> str:
    return "".join(_show(each, thumbnails.get(each.row)) for each in exhibits)


def _show(exhibit: Exhibit, thumbnail: bytes | None) -> str:
    missed = [f"{name} {score:.2f}" for name, score in exhibit.truth if name not in dict(exhibit.answer)]
    facts = {
        "truth": ", ".join(name for name, _ in exhibit.truth),
        "answer": _answer(exhibit),
        **({"missed": ", ".join(missed)} if missed else {}),
        "confidence": f"{exhibit.confidence:.2f}",
        "decision": exhibit.disposition.value + (", though bad" if exhibit.accepted_though_bad else ""),
    }
    lines = "".join(f'<dt>{name}</dt><dd class="{name}">{text(told)}</dd>' for name, told in facts.items())
    name = exhibit.name or exhibit.group
    mark = "right" if exhibit.right and not exhibit.accepted_though_bad else "wrong"
    return (
        f'<figure class="show {mark}">{picture(thumbnail)}<figcaption><b>{"✔" if mark == "right" else "✘"} {mark}</b>'
        f'<dl>{lines}</dl><span class="name" title="{text(name)}">{text(name.rsplit("/", 1)[-1])}</span>'
        "</figcaption></figure>"
    )


def _answer(exhibit: Exhibit) -> str:
    if len(exhibit.answer) == 1 and exhibit.answer[0][1] == exhibit.confidence:  # which stands below
        return exhibit.answer[0][0]
    return ", ".join(f"{name} {score:.2f}" for name, score in exhibit.answer) or "none of the classes"
