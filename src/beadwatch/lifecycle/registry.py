"""Model versions in MLflow's registry: where each came from, and which is `champion` or `challenger`.

One registered model for each task. The bundle itself is not copied: a version says where it is, with the sha256 of its
graph. MLflow is imported when it is needed. Does not know what is served: see the release channel.
"""

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from beadwatch.domain.errors import ReleaseError
from beadwatch.domain.model_card import ModelCard
from beadwatch.inference.bundle import MODEL_FILE, ModelBundle

TRIES, WAIT_S = 3, 1.0  # MLflow itself waits 20 s for a lock, each time
_TAG = "beadwatch."
_Answer = TypeVar("_Answer")


class Alias(StrEnum):
    """The version that is in use, and the one that would follow it."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a bundle came from: the snapshot it was trained on, MLflow's run of the training, the code's revision."""

    snapshot: str
    run_id: str | None
    revision: str


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A version in the registry: `number` is the registry's, `version` the card's, `sha256` the graph's."""

    task: str
    number: int
    version: str
    sha256: str
    source: str
    lineage: Lineage
    aliases: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "task": self.task,
            "number": self.number,
            "version": self.version,
            "sha256": self.sha256,
            "source": self.source,
            "snapshot": self.lineage.snapshot,
            "run_id": self.lineage.run_id,
            "revision": self.lineage.revision,
            "aliases": list(self.aliases),
        }


def lineage_of(card: ModelCard, run_id: str | None = None) -> Lineage:
    """Return what a card says of where its model came from; what it does not say is `unknown`."""
    snapshot, revision = (str(card.dataset.get(key, "unknown")) for key in ("snapshot", "revision"))
    return Lineage(snapshot, run_id, revision)


class Registry:
    """The registry at an MLflow tracking URI, as `sqlite:///var/mlflow.db`. Safe to call from several processes.

    Every method raises `ReleaseError` where MLflow cannot be reached or is locked, after some tries.
    """

    def __init__(self, uri: str, sleep: Callable[[float], None] = time.sleep) -> None:
        """Use the registry at `uri`; nothing is opened yet."""
        self._uri, self._sleep = uri, sleep
        self._opened: Any = None

    def register(self, bundle: ModelBundle, lineage: Lineage) -> ModelVersion:
        """Register a bundle; one that is registered with this graph already is returned as it is.

        Raises:
            ReleaseError: the task has another graph under this version.
        """
        card = bundle.card
        task, sha256 = card.task.name, card.files[MODEL_FILE]
        for known in self.versions(task):
            if known.version != card.version:
                continue
            if known.sha256 != sha256:
                raise ReleaseError(
                    f"{card.version} of {task} is registered with the graph {known.sha256[:12]}, and this one is "
                    f"{sha256[:12]}: give the new model a version of its own"
                )
            return known
        tags = {
            "version": card.version,
            "sha256": sha256,
            "snapshot": lineage.snapshot,
            "revision": lineage.revision,
            "run": lineage.run_id or "",
        }
        source = str(bundle.path.absolute())
        number = self._call(lambda client: _create(client, task, source, tags), f"register {card.version} of {task}")
        return self._version(task, number)

    def versions(self, task: str) -> list[ModelVersion]:
        """Return the versions of a task's model, the newest first; none where none is registered."""
        return self._call(lambda client: _versions(client, task), f"list the versions of {task}")

    def set_alias(self, task: str, version: str, alias: Alias) -> ModelVersion:
        """Let an alias stand for a version, and no longer for the one before.

        Raises:
            ReleaseError: no such version is registered.
        """
        known = self.find(task, version)
        self._call(
            lambda client: client.set_registered_model_alias(task, alias.value, str(known.number)),
            f"make {version} the {alias.value} of {task}",
        )
        return self._version(task, known.number)

    def clear_alias(self, task: str, alias: Alias) -> None:
        """Let an alias stand for nothing, as it may already."""
        if self.resolve(task, alias) is not None:
            self._call(
                lambda client: client.delete_registered_model_alias(task, alias.value),
                f"clear the {alias.value} of {task}",
            )

    def resolve(self, task: str, alias: Alias) -> ModelVersion | None:
        """Return the version that an alias stands for, or None."""
        return next((one for one in self.versions(task) if alias.value in one.aliases), None)

    def find(self, task: str, version: str) -> ModelVersion:
        """Return the version of that name.

        Raises:
            ReleaseError: no such version is registered.
        """
        versions = self.versions(task)
        for one in versions:
            if one.version == version:
                return one
        there = ", ".join(one.version for one in versions) or "none"
        raise ReleaseError(f"{version} of {task} is not registered (there: {there})")

    def _version(self, task: str, number: int) -> ModelVersion:
        return next(one for one in self.versions(task) if one.number == number)

    def _call(self, act: Callable[[Any], _Answer], what: str) -> _Answer:
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        for attempt in range(TRIES):
            if attempt:
                self._sleep(WAIT_S)
            try:
                return act(self._client())
            except (MlflowException, SQLAlchemyError, OSError) as error:
                last = error
        raise ReleaseError(
            f"cannot {what}: MLflow at {_without_secrets(self._uri)} refused {TRIES} times ({type(last).__name__}: "
            f"{_first_line(last)}). Nothing was changed; try again when it answers"
        ) from last

    def _client(self) -> Any:
        if self._opened is None:
            os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
            from mlflow.tracking import MlflowClient

            self._opened = MlflowClient(tracking_uri=self._uri, registry_uri=self._uri)
        return self._opened


def _create(client: Any, task: str, source: str, tags: Mapping[str, str]) -> int:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(task)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    named = {f"{_TAG}{name}": value for name, value in tags.items()}
    made = client.create_model_version(task, source, run_id=tags["run"] or None, tags=named)
    return int(made.version)


def _versions(client: Any, task: str) -> list[ModelVersion]:
    from mlflow.exceptions import MlflowException

    try:
        # Aliases stand in the model only: those of its versions, as a search returns them, are empty.
        aliases = client.get_registered_model(task).aliases
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return []
        raise
    found = [_read(task, one, aliases) for one in client.search_model_versions(f"name = '{task}'")]
    return sorted(found, key=lambda one: -one.number)


def _read(task: str, found: Any, aliases: Mapping[str, Any]) -> ModelVersion:
    tags, number = found.tags, int(found.version)
    return ModelVersion(
        task=task,
        number=number,
        version=tags.get(f"{_TAG}version", "unknown"),
        sha256=tags.get(f"{_TAG}sha256", "unknown"),
        source=str(found.source),
        lineage=Lineage(
            snapshot=tags.get(f"{_TAG}snapshot", "unknown"),
            run_id=tags.get(f"{_TAG}run") or None,
            revision=tags.get(f"{_TAG}revision", "unknown"),
        ),
        aliases=tuple(sorted(alias for alias, of in aliases.items() if int(of) == number)),
    )


def _without_secrets(text: str) -> str:
    return re.sub(r"//[^/@\s]+@", "//...@", text)


def _first_line(error: Exception) -> str:
    return (_without_secrets(str(error)).splitlines() or [""])[0][:200]
