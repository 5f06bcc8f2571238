"""Of the sellers whom somebody names, those without a scanned listing are said."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from brand_index.store import Store
from scanner.moderation.cases.cases import Cases
from scanner.moderation.records.known_sellers import unseen_sellers
from scanner.moderation.store import Records
from scanner.service.accounts.registry import open_registry
from scanner.verdicts.types import Listing
from tests.scanner.moderation.test_cases import SUSPECTED, Desk, Shown


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_registry(Store(tmp_path)) as registry:
        yield Desk(registry, Records(registry.database, Store(tmp_path)), Cases(registry.database))


@pytest.fixture
def scanned(desk: Desk) -> Desk:
    desk.scan(Shown((SUSPECTED,)), listing=Listing(listing_id="L1", seller_id="S0"))
    return desk


def test_a_seller_with_a_scanned_listing_is_not_named(scanned: Desk) -> None:
    assert unseen_sellers(scanned.registry.database, ["S0"], names_near=True) == {}


def test_a_seller_without_one_is_named(scanned: Desk) -> None:
    (sentence,) = unseen_sellers(scanned.registry.database, ["S0", "NOSUCH"], names_near=True).values()
    assert sentence == "no listing of seller NOSUCH has been scanned yet; check the spelling"


def test_the_seller_who_differs_by_letter_case_is_named_beside(scanned: Desk) -> None:
    (sentence,) = unseen_sellers(scanned.registry.database, ["s0"], names_near=True).values()
    assert sentence == "no listing of seller s0 has been scanned yet: those of S0 were; check the spelling"


def test_where_nothing_was_scanned_nobody_is_named(desk: Desk) -> None:
    assert unseen_sellers(desk.registry.database, ["NOSUCH"], names_near=True) == {}


def test_a_brand_owner_does_not_hear_of_other_sellers(scanned: Desk) -> None:
    assert unseen_sellers(scanned.registry.database, ["s0"], names_near=False) == {
        "s0": "no listing of seller s0 has been scanned yet; check the spelling"
    }
