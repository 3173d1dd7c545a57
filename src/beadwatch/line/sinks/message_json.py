"""One message as JSON, the same for every receiver. Knows no transports."""

import json
import math
from typing import Any, Protocol


class JsonReady(Protocol):
    """What has `to_dict`: messages and runs."""

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        ...


def encode(message: JsonReady) -> bytes:
    """Return the message as one line of UTF-8 JSON, without the line's end. A number that is none becomes null."""
    return encode_values(message.to_dict())


def encode_values(values: dict[str, Any]) -> bytes:
    """Return a document that may hold messages in the same form."""
    return json.dumps(_finite(values), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(
        "utf-8", "replace"
    )


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
