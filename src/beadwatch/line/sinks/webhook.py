"""HTTP POST of events as JSON, signed if wanted. Knows no queues: who calls repeats what was refused."""

import hashlib
from urllib.parse import SplitResult

import requests

from beadwatch.domain.errors import SinkError
from beadwatch.domain.line import InspectionEvent, LineStatus, RunInfo
from beadwatch.domain.webhook import ANSWER_S, CONNECT_S, http_address, webhook_headers
from beadwatch.line.sinks.message_json import encode
from beadwatch.line.sinks.port import Message

_TRY_LATER = frozenset({408, 429})


class WebhookSink:
    """Posts each event, and the statuses too where wanted. An answer of 2xx is the receipt; redirects are refused."""

    wants_frames = False

    def __init__(self, address: str, secret: str | None = None, statuses: bool = False) -> None:
        """Take `http(s)://user:password@host/path`; with a `secret`, each body is signed by HMAC SHA-256.

        Raises:
            SinkError: it is no such address.
        """
        try:
            parts = http_address(address)
        except ValueError:
            raise SinkError("write the address of a webhook as https://host/path") from None  # it may hold a password
        self._address, self._secret, self._statuses = address, secret, statuses
        self.name = _without_secrets(parts)
        self._http: requests.Session | None = None

    def open(self, run: RunInfo) -> None:  # noqa: ARG002  nothing is sent at the start of a run
        """Get ready; a receiver that is away may come later."""
        self._http = requests.Session()

    def send(self, message: Message) -> None:
        """Post an event, or a status where they are wanted; returns once the receiver has answered 2xx.

        Raises:
            SinkError: it cannot be reached, is too slow, or answers anything else.
        """
        match message:
            case InspectionEvent():
                self._post(encode(message), message.message_id)
            case LineStatus() if self._statuses:
                self._post(encode(message), f"{message.run_id}-status-{message.sequence}")

    def close(self) -> None:
        """Let go of the connection."""
        if self._http is not None:
            self._http.close()

    def _post(self, body: bytes, message_id: str) -> None:
        if self._http is None:
            raise RuntimeError("open the sink before sending")
        http = self._http
        try:
            answer = http.post(
                self._address,
                data=body,
                headers=webhook_headers(body, message_id, self._secret),
                timeout=(CONNECT_S, ANSWER_S),
                allow_redirects=False,
                stream=True,  # the status is all that counts: a body may be long, or never end
            )
            answer.close()
        except (requests.RequestException, ValueError) as error:
            # Its text may hold the whole address, with a password or a token in it.
            raise SinkError(f"{self.name} cannot be reached: {type(error).__name__}") from None
        _judge(self.name, answer.status_code)


def _judge(name: str, status: int) -> None:
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise SinkError(f"{name} answered {status}: redirects are not followed, give the address it leads to")
    if 400 <= status < 500 and status not in _TRY_LATER:
        raise SinkError(f"{name} answered {status}: the receiver refuses the message; mend the address or the receiver")
    raise SinkError(f"{name} answered {status}")


def _without_secrets(parts: SplitResult) -> str:
    """Return the address without user, password and query, which may be a token; two queries still differ."""
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return place if not parts.query else f"{place}?{hashlib.sha256(parts.query.encode()).hexdigest()[:8]}"
