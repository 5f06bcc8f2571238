"""One opener migrates every table that the product has; a store of format 1 is taken over and says the same.

tests/data/store_before_format_1.sql is the database of a store that Markscan 0.1.0 of format 1 (schema 7) wrote, with
scans of every decision, cases in every state, seller notices, appeals, points and a purge. The JSON beside it holds
what that version said of it through its own functions.
"""

import json
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pydantic_core
import pytest
from sqlalchemy import JSON, Boolean, Date, DateTime, LargeBinary, MetaData, create_engine, text

from brand_index.registry import Registry, schema
from brand_index.store import Store
from scanner.moderation.cases.cases import Cases, Filters, Order
from scanner.moderation.cases.decisions import decisions_on
from scanner.moderation.cases.labels import found
from scanner.moderation.cases.notices import list_notifiers, notice_on
from scanner.moderation.cases.suppressions import list_quarantines, list_suppressions, precisions
from scanner.moderation.deliveries import list_deliveries
from scanner.moderation.enforcement import shipped_ladder, standing_of
from scanner.moderation.enforcement.ledger import Ledger
from scanner.moderation.registry import open_registry as open_moderation
from scanner.moderation.seller_notices.links import Links
from scanner.moderation.seller_notices.queries import (
    appeals_against,
    documents_of,
    ended_appeals,
    pending_appeals,
)
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.statements.reporting import report_on
from scanner.moderation.store import Records
from scanner.service.accounts.keys import list_keys
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.users import list_users, log_in
from scanner.settings import ServiceSettings
from tests.brand_index.registry.test_registry import applied, differences

DATA: Final = Path(__file__).parents[3] / "data"
SAID: Final[dict[str, Any]] = json.loads((DATA / "store_before_format_1.json").read_text("utf-8"))
NOW: Final = datetime.fromisoformat(SAID["at"])
SECRET: Final = b"s" * 32
SETS: Final = ("brands", "kinds", "markets", "nice")
NAMES: Final[dict[str, str]] = {  # as format 1 called fields, and what they are called now
    "slug": "brand_id",
    "brand": "brand_id",
    "seller": "seller_id",
    "person_id": "user_id",
    "notice_id": "seller_notice_id",
    "notified": "from_notice",
    "owner_by": "answer_by",
    "earlier_brand": "earlier_brand_id",
    "later_brand": "later_brand_id",
    "noticed_at": "detected_at",
}


def renamed(value: Any) -> Any:
    """What format 1 said, in the words of today."""
    if isinstance(value, dict):
        return ordered({NAMES.get(str(name), str(name)): renamed(each) for name, each in value.items()})
    if isinstance(value, list):
        return [renamed(each) for each in value]
    if value == "silenced":
        return "suppressed"
    return f"user {value[7:]}" if isinstance(value, str) and value.startswith("person ") else value


def ordered(fields: dict[str, Any]) -> dict[str, Any]:
    """The same with sets in order, as JSON keeps none."""
    return {name: sorted(each) if name in SETS and each else each for name, each in fields.items()}


def plain(value: object) -> Any:
    """As the fixture has it: JSON's types."""
    return json.loads(pydantic_core.to_json(value), object_hook=ordered)


@pytest.fixture
def before(address: str, tmp_path: Path) -> str:
    """The address of a database as format 1 left it."""
    file = tmp_path / ("registry.db" if address.startswith("sqlite") else "before.db")
    write_before(file)
    if not address.startswith("sqlite"):
        copy_to(address, file)
    return address


def write_before(file: Path) -> None:
    """Write the database of SQLite that format 1 left."""
    with sqlite3.connect(file) as connection:
        connection.executescript((DATA / "store_before_format_1.sql").read_text("utf-8"))
    connection.close()


