"""The release channel: which bundle is each task's champion, for all stations, in a folder or bucket.

It is a log of moves (`move_log` says how that is kept): each made a bundle the champion of its task, with the gate's
verdict, or went back to one. Does not run models, and does not judge them: the gate's verdict comes with them.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from beadwatch.domain.errors import ReleaseError
from beadwatch.domain.release import MoveKind, Release, check_override, objections
from beadwatch.storage.move_log import MoveLog


class ReleaseChannel(MoveLog):
    """Releases of models. Safe to use from several threads and processes.

    With a signer, what it publishes is signed; with a verifier, nothing unsigned or wrongly signed is given out.
    Every method raises `StoreError` where the place cannot be reached, read or written.
    """

    _KINDS = frozenset({MoveKind.PUBLISH, MoveKind.ROLLBACK})

    def publish(
        self,
        bundle: Path,
        task: str,
        by: str,
        gate_verdict: Mapping[str, Any],
        override: Mapping[str, Any] | None = None,
    ) -> Release:
        """Make a bundle, folder or zip, the champion of a task; what is the champion already stays so, by its old move.

        `gate_verdict` is that of `lifecycle.gate` as JSON, and `override` who releases against it, and why.

        Raises:
            BundleError: the bundle is not whole.
            ReleaseError: no passing verdict and no override; another task's; the version was published with other
                files; another publisher came first.
        """
        card, files, digests = self._read_bundle(bundle, task)
        moves = self.history(task)
        now = moves[-1] if moves else None
        if now is not None and now.files == digests and self._is_trusted(now):
            self._keep(files)
            self._point(now)
            return now
        if override is not None:
            check_override(override)
        elif against := objections(gate_verdict, task, card.version, now.version if now else None):
            raise ReleaseError(
                f"{card.version} of {task} is not released: {'; '.join(against)}. "
                "Against the gate, an override with a name and a reason releases it"
            )
        if any(move.version == card.version and move.files != digests for move in moves):
            raise ReleaseError(
                f"{card.version} of {task} was published with other files: give the bundle a new version"
            )
        number = len(moves) + 1
        why = str(override["reason"]) if override is not None else "the gate let it pass"
        release = Release(
            task=task, sequence=number, kind=MoveKind.PUBLISH, version=card.version, files=digests, published=number,
            by=by, at=self._clock(), why=why, verdict=dict(gate_verdict), override=override and dict(override),
        )  # fmt: skip
        self._keep(files)
        return self._move(release)

    def rollback(self, task: str, by: str, why: str) -> Release:
        """Go back to the bundle that was the champion before the present one was published.

        Raises:
            ReleaseError: there is none before it; its signature is wrong; another publisher came first.
        """
        moves = self.history(task)
        if not moves:
            raise ReleaseError(f"nothing was ever released for {task}: there is nothing to go back to")
        before = moves[-1].published - 1
        if before < 1:
            raise ReleaseError(f"{moves[-1].version} is the first release of {task}: publish another one instead")
        target = self._checked(moves[before - 1])
        back = replace(
            target, sequence=len(moves) + 1, kind=MoveKind.ROLLBACK, by=by, at=self._clock(), why=why, signature=None
        )
        return self._move(back)
