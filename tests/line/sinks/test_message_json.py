"""A message is JSON that any receiver takes, whatever a camera or a path has put into it."""

import json
import math

import pytest

from beadwatch.line.sinks.message_json import encode, encode_values
from tests.line.made import made_status


def test_message_comes_back() -> None:
    status = made_status()
    assert json.loads(encode(status)) == json.loads(json.dumps(status.to_dict()))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_number_that_is_none_becomes_null(number: float) -> None:
    assert encode_values({"a": [number, {"b": number}]}) == b'{"a":[null,{"b":null}]}'


def test_text_that_is_none_is_sent_all_the_same() -> None:
    assert json.loads(encode(made_status(reason="a\udcff.png, ü🔥")))["reason"] == "a?.png, ü🔥"