def copy_to(address: str, file: Path) -> None:
    """The same tables and rows in another database. The statements name PostgreSQL's types, as SQLite takes any."""
    source, engine = create_engine(f"sqlite:///{file}"), create_engine(address)
    before, after = MetaData(), MetaData()
    before.reflect(source)
    with source.connect() as old, engine.begin() as new:
        statements = old.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        made = {row.name: row.sql.replace(" DATETIME ", " TIMESTAMP WITH TIME ZONE ") for row in statements}
        tables = [table.name for table in before.sorted_tables]
        for name in (*tables, *(name for name in made if name not in tables)):
            new.execute(text(made[name]))
        after.reflect(new)
        for name in tables:
            table = next(each for each in after.tables.values() if each.name == name)
            rows = [
                {column.name: typed(column.type, row[column.name]) for column in table.columns}
                for row in old.execute(text(f"SELECT * FROM {name}")).mappings()
            ]
            if rows:
                new.execute(table.insert(), rows)
    source.dispose()
    engine.dispose()


def typed(kind: object, value: Any) -> Any:
    """A value of SQLite as another database wants it."""
    if value is None or isinstance(kind, LargeBinary):
        return value
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(f"{value}+00:00")
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, JSON):
        return json.loads(value)
    return bool(value) if isinstance(kind, Boolean) else value


@pytest.fixture
def taken_over(before: str, tmp_path: Path) -> Iterator[Registry]:
    with open_registry(Store(tmp_path), before) as opened:
        yield opened


@pytest.fixture
def seller_notices(taken_over: Registry, tmp_path: Path) -> SellerNotices:
    given = {"site": "https://ip.example/", "clause": "section 4 of our terms"}
    settings = ServiceSettings.model_validate(given)
    return SellerNotices(taken_over, Store(tmp_path), settings, Links(SECRET, str(settings.site)))


def test_the_migrations_make_every_table_that_the_product_expects(address: str, tmp_path: Path) -> None:
    with open_registry(Store(tmp_path), address) as opened:
        assert differences(address, set(schema.metadata.tables)) == []
        assert applied(opened.database) == {"brand_index": 3, "moderation": 8, "accounts": 3}


def test_a_store_of_format_1_gets_the_same_tables_as_a_new_one(taken_over: Registry, before: str) -> None:
    assert differences(before, set(schema.metadata.tables)) == []


def test_components_are_taken_over_one_by_one_or_together(before: str, tmp_path: Path) -> None:
    with Registry.open(Store(tmp_path), before) as opened:
        assert plain(opened.brands()) == renamed(SAID["brands"])
    with open_moderation(Store(tmp_path), before) as opened:
        assert Records(opened.database, Store(tmp_path)).queued() == SAID["queued"]
    with open_registry(Store(tmp_path), before) as opened:
        assert plain(list_users(opened.database)) == renamed(SAID["people"])
        assert applied(opened.database) == {"brand_index": 3, "moderation": 8, "accounts": 3}


def test_brands_and_history_are_as_before(taken_over: Registry) -> None:
    assert taken_over.revision() == SAID["revision"]
    assert taken_over.references_revision() == SAID["references_revision"]
    events = taken_over.history()
    assert [(event.what, event.subject) for event in events[-3:]] == [
        ("rows taken over", component) for component in ("brand_index", "moderation", "accounts")
    ]
    assert [events[-4].event_id, events[-4].digest] == SAID["history_digest"]
    assert list(taken_over.history_faults()) == SAID["history_faults"] == []
    assert plain(taken_over.marks()) == with_new_columns(SAID["marks"], "name")
    references = with_new_columns(SAID["references"], "form", "source_region")
    forms = [each | {"form": "artwork" if each["kind"] == "logo" else None} for each in references]
    assert plain(taken_over.references(include_withdrawn=True)) == forms
    assert plain(taken_over.authorizations()) == renamed(SAID["authorizations"])
    of_now = {"resolved_by": None, "resolution": None, "resolution_note": None}
    assert plain(taken_over.conflicts()) == [each | of_now for each in renamed(SAID["conflicts"])]


def with_new_columns(records: Any, *columns: str) -> list[Any]:
    """Records of format 1, with columns that later migrations added and left empty."""
    return [each | dict.fromkeys(columns) for each in renamed(records)]


