"""Downloading an archive in as many goes as it takes.

The bytes so far lie in `archive.part`, and `archive.json` says of which state of which file they are (RFC 9110: ETag or
Last-Modified). A later go asks for the rest with `Range` and `If-Range`: a server whose file has changed, or that knows
no ranges, sends the whole anew, and so it is stored anew. Bytes that cannot be tied to a state are never added to.
Does not know what is in the archive.
"""

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import requests
import urllib3.exceptions

from beadwatch.datasets.fetch.addresses import shown
from beadwatch.datasets.fetch.disk import amount, check_room, disk_errors
from beadwatch.datasets.fetch.network import check_private, check_status, get, new_session
from beadwatch.datasets.fetch.options import FetchOptions, Remote
from beadwatch.domain.errors import FetchError, NetworkError

GOES = 5  # in a row that bring nothing new, before it is left to the person
FIRST_GOES = 2  # where nothing has come at all: without a network nobody wants to wait for five
_CHUNK_BYTES = 1 << 16
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


@dataclass(slots=True)
class Partial:
    """The bytes that have come so far, and of what they are. `size` is None where the server does not say."""

    folder: Path
    of: str
    validator: str = ""
    size: int | None = None
    whole: bool = False

    @property
    def path(self) -> Path:
        """The file of bytes."""
        return self.folder / "archive.part"

    @property
    def have(self) -> int:
        """How many bytes have come."""
        return self.path.stat().st_size if self.path.exists() else 0

    def load(self) -> None:
        """Take up what an earlier run left, if it is of the same file."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            notes = json.loads(self._notes.read_text(encoding="utf-8"))
            sound = self.path.exists() and (self.have == notes["size"] or not notes["whole"])
            if notes["of"] == self.of and sound:
                self.validator, self.size, self.whole = notes["validator"], notes["size"], notes["whole"]
                return
        self.begin("", None)

    def begin(self, validator: str, size: int | None) -> None:
        """Forget all bytes; those to come are of the state that `validator` names."""
        self.path.write_bytes(b"")
        self.validator, self.size, self.whole = validator, size, False
        self._save()

    def finish(self) -> None:
        """Note that nothing is missing."""
        self.size, self.whole = self.have, True
        self._save()

    def discard(self) -> None:
        """Remove everything."""
        self._notes.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    @property
    def _notes(self) -> Path:
        return self.folder / "archive.json"

    def _save(self) -> None:
        notes = {"of": self.of, "validator": self.validator, "size": self.size, "whole": self.whole}
        aside = self._notes.with_suffix(".json.new")
        aside.write_text(json.dumps(notes), encoding="utf-8")
        aside.replace(self._notes)


def download(remote: Remote, folder: Path, options: FetchOptions) -> tuple[Partial, str]:
    """Bring the archive of `remote` into `folder`, going on where an earlier run ended; return it and its sha256.

    Raises:
        NetworkError: the network or the server failed again and again; what came is kept.
        FetchError: refused, not there, too large, not of the given hash, or no room on the disk.
    """
    partial = Partial(folder, remote.key)
    with disk_errors(folder):
        partial.load()
        if not partial.whole:
            with new_session() as session:
                _go_on_until_whole(session, remote, partial, options)
        with partial.path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if options.sha256 and found != options.sha256.lower():
            partial.discard()
            raise FetchError(f"{shown(remote.url)}: its sha256 is {found}, not the {options.sha256} that was given")
    return partial, found


def _go_on_until_whole(session: requests.Session, remote: Remote, partial: Partial, options: FetchOptions) -> None:
    before = most = partial.have
    idle = 0
    while not partial.whole:
        try:
            _go(session, remote, partial, options)
        except NetworkError as error:
            idle = 0 if partial.have > most else idle + 1
            most = max(most, partial.have)
            if idle >= (GOES if most > before else FIRST_GOES):
                raise NetworkError(f"{error}{_kept(partial)}") from None
            options.wait(2.0**idle)


def _kept(partial: Partial) -> str:
    return f". {amount(partial.have)} are kept: run the same command again to go on" if partial.have else ""


def _go(session: requests.Session, remote: Remote, partial: Partial, options: FetchOptions) -> None:
    """Ask once for what is missing and store what comes."""
    what, have = shown(remote.url), partial.have
    headers = {"Accept-Encoding": "identity"}
    if have and partial.validator:
        headers |= {"Range": f"bytes={have}-", "If-Range": partial.validator}
    with get(session, remote.url, headers) as response:
        check_private(response, verified=options.sha256 is not None)
        if response.status_code == 416:
            partial.begin("", None)
            raise NetworkError(f"{what}: the server has no such part of its file")
        check_status(response.status_code, what, remote.when_refused)
        if response.status_code == 206:
            _check_continues(response.headers, partial, what)
            options.say(f"going on at {amount(have)}")
        elif response.status_code != 200:
            raise FetchError(f"{what}: no file there yet, or none at all (HTTP {response.status_code})")
        else:
            partial.begin(_validator(response.headers), _length(response.headers))
        _check_size(partial, options, what)
        _store(response, partial, options, what)


def _store(response: requests.Response, partial: Partial, options: FetchOptions, what: str) -> None:
    done = partial.have
    try:
        with partial.path.open("ab") as sink:
            for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=False):
                done += len(chunk)
                if done > options.max_bytes:
                    raise _too_large(what, options)
                sink.write(chunk)
                sink.flush()
                options.progress("downloading", done, partial.size)
    except urllib3.exceptions.HTTPError:
        raise NetworkError(f"{what}: the connection broke off after {_of(partial)}") from None
    if partial.size is not None and partial.have < partial.size:
        raise NetworkError(f"{what}: the server ended after {_of(partial)}")
    partial.finish()


def _of(partial: Partial) -> str:
    return amount(partial.have) + (f" of {amount(partial.size)}" if partial.size is not None else "")


def _check_continues(headers: Mapping[str, str], partial: Partial, what: str) -> None:
    """Refuse a part that does not begin where ours ends, or that is of another state of the file."""
    match = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
    same_state = _validator(headers) in {"", partial.validator}
    if match and int(match[1]) == partial.have and partial.size in {None, int(match[2])} and same_state:
        partial.size = int(match[2])
        return
    partial.begin("", None)
    raise NetworkError(f"{what}: the server sent another part than it was asked for")


def _check_size(partial: Partial, options: FetchOptions, what: str) -> None:
    if partial.size is not None:
        if partial.size > options.max_bytes:
            raise _too_large(what, options)
        check_room(partial.folder, partial.size - partial.have, "the download")


def _too_large(what: str, options: FetchOptions) -> FetchError:
    return FetchError(f"{what}: larger than {amount(options.max_bytes)}; --max-gb allows more")


def _validator(headers: Mapping[str, str]) -> str:
    """Return what `If-Range` may hold: a strong ETag, else the date of the last change, else nothing."""
    tag = headers.get("ETag", "")
    return tag if tag.startswith('"') else headers.get("Last-Modified", "")


def _length(headers: Mapping[str, str]) -> int | None:
    text = headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None
