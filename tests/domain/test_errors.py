"""The error tree: every error of ours has one root and one JSON shape."""

import pytest

from beadwatch.domain import errors
from beadwatch.domain.errors import BeadwatchError, DecodeError

OURS = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_error_describes_itself_by_type_and_message(kind: type[BeadwatchError]) -> None:
    assert issubclass(kind, BeadwatchError)
    assert kind("what to do").describe() == {"type": kind.__name__, "message": "what to do"}


def test_every_reason_for_a_bad_picture_is_a_decode_error() -> None:
    names = {kind.__name__ for kind in OURS if issubclass(kind, DecodeError)}
    assert names == {
        "DecodeError", "EmptyImageError", "UnsupportedImageError", "BrokenImageError", "ImageTooLargeError",
        "ImageTooSmallError",
    }  # fmt: skip
