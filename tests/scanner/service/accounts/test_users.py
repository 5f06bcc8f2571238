"""Users log in by name and password; sessions end by time, log-out and disabling."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy import select

from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registry.database import Database
from brand_index.registry.schema import history
from brand_index.store import Store
from scanner.service.accounts.keys import list_keys
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import (
    IDLE,
    LONGEST,
    add_user,
    digest,
    disable_user,
    end_sessions,
    list_users,
    log_in,
    log_out,
    sessions_of,
    set_password,
    user_of_session,
)
from tests.conftest import SHIPPED_HASHER
from tests.scanner.overtaken import Overtaken

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def database(tmp_path: Path, migrated_address: str) -> Iterator[Database]:
    with open_registry(Store(tmp_path), migrated_address) as registry:
        add_user(registry.database, "ann", PASSWORD, Role.REVIEWER, NOW)
        yield registry.database


def token(database: Database, now: datetime = NOW) -> str:
    made = log_in(database, "ann", PASSWORD, now)
    assert made is not None
    return made


def test_the_right_password_logs_in(database: Database) -> None:
    user = user_of_session(database, token(database), NOW)
    assert user is not None
    assert (user.user_id, user.role) == ("ann", Role.REVIEWER)


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong"), ("ann", ""), ("bob", PASSWORD), ("", "")])
def test_a_wrong_password_does_not_log_in(database: Database, name: str, password: str) -> None:
    assert log_in(database, name, password, NOW) is None


def test_a_password_that_is_changed_while_it_is_checked_does_not_log_in(database: Database) -> None:
    changing = Overtaken(database, lambda: set_password(database, "ann", "another horse battery", NOW))
    assert log_in(changing, "ann", PASSWORD, NOW) is None
    disabling = Overtaken(database, lambda: disable_user(database, "ann", NOW))
    assert log_in(disabling, "ann", "another horse battery", NOW) is None


def test_a_password_is_never_cut(database: Database) -> None:
    longest = ("seven plain words that fit no pattern " * 6)[:200]
    set_password(database, "ann", longest, NOW)
    assert log_in(database, "ann", longest + "x", NOW) is None
    assert log_in(database, "ann", longest, NOW) is not None


@pytest.mark.parametrize("name", ["ann\x00", "Ann", "a" * 100_000, "\ud800", "' or 1=1 --"])
def test_a_text_that_is_no_name_reaches_no_database(database: Database, name: str) -> None:
    assert log_in(database, name, PASSWORD, NOW) is None


def test_a_token_that_is_none_is_nobodys(database: Database) -> None:
    made = token(database)
    for wrong in ("", made[:-1], made.swapcase(), "\ud800"):
        assert user_of_session(database, wrong, NOW) is None


def test_a_session_that_is_not_used_ends(database: Database) -> None:
    made = token(database)
    assert user_of_session(database, made, NOW + IDLE - timedelta(seconds=1)) is not None
    assert user_of_session(database, made, NOW + 2 * IDLE - timedelta(seconds=2)) is not None, "it was used meanwhile"
    assert user_of_session(database, made, NOW + 4 * IDLE) is None


def test_a_session_ends_however_much_it_is_used(database: Database) -> None:
    made, now = token(database), NOW
    while now < NOW + LONGEST - IDLE / 2:
        assert user_of_session(database, made, now) is not None
        now += IDLE / 2
    assert user_of_session(database, made, NOW + LONGEST) is None


def test_a_logged_out_session_has_ended(database: Database) -> None:
    made, other = token(database), token(database)
    log_out(database, made, NOW)
    assert user_of_session(database, made, NOW) is None
    assert user_of_session(database, other, NOW) is not None


def test_another_password_ends_all_sessions(database: Database) -> None:
    made = token(database)
    set_password(database, "ann", "another horse battery", NOW)
    assert user_of_session(database, made, NOW) is None
    assert log_in(database, "ann", PASSWORD, NOW) is None
    assert log_in(database, "ann", "another horse battery", NOW) is not None


def test_a_disabled_user_loses_its_session_at_once(database: Database) -> None:
    made = token(database)
    assert disable_user(database, "ann", NOW).disabled_at == NOW
    assert user_of_session(database, made, NOW) is None
    assert log_in(database, "ann", PASSWORD, NOW) is None
    assert [user.disabled_at for user in list_users(database)] == [NOW]


def test_passwords_and_tokens_are_nowhere_in_the_store(tmp_path: Path) -> None:
    with open_registry(Store(tmp_path)) as registry:
        add_user(registry.database, "ann", PASSWORD, Role.REVIEWER, NOW)
        made = token(registry.database)
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert PASSWORD.encode() not in content
    assert made.encode() not in content
    assert b"$argon2id$" in content


def test_a_password_is_hashed_as_rfc_9106_says_for_little_memory() -> None:
    assert extract_parameters(SHIPPED_HASHER.hash(PASSWORD)) == RFC_9106_LOW_MEMORY


@pytest.mark.parametrize(
    ("name", "password", "role", "brands"),
    [
        ("ann", PASSWORD, Role.REVIEWER, frozenset[str]()),
        ("Bob Smith", PASSWORD, Role.REVIEWER, frozenset[str]()),
        ("bob", "short", Role.REVIEWER, frozenset[str]()),
        ("bob", "x" * 201, Role.REVIEWER, frozenset[str]()),
        ("bob", PASSWORD, Role.BRAND_OWNER, frozenset[str]()),
        ("bob", PASSWORD, Role.REVIEWER, frozenset({"acme"})),
        ("bob", PASSWORD, Role.PIPELINE, frozenset[str]()),
    ],
    ids=["taken", "no slug", "short", "long", "no brands", "brands", "pipeline"],
)
def test_an_invalid_user_is_refused(
    database: Database, name: str, password: str, role: Role, brands: frozenset[str]
) -> None:
    with pytest.raises(InvalidField):
        add_user(database, name, password, role, NOW, brands=brands)
    assert [user.user_id for user in list_users(database)] == ["ann"]


def test_nobody_cannot_be_disabled_or_given_a_password(database: Database) -> None:
    with pytest.raises(UnknownRecord):
        disable_user(database, "bob", NOW)
    with pytest.raises(UnknownRecord):
        set_password(database, "bob", PASSWORD, NOW)


def test_a_new_store_has_no_account_and_no_key(database: Database, tmp_path: Path) -> None:
    with open_registry(Store(tmp_path / "new")) as registry:
        assert list_users(registry.database) == ()
        assert list_keys(registry.database) == ()


def test_sessions_are_listed_until_they_end(database: Database) -> None:
    first, later = token(database), NOW + timedelta(hours=1)
    second = log_in(database, "ann", PASSWORD, later)
    assert second is not None
    assert [each.token_sha256 for each in sessions_of(database, "ann", later)] == [digest(second), digest(first)]
    assert [each.token_sha256 for each in sessions_of(database, "ann", NOW + IDLE)] == [digest(second)]


def test_sessions_of_one_user_or_of_everybody_are_ended(database: Database) -> None:
    add_user(database, "bob", PASSWORD, Role.ADMIN, NOW)
    mine, other = token(database), log_in(database, "bob", PASSWORD, NOW)
    assert other is not None
    assert end_sessions(database, "ann", NOW) == 1
    assert (user_of_session(database, mine, NOW), user_of_session(database, other, NOW) is None) == (None, False)
    assert end_sessions(database, None, NOW, keep=other) == 0
    assert end_sessions(database, None, NOW) == 1
    assert user_of_session(database, other, NOW) is None
    with pytest.raises(UnknownRecord):
        end_sessions(database, "nobody", NOW)


def test_log_ins_log_outs_and_ended_sessions_are_events(database: Database) -> None:
    log_out(database, token(database), NOW)
    end_sessions(database, "ann", NOW)
    with database.read() as connection:
        events = connection.execute(select(history.c.what).order_by(history.c.event_id)).scalars().all()
    assert events[-3:] == ["logged in", "logged out", "sessions ended"]
