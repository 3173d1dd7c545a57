"""Feeds the live view of a station over HTTP: what happened since the last post, ten times a second, and a picture.

Changes of state and events go at once. A station that is away costs one short try a second; the newest frames wait for
it, the others are let go. Knows the station's addresses (docs/live.md); does not know how it shows them.
"""

import io
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import requests
from PIL import Image as PillowImage

from beadwatch.domain.addresses import in_url
from beadwatch.domain.errors import SinkError
from beadwatch.domain.line import FrameResult, InspectionEvent, LineStatus, RunInfo
from beadwatch.imaging.decode import Pixels
from beadwatch.line.sinks.message_json import encode_values
from beadwatch.line.sinks.port import Message
from beadwatch.line.trouble import Trouble

PERIOD_S = 0.1
AWAY_S = 1.0  # between tries while the station is away
_TIMEOUTS_S = (1.0, 3.0)  # to connect, and to wait for an answer
_MAX_WAITING = 300  # frames: three seconds of a fast camera; a station takes up to 500 in a post
_MAX_TEXT = 500
_NO_TOKEN = 401
_MAX_PICTURES = 8  # the judge is ahead of the results that have come through the queue, by a few frames
_WIDTH_PX, _QUALITY = 640, 70


def jpeg(pixels: Pixels) -> bytes:
    """Return a picture, uint8 H x W x 3, RGB, as a JPEG at most 640 px wide."""
    picture = PillowImage.fromarray(pixels)
    if picture.width > _WIDTH_PX:
        size = _WIDTH_PX, max(1, round(picture.height * _WIDTH_PX / picture.width))
        picture = picture.resize(size, PillowImage.Resampling.BILINEAR, reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


class StationSink:
    """A `Sink` that posts to the station at `url`; user and password may stand in it, for a proxy in front.

    `encode` makes the JPEG, `token` is for a station that asks for one.
    """

    wants_frames = True

    def __init__(self, url: str, encode: Callable[[Pixels], bytes] = jpeg, token: str | None = None) -> None:
        self._url, self._login = _split(url)
        self.name = f"station+{self._url}"
        self._encode, self._token = encode, token
        self._trouble = Trouble(f"the station at {self._url}")  # said here: between tries a send that waits is none
        self._session: requests.Session | None = None
        self._run: RunInfo | None = None
        self._pictures: deque[tuple[int, Pixels]] = deque(maxlen=_MAX_PICTURES)
        self._forget()

    def _forget(self) -> None:
        self._frames: deque[FrameResult] = deque(maxlen=_MAX_WAITING)
        self._status: LineStatus | None = None
        self._newest = self._shown = -1  # numbers of frames: the last result, the last picture sent
        self._next_at, self._away = 0.0, False  # by the monotonic clock; whether the last request failed

    def open(self, run: RunInfo) -> None:
        """Get ready for a run; nothing is sent yet.

        Raises:
            SinkError: never; an address that is none was refused when the sink was built.
        """
        self._forget()
        self._pictures.clear()
        self._run = run
        self._session = requests.Session()
        self._session.trust_env = False  # a station stands in the same network: no proxies, no .netrc
        self._session.auth = self._login
        if self._token is not None and self._login is None:
            self._session.headers["Authorization"] = f"Bearer {self._token}"
        elif self._token is not None:  # the proxy's password takes that header; a page's cookie is as good
            self._session.headers["Cookie"] = f"beadwatch_session={self._token}"

    def offer_picture(self, number: int, pixels: Pixels) -> None:
        """Say what frame `number` looks like. Keeps a reference to the last few; from any thread."""
        self._pictures.append((number, pixels))

    def send(self, message: Message) -> None:
        """Post an event or a change of state now, anything else with the next post.

        Raises:
            SinkError: the station is away or refuses.
        """
        match message:
            case InspectionEvent():
                self._post([message.to_dict()])
                return
            case FrameResult():
                self._frames.append(message)
                self._newest, urgent = message.number, False
            case LineStatus():
                urgent = _differs(message, self._status)
                self._status = message
        if time.monotonic() >= self._next_at or (urgent and not self._away):
            self._post([])
            self._show()

    def close(self) -> None:
        """Send what waits, if the station is there, and let go of the connection."""
        if self._session is None:
            return
        try:
            if (self._frames or self._status is not None) and not self._away:
                self._post([])
        except SinkError:
            pass  # it is only a view
        finally:
            self._session.close()
            self._session = None
            self._pictures.clear()

    def _post(self, events: list[dict[str, Any]]) -> None:
        run, count = self._opened(), len(self._frames)
        document = {
            "run": run.to_dict(),
            "status": None if self._status is None else self._status.to_dict(),
            "frames": [frame.to_dict() for frame in self._frames],
            "events": events,
        }
        body = encode_values(_shortened(document))
        self._request("POST", "live", data=body, headers={"Content-Type": "application/json"})
        for _ in range(count):
            self._frames.popleft()

    def _show(self) -> None:
        """Send the newest picture whose result has been sent, so that the two are shown together."""
        known = [offer for offer in tuple(self._pictures) if self._shown < offer[0] <= self._newest]
        if not known:
            return
        number, pixels = known[-1]
        query = {"run_id": self._opened().id, "number": str(number)}
        body = self._encode(pixels)
        self._request("PUT", "picture", params=query, data=body, headers={"Content-Type": "image/jpeg"})
        self._shown = number

    def _request(self, method: str, what: str, **content: Any) -> None:
        """Send, and set when to send next; a failure says why without the password.

        A refusal drops the frames: the station would refuse them again, and newer ones follow.
        """
        if self._session is None:
            raise SinkError(f"{self.name} is not open: call open() first")
        url = f"{self._url}/v1/line/{quote(self._opened().line, safe='')}/{what}"
        self._next_at, self._away = time.monotonic() + AWAY_S, True
        try:
            answer = self._session.request(method, url, timeout=_TIMEOUTS_S, allow_redirects=False, **content)
        except requests.RequestException as error:
            why = type(error).__name__
            raise self._failed(f"does not answer ({why}): start `beadwatch serve`") from error
        if not 200 <= answer.status_code < 300:
            self._frames.clear()
            raise self._failed(f"answered {answer.status_code}: {_reason(answer)}")
        self._next_at, self._away = time.monotonic() + PERIOD_S, False
        self._trouble.end()

    def _failed(self, why: str) -> SinkError:
        error = SinkError(f"the station at {self._url} {why}")
        self._trouble.begin(error)
        return error

    def _opened(self) -> RunInfo:
        if self._run is None:
            raise SinkError(f"{self.name} is not open: call open() first")
        return self._run


def _split(url: str) -> tuple[str, tuple[str, str] | None]:
    """Return the address without user and password, and those two."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
        raise SinkError("the station's address is no http:// or https:// one, like http://127.0.0.1:8000")
    where = f"{parts.scheme}://{in_url(host)}{f':{port}' if port else ''}{parts.path.rstrip('/')}"
    login = None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
    return where, login


def _differs(status: LineStatus, before: LineStatus | None) -> bool:
    """Say whether a person would want to see the change at once."""
    if before is None:
        return True
    return (status.state, status.stop, status.running, status.labels) != (
        before.state, before.stop, before.running, before.labels,
    )  # fmt: skip


def _shortened(value: Any) -> Any:
    """Cut long texts, as what a broken model says: the station would refuse the whole post."""
    if isinstance(value, dict):
        return {key: _shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    return f"{value[: _MAX_TEXT - 1]}…" if isinstance(value, str) and len(value) > _MAX_TEXT else value


def _reason(answer: requests.Response) -> str:
    if answer.status_code == _NO_TOKEN:
        return "set BEADWATCH_STATION_TOKEN to a token that `beadwatch accounts token NAME` makes at the station"
    try:
        return str(answer.json()["error"]["message"])[:200]
    except (ValueError, LookupError, TypeError):
        return "is it a Beadwatch station?"
