"""Sending to a receiver that may be away."""

from beadwatch.domain.errors import SinkError
from beadwatch.line.sinks.port import Message, Sink


def sent(sink: Sink, message: Message) -> bool:
    """Say whether a receiver took a message."""
    try:
        sink.send(message)
    except SinkError:
        return False
    return True
