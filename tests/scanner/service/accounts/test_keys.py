"""API keys are shown once, stored as digests, and refused when wrong, revoked or for another brand."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registry.database import Database
from brand_index.store import Store
from scanner.service.accounts.keys import bearer, create_key, list_keys, revoke_key
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.roles import Role

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path, migrated_address: str) -> Iterator[Database]:
    with open_registry(Store(tmp_path), migrated_address) as registry:
        yield registry.database


def test_a_key_is_known_by_its_text_alone(database: Database) -> None:
    key, text = create_key(database, role=Role.PIPELINE, name="eu", now=NOW)
    assert bearer(database, text) == key
    assert list_keys(database) == (key,)


def test_the_secret_is_nowhere_in_the_store(database: Database, tmp_path: Path) -> None:
    _, text = create_key(database, role=Role.PIPELINE, name="eu", now=NOW)
    secret = text.split("_", 2)[2].encode()
    assert len(secret) >= 43
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and secret in path.read_bytes()]


def test_a_text_that_is_nearly_a_key_is_none(database: Database) -> None:
    key, text = create_key(database, role=Role.PIPELINE, name="eu", now=NOW)
    _, other = create_key(database, role=Role.ADMIN, name="us", now=NOW)
    swapped = f"mk_{key.key_id}_{other.split('_', 2)[2]}"
    last = "A" if text[-1] != "A" else "B"
    for wrong in ("", "mk_", text[:-1], text[:-1] + last, text.upper(), "xx" + text[2:], swapped, "mk__", "\ud800"):
        assert bearer(database, wrong) is None, wrong


def test_a_revoked_key_is_none_and_stays_in_the_list(database: Database) -> None:
    key, text = create_key(database, role=Role.PIPELINE, name="eu", now=NOW)
    ended = revoke_key(database, key.key_id, NOW)
    assert ended.revoked_at == NOW
    assert revoke_key(database, key.key_id, datetime.now(UTC)) == ended
    assert bearer(database, text) is None
    assert list_keys(database) == (ended,)
    with pytest.raises(UnknownRecord):
        revoke_key(database, "none", NOW)


@pytest.mark.parametrize(
    ("role", "brands"), [(Role.BRAND_OWNER, frozenset[str]()), (Role.PIPELINE, frozenset({"acme"}))]
)
def test_a_brand_owner_has_brands_and_nobody_else(database: Database, role: Role, brands: frozenset[str]) -> None:
    with pytest.raises(InvalidField):
        create_key(database, role=role, name="x", brands=brands, now=NOW)


def test_making_and_ending_a_key_are_events(tmp_path: Path) -> None:
    with open_registry(Store(tmp_path)) as registry:
        key, text = create_key(registry.database, role=Role.ADMIN, name="root", now=NOW)
        revoke_key(registry.database, key.key_id, NOW)
        assert [event.what for event in registry.history()] == ["key created", "key revoked"]
        assert text.split("_", 2)[2] not in "".join(event.details for event in registry.history())
        assert registry.revision() == 0
