"""The figures of each person's feedback name who flips labels."""

from beadwatch.domain.labels import SURFACE
from beadwatch.lifecycle.contributors import contributors
from beadwatch.lifecycle.uploads import choose, read_uploads
from tests.lifecycle.said import ACCOUNTS, ADA, BOB, ROSA, digest, review, said


def test_who_contradicts_model_and_people_stands_out() -> None:
    good, crack = "good welding", "crack"
    log = [
        *(said(n, f"p{n}", good) for n in range(4)),
        *(said(10 + n, f"p{n}", good, account=ROSA) for n in range(4)),
        *(said(20 + n, f"p{n}", crack, review(hours=5), account=BOB) for n in range(4)),
        said(30, "elsewhere", crack),
    ]
    chosen = choose(read_uploads(log, SURFACE, ACCOUNTS))
    pictures = {digest(f"p{n}") for n in range(4)}
    taken = {upload.name for upload in chosen.by_picture.values()}
    bob, *others = contributors(chosen.counting, ACCOUNTS, pictures, taken)
    assert (bob.name, bob.account, bob.role, bob.team) == ("bob", BOB, "inspector", "north")
    assert (bob.uploads, bob.pictures, bob.share_against_model, bob.share_against_people) == (4, 4, 1.0, 1.0)
    assert (bob.added, bob.removed) == ({"crack": 4}, {"good welding": 4})
    assert [(each.name, each.uploads, each.pictures) for each in others] == [("ada", 4, 0), ("rosa", 4, 0)]
    # Each of them agrees with one of the two others: that is not most.
    assert [each.share_against_people for each in others] == [0.0, 0.0]
    assert bob.to_dict()["share_against_people"] == 1.0


def test_nobody_else_is_no_disagreement() -> None:
    chosen = choose(read_uploads([said(1, "x", account=None), said(2, "y", account=ADA)], SURFACE, ACCOUNTS))
    found = contributors(chosen.counting, ACCOUNTS, {digest("x"), digest("y")}, ())
    assert {(each.name, each.share_against_people) for each in found} == {("guests", None), ("ada", None)}
