"""What a script says at which moment, and what is no script."""

import pytest

from beadwatch.domain.errors import CameraError
from beadwatch.domain.labels import TIG
from beadwatch.line.simulator.script import FAULTS, WELDS, parse_script


@pytest.mark.parametrize(
    ("elapsed_s", "what", "label"),
    [
        (-0.1, None, None),
        (0.0, "good", "good weld"),
        (4.99, "good", "good weld"),
        (5.0, "burn_through", "burn through"),
        (7.0, "lost", None),
        (7.5, "good_weld", "good weld"),
        (8.5, None, None),
    ],
)
def test_segments_follow_each_other(elapsed_s: float, what: str | None, label: str | None) -> None:
    script = parse_script("good:5s, burn through:2s,lost:0.5,good_weld:1s,")
    segment = script.at(elapsed_s)
    assert script.duration_s == 8.5
    assert (segment and segment.what, segment and segment.label) == (what, label)


def test_loop_starts_again() -> None:
    script = parse_script("good:1s,idle:2s", loop=True)
    shown = [script.at(moment) for moment in (0.5, 1.5, 2.9999, 3.0, 3000.5, 3002.5)]
    assert [segment and segment.what for segment in shown] == ["good", "idle", "idle", "good", "good", "idle"]
    assert script.began_s(3002.5) == pytest.approx(3001.0)
    assert script.lasted_s("idle", 3002.5) == pytest.approx(2001.5)


def test_pictures_at_the_edge_belong_to_the_segment_that_starts() -> None:
    script = parse_script(",".join(["good:0.1s,idle:0.1s"] * 50))
    names = [script.at(slot / 10) for slot in range(100)]
    assert [segment and segment.what for segment in names] == ["good", "idle"] * 50


def test_every_class_of_the_task_can_be_drawn_and_faults_have_none() -> None:
    assert set(WELDS.values()) == set(TIG.label_names)
    assert {parse_script(f"{name}:1s").segments[0].label for name in FAULTS} == {None}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "script is empty"),
        (" , ", "script is empty"),
        ("good:5s,crack:1s", "'crack:1s', and it draws no 'crack'; there are: good_weld, burn_through.*lost"),
        ("good", "'good': after the name comes a colon"),
        ("good:0s", "'good:0s'"),
        ("good:-1s", "'good:-1s'"),
        ("good:nans", "'good:nans'"),
        ("good:infs", "'good:infs'"),
        ("good:1m", "'good:1m'"),
        ("good:5s;idle:2s", "'good:5s;idle:2s'"),
    ],
)
def test_bad_part_is_named(text: str, message: str) -> None:
    with pytest.raises(CameraError, match=message):
        parse_script(text)
