"""What every webhook of ours is: an address, how long a receiver may take, and headers that say who sent what.

Knows no library that sends. A receiver checks `X-Beadwatch-Signature` with the key that both sides have.
"""

import hashlib
import hmac
from urllib.parse import SplitResult, urlsplit

CONNECT_S, ANSWER_S = 1.5, 3.5


def http_address(address: str) -> SplitResult:
    """Return the parts of `http(s)://host/path`.

    Raises:
        ValueError: it is no such address; the message does not repeat it, since it may hold secrets.
    """
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError("no address of the form https://host/path")
    return parts


def webhook_headers(body: bytes, message_id: str, secret: str | None) -> dict[str, str]:
    """Return the headers of a JSON body; with a `secret` it is signed by HMAC SHA-256."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": message_id}
    if secret is not None:
        headers["X-Beadwatch-Signature"] = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return headers
