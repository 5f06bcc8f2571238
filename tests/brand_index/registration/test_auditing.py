"""Audits that keep what they compare with say what an audit says that reads everything anew."""

import io
from datetime import UTC, datetime

import numpy as np
from PIL import Image
from skimage import data as photographs

from brand_index.registration import register_reference, withdraw
from brand_index.registration.auditing import Galleries, audit_each, audit_each_photo
from brand_index.registration.photo_audit import PhotoAudit
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind
from tests.conftest import describer, draw_logo

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def registered(registry: Registry, store: Store, slug: str, image: Image.Image, kind: ReferenceKind) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    brand = Brand(slug, slug, f"{slug} Ltd", f"ip@{slug}.example")
    given = {"brand": brand, "kind": kind, "image": buffer.getvalue(), "describer": describer(), "now": NOW}
    return register_reference(registry, store, **given).reference.reference_id  # type: ignore[arg-type]


def photo(registry: Registry, store: Store, slug: str, pixels: np.ndarray) -> str:
    return registered(registry, store, slug, Image.fromarray(pixels), ReferenceKind.PHOTO)


def audited(registry: Registry, store: Store, identity: str, kept: Galleries | None) -> PhotoAudit:
    (found,) = audit_each_photo(registry, store, describer(), {identity}, galleries=kept)
    return found


def test_a_kept_gallery_follows_registrations_and_withdrawals(registry: Registry, store: Store) -> None:
    astronaut, kept = photographs.astronaut(), Galleries()
    own = photo(registry, store, "acme", astronaut)
    bolt = photo(registry, store, "bolt", astronaut[60:400, 80:420])
    assert audited(registry, store, own, kept).other_brands == ("bolt",)
    withdraw(registry, bolt, NOW)
    photo(registry, store, "cord", astronaut[20:380, 60:400])
    later = audited(registry, store, own, kept)
    assert later.other_brands == ("cord",)
    assert later == audited(registry, store, own, None)


def test_an_audit_with_a_kept_gallery_reads_what_is_new_alone(registry: Registry, store: Store) -> None:
    kept, totals = Galleries(), list[int]()
    photo(registry, store, "acme", photographs.astronaut())
    second = photo(registry, store, "bolt", photographs.coffee())
    audited(registry, store, second, kept)
    third = photo(registry, store, "cord", photographs.chelsea())
    list(audit_each_photo(registry, store, describer(), {third}, lambda _, total: totals.append(total), galleries=kept))
    assert totals == [1]


def test_a_logo_is_compared_with_those_that_a_kept_gallery_has_and_with_new_ones(
    registry: Registry, store: Store
) -> None:
    kept = Galleries()
    own = registered(registry, store, "acme", draw_logo("ACME", (200, 30, 40)), ReferenceKind.LOGO)
    (alone,) = audit_each(registry, store, describer(), {own}, galleries=kept)
    registered(registry, store, "acne", draw_logo("ACNE", (200, 30, 40)), ReferenceKind.LOGO)
    (beside,) = audit_each(registry, store, describer(), {own}, galleries=kept)
    assert [[each.brand_id for each in one.confusable] for one in (alone, beside)] == [[], ["acne"]]
