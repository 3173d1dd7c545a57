"""Which challenger runs in shadow beside a task's champion: a log of moves below `shadow/` of the release channel.

A move of it is never read as a release, nor the other way round: they lie in other places and are of other kinds, which
a signature covers. Only the files of bundles are shared, so that promoting what was in shadow copies nothing. A shadow
ends when somebody stops it, when another one begins, and by itself as soon as its version was made the champion: that
is seen in the champion's own moves, which are left alone.

Does not run models, and does not judge them.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from beadwatch.domain.errors import ReleaseError
from beadwatch.domain.release import MoveKind, Release
from beadwatch.storage.move_log import MoveLog
from beadwatch.storage.release_channel import ReleaseChannel


class ShadowChannel(MoveLog):
    """Challengers in shadow, at most one a task. Safe to use from several threads and processes.

    Takes what `MoveLog` takes. Every method raises `StoreError` where the place cannot be reached, read or written.
    """

    _KINDS = frozenset({MoveKind.SHADOW, MoveKind.STOP})
    _PLACE = "shadow/"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._champions = ReleaseChannel(*args, **kwargs)

    def begin(self, bundle: Path, task: str, by: str, why: str) -> Release:
        """Put a bundle, folder or zip, into shadow, in the place of another one; what is there already stays so.

        Raises:
            BundleError: the bundle is not whole.
            ReleaseError: another task's; it is the champion, or the version was published with other files; somebody
                else came first.
        """
        card, files, digests = self._read_bundle(bundle, task)
        now = self.running(task)
        if now is not None and now.files == digests:
            self._keep(files)
            self._point(now)
            return now
        champions, number = self._champions.history(task), len(self.history(task)) + 1
        if champions and champions[-1].version == card.version:
            raise ReleaseError(f"{card.version} is the champion of {task}: it has nothing to run in the shadow of")
        if any(move.version == card.version and move.files != digests for move in champions + self.history(task)):
            raise ReleaseError(
                f"{card.version} of {task} was published with other files: give the bundle a new version"
            )
        release = Release(
            task=task, sequence=number, kind=MoveKind.SHADOW, version=card.version, files=digests, published=number,
            by=by, at=self._clock(), why=why, verdict={}, beside=len(champions),
        )  # fmt: skip
        self._keep(files)
        return self._move(release)

    def stop(self, task: str, by: str, why: str) -> Release:
        """Take what runs in shadow out of it. What it answered stays.

        Raises:
            ReleaseError: nothing runs there; its signature is wrong; somebody else came first.
        """
        now = self.running(task)
        if now is None:
            raise ReleaseError(f"nothing runs in shadow for {task}: there is nothing to stop")
        moment = self._clock()
        return self._move(
            replace(now, sequence=now.sequence + 1, kind=MoveKind.STOP, by=by, at=moment, why=why, signature=None)
        )

    def running(self, task: str) -> Release | None:
        """Return the move that began what runs in shadow now; None where nothing does.

        Raises:
            ReleaseError: it is damaged, unsigned or wrongly signed; or a move of the champion is damaged.
        """
        now = self.current(task)
        if now is None or now.kind is MoveKind.STOP:
            return None
        promoted = any(move.version == now.version for move in self._champions.history(task, now.beside or 0))
        return None if promoted else now
