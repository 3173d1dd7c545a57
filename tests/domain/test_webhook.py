"""Whoever has the key can tell that a body is ours; addresses that are none are refused without being repeated."""

import hashlib
import hmac

import pytest

from beadwatch.domain.webhook import ANSWER_S, CONNECT_S, http_address, webhook_headers


def test_body_is_signed_where_there_is_a_key() -> None:
    headers = webhook_headers(b"{}", "event-1", "s3cret")
    assert headers == {
        "Content-Type": "application/json",
        "Idempotency-Key": "event-1",
        "X-Beadwatch-Signature": "sha256=" + hmac.new(b"s3cret", b"{}", hashlib.sha256).hexdigest(),
    }
    assert "X-Beadwatch-Signature" not in webhook_headers(b"{}", "event-1", None)


@pytest.mark.parametrize(
    "address", ["", "plant.local/x?token=t0ken", "ftp://plant.local/t0ken", "http:///t0ken", "http://h:0/"]
)
def test_address_that_is_none_is_refused_without_its_secrets(address: str) -> None:
    with pytest.raises(ValueError, match="https://host/path") as caught:
        http_address(address)
    assert "t0ken" not in str(caught.value)


def test_a_receiver_holds_nobody_up_for_long() -> None:
    assert CONNECT_S + ANSWER_S <= 5
