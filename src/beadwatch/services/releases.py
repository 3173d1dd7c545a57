"""Takes over what the release channel releases: a station's models follow it while it runs.

Each release is fetched into a folder, checked by hash, signature and golden input, and only then answers. One that
fails is told of and leaves the model that was there; so does a channel that cannot be reached. What was taken over last
is kept, so that a station which starts without its network has it.
"""

import json
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from beadwatch.domain.errors import BeadwatchError, BundleError, ReleaseError, SettingsError, StoreError
from beadwatch.domain.release import Release, release_from_dict
from beadwatch.inference.classifier import Classifier
from beadwatch.services.served_models import RELEASE, ModelHolder, Models
from beadwatch.settings import Settings
from beadwatch.storage.files import Files, open_files
from beadwatch.storage.release_channel import ReleaseChannel
from beadwatch.storage.shadow_channel import ShadowChannel

if TYPE_CHECKING:
    from beadwatch.storage.release_signing import Signer, Verifier

POLL_S = 5.0
_STOP_S = 2.0
RECORD = "taken.json"
_CHANNEL = "releases"  # the name under which a channel that cannot be reached is told of
_log = logging.getLogger(__name__)


def open_channel(settings: Settings) -> ReleaseChannel:
    """Open the release channel, with the keys of the settings.

    Raises:
        SettingsError: no channel is set.
        ReleaseError: a key cannot be read.
        StoreError: its URL is of no file system that is installed.
    """
    return ReleaseChannel(*_parts(settings))


def open_shadows(settings: Settings) -> ShadowChannel:
    """Open the log of what runs in shadow, in the release channel. Raises what `open_channel` raises."""
    return ShadowChannel(*_parts(settings))


def _parts(settings: Settings) -> "tuple[Files, Signer | None, Verifier | None]":
    if settings.releases_url is None:
        raise SettingsError("BEADWATCH_RELEASES_URL names no release channel: set it to a folder or an fsspec URL")
    from beadwatch.storage.release_signing import Signer, Verifier

    signer = Signer(settings.signing_key) if settings.signing_key else None
    verifier = Verifier(settings.verify_key) if settings.verify_key else None
    return open_files(settings.releases_url), signer, verifier


@dataclass(frozen=True, slots=True)
class _Taken:
    release: Release
    classifier: Classifier


@dataclass(frozen=True, slots=True)
class _Refused:
    sequence: int | None  # None: not even its record could be trusted
    error: BeadwatchError


class ReleaseFollower:
    """Follows a channel for the models of a holder. `load` opens a bundle folder and checks it; `folder` is ours."""

    def __init__(
        self,
        channel: ReleaseChannel,
        folder: Path,
        load: Callable[[Path], Classifier],
        holder: ModelHolder,
        interval_s: float = POLL_S,
    ) -> None:
        self._channel, self._folder, self._load, self._holder = channel, folder.absolute(), load, holder
        self._interval_s, self._own = interval_s, holder.models
        self._kept = open_files(str(self._folder), private=True)
        self._taken: dict[str, _Taken] = {}
        self._refused: dict[str, _Refused] = {}
        self._unreachable: StoreError | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Take over what was taken over last, then what the channel has now. Never raises an error of ours."""
        tasks: list[str] = []
        with suppress(StoreError):  # a folder that cannot be read cannot be written either, of which `follow` tells
            tasks = self._kept.names(".")
        for task in tasks:
            try:
                self._resume(task)
            except BeadwatchError as error:
                self._refused[task] = _Refused(None, error)
        self.follow()

    def follow(self) -> None:
        """Look at the channel once, and take over what is new."""
        self._unreachable = None
        try:
            tasks = self._channel.tasks()
        except StoreError as error:
            tasks, self._unreachable = [], error
        for task in tasks:
            try:
                self._follow_task(task)
            except StoreError as error:  # it may succeed the next time
                self._unreachable = error
        refused: dict[str, BeadwatchError] = {f"{task}{RELEASE}": each.error for task, each in self._refused.items()}
        if self._unreachable is not None:
            refused[_CHANNEL] = self._unreachable
        taken = {task: each.classifier for task, each in self._taken.items()}
        self._holder.swap(Models({**self._own.ready, **taken}, {**self._own.refused, **refused}))

    def start(self) -> None:
        """Follow in a thread of its own, until `stop`."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="releases", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop following. A download that hangs is left behind; it ends with the process."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_STOP_S)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_s):
            try:
                self.follow()
            except Exception:  # noqa: BLE001  # the edge of the thread: a station that follows nothing must not look well
                _log.exception("following the release channel failed; it is tried again")

    def _follow_task(self, task: str) -> None:
        sequence = None
        try:
            release = self._channel.current(task)
            if release is None:
                return
            sequence, taken, refused = release.sequence, self._taken.get(task), self._refused.get(task)
            if taken is not None and taken.release == release:
                self._refused.pop(task, None)
            elif refused is None or refused.sequence != sequence:
                self._take(release)
        except (ReleaseError, BundleError) as error:
            known = self._refused.get(task)
            self._refused[task] = _Refused(sequence, error)
            if known is None or str(known.error) != str(error):
                _log.error("a release of %s is refused: %s", task, error)

    def _take(self, release: Release) -> None:
        task, before = release.task, self._taken.get(release.task)
        if before is not None and before.release.digest == release.digest:
            classifier = before.classifier
        else:
            classifier = self._opened(release)
        self._kept.write(f"{task}/{RECORD}", json.dumps(release.to_dict()).encode())
        self._taken[task] = _Taken(release, classifier)
        self._refused.pop(task, None)
        self._tidy(release, before.release if before else release)
        _log.warning("%s of %s answers now: move %d by %s", release.version, task, release.sequence, release.by)

    def _opened(self, release: Release) -> Classifier:
        classifier = self._load(self._channel.fetch(release, self._folder / release.task / release.digest))
        if (classifier.card.task.name, classifier.card.version) != (release.task, release.version):
            raise ReleaseError(
                f"what was released as {release.version} of {release.task} is {classifier.card.version} of "
                f"{classifier.card.task.name}"
            )
        return classifier

    def _resume(self, task: str) -> None:
        data = self._kept.read(f"{task}/{RECORD}")
        if data is None:
            return
        try:
            release = release_from_dict(json.loads(data))
        except ValueError as error:
            raise ReleaseError(f"{self._folder / task / RECORD} is damaged: {error}") from error
        self._taken[task] = _Taken(release, self._opened(release))
        self._tidy(release, release)

    def _tidy(self, release: Release, before: Release) -> None:
        """Remove what older releases left; the one before stays, since phones may be fetching its files."""
        with suppress(OSError):
            for path in (self._folder / release.task).iterdir():
                if path.is_dir() and path.name not in {release.digest, before.digest}:
                    rmtree(path, ignore_errors=True)
