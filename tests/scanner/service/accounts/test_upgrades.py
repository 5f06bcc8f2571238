"""A store of each earlier version is brought up to date with all its rows, its audit log and its seals."""

import multiprocessing
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Column, Connection, Inspector, MetaData, Table, create_engine, inspect, select

from brand_index.registry import Registry, schema
from brand_index.registry.schema import REGISTRY, Component
from brand_index.store import Store
from scanner.moderation.registry import MODERATION
from scanner.service.accounts.registry import ACCOUNTS, open_registry
from tests.brand_index.registry.test_registry import applied, differences
from tests.scanner.service.accounts.test_registry import DATA, NOW, before

__all__ = ["before"]  # a fixture: the address of a database as format 1 left it, with every kind of row

COMPONENTS: Final = (REGISTRY, MODERATION, ACCOUNTS)
NEWEST: Final = {each.name: len(each.migrations) for each in COMPONENTS}
EARLIER: Final = [(each, number) for each in COMPONENTS for number in range(1, len(each.migrations))]
OF_THE_LOG: Final = {"history", "registry_revision", "component_migrations", "schema_migrations"}


def as_it_was(component: Component, number: int) -> Component:
    """The component as the version with so many migrations had it, with the tables and columns of then."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        if component is not REGISTRY:
            run(connection, REGISTRY, NEWEST[REGISTRY.name])
        run(connection, component, number)
        made = inspect(connection)
        then = [
            Table(table.name, MetaData(), *columns_of_then(table, made), info=table.info)
            for table in component.tables
            if made.has_table(table.name)
        ]
    engine.dispose()
    return replace(component, migrations=component.migrations[:number], tables=tuple(then))


def columns_of_then(table: Table, made: Inspector) -> list[Column[Any]]:
    """The columns of a table that a database has already."""
    names = {column["name"] for column in made.get_columns(table.name)}
    return [Column(each.name, each.type, primary_key=each.primary_key) for each in table.columns if each.name in names]


def run(connection: Connection, component: Component, number: int) -> None:
    for migration in component.migrations[:number]:
        migration(connection)


def upgraded_to(address: str, store: Store, component: Component, number: int) -> None:
    """Bring a database of format 1 to where an earlier version with so many migrations of a component left it."""
    if component is REGISTRY and number == 1:  # before rows were sealed
        engine = create_engine(address)
        with engine.begin() as connection:
            run(connection, component, 1)
            table = schema.component_migrations
            table.create(connection)
            connection.execute(
                table.insert(), {"component": component.name, "number": 1, "name": "create_registry", "applied_at": NOW}
            )
        engine.dispose()
        return
    Registry.open(store, address, components=(as_it_was(component, number),), create=False).close()


def content(registry: Registry) -> dict[str, list[str]]:
    """All rows of all tables but those of the log."""
    with registry.database.read() as view:
        tables = [table for table in schema.metadata.sorted_tables if table.name not in OF_THE_LOG]
        return {table.name: sorted(map(repr, view.execute(select(table)).all())) for table in tables}


@pytest.fixture
def upgraded_at_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[str]]]:
    """What the newest version makes of the same store of format 1."""
    store = Store(tmp_path_factory.mktemp("at-once"))
    with sqlite3.connect(store.root / "registry.db") as connection:
        connection.executescript((DATA / "store_before_format_1.sql").read_text("utf-8"))
    connection.close()
    with open_registry(store) as registry:
        yield content(registry)


@pytest.mark.parametrize(("component", "number"), EARLIER, ids=lambda value: getattr(value, "name", value))
def test_a_store_of_each_earlier_version_is_brought_up_to_date(
    before: str, tmp_path: Path, upgraded_at_once: dict[str, list[str]], component: Component, number: int
) -> None:
    upgraded_to(before, Store(tmp_path), component, number)
    with open_registry(Store(tmp_path), before) as upgraded:
        assert applied(upgraded.database) == NEWEST
        assert differences(before, set(schema.metadata.tables)) == []
        assert content(upgraded) == upgraded_at_once
        assert upgraded.history_faults() == ()
        assert upgraded.row_faults() == ()


def test_a_store_of_an_earlier_version_has_fewer_migrations_and_seals_already(before: str, tmp_path: Path) -> None:
    upgraded_to(before, Store(tmp_path), MODERATION, 4)
    with Registry.open(Store(tmp_path), before) as earlier:
        assert applied(earlier.database) == {"brand_index": NEWEST["brand_index"], "moderation": 4}
        assert [event.subject for event in earlier.history() if event.what == "rows taken over"][-1] == "moderation"


def _open(address: str, root: str, begin: Any, said: Any) -> None:
    try:
        begin.wait(timeout=50)
        with open_registry(Store(Path(root)), address) as opened:
            said.put(applied(opened.database))
    except Exception as error:
        said.put(repr(error))


def test_processes_that_open_an_earlier_store_at_once_migrate_it_once(before: str, tmp_path: Path) -> None:
    upgraded_to(before, Store(tmp_path), MODERATION, 2)
    spawning = multiprocessing.get_context("spawn")
    begin, said = spawning.Barrier(3), spawning.Queue()
    processes = [spawning.Process(target=_open, args=(before, str(tmp_path), begin, said)) for _ in range(3)]
    for process in processes:
        process.start()
    assert [said.get(timeout=50) for _ in processes] == [NEWEST] * 3
    for process in processes:
        process.join()
    with open_registry(Store(tmp_path), before) as upgraded:
        taken_over = [event.subject for event in upgraded.history() if event.what == "rows taken over"]
        assert sorted(taken_over) == ["accounts", "brand_index", "moderation"]
        assert upgraded.history_faults() == ()
        assert upgraded.row_faults() == ()
