"""The name of a data set depends on pictures, labels and groups, on nothing else, and stays what it was."""

from dataclasses import replace
from pathlib import Path

import pytest

from beadwatch.datasets.manifest import manifest_hash
from beadwatch.datasets.sample import Annotation, Sample, labelled

SAMPLES = [
    Sample(Path("a.png"), labelled("crack", "porosity"), "set", "g1"),
    Sample(Path("b.png"), labelled("spatters"), "set", "g2"),
]
DIGESTS = ["1" * 64, "2" * 64]
NAME = manifest_hash(SAMPLES, DIGESTS)


def renamed(**changes: object) -> str:
    return manifest_hash([replace(SAMPLES[0], **changes), SAMPLES[1]], DIGESTS)  # type: ignore[arg-type]


def test_name_is_the_one_on_cards_that_have_shipped() -> None:
    assert NAME == "16621662964bfa9587a2ce7cbf584c7aa4910388bf1bd28514e042436ea3322d"


def test_order_does_not_matter() -> None:
    assert manifest_hash(SAMPLES[::-1], DIGESTS[::-1]) == NAME


@pytest.mark.parametrize(
    "changes",
    [
        {"path": Path("elsewhere/c.jpg")},
        {"annotations": labelled("porosity", "crack")},
        {"annotations": (*labelled("crack", "crack"), Annotation("porosity", ((0, 0), (1, 0), (1, 1))))},
        {"split": "valid"},
    ],
    ids=["path", "order of labels", "places", "split"],
)
def test_same_content_has_the_same_name(changes: dict[str, object]) -> None:
    assert renamed(**changes) == NAME


@pytest.mark.parametrize(
    "changes",
    [{"annotations": labelled("crack")}, {"group": "g3"}, {"source": "other"}],
    ids=["labels", "group", "source"],
)
def test_other_content_has_another_name(changes: dict[str, object]) -> None:
    assert renamed(**changes) != NAME


def test_changed_picture_and_lost_picture_change_the_name() -> None:
    assert len({NAME, manifest_hash(SAMPLES, ["3" * 64, "2" * 64]), manifest_hash(SAMPLES[:1], DIGESTS[:1])}) == 3


def test_pictures_and_hashes_must_match_in_number() -> None:
    with pytest.raises(ValueError, match="shorter"):
        manifest_hash(SAMPLES, DIGESTS[:1])
