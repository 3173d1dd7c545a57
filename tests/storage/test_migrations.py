"""The migrations make exactly the schema of `tables`, and can be taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, inspect

from beadwatch.storage.database import open_database
from beadwatch.storage.tables import Base


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield opened
    opened.dispose()


def differences(connection: Connection, metadata: MetaData) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, metadata))


def alembic_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "beadwatch.storage:migrations")
    config.attributes["connection"] = connection
    return config


def test_migrations_make_exactly_the_schema_of_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        assert differences(connection, Base.metadata) == []


def test_comparison_would_notice_a_forgotten_migration(engine: Engine) -> None:
    ahead = MetaData()
    for table in Base.metadata.tables.values():
        table.to_metadata(ahead)
    Table("forgotten", ahead, Column("id", Integer, primary_key=True))
    with engine.connect() as connection:
        assert [change[0] for change in differences(connection, ahead)] == ["add_table"]  # type: ignore[index]


def test_steps_form_one_line() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_every_step_can_be_taken_back(engine: Engine) -> None:
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "head")
    with engine.connect() as connection:
        assert differences(connection, Base.metadata) == []


def test_alembic_by_itself_upgrades_the_url_it_is_given(tmp_path: Path) -> None:
    config = alembic_config()
    config.set_main_option("sqlalchemy.url", f"sqlite:///{tmp_path / 'b.db'}")
    command.upgrade(config, "head")
    engine = open_database(f"sqlite:///{tmp_path / 'b.db'}")
    with engine.connect() as connection:
        assert differences(connection, Base.metadata) == []
    engine.dispose()
