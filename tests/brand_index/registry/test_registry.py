"""The registry: one suite over SQLite and PostgreSQL; what a field may hold is tested with the registration."""

import json
import multiprocessing
import sqlite3
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Connection, MetaData, create_engine, inspect, make_url, select, text

from brand_index.errors import RegistryError, UnknownRecord
from brand_index.registry import RegistrationOutcome, Registry, schema
from brand_index.registry.database import Database
from brand_index.registry.schema import Component
from brand_index.registry.unused import absent, remove_unused
from brand_index.store import Store
from brand_index.types import Brand, MarkFeature, ReferenceImage, ReferenceKind
from tests.conftest import SERVER

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ACME = Brand("acme", "Acme", "Acme Ltd", "ip@acme.example")
BETA = Brand("beta", "Beta", "Beta GmbH", "ip@beta.example")


@pytest.mark.skipif(SERVER is None, reason="MARKSCAN_TEST_POSTGRESQL names no server: PostgreSQL's half is not run")
def test_the_server_for_the_other_half_of_this_suite_is_postgresql() -> None:
    assert make_url(SERVER or "").get_backend_name() == "postgresql"


@pytest.fixture
def registry(address: str, tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(Store(tmp_path), address) as opened:
        yield opened


def add(
    registry: Registry,
    content: str = "one",
    brand: Brand = ACME,
    kind: ReferenceKind = ReferenceKind.LOGO,
    now: datetime = NOW,
) -> tuple[ReferenceImage, RegistrationOutcome]:
    registry.save_brand(brand, now)
    return registry.add_reference(
        brand=brand.brand_id,
        kind=kind,
        sha256=sha256(content.encode()).hexdigest(),
        suffix=".png",
        mark_id=None,
        source_name="Logo é.png",
        width=300,
        height=200,
        warnings=("a plain shape",),
        now=now,
    )


def authorize_seller(registry: Registry, seller_id: str = "S123", brand: str = "acme", now: datetime = NOW) -> int:
    return registry.authorize(
        brand=brand,
        seller_id=seller_id,
        kinds=frozenset({ReferenceKind.LOGO}),
        markets=frozenset({"DE", "FR"}),
        nice=None,
        first_day=date(2026, 1, 1),
        last_day=None,
        grantors=("Acme Ltd", "Acme Europe"),
        document_sha256=None,
        now=now,
    ).authorization_id


WRITES: dict[str, Callable[[Registry], object]] = {
    "a new brand": lambda registry: registry.save_brand(BETA, LATER),
    "a changed brand": lambda registry: registry.save_brand(Brand("acme", "ACME", "New Ltd", "a@b.example"), LATER),
    "a mark": lambda registry: registry.add_mark(brand="acme", office="EM", registration_number="7", now=LATER),
    "a reference": lambda registry: add(registry, "two"),
    "a withdrawal": lambda registry: registry.withdraw_reference(registry.references()[0].reference_id, LATER),
    "an authorization": lambda registry: authorize_seller(registry, "S999"),
    "a revocation": lambda registry: registry.revoke_authorization(1, LATER),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_every_write_bumps_the_revision_by_one(registry: Registry, write: Callable[[Registry], object]) -> None:
    add(registry)
    authorize_seller(registry)
    before = registry.revision()
    write(registry)
    assert registry.revision() == before + 1


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_the_same_write_again_changes_nothing(registry: Registry, write: Callable[[Registry], object]) -> None:
    add(registry)
    authorize_seller(registry)
    identity = registry.references()[0].reference_id
    if write is WRITES["a withdrawal"]:
        write = lambda registry: registry.withdraw_reference(identity, LATER)  # noqa: E731 - in force are others then
    write(registry)
    before = registry.revision(), registry.history()
    write(registry)
    assert (registry.revision(), registry.history()) == before


def test_a_reference_comes_back_as_it_was_registered(registry: Registry) -> None:
    reference, _ = add(registry)
    assert registry.references() == (reference,)
    assert reference.registered_at.tzinfo is UTC


def test_a_moment_in_another_zone_comes_back_in_utc(registry: Registry) -> None:
    registry.save_brand(ACME, NOW.astimezone(timezone(timedelta(hours=9))))
    assert registry.history()[0].at == NOW
    assert registry.history()[0].at.tzinfo is UTC


def test_a_naive_moment_is_refused(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="time zone"):
        registry.save_brand(ACME, NOW.replace(tzinfo=None))


def test_the_same_file_of_the_same_brand_is_said_to_be_registered_already(registry: Registry) -> None:
    first, _ = add(registry)
    again, outcome = add(registry, now=LATER)
    assert (again, outcome) == (first, RegistrationOutcome.ALREADY_REGISTERED)


def test_the_same_file_as_another_kind_is_another_reference(registry: Registry) -> None:
    add(registry)
    _, outcome = add(registry, kind=ReferenceKind.PHOTO)
    assert outcome is RegistrationOutcome.ADDED
    assert len(registry.references()) == 2


def test_the_same_file_of_another_brand_is_registered_as_a_conflict(registry: Registry) -> None:
    add(registry)
    reference, outcome = add(registry, brand=BETA, now=LATER)
    (conflict,) = registry.conflicts()
    assert outcome is RegistrationOutcome.REGISTERED_WITH_CONFLICT
    assert {conflict.earlier_brand_id, conflict.later_brand_id} == {"acme", "beta"}
    assert (conflict.sha256, conflict.detected_at, conflict.resolved_at) == (reference.sha256, LATER, None)


def test_a_file_that_another_brand_withdrew_is_no_conflict(registry: Registry) -> None:
    reference, _ = add(registry)
    registry.withdraw_reference(reference.reference_id, NOW)
    _, outcome = add(registry, brand=BETA)
    assert (outcome, registry.conflicts()) == (RegistrationOutcome.ADDED, ())


def test_a_third_brand_is_in_conflict_with_both(registry: Registry) -> None:
    for slug in ("acme", "beta", "gamma"):
        add(registry, brand=Brand(slug, slug, slug, slug))
    pairs = {(conflict.earlier_brand_id, conflict.later_brand_id) for conflict in registry.conflicts()}
    assert pairs == {("acme", "beta"), ("acme", "gamma"), ("beta", "gamma")}


def test_a_withdrawn_reference_is_out_of_force_and_kept(registry: Registry) -> None:
    reference, _ = add(registry)
    withdrawn = registry.withdraw_reference(reference.reference_id, LATER)
    assert withdrawn.withdrawn_at == LATER
    assert registry.references() == ()
    assert registry.references(include_withdrawn=True) == (withdrawn,)


def test_a_withdrawn_reference_that_is_registered_again_is_in_force_again(registry: Registry) -> None:
    reference, _ = add(registry)
    registry.withdraw_reference(reference.reference_id, NOW)
    again, outcome = add(registry, now=LATER)
    assert (again, outcome) == (reference, RegistrationOutcome.REINSTATED)
    assert registry.references() == (reference,)


def test_the_history_keeps_when_a_reinstated_reference_was_withdrawn(registry: Registry) -> None:
    reference, _ = add(registry)
    registry.withdraw_reference(reference.reference_id, NOW)
    add(registry, now=LATER)
    assert json.loads(registry.history()[-1].earlier) == {"withdrawn_at": str(NOW)}


def test_the_history_keeps_what_a_brand_was_called_before(registry: Registry) -> None:
    registry.save_brand(ACME, NOW)
    registry.save_brand(Brand("acme", "Acme", "Neue Eigentümer", "new@acme.example"), LATER)
    event = registry.history()[-1]
    assert (event.what, event.subject, event.at, event.revision) == ("brand changed", "acme", LATER, 2)
    assert json.loads(event.earlier) == {"owner": "Acme Ltd", "contact": "ip@acme.example"}


def test_only_changes_of_references_move_the_references_revision(registry: Registry) -> None:
    reference, _ = add(registry)
    after_adding = registry.references_revision()
    registry.revoke_authorization(authorize_seller(registry), NOW)
    assert registry.references_revision() == after_adding
    registry.withdraw_reference(reference.reference_id, NOW)
    assert registry.references_revision() == registry.revision()


def test_the_first_change_of_a_reference_after_a_revision_has_a_moment(registry: Registry) -> None:
    reference, _ = add(registry)
    before = registry.references_revision()
    registry.revoke_authorization(authorize_seller(registry), NOW)
    assert registry.references_newer_since(before) is None
    registry.withdraw_reference(reference.reference_id, LATER)
    add(registry, now=LATER + timedelta(days=1))
    assert registry.references_newer_since(before) == LATER
    assert registry.references_newer_since(0) == NOW


def test_a_mark_of_the_same_office_and_number_is_one(registry: Registry) -> None:
    registry.save_brand(ACME, NOW)
    first = registry.add_mark(brand="acme", office="EM", registration_number="7", nice=frozenset({25}), now=NOW)
    again = registry.add_mark(brand="acme", office="EM", registration_number="7", vienna=("26.4.5",), now=LATER)
    assert (again.mark_id, again.nice, again.vienna) == (first.mark_id, frozenset({25}), ("26.4.5",))
    assert registry.marks() == (again,)


def test_a_mark_of_another_office_is_another(registry: Registry) -> None:
    registry.save_brand(ACME, NOW)
    marks = [registry.add_mark(brand="acme", office=o, registration_number="7", now=NOW).mark_id for o in ("EM", "US")]
    assert marks == [1, 2]


def test_a_mark_comes_back_as_it_was_recorded(registry: Registry) -> None:
    registry.save_brand(ACME, NOW)
    mark = registry.add_mark(
        brand="acme",
        feature=MarkFeature.THREE_DIMENSIONAL,
        office="WO",
        registration_number="A 12/7",
        nice=frozenset({9, 25}),
        vienna=("26.4.5", "1.1"),
        expires=date(2030, 12, 31),
        now=NOW,
    )
    assert registry.marks() == (mark,)


def test_authorizations_are_found_by_seller_and_brand(registry: Registry) -> None:
    for brand in (ACME, BETA):
        registry.save_brand(brand, NOW)
    authorize_seller(registry, "S1", "acme")
    authorize_seller(registry, "S1", "beta")
    authorize_seller(registry, "S2", "acme")
    found = registry.authorizations(seller_id="S1", brands=["acme", "gamma"])
    assert [given.authorization_id for given in found] == [1]


def test_no_brands_asked_for_finds_no_authorization(registry: Registry) -> None:
    registry.save_brand(ACME, NOW)
    authorize_seller(registry)
    assert registry.authorizations(brands=[]) == ()


def test_everywhere_and_nowhere_differ_after_a_round_trip(registry: Registry) -> None:
    registry.save_brand(ACME, NOW)
    authorize_seller(registry)
    (given,) = registry.authorizations()
    assert (given.markets, given.nice, given.last_day) == (frozenset({"DE", "FR"}), None, None)


def test_a_revoked_authorization_stays_in_the_registry(registry: Registry) -> None:
    registry.save_brand(ACME, NOW)
    revoked = registry.revoke_authorization(authorize_seller(registry), LATER)
    assert revoked.revoked_at == LATER
    assert registry.authorizations() == (revoked,)


def test_a_seller_authorized_again_after_a_revocation_has_a_new_authorization(registry: Registry) -> None:
    registry.save_brand(ACME, NOW)
    first = authorize_seller(registry)
    registry.revoke_authorization(first, NOW)
    assert authorize_seller(registry) == first + 1


@pytest.mark.parametrize(
    "ask",
    [
        lambda registry: registry.brand("nobody"),
        lambda registry: registry.add_mark(brand="nobody", now=NOW),
        lambda registry: authorize_seller(registry, brand="nobody"),
        lambda registry: registry.withdraw_reference("nobody-logo-0", NOW),
        lambda registry: registry.revoke_authorization(404, NOW),
    ],
    ids=["brand", "mark", "authorization", "withdrawal", "revocation"],
)
def test_what_is_unknown_is_said_to_be_and_changes_nothing(
    registry: Registry, ask: Callable[[Registry], object]
) -> None:
    with pytest.raises(UnknownRecord, match="markscan"):
        ask(registry)
    assert registry.revision() == 0


def test_an_unknown_brand_names_those_that_are_near(registry: Registry) -> None:
    registry.save_brand(ACME, NOW)
    with pytest.raises(UnknownRecord, match="did you mean acme"):
        registry.brand("acne")


def test_descriptors_come_back_and_leave_the_revision(registry: Registry) -> None:
    registry.save_descriptors([("a", "model 1", b"\x00\xff"), ("a", "model 2", b"2")])
    registry.save_descriptors([("a", "model 2", b"two")])
    found = [registry.descriptor("a", fingerprint) for fingerprint in ("model 1", "model 2", "model 3")]
    assert (found, registry.revision()) == ([b"\x00\xff", b"two", None], 0)


def test_a_write_that_fails_half_way_leaves_nothing(registry: Registry) -> None:
    with pytest.raises(UnknownRecord):
        registry.add_reference(
            brand="nobody",
            kind=ReferenceKind.LOGO,
            sha256="0" * 64,
            suffix=".png",
            mark_id=None,
            source_name="x",
            width=1,
            height=1,
            warnings=(),
            now=NOW,
        )
    assert (registry.references(), registry.history(), registry.revision()) == ((), (), 0)


def _register_fifty(root: str, url: str | None, worker: int, failures: "multiprocessing.Queue[str]") -> None:
    try:
        with Registry.open(Store(Path(root)), url) as registry:
            for number in range(50):
                add(registry, f"{worker} {number}")
    except Exception as error:
        failures.put(repr(error))
    failures.put("")


def test_processes_that_open_and_write_at_once_lose_nothing(address: str, tmp_path: Path) -> None:
    spawning = multiprocessing.get_context("spawn")
    failures = spawning.Queue()
    workers = [
        spawning.Process(target=_register_fifty, args=(str(tmp_path), address, worker, failures)) for worker in range(3)
    ]
    for worker in workers:
        worker.start()
    said = [failures.get(timeout=50) for _ in workers]
    for worker in workers:
        worker.join()
    assert said == ["", "", ""]
    with Registry.open(Store(tmp_path), address) as registry:
        assert len(registry.references()) == 150
        assert registry.revision() == 151  # and the brand


def test_threads_that_share_a_registry_lose_nothing(registry: Registry) -> None:
    registry.save_brand(ACME, NOW)
    threads = [
        threading.Thread(target=lambda part=part: [add(registry, f"{part} {n}") for n in range(20)])
        for part in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(registry.references()), registry.revision()) == (80, 81)


TABLES = (schema.brands, schema.marks, schema.reference_images, schema.conflicts, schema.authorizations)
OTHER_TABLES = (schema.descriptors, schema.history, schema.registry_revision, schema.component_migrations)


def test_the_migrations_make_the_tables_that_the_program_expects(registry: Registry, address: str) -> None:
    assert differences(address, {table.name for table in (*TABLES, *OTHER_TABLES, schema.schema_migrations)}) == []


def differences(address: str, names: set[str]) -> list[str]:
    """What of these tables the database has otherwise than the program expects it."""
    engine = create_engine(address)
    found = MetaData()
    found.reflect(engine)
    engine.dispose()
    wrong = [f"tables {names ^ set(found.tables)}"] if names != set(found.tables) else []
    for name in names & set(found.tables):
        made, table = found.tables[name], schema.metadata.tables[name]
        for what, of in (
            ("columns", lambda t: sorted((c.name, c.primary_key or c.nullable) for c in t.columns)),
            ("key", lambda t: t.primary_key.columns.keys()),
            ("references", lambda t: {(f.parent.name, f.target_fullname.split(".")[-2:][1]) for f in t.foreign_keys}),
            ("tables referred to", lambda t: {f.target_fullname.split(".")[-2] for f in t.foreign_keys}),
        ):
            wrong += [f"{name}: {what} {of(made)}, not {of(table)}"] if of(made) != of(table) else []
        missing = {index.name for index in table.indexes} - {index.name for index in made.indexes}
        wrong += [f"{name}: no index {missing}"] if missing else []
    return wrong


def test_opening_again_migrates_nothing(registry: Registry, address: str, tmp_path: Path) -> None:
    add(registry)
    with Registry.open(Store(tmp_path), address) as again:
        assert len(again.references()) == 1
        assert applied(again.database) == {"brand_index": 3}


def applied(database: Database) -> dict[str, int]:
    """How many migrations of each component were applied."""
    with database.read() as connection:
        return dict(Counter(connection.execute(select(schema.component_migrations.c.component)).scalars()))


def test_a_registry_of_a_newer_program_is_refused(registry: Registry, address: str, tmp_path: Path) -> None:
    engine = create_engine(address)
    with engine.begin() as connection:
        values = {"component": "brand_index", "number": 99, "name": "of_tomorrow", "applied_at": NOW}
        connection.execute(schema.component_migrations.insert().values(**values))
    engine.dispose()
    with pytest.raises(RegistryError, match="update Markscan"):
        Registry.open(Store(tmp_path), address)


def test_a_program_of_format_1_sees_that_the_registry_is_newer(registry: Registry, address: str) -> None:
    with registry.database.read() as connection:
        assert connection.execute(select(schema.schema_migrations.c.number)).scalars().all() == [1000]


def test_an_early_version_of_format_1_is_refused(address: str, tmp_path: Path) -> None:
    engine = create_engine(address)
    with engine.begin() as connection:
        schema.schema_migrations.create(connection)
        connection.execute(schema.schema_migrations.insert().values(number=6, name="early", applied_at=NOW))
    engine.dispose()
    with pytest.raises(RegistryError, match="version 6 of format 1"):
        Registry.open(Store(tmp_path), address)


def create_other_table(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE others (number INTEGER)"))


def break_half_way(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE half_made (number INTEGER)"))
    raise ZeroDivisionError


def test_another_component_migrates_in_the_same_database(registry: Registry, address: str, tmp_path: Path) -> None:
    with Registry.open(Store(tmp_path), address, components=[Component("other", (create_other_table,))]) as opened:
        assert applied(opened.database) == {"brand_index": 3, "other": 1}
    Registry.open(Store(tmp_path), address).close()  # an opener that does not name the component still can


def test_a_migration_that_fails_leaves_neither_table_nor_record(address: str) -> None:
    components = (Component("other", (create_other_table, break_half_way)),)
    with pytest.raises(ZeroDivisionError):
        Database.open(make_url(address), components, create=True)
    engine = create_engine(address)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_missing_registry_is_not_made_when_it_may_not_be(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="markscan register"):
        Registry.open(Store(tmp_path / "no-store"), create=False)
    assert not (tmp_path / "no-store").exists()


def test_a_file_that_is_no_database_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "registry.db").write_bytes(b"these are no tables, however long this text may be" * 100)
    with pytest.raises(RegistryError, match="not a database"):
        Registry.open(Store(tmp_path))


def test_a_store_may_lie_under_a_name_that_means_something_in_a_url(tmp_path: Path) -> None:
    store = Store(tmp_path / "what? é #1 100%")
    with Registry.open(store) as registry:
        registry.save_brand(ACME, NOW)
    assert (store.root / "registry.db").exists()


def test_sqlite_keeps_a_write_ahead_log_and_foreign_keys(tmp_path: Path) -> None:
    Registry.open(Store(tmp_path)).close()
    connection = sqlite3.connect(tmp_path / "registry.db")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    with (
        Registry.open(Store(tmp_path)) as registry,
        registry.database.read() as connection_,
    ):
        assert connection_.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_the_traceback_of_a_database_error_holds_no_value_of_a_row(registry: Registry) -> None:
    brand = Brand("acme", "a secret name", "Acme Ltd", "ip@acme.example")
    registry.save_brand(brand, NOW)
    with pytest.raises(RegistryError) as raised, registry.database.write(NOW) as write:
        write.insert(schema.brands, brand, "brand registered", "acme")
    assert "a secret name" not in "".join(traceback.format_exception(raised.value))


def test_a_store_that_a_command_made_is_removed_unless_somebody_has_it_open_or_recorded_something(
    tmp_path: Path,
) -> None:
    place = Store(tmp_path / "deep" / "typo")
    made = absent(place)
    Registry.open(place).close()
    with Registry.open(place) as other:
        assert not remove_unused(place, made)
        other.add_brand(ACME, NOW)
    assert not remove_unused(place, made)
    place = Store(tmp_path / "new" / "typo")
    made = absent(place)
    Registry.open(place).close()
    assert remove_unused(place, made)
    assert not (tmp_path / "new").exists()
