"""Passwords that an attacker tries first are refused, whatever characters they have."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from brand_index.errors import InvalidField
from brand_index.store import Store
from scanner.service.accounts.passwords import check_password
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user, set_password

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "correcthorsebattery",
        "ein Pferd, das lacht",
        "kX8-fqz-tR2m",
        "мой старый велосипед",
        "龍貓龍鳳猫虎龜雀兔鼠鹿鶴",
        "p" + " long words, none of them near" * 6,
    ],
)
def test_a_password_that_is_hard_to_guess_may_have_any_characters(password: str) -> None:
    assert check_password(password, ("ann", "acme")) is None  # type: ignore[func-returns-value]  # and raises nothing


@pytest.mark.parametrize("password", ["x" * 11, "kX8-fqz-tR2", "kX8-fqz-tR2m" * 17])
def test_a_password_has_twelve_to_two_hundred_characters(password: str) -> None:
    with pytest.raises(InvalidField, match="use 12 to 200"):
        check_password(password, ())


@pytest.mark.parametrize(
    "password",
    [
        "123456789012",
        "password1234",
        "P@ssw0rd1234",
        "qwertyuiop12",
        "1q2w3e4r5t6y",
        "iloveyou1234",
        "unbelievable",
        "basketball12",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "x" * 200,
    ],
)
def test_what_everybody_tries_first_is_refused(password: str) -> None:
    with pytest.raises(InvalidField, match="easy to guess"):
        check_password(password, ())


@pytest.mark.parametrize(
    "password", ["markscan-2026", "Markscan1234", "reviewer-2026", "acme-kids-2026", "annannann2026"]
)
def test_words_of_the_service_and_of_the_user_count_as_known(password: str) -> None:
    with pytest.raises(InvalidField, match="easy to guess"):
        check_password(password, ("annabell", "acme-kids"))


def test_a_weak_password_is_refused_wherever_it_is_set(tmp_path: Path) -> None:
    with open_registry(Store(tmp_path / "store")) as registry:
        with pytest.raises(InvalidField, match="easy to guess"):
            add_user(registry.database, "ann", "password1234", Role.REVIEWER, NOW)
        brands = frozenset({"zauberwerk"})
        add_user(registry.database, "owner", "correct horse battery", Role.BRAND_OWNER, NOW, brands=brands)
        with pytest.raises(InvalidField, match="easy to guess"):
            set_password(registry.database, "owner", "zauberwerk2026", NOW)
