"""The service looks back by itself, and tells the marketplace which past listings changed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import AnyHttpUrl
from skimage import data as photographs
from sqlalchemy import select

from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.moderation.deliveries import deliveries
from scanner.rejudging.looking_back import is_due
from scanner.service.accounts.registry import open_registry
from scanner.service.tasks.looking_back import look_back_of
from scanner.settings import Settings
from tests.conftest import ACME, draw_logo, filled, jpeg, png
from tests.scanner.rejudging.past_scans import register, scanned

COFFEE = jpeg(photographs.coffee(), 92)


@pytest.fixture
def store(tmp_path: Path, settings: Settings) -> Store:
    logo = png(draw_logo("ACME", (200, 30, 40)))
    return filled(Store(tmp_path), settings, (ACME, ReferenceKind.LOGO, logo, "acme.png"))


@pytest.fixture
def registry(store: Store) -> Iterator[Registry]:
    with open_registry(store) as opened:
        yield opened


def test_a_past_listing_that_changes_is_a_message(store: Store, registry: Registry, settings: Settings) -> None:
    service = settings.service.model_copy(update={"webhook_url": AnyHttpUrl("https://shop.example/hook")})
    before = scanned(store, registry, settings, COFFEE)
    register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    assert is_due(registry, settings, registry.references_revision())
    done = look_back_of(store, settings.model_copy(update={"service": service}))
    with registry.database.read() as connection:
        (body,) = connection.execute(select(deliveries.c.body)).scalars()
    message = json.loads(body)
    assert done.changed == 1
    assert (message["type"], message["rejudges"], message["decision"]) == ("scan.rejudged", before.scan_id, "review")
    assert not is_due(registry, settings, registry.references_revision())
