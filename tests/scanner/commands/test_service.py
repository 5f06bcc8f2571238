"""The service's commands from the outside: what they print, keep and exit with."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from brand_index.store import Store
from brand_index.types import Brand
from scanner.commands.main import markscan
from scanner.moderation.cases.cases import Cases
from scanner.moderation.deliveries import deliveries
from scanner.moderation.delivery_states import DeliveryState
from scanner.moderation.store import Records
from scanner.service.accounts.keys import bearer
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user, list_users, log_in, user_of_session
from tests.scanner.moderation.test_calibrations import decided as decided_cases
from tests.scanner.moderation.test_calibrations import mark, register
from tests.scanner.moderation.test_cases import Desk
from tests.scanner.moderation.test_store import decided, done

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    place = Store(tmp_path / "store")
    with open_registry(place) as registry:
        registry.save_brand(Brand("acme", "Acme", "Acme Ltd", "ip@acme.example"), NOW)
    return place


def run(store: Store, *words: str) -> Result:
    return CliRunner().invoke(markscan, [*words, "--store", str(store.root)])


def test_a_key_is_printed_once_and_works(store: Store) -> None:
    made = run(store, "keys", "create", "--role", "pipeline", "--name", "eu")
    text = made.stdout.strip()
    with open_registry(store) as registry:
        key = bearer(registry.database, text)
    assert key is not None
    assert key.role is Role.PIPELINE
    listed = run(store, "keys", "list").stdout
    assert key.key_id in listed
    assert text.split("_", 2)[2] not in listed
    assert run(store, "keys", "revoke", key.key_id).exit_code == 0
    with open_registry(store) as registry:
        assert bearer(registry.database, text) is None


@pytest.mark.parametrize(
    "words",
    [
        ("keys", "create", "--role", "brand-owner", "--name", "x"),
        ("keys", "create", "--role", "pipeline", "--name", "x", "--brands", "acme"),
        ("keys", "revoke", "none"),
        ("webhooks", "retry", "none"),
        ("users", "add", "ann", "--role", "reviewer", "--password", "password1234"),
        ("users", "logout"),
        ("users", "logout", "nobody"),
        ("users", "logout", "ann", "--everybody"),
        ("audit", "verify", "--since", "five"),
    ],
    ids=" ".join,
)
def test_wrong_use_exits_with_2_and_says_what_to_do(store: Store, words: tuple[str, ...]) -> None:
    refused = run(store, *words)
    assert refused.exit_code == 2
    assert refused.stderr.startswith("error: ")


def test_keys_and_users_get_brands_that_exist_or_new_ones_that_do_not(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKSCAN_PASSWORD", "correct horse battery")
    key, user = ("keys", "create", "--name", "k"), ("users", "add", "owner")
    with open_registry(store) as registry:
        registry.save_brand(Brand("acme", "Acme", "Acme Ltd", "ip@acme.example"), NOW)
        for command in (key, user):
            typo = run(store, *command, "--role", "brand-owner", "--brands", "acne")
            assert (typo.exit_code, "did you mean acme" in typo.stderr) == (2, True)
            taken = run(store, *command, "--role", "brand-owner", "--new-brands", "acme")
            assert (taken.exit_code, "registered already" in taken.stderr) == (2, True)
        assert list_users(registry.database) == ()
        assert run(store, *key, "--role", "brand-owner", "--brands", "acme", "--new-brands", "kids").exit_code == 0
        assert run(store, *user, "--role", "brand-owner", "--brands", "acme").exit_code == 0
        assert "owner has acme, kids" in run(store, "users", "brands", "owner", "--new-brands", "kids").stdout
        for wrong in (("--remove", "bolt"), ("--grant", "acne"), ("--remove", "acme,kids")):
            assert run(store, "users", "brands", "owner", *wrong).exit_code == 2
        assert run(store, "users", "brands", "owner", "--remove", "acme").exit_code == 0
        assert [each.brands for each in list_users(registry.database)] == [frozenset({"kids"})]
        assert (registry.history_faults(), registry.row_faults()) == ((), ())


def test_sessions_are_ended_of_one_user_or_of_everybody(store: Store) -> None:
    with open_registry(store) as registry:
        for name in ("ann", "bob"):
            add_user(registry.database, name, "correct horse battery", Role.REVIEWER, NOW)
        tokens = [log_in(registry.database, name, "correct horse battery", NOW) for name in ("ann", "bob")]
    assert run(store, "users", "logout", "ann").stdout == "sessions ended: 1\n"
    assert run(store, "users", "logout", "--everybody").stdout == "sessions ended: 1\n"
    with open_registry(store) as registry:
        assert [user_of_session(registry.database, token or "", NOW) for token in tokens] == [None, None]


def test_a_whole_history_is_said_to_be_so_with_what_to_keep(store: Store) -> None:
    verified = run(store, "audit", "verify")
    assert verified.exit_code == 0
    kept = verified.stdout.splitlines()[-1]
    assert run(store, "audit", "verify", "--since", kept).exit_code == 0
    assert run(store, "audit", "verify", "--since", "1:" + "0" * 64).exit_code == 3


def test_a_history_that_was_tampered_with_exits_with_3_and_names_the_event(store: Store) -> None:
    with sqlite3.connect(store.root / "registry.db") as connection:
        connection.execute("UPDATE history SET actor = 'somebody else'")
    connection.close()
    verified = run(store, "audit", "verify")
    assert verified.exit_code == 3
    assert "event 1 " in verified.stderr


def test_calibration_says_of_each_mark_what_was_expected_and_what_was_upheld(store: Store) -> None:
    with open_registry(store) as registry:
        desk = Desk(registry, Records(registry.database, store), Cases(registry.database))
        decided_cases(desk, register(desk, "a", None), 30, wrong=15)
        decided_cases(desk, register(desk, "b", mark(desk)), 2, wrong=0)
    first, second = run(store, "audit", "calibration").stdout.splitlines()
    assert first.startswith("acme logo a.png: 30 decided cases, expected 86%, upheld 50% (33% to 67%); refitted: now ")
    assert second == (
        "acme logo EM 1: 2 decided cases, expected 80%, upheld 100% (34% to 100%); "
        "as shipped: 28 more are needed to refit it"
    )


def test_calibration_without_a_decided_case_says_that_there_is_none(store: Store) -> None:
    said = run(store, "audit", "calibration")
    assert (said.exit_code, said.stdout) == (0, "")
    assert "no case of a logo or word is decided" in said.stderr


def test_events_are_shown_as_json_lines(store: Store) -> None:
    (line,) = run(store, "audit", "show").stdout.splitlines()
    assert json.loads(line) | {"at": ""} == {
        "event_id": 1,
        "at": "",
        "actor": "local",
        "what": "brand registered",
        "subject": "acme",
        "earlier": {},
    }


def test_purge_says_what_it_deleted(store: Store) -> None:
    with open_registry(store) as registry:
        decided(registry, done(Records(registry.database, store)))
    assert run(store, "purge", "--image-days", "100000", "--verdict-days", "100000").stdout.startswith(
        "images deleted: 0"
    )
    assert run(store, "purge", "--image-days", "1", "--verdict-days", "1").stdout == (
        "images deleted: 2, scans deleted: 1\n"
    )


def test_messages_that_were_given_up_are_listed_and_tried_again(store: Store) -> None:
    values = {"delivery_id": "m1", "scan_id": "s1", "body": "{}", "attempts": 12, "last_error": "answered 500"}
    with open_registry(store) as registry, registry.database.write(NOW) as write:
        write.connection.execute(
            deliveries.insert().values(**values, state=DeliveryState.DEAD, due_at=NOW, created_at=NOW)
        )
    assert json.loads(run(store, "webhooks", "list").stdout)["last_error"] == "answered 500"
    assert run(store, "webhooks", "retry", "m1").exit_code == 0
    assert run(store, "webhooks", "list").stdout == ""
    assert json.loads(run(store, "webhooks", "list", "--state", "pending").stdout)["attempts"] == 0


@pytest.mark.parametrize("words", [("add", "ann", "--role", "reviewer"), ("password", "ann")])
def test_where_nobody_can_be_asked_for_a_password_its_variable_is_named(store: Store, words: tuple[str, ...]) -> None:
    answer = run(store, "users", *words)
    assert answer.exit_code == 2
    assert "set MARKSCAN_PASSWORD" in answer.stderr
