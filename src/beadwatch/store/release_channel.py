"""The release channel: which bundle is each task's champion, for all stations, in a folder or bucket.

    objects/ab/abcd...             the files of bundles, under their sha256
    moves/<task>/00000007.json     what moved the champion: who, when, why, the gate's verdict, the files; never changed
    pointers/<task>.json           where readers begin: the number of a move

A bundle is written before the move that names it, a move before the pointer. A move is in force as soon as it is
there, whole: it is created under the next number, which of several publishers only one can. The pointer is written last
and may be behind, by a kill or a slow publisher; readers look for moves after it, so that it costs them a read and
misleads nobody.

Knows files, cards and signatures. Does not run models, and does not judge them: the gate's verdict comes with them.
"""

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from beadwatch.domain.errors import ReleaseError, StoreError
from beadwatch.domain.release import MoveKind, Release, check_override, check_task, objections, release_from_dict
from beadwatch.store.bundle_files import read_bundle_files
from beadwatch.store.files import Files
from beadwatch.store.release_signing import Signer, Verifier


def _now() -> datetime:
    return datetime.now(UTC)


class ReleaseChannel:
    """Releases of models. Safe to use from several threads and processes.

    With a signer, what it publishes is signed; with a verifier, nothing unsigned or wrongly signed is given out.
    Every method raises `StoreError` where the place cannot be reached, read or written.
    """

    def __init__(
        self,
        files: Files,
        signer: Signer | None = None,
        verifier: Verifier | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._files, self._signer, self._verifier, self._clock = files, signer, verifier, clock

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
        card, files = read_bundle_files(bundle)
        if card.task.name != task:
            raise ReleaseError(f"{bundle} is a model of the task {card.task.name!r}, not {task!r}")
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
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

    def current(self, task: str) -> Release | None:
        """Return the move in force; None where there is none.

        Raises:
            ReleaseError: it is damaged, unsigned or wrongly signed.
        """
        check_task(task)
        number, found = self._pointed(task), None
        if number:
            found = self._read(task, number)
            if found is None:
                raise ReleaseError(f"{_pointer(task)} in {self._files.root} names move {number}, which is not there")
        while newer := self._read(task, number + 1):
            number, found = number + 1, newer
        return None if found is None else self._checked(found)

    def history(self, task: str, after: int = 0) -> list[Release]:
        """Return the moves of a task after that number, so all by default, the oldest first; signatures unchecked.

        Raises:
            ReleaseError: one of them is damaged.
        """
        check_task(task)
        moves: list[Release] = []
        while move := self._read(task, after + len(moves) + 1):
            moves.append(move)
        return moves

    def tasks(self) -> list[str]:
        """Return the tasks for which something was released."""
        return self._files.names("moves")

    def fetch(self, release: Release, folder: Path) -> Path:
        """Lay the bundle of a release down as `folder`: whole, or not at all. A whole one that is there stays.

        Raises:
            ReleaseError: a file is missing or is not the one that was released; the signature is missing or wrong.
        """
        self._checked(release)
        if _holds(folder, release):
            return folder
        aside = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}.part")
        try:
            aside.mkdir(parents=True)
            for name, digest in release.files.items():
                (aside / name).write_bytes(self._object(release, name, digest))
            if folder.exists():
                shutil.rmtree(folder)
            aside.rename(folder)
        except OSError as error:
            raise StoreError(f"{folder}: the bundle cannot be written: {error}") from error
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return folder

    def _move(self, release: Release) -> Release:
        try:
            if self._signer is not None:
                release = replace(release, signature=self._signer.sign(release.signed_bytes()))
            text = json.dumps(release.to_dict(), indent=1, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            raise ReleaseError(f"the verdict or the override is no JSON: {error}") from error
        if not self._files.create(_move_path(release.task, release.sequence), text):
            raise ReleaseError(
                f"somebody else moved {release.task} at the same moment: look at `beadwatch models history "
                f"{release.task}`, and try again if it is still wanted"
            )
        self._point(release)
        return release

    def _point(self, release: Release) -> None:
        self._files.write(_pointer(release.task), json.dumps({"move": release.sequence}).encode())

    def _pointed(self, task: str) -> int:
        data = self._files.read(_pointer(task))
        try:
            number = json.loads(data or b"{}")["move"]
        except (ValueError, KeyError, TypeError):
            return 0  # it only shortens the way: the moves themselves say what is in force
        return number if isinstance(number, int) and number > 0 else 0

    def _read(self, task: str, number: int) -> Release | None:
        path = _move_path(task, number)
        data = self._files.read(path)
        if data is None:
            return None
        try:
            release = release_from_dict(json.loads(data))
        except (ValueError, RecursionError, ReleaseError) as error:
            raise ReleaseError(f"{path} in {self._files.root} is damaged: {error}") from error
        if (release.task, release.sequence) != (task, number):
            raise ReleaseError(f"{path} in {self._files.root} is move {release.sequence} of {release.task}")
        return release

    def _is_trusted(self, release: Release) -> bool:
        if self._verifier is None:
            return True
        return release.signature is not None and self._verifier.is_good(release.signature, release.signed_bytes())

    def _checked(self, release: Release) -> Release:
        if not self._is_trusted(release):
            what = "is not signed" if release.signature is None else "has a signature that is not by our key"
            raise ReleaseError(f"move {release.sequence} of {release.task} ({release.version}) {what}: it is not used")
        return release

    def _keep(self, files: Mapping[str, bytes]) -> None:
        for data in files.values():
            path = _object_path(hashlib.sha256(data).hexdigest())
            if self._files.read(path) != data:  # one that is damaged is mended by publishing again
                self._files.write(path, data)

    def _object(self, release: Release, name: str, digest: str) -> bytes:
        data = self._files.read(_object_path(digest))
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            what = "is missing" if data is None else "is not the file that was released (its sha256 differs)"
            raise ReleaseError(
                f"{name} of {release.version} of {release.task} {what} in {self._files.root}: publish the bundle again"
            )
        return data


def _holds(folder: Path, release: Release) -> bool:
    try:
        return all(
            hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for name, digest in release.files.items()
        )
    except OSError:
        return False


def _object_path(digest: str) -> str:
    return f"objects/{digest[:2]}/{digest}"


def _move_path(task: str, number: int) -> str:
    return f"moves/{task}/{number:08d}.json"


def _pointer(task: str) -> str:
    return f"pointers/{task}.json"
