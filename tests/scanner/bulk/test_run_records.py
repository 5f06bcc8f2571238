"""What a run writes of itself, before its first row."""

from pathlib import PurePath

from brand_index.images.listed import ListedImage
from brand_index.images.remote import RemoteImage
from brand_index.store import Store
from scanner.bulk.listings import ImageListings
from scanner.bulk.run_records import MadeWith, made_with
from scanner.engine.settings import EngineSettings
from scanner.service.accounts.registry import open_registry
from scanner.verdicts.policy import read_policy
from scanner.verdicts.types import Listing
from tests.conftest import NOW

ONE, OTHER = (RemoteImage(f"s3://shop/{seller}/copy.jpg", PurePath("copy.jpg")) for seller in ("S1", "S2"))


def made(store: Store, listings: dict[ListedImage, Listing]) -> MadeWith:
    given = ImageListings("day.csv", listings)
    with open_registry(store) as registry:
        return made_with(store, registry, EngineSettings(), read_policy(), given, min_confidence=0.5, now=NOW)


def test_listings_of_images_that_share_a_file_name_are_told_apart_in_any_order(store: Store) -> None:
    first, second = Listing(seller_id="S1"), Listing(seller_id="S2")
    once = made(store, {ONE: first, OTHER: second})
    assert once == made(store, {OTHER: second, ONE: first})
    assert once.listings_digest != made(store, {ONE: second, OTHER: first}).listings_digest
