"""The payload of Sparkplug B 3.0: protobuf messages with the field numbers of the specification, chapter 6.

Of the many fields only those that the line writes or reads are described; a reader skips what it does not know. Knows
metrics and bytes, no topics.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

Value = str | bool | int | float | None


class DataType(IntEnum):
    """The data types of metrics that the line uses."""

    INT32 = 3
    INT64 = 4
    UINT64 = 8
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATE_TIME = 13


_VALUE_FIELD = {
    DataType.INT32: "int_value",
    DataType.INT64: "long_value",
    DataType.UINT64: "long_value",
    DataType.DOUBLE: "double_value",
    DataType.BOOLEAN: "boolean_value",
    DataType.STRING: "string_value",
    DataType.DATE_TIME: "long_value",
}
_BITS = {DataType.INT32: 32, DataType.INT64: 64}  # signed values travel in unsigned fields, as two's complement


@dataclass(frozen=True, slots=True)
class Metric:
    """One value with its name and its moment in milliseconds of Unix time. A DATE_TIME's value is such a moment too."""

    name: str
    datatype: DataType
    value: Value
    at_ms: int


@dataclass(frozen=True, slots=True)
class Payload:
    """What one Sparkplug message says. `seq` is None in a NDEATH."""

    at_ms: int
    metrics: tuple[Metric, ...]
    seq: int | None


def to_bytes(payload: Payload) -> bytes:
    """Return the payload as protobuf."""
    message = _MESSAGE(timestamp=payload.at_ms)
    if payload.seq is not None:
        message.seq = payload.seq
    for metric in payload.metrics:
        entry = message.metrics.add(name=metric.name, timestamp=metric.at_ms, datatype=metric.datatype.value)
        if metric.value is None:
            entry.is_null = True
        else:
            bits = _BITS.get(metric.datatype)
            value = metric.value if bits is None else int(metric.value) % (1 << bits)
            setattr(entry, _VALUE_FIELD[metric.datatype], value)
    data: bytes = message.SerializeToString()
    return data


def from_bytes(data: bytes) -> Payload:
    """Return what `to_bytes` was given, or what a host application sent; metrics of other types are left out.

    Raises:
        ValueError: the bytes are no Sparkplug payload.
    """
    message = _MESSAGE()
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise ValueError("no Sparkplug payload") from error
    known = {kind.value for kind in DataType}
    metrics = tuple(_metric(entry) for entry in message.metrics if entry.datatype in known)
    return Payload(message.timestamp, metrics, message.seq if message.HasField("seq") else None)


def _metric(entry: Any) -> Metric:
    kind = DataType(entry.datatype)
    value: Value = None if entry.is_null else getattr(entry, _VALUE_FIELD[kind])
    bits = _BITS.get(kind)
    if bits is not None and isinstance(value, int) and value >= 1 << (bits - 1):
        value -= 1 << bits
    return Metric(entry.name, kind, value, entry.timestamp)


_FIELD = descriptor_pb2.FieldDescriptorProto
_Fields = Sequence[tuple[int, str, int]]
_METRIC_FIELDS: _Fields = (
    (1, "name", _FIELD.TYPE_STRING),
    (2, "alias", _FIELD.TYPE_UINT64),
    (3, "timestamp", _FIELD.TYPE_UINT64),
    (4, "datatype", _FIELD.TYPE_UINT32),
    (5, "is_historical", _FIELD.TYPE_BOOL),
    (6, "is_transient", _FIELD.TYPE_BOOL),
    (7, "is_null", _FIELD.TYPE_BOOL),
)
_METRIC_VALUES: _Fields = (
    (10, "int_value", _FIELD.TYPE_UINT32),
    (11, "long_value", _FIELD.TYPE_UINT64),
    (12, "float_value", _FIELD.TYPE_FLOAT),
    (13, "double_value", _FIELD.TYPE_DOUBLE),
    (14, "boolean_value", _FIELD.TYPE_BOOL),
    (15, "string_value", _FIELD.TYPE_STRING),
    (16, "bytes_value", _FIELD.TYPE_BYTES),
)
_PAYLOAD_FIELDS: _Fields = (
    (1, "timestamp", _FIELD.TYPE_UINT64),
    (3, "seq", _FIELD.TYPE_UINT64),
    (4, "uuid", _FIELD.TYPE_STRING),
    (5, "body", _FIELD.TYPE_BYTES),
)


def _payload_class() -> Any:
    document = descriptor_pb2.FileDescriptorProto(
        name="beadwatch_sparkplug.proto", package="beadwatch", syntax="proto2"
    )
    payload = document.message_type.add(name="Payload")
    _describe(payload, _PAYLOAD_FIELDS)
    metrics = payload.field.add(name="metrics", number=2, label=_FIELD.LABEL_REPEATED, type=_FIELD.TYPE_MESSAGE)
    metrics.type_name = ".beadwatch.Payload.Metric"
    metric = payload.nested_type.add(name="Metric")
    metric.oneof_decl.add(name="value")
    _describe(metric, _METRIC_FIELDS)
    _describe(metric, _METRIC_VALUES, oneof_index=0)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(document)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("beadwatch.Payload"))


def _describe(message: Any, fields: _Fields, **more: int) -> None:
    for number, name, kind in fields:
        message.field.add(name=name, number=number, type=kind, label=_FIELD.LABEL_OPTIONAL, **more)


_MESSAGE = _payload_class()
