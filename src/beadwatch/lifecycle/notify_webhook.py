"""Alerts by HTTP POST of JSON, signed if wanted. Knows no queues: who calls repeats what was refused."""

import json

import requests

from beadwatch.domain.alerts import Alert
from beadwatch.domain.errors import NoticeError, SettingsError
from beadwatch.domain.webhook import ANSWER_S, CONNECT_S, http_address, webhook_headers


class WebhookChannel:
    """Posts each alert. An answer of 2xx is the receipt; redirects are refused."""

    name = "webhook"

    def __init__(self, address: str, secret: str | None = None) -> None:
        """Take `http(s)://host/path`, which is kept secret but for its host; with a `secret`, bodies are signed.

        Raises:
            SettingsError: it is no such address.
        """
        try:
            parts = http_address(address)
        except ValueError:
            raise SettingsError("write BEADWATCH_ALERT_WEBHOOK as https://host/path") from None
        # Many receivers take their token in the path, so that only the host is ever shown.
        self._address, self._secret, self._shown = address, secret, f"the webhook at {parts.hostname}"

    def send(self, alert: Alert) -> None:
        """Post an alert.

        Raises:
            NoticeError: the receiver cannot be reached, is too slow, or answers anything but 2xx.
        """
        body = json.dumps(alert.to_dict(), ensure_ascii=False).encode()
        try:
            answer = requests.post(
                self._address,
                data=body,
                headers=webhook_headers(body, alert.id, self._secret),
                timeout=(CONNECT_S, ANSWER_S),
                allow_redirects=False,
                stream=True,  # the status is all that counts
            )
            answer.close()
        except (requests.RequestException, ValueError) as error:
            raise NoticeError(f"{self._shown} cannot be reached: {type(error).__name__}") from None
        if not 200 <= answer.status_code < 300:
            raise NoticeError(f"{self._shown} answered {answer.status_code}")
