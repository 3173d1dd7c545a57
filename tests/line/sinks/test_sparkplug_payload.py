"""Payloads byte for byte: other programs read them by the specification's field numbers."""

import pytest

from beadwatch.line.sinks.sparkplug_payload import DataType, Metric, Payload, from_bytes, to_bytes


def test_bytes_are_those_of_the_specification() -> None:
    payload = Payload(5, (Metric("a", DataType.STRING, "b", 6), Metric("n", DataType.BOOLEAN, None, 7)), 3)
    # field << 3 | wire type: 0 a number, 2 a length and its bytes
    text = bytes([1 << 3 | 2, 1]) + b"a" + bytes([3 << 3, 6, 4 << 3, 12, 15 << 3 | 2, 1]) + b"b"
    null = bytes([1 << 3 | 2, 1]) + b"n" + bytes([3 << 3, 7, 4 << 3, 11, 7 << 3, 1])
    metrics = bytes([2 << 3 | 2, len(text)]) + text + bytes([2 << 3 | 2, len(null)]) + null
    assert to_bytes(payload) == bytes([1 << 3, 5]) + metrics + bytes([3 << 3, 3])


@pytest.mark.parametrize(
    ("datatype", "value"),
    [
        (DataType.INT32, -7),
        (DataType.INT64, -1),
        (DataType.INT64, 2**40),
        (DataType.UINT64, 2**63),
        (DataType.DOUBLE, 0.1),
        (DataType.BOOLEAN, False),
        (DataType.STRING, ""),
        (DataType.DATE_TIME, 1772352000123),
        (DataType.DOUBLE, None),
    ],
)
def test_values_come_back(datatype: DataType, value: object) -> None:
    payload = Payload(1, (Metric("m", datatype, value, 2),), None)  # type: ignore[arg-type]
    assert from_bytes(to_bytes(payload)) == payload


def test_seq_0_is_not_the_same_as_none() -> None:
    assert [from_bytes(to_bytes(Payload(1, (), seq))).seq for seq in (0, None)] == [0, None]


def test_what_is_no_payload_is_refused() -> None:
    with pytest.raises(ValueError, match="no Sparkplug payload"):
        from_bytes(b"\xff\xff\xff")
