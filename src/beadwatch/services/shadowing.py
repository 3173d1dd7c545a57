"""Runs challengers in shadow at the station: a thread of low priority that follows the channel and answers what waits.

It shares nothing with the requests but the database: what they answer is stored before it ever looks, so that it can
neither change an answer nor hold one up or fail it, also while it fetches and loads a model. What it owes is asked of
the database each time (`lifecycle.shadow`): after a kill it goes on where it was, with all that came in since.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from beadwatch.domain.errors import BeadwatchError, ReleaseError, StoreError
from beadwatch.domain.release import Release
from beadwatch.inference.classifier import Classifier
from beadwatch.lifecycle.bulk_inspect import Pictures
from beadwatch.lifecycle.shadow import Places, answer_waiting
from beadwatch.storage.shadow_channel import ShadowChannel

INTERVAL_S = 5.0
_STOP_S = 2.0
_FROM_THE_START = 60  # looks: now and then all is looked through, for what was stored behind a later one
_NICE = 10  # not the lowest: it must soon let go of Python's lock, which requests wait for
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Shadow:
    """A challenger in shadow. `problem` says why it does not answer; `after` is how far it has come."""

    release: Release
    classifier: Classifier | None
    problem: BeadwatchError | None = None
    after: Places = (0, 0)


class Shadows:
    """Follows a channel of shadows. `load` opens a bundle folder and checks it; `folder` is ours."""

    def __init__(
        self,
        channel: ShadowChannel,
        folder: Path,
        load: Callable[[Path], Classifier],
        pictures: Pictures,
        interval_s: float = INTERVAL_S,
    ) -> None:
        self._channel, self._folder, self._load, self._pictures = channel, folder.absolute(), load, pictures
        self._interval_s, self._looks = interval_s, 0
        self._running: dict[str, Shadow] = {}
        self._refused: dict[str, BeadwatchError] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def running(self) -> list[Shadow]:
        """Return what is in shadow, as far as this station knows."""
        return list(self._running.values())

    def problems(self) -> list[BeadwatchError]:
        """Return what keeps this station from knowing it."""
        return list(self._refused.values())

    def waiting(self, shadow: Shadow) -> int:
        """Return how many pictures a challenger has not answered yet.

        Raises:
            StoreError: the database cannot be read.
        """
        release = shadow.release
        return sum(store.count_waiting(release.task, release.version, release.at) for store in self._pictures.stores)

    def look(self) -> None:
        """Look at the channel once, then answer what waits, for as long as until the next look at most."""
        self._follow()
        from_the_start, ready = self._looks % _FROM_THE_START == 0, [one for one in self.running() if one.classifier]
        self._looks += 1
        for shadow in ready:
            # Each has its share: none waits for another's backlog.
            until_s = time.monotonic() + self._interval_s / len(ready)
            begin = (0, 0) if from_the_start else shadow.after
            try:
                shadow.after = self._answer(shadow, begin, until_s)
                shadow.problem = None
            except StoreError as error:  # it may succeed the next time
                shadow.problem = error
                _log.warning("%s of %s in shadow waits: %s", shadow.release.version, shadow.release.task, error)

    def start(self) -> None:
        """Look again and again in a thread of its own, until `stop`."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="shadows", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking. What is being answered is answered; a download that hangs ends with the process."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_STOP_S)

    def _run(self) -> None:
        if sys.platform == "linux":  # there a thread has a priority of its own: requests come first
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while True:
            began_s = time.monotonic()
            try:
                self.look()
            except Exception:  # noqa: BLE001  # the edge of the thread: a shadow that fails must not look as if it ran
                _log.exception("running challengers in shadow failed; it is tried again")
            if self._stopping.wait(max(0.0, began_s + self._interval_s - time.monotonic())):
                return

    def _answer(self, shadow: Shadow, begin: Places, until_s: float) -> Places:
        if shadow.classifier is None:
            return begin
        return answer_waiting(
            shadow.classifier,
            self._pictures,
            shadow.release.at,
            begin,
            lambda: not self._stopping.is_set() and time.monotonic() < until_s,
        )

    def _follow(self) -> None:
        try:
            tasks = self._channel.tasks()
        except StoreError as error:
            self._refused = {"": error}  # what runs goes on
            return
        self._refused.pop("", None)
        for task in tasks:
            try:
                release = self._channel.running(task)
                self._refused.pop(task, None)
                self._take(task, release)
            except StoreError as error:
                self._refused[task] = error
            except ReleaseError as error:
                self._refused[task] = error
                self._running.pop(task, None)

    def _take(self, task: str, release: Release | None) -> None:
        there = self._running.get(task)
        if release is None:
            if there is not None:
                del self._running[task]
                self._tidy(task, "")
                _log.warning("%s of %s is no longer in shadow", there.release.version, task)
        elif there is None or there.release != release:
            self._running[task] = self._opened(release)
            self._tidy(task, release.digest)

    def _opened(self, release: Release) -> Shadow:
        try:
            classifier = self._load(self._channel.fetch(release, self._folder / release.task / release.digest))
            if (classifier.card.task.name, classifier.card.version) != (release.task, release.version):
                raise ReleaseError(f"what is in shadow as {release.version} of {release.task} is another model")
        except StoreError:
            raise
        except BeadwatchError as error:
            _log.error("%s of %s in shadow is refused: %s", release.version, release.task, error)
            return Shadow(release, None, error)
        _log.warning("%s of %s runs in shadow: put there by %s", release.version, release.task, release.by)
        return Shadow(release, classifier)

    def _tidy(self, task: str, digest: str) -> None:
        with suppress(OSError):
            for path in (self._folder / task).iterdir():
                if path.is_dir() and path.name != digest:
                    rmtree(path, ignore_errors=True)
