"""The registry on a real MLflow file: versions with where they came from, aliases, and an MLflow that refuses."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from beadwatch.domain.errors import ReleaseError
from beadwatch.domain.labels import TIG
from beadwatch.inference.bundle import MODEL_FILE, ModelBundle, load_bundle
from beadwatch.lifecycle.registry import TRIES, Alias, Lineage, Registry, lineage_of
from tests.bundles import write_bundle

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")]
FROM = Lineage("5" * 64, None, "ab59f1a1e772")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make MLflow's tables once: that takes seconds."""
    file = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    assert Registry(f"sqlite:///{file}").versions("tig") == []
    return file


@pytest.fixture
def registry(template: Path, tmp_path: Path) -> Registry:
    (tmp_path / "mlflow.db").write_bytes(template.read_bytes())
    return Registry(f"sqlite:///{tmp_path / 'mlflow.db'}", sleep=lambda _s: None)


@pytest.fixture
def bundle(tmp_path: Path) -> ModelBundle:
    write_bundle(tmp_path / "tig", TIG)
    return load_bundle(tmp_path / "tig")


def other(bundle: ModelBundle, version: str, sha256: str = "f" * 64) -> ModelBundle:
    card = bundle.card
    return replace(bundle, card=replace(card, version=version, files={**card.files, MODEL_FILE: sha256}))


def test_a_version_says_where_it_came_from(registry: Registry, bundle: ModelBundle) -> None:
    made = registry.register(bundle, FROM)
    assert made.to_dict() == {
        "task": "tig",
        "number": 1,
        "version": bundle.card.version,
        "sha256": bundle.card.files[MODEL_FILE],
        "source": str(bundle.path),
        "snapshot": "5" * 64,
        "run_id": None,
        "revision": "ab59f1a1e772",
        "aliases": [],
    }
    assert registry.versions("tig") == [made]
    assert registry.versions("surface") == []


def test_registering_again_changes_nothing_and_another_graph_is_refused(
    registry: Registry, bundle: ModelBundle
) -> None:
    made = registry.register(bundle, FROM)
    assert registry.register(bundle, replace(FROM, revision="later")) == made
    with pytest.raises(ReleaseError, match="give the new model a version of its own"):
        registry.register(other(bundle, bundle.card.version), FROM)
    assert registry.versions("tig") == [made]


def test_an_alias_stands_for_one_version(registry: Registry, bundle: ModelBundle) -> None:
    registry.register(bundle, FROM)
    registry.register(other(bundle, "tig-2"), FROM)
    assert [one.version for one in registry.versions("tig")] == ["tig-2", bundle.card.version]
    assert registry.resolve("tig", Alias.CHAMPION) is None
    registry.set_alias("tig", bundle.card.version, Alias.CHAMPION)
    assert registry.set_alias("tig", "tig-2", Alias.CHALLENGER).aliases == ("challenger",)
    assert registry.set_alias("tig", "tig-2", Alias.CHAMPION).aliases == ("challenger", "champion")
    assert registry.find("tig", bundle.card.version).aliases == ()
    registry.clear_alias("tig", Alias.CHALLENGER)
    registry.clear_alias("tig", Alias.CHALLENGER)
    assert registry.resolve("tig", Alias.CHALLENGER) is None
    champion = registry.resolve("tig", Alias.CHAMPION)
    assert champion is not None
    assert champion.version == "tig-2"


def test_only_what_is_registered_gets_an_alias(registry: Registry, bundle: ModelBundle) -> None:
    registry.register(bundle, FROM)
    with pytest.raises(ReleaseError, match=rf"tig-9 of tig is not registered \(there: {bundle.card.version}\)"):
        registry.set_alias("tig", "tig-9", Alias.CHAMPION)


def test_what_another_process_registered_is_seen(registry: Registry, bundle: ModelBundle) -> None:
    assert registry.versions("tig") == []
    made = Registry(registry._uri).register(bundle, FROM)
    assert registry.versions("tig") == [made]


def test_a_card_says_where_its_model_came_from(bundle: ModelBundle) -> None:
    card = replace(bundle.card, dataset={"snapshot": "s", "revision": "r"})
    assert lineage_of(card, "run") == Lineage("s", "run", "r")
    assert lineage_of(replace(bundle.card, dataset={})) == Lineage("unknown", None, "unknown")


def test_a_lock_is_waited_for_and_then_an_error_that_says_so(
    registry: Registry, bundle: ModelBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.register(bundle, FROM)
    hurry(registry)
    holder = sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    waits: list[float] = []
    monkeypatch.setattr(registry, "_sleep", waits.append)
    with pytest.raises(ReleaseError, match=r"cannot make tig-1 the champion of tig.*locked"):
        registry.set_alias("tig", bundle.card.version, Alias.CHAMPION)
    assert len(waits) == TRIES - 1
    assert registry.find("tig", "tig-1").aliases == ()  # who reads is not in the way

    monkeypatch.setattr(registry, "_sleep", lambda _s: holder.execute("ROLLBACK"))
    assert registry.set_alias("tig", bundle.card.version, Alias.CHAMPION).aliases == ("champion",)
    holder.close()


@pytest.mark.parametrize("uri", ["sqlite:////proc/nowhere/mlflow.db", "http://user:secret@127.0.0.1:9"])
def test_an_mlflow_that_is_not_there_is_named_without_its_password(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(ReleaseError, match="cannot list the versions of tig: MLflow at") as raised:
        Registry(uri, sleep=lambda _s: None).versions("tig")
    assert "secret" not in str(raised.value)


def hurry(registry: Registry) -> None:
    """Have MLflow wait for a lock a tenth of a second instead of 20 s: it says so before each statement."""
    engine = registry._client()._get_registry_client().store.engine

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def shorten(_connection: Any, _cursor: Any, statement: str, *rest: Any) -> tuple[str, Any]:
        return statement.replace("busy_timeout = 20000", "busy_timeout = 100"), rest[0]
