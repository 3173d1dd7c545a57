"""Which pictures are shown: the gravest errors first, one of a group, and nine at random."""

import numpy as np

from beadwatch.evaluation.exhibits import GALLERY, WORST, choose_exhibits
from tests.evaluation.by_hand import multi, single


def test_a_bad_weld_that_was_accepted_comes_first_though_others_are_surer() -> None:
    worst = choose_exhibits(single()).worst
    assert [shown.row for shown in worst] == [5, 2, 7]
    assert worst[0].accepted_though_bad
    assert not worst[1].accepted_though_bad
    assert worst[0].truth == (("burn through", 0.4),)
    assert worst[0].answer == (("good weld", 0.5),)


def test_several_classes_and_none() -> None:
    shown = {each.row: each for each in choose_exhibits(multi()).worst}
    assert shown[1].answer == (("crack", 0.6), ("good welding", 0.7))
    assert shown[2].answer == ()
    assert shown[2].truth == (("background", 0.3),)


def test_one_of_a_group_and_not_too_many() -> None:
    many = single().take(np.tile(np.arange(8), 20))
    assert [shown.group for shown in choose_exhibits(many).worst] == ["c", "b", "d"]
    apart = single().take(np.full(40, 2))
    apart = type(apart)(**{**vars(apart), "groups": tuple(f"g{n}" for n in range(40))})
    assert len(choose_exhibits(apart).worst) == WORST


def test_the_gallery_is_the_same_for_the_same_seed_and_shows_no_picture_twice() -> None:
    many = single().take(np.arange(400) % 8)
    rows = [shown.row for shown in choose_exhibits(many).gallery]
    assert len(set(rows)) == GALLERY
    assert rows == [shown.row for shown in choose_exhibits(many).gallery]
    assert rows != [shown.row for shown in choose_exhibits(many, seed=1).gallery]
    assert len(choose_exhibits(multi()).gallery) == 4
