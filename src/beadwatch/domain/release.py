"""Releases of models: the moves by which a task came to its model, or a challenger beside it; what speaks against one.

A move is never changed; going back is another move. Knows what a move says. Does not know where it is kept, nor how it
is signed.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from beadwatch.domain.errors import ReleaseError

MAX_TEXT = 2000
_TASK = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class MoveKind(StrEnum):
    """How a task came to its model; or how a challenger came to answer beside it, unseen, and no longer does."""

    PUBLISH = "publish"
    ROLLBACK = "rollback"
    SHADOW = "shadow"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Release:
    """One move of a task: from here on the bundle of these files is its champion.

    `sequence` counts the moves of a task from 1. `published` is the move that published this bundle: the move itself,
    or the earlier one that was rolled back to. `files` maps each file of the bundle, the card too, to its sha256.
    `verdict` is the gate's, as it was given, and `override` who released it against the gate, and why. `signature` is
    in hexadecimal digits, over all the rest. `beside` is of challengers in shadow alone: how many moves the
    champion had made when it began.
    """

    task: str
    sequence: int
    kind: MoveKind
    version: str
    files: Mapping[str, str]
    published: int
    by: str
    at: datetime
    why: str
    verdict: Mapping[str, Any]
    override: Mapping[str, Any] | None = None
    signature: str | None = None
    beside: int | None = None

    def __post_init__(self) -> None:
        check_task(self.task)
        for what, text in (("by", self.by), ("why", self.why), ("version", self.version)):
            if not text.strip() or len(text) > MAX_TEXT:
                raise ReleaseError(f"{what}: say in 1 to {MAX_TEXT} characters, for those who read the history")
        if not 1 <= self.published <= self.sequence:
            raise ReleaseError(f"move {self.sequence} of {self.task} is said to be published by move {self.published}")
        for name, digest in self.files.items():
            if "/" in name or "\\" in name or not name.isprintable() or name in {"", ".", ".."}:
                raise ReleaseError(f"{name!r} is no name of a file of a bundle")
            if not _SHA256.fullmatch(digest):
                raise ReleaseError(f"{digest!r} of {name} is no sha256")

    @property
    def digest(self) -> str:
        """A sha256 that stands for the bundle: the same files have the same."""
        return hashlib.sha256(json.dumps(dict(self.files), sort_keys=True).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; `release_from_dict` reads them back."""
        plain = {**asdict(self), "kind": self.kind.value, "at": self.at.isoformat()}
        if self.beside is None:
            del plain["beside"]  # the moves of champions are signed without it
        return plain

    def signed_bytes(self) -> bytes:
        """Return what a signature is over: all but itself, in one fixed form."""
        rest = {name: value for name, value in self.to_dict().items() if name != "signature"}
        return b"beadwatch release\n" + json.dumps(rest, sort_keys=True, allow_nan=False).encode()


def check_task(task: str) -> None:
    """Refuse what cannot be a task's name, which is part of a path.

    Raises:
        ReleaseError: it is none.
    """
    if not _TASK.fullmatch(task):
        raise ReleaseError(f"{task!r} is no task: small letters, digits, - and _ make one")


def release_from_dict(data: Any) -> Release:
    """Read a move as `Release.to_dict` writes it.

    Raises:
        ReleaseError: it is none.
    """
    try:
        return Release(
            task=_text(data["task"]),
            sequence=_number(data["sequence"]),
            kind=MoveKind(data["kind"]),
            version=_text(data["version"]),
            files={_text(name): _text(digest) for name, digest in data["files"].items()},
            published=_number(data["published"]),
            by=_text(data["by"]),
            at=datetime.fromisoformat(data["at"]),
            why=_text(data["why"]),
            verdict=dict(data["verdict"]),
            override=None if data["override"] is None else dict(data["override"]),
            signature=None if data["signature"] is None else _text(data["signature"]),
            beside=None if data.get("beside") is None else _number(data["beside"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReleaseError(f"it is no record of a release: {error!r}") from error


def objections(verdict: Mapping[str, Any], task: str, version: str, champion: str | None) -> list[str]:
    """Return what speaks against releasing `version`, by the gate's verdict as JSON; nothing if the gate let it pass.

    `champion` is the version that the channel has now. A verdict about another model, or against another champion, is
    none.
    """
    checks = verdict.get("checks")
    if not isinstance(checks, list | tuple) or not checks or not all(isinstance(check, Mapping) for check in checks):
        return ["there is no verdict of the gate"]
    found = [str(check.get("words") or check.get("name")) for check in checks if check.get("passed") is not True]
    if verdict.get("passed") is not True and not found:
        found.append("the gate's verdict is not that it passed")
    for what, expected in (("task", task), ("challenger", version)):
        if verdict.get(what) != expected:
            found.append(f"the verdict is about the {what} {verdict.get(what)!r}, not {expected!r}")
    if champion is not None and verdict.get("champion") != champion:
        found.append(f"the verdict is against {verdict.get('champion')!r}, but the champion is {champion!r}")
    return found


def check_override(override: Mapping[str, Any]) -> None:
    """Refuse an override that does not say who and why.

    Raises:
        ReleaseError: it lacks a name or a reason.
    """
    for what in ("name", "reason"):
        text = override.get(what)
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT:
            raise ReleaseError(f"an override needs a {what} of 1 to {MAX_TEXT} characters: it is shown for ever")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    return value