def test_cases_and_decisions_are_as_before(taken_over: Registry) -> None:
    database = taken_over.database
    cases = Cases(database).found(Filters(state=None), Order.OLDEST, NOW, count=200)
    assert plain(cases) == with_new_columns(SAID["cases"], "assignee")
    for each in cases:
        decided = renamed(SAID["decisions"])[each.case_id]
        assert plain(decisions_on(database, each.case_id)) == with_new_columns(decided, "batch_id")
    notices = {each.case_id: plain(notice_on(database, each.case_id)) for each in cases}
    assert {case: notice for case, notice in notices.items() if notice} == renamed(SAID["notifications"])
    assert [
        {"name": each.name, "notified": each.notices, "right": each.precision.right, "decided": each.precision.decided}
        for each in list_notifiers(database)
    ] == [each | {"name": renamed(each["name"])} for each in SAID["notifiers"]]


OF_NOTICE = ["acme", "logo", 1, 1]  # cases of notices counted in those days, too


def test_feedback_of_reviewers_is_as_before_but_for_what_a_notice_opened(taken_over: Registry) -> None:
    database = taken_over.database
    assert plain(list_suppressions(database, NOW)) == with_new_columns(SAID["suppressions"], "places")
    assert plain(list_quarantines(database)) == SAID["quarantines"]
    table = precisions(database).of
    counted = sorted([m.brand_id, m.kind.value, p.right, p.decided] for m, p in table.items())
    assert counted == [each for each in SAID["precisions"] if each != OF_NOTICE]
    cases = {reference: found(database, reference).cases for reference in SAID["found"]}
    assert cases == SAID["found"] | {"acme-logo-50d586c341f32a77": SAID["found"]["acme-logo-50d586c341f32a77"] - 1}


def test_seller_notices_and_appeals_are_as_before(taken_over: Registry, seller_notices: SellerNotices) -> None:
    database = taken_over.database
    for case_id, said in SAID["notices"].items():
        assert plain(seller_notices.of_case(case_id)) == with_new_columns(
            said, "language", "first_seen", "first_seen_day"
        )
    assert {each: seller_notices.links.path(each) for each in SAID["paths"]} == SAID["paths"]  # sellers have them
    for each, said in SAID["appeals"].items():
        assert plain(appeals_against(database, each)) == with_new_columns(said, "listing_first_day")
    for each, said in SAID["documents"].items():
        assert plain(documents_of(database, each)) == with_new_columns(said, "added_at")
    assert [each.appeal.appeal_id for each in pending_appeals(database)] == SAID["pending_appeals"]
    assert [each.appeal.appeal_id for each in ended_appeals(database)] == SAID["ended_appeals"]


def test_points_and_standings_are_as_before(taken_over: Registry) -> None:
    ledger, ladder = Ledger(taken_over.database), shipped_ladder("aliexpress")
    assert {each: plain(ledger.of(each)) for each in SAID["ledger"]} == renamed(SAID["ledger"])
    standings = {each: plain(standing_of(each, ledger.of(each), ladder, NOW)) for each in SAID["standing"]}
    assert standings == renamed(SAID["standing"])


def test_statements_are_as_before(taken_over: Registry, seller_notices: SellerNotices) -> None:
    reported = report_on(taken_over, SECRET, seller_notices.settings, date(2026, 3, 1), date(2026, 3, 31))
    assert [each.puid for each in reported.statements] == SAID["statements"]


def test_accounts_and_messages_are_as_before(taken_over: Registry) -> None:
    database = taken_over.database
    assert plain(list_keys(database)) == renamed(SAID["keys"])
    assert plain(list_users(database)) == renamed(SAID["people"])
    assert plain(list_deliveries(database)) == SAID["deliveries"]
    assert log_in(database, "ann", "correct horse battery", NOW) is not None


def test_scans_are_as_before_and_verify(taken_over: Registry, tmp_path: Path) -> None:
    records = Records(taken_over.database, Store(tmp_path))
    for scan_id, said in renamed(SAID["scans"]).items():
        scan = records.scan(scan_id)
        assert scan is not None
        shown = {name: plain(getattr(scan, name)) for name in ("decision", "reason", "state", "listing")}
        assert shown["listing"].pop("description") is None
        assert shown | {"images": [[i.name, i.sha256, i.kept, i.pdq] for i in scan.images]} == said
    assert records.queued() == SAID["queued"]
    assert taken_over.row_faults() == ()
