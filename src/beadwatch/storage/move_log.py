"""A log of moves of models, task by task, with the bundles that they name, in a folder or bucket.

    objects/ab/abcd...             the files of bundles, under their sha256
    moves/<task>/00000007.json     a move: who, when, why, the files; never changed
    pointers/<task>.json           where readers begin: the number of a move

A bundle is written before the move that names it, a move before the pointer. A move is in force as soon as it is
there, whole: it is created under the next number, which of several publishers only one can. The pointer is written last
and may be behind, by a kill or a slow publisher; readers look for moves after it, so that it costs them a read and
misleads nobody.

Knows files and signatures. Does not know what a move means: `release_channel` and `shadow_channel` do, which share the
objects and nothing else. A move of a kind that is not a log's own is damage to it: what was signed as one thing cannot
be laid down as another.
"""

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from beadwatch.domain.errors import ReleaseError, StoreError
from beadwatch.domain.model_card import ModelCard
from beadwatch.domain.release import MoveKind, Release, check_task, release_from_dict
from beadwatch.storage.bundle_files import read_bundle_files
from beadwatch.storage.files import Files

if TYPE_CHECKING:
    from beadwatch.storage.release_signing import Signer, Verifier


def _now() -> datetime:
    return datetime.now(UTC)


class MoveLog:
    """Moves of models. Safe to use from several threads and processes.

    With a signer, what it writes is signed; with a verifier, nothing unsigned or wrongly signed is given out.
    Every method raises `StoreError` where the place cannot be reached, read or written.
    """

    _KINDS: frozenset[MoveKind]
    _PLACE = ""  # the folder of the moves and pointers

    def __init__(
        self,
        files: Files,
        signer: "Signer | None" = None,
        verifier: "Verifier | None" = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._files, self._signer, self._verifier, self._clock = files, signer, verifier, clock

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
                raise ReleaseError(
                    f"{self._pointer(task)} in {self._files.root} names move {number}, which is not there"
                )
        while newer := self._read(task, number + 1):
            number, found = number + 1, newer
        return None if found is None else self._checked(found)

    def history(self, task: str, after: int = 0) -> list[Release]:
        """Return all moves of a task behind the one of that number, the oldest first. Signatures are not checked.

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
        return self._files.names(f"{self._PLACE}moves")

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
        if not self._files.create(self._move_path(release.task, release.sequence), text):
            raise ReleaseError(
                f"somebody else moved {release.task} at the same moment: look at `beadwatch models history "
                f"{release.task}`, and try again if it is still wanted"
            )
        self._point(release)
        return release

    def _point(self, release: Release) -> None:
        self._files.write(self._pointer(release.task), json.dumps({"move": release.sequence}).encode())

    def _pointed(self, task: str) -> int:
        data = self._files.read(self._pointer(task))
        try:
            number = json.loads(data or b"{}")["move"]
        except (ValueError, KeyError, TypeError):
            return 0  # it only shortens the way: the moves themselves say what is in force
        return number if isinstance(number, int) and number > 0 else 0

    def _read(self, task: str, number: int) -> Release | None:
        path = self._move_path(task, number)
        data = self._files.read(path)
        if data is None:
            return None
        try:
            release = release_from_dict(json.loads(data))
        except (ValueError, RecursionError, ReleaseError) as error:
            raise ReleaseError(f"{path} in {self._files.root} is damaged: {error}") from error
        if release.kind not in self._KINDS:
            raise ReleaseError(
                f"{path} in {self._files.root} is a move of the kind {release.kind}, which is none of here"
            )
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

    def _read_bundle(self, bundle: Path, task: str) -> tuple[ModelCard, dict[str, bytes], dict[str, str]]:
        card, files = read_bundle_files(bundle)
        if card.task.name != task:
            raise ReleaseError(f"{bundle} is a model of the task {card.task.name!r}, not {task!r}")
        return card, files, {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}

    def _move_path(self, task: str, number: int) -> str:
        return f"{self._PLACE}moves/{task}/{number:08d}.json"

    def _pointer(self, task: str) -> str:
        return f"{self._PLACE}pointers/{task}.json"


def _holds(folder: Path, release: Release) -> bool:
    try:
        return all(
            hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for name, digest in release.files.items()
        )
    except OSError:
        return False


def _object_path(digest: str) -> str:
    return f"objects/{digest[:2]}/{digest}"
