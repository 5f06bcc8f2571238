"""The audit of a logo estimates its false alarms and names the marks it may be confused with."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from brand_index.features.audit import TOO_MANY, USUAL_PRINT, LogoGallery, false_alarms, is_review_only, rate_in_words
from brand_index.features.background import Level
from brand_index.features.description import ReferenceDescription, describe_reference
from brand_index.features.embedding import Embedded, OnnxEmbedder, levels_of
from brand_index.features.weights import read_manifest
from brand_index.images import decode
from brand_index.types import ReferenceImage, ReferenceKind
from tests.conftest import draw_logo, png

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ALONE = LogoGallery.of([], [])  # nothing else is registered


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder(read_manifest())


def described(image: Image.Image, embedder: OnnxEmbedder) -> ReferenceDescription:
    return describe_reference(decode(png(image)), ReferenceKind.LOGO, embedder)


def reference(brand: str, number: int) -> ReferenceImage:
    return ReferenceImage(
        reference_id=f"{brand}-logo-{number}",
        brand_id=brand,
        kind=ReferenceKind.LOGO,
        sha256=f"{number:064d}",
        suffix=".png",
        mark_id=None,
        source_name="logo.png",
        width=640,
        height=320,
        warnings=(),
        registered_at=NOW,
        withdrawn_at=None,
    )


def test_false_alarms_are_those_of_the_usual_print() -> None:
    assert false_alarms(Level(USUAL_PRINT, 0.05)) == pytest.approx(100)
    assert false_alarms(Level(USUAL_PRINT - 0.05 * np.log(10), 0.05)) == pytest.approx(10)
    assert false_alarms(Level(0.99, 0.05)) == 1000


def test_a_near_twin_of_another_brand_is_named_and_its_own_brand_is_not(embedder: OnnxEmbedder) -> None:
    twin, own = draw_logo("ACNE", (200, 30, 40)), draw_logo("ACME", (200, 30, 40))
    other = Image.new("RGBA", (300, 300))
    ImageDraw.Draw(other).regular_polygon((150, 150, 120), 5, fill=(0, 90, 30, 255))
    references = [reference("acme", 1), reference("acne", 2), reference("acme", 3), reference("penta", 4)]
    parts = [described(image, embedder) for image in (own, twin, own, other)]
    found = LogoGallery.of(references, [each.views.vectors for each in parts]).audit(references[0], parts[0])
    assert found is not None
    assert [each.brand_id for each in found.confusable] == ["acne"]


def test_a_word_is_said_to_look_like_one_and_is_more_alike_to_text_than_to_photos(embedder: OnnxEmbedder) -> None:
    word = Image.new("RGB", (460, 240), (255, 255, 255))
    ImageDraw.Draw(word).text((40, 40), "fast", (10, 10, 10), ImageFont.load_default(150))
    found = ALONE.audit(reference("fast", 1), described(word, embedder))
    assert found is not None
    assert found.word_like
    assert found.material_alarms is not None
    assert found.material_alarms > found.false_alarms
    badge = ALONE.audit(reference("acme", 1), described(draw_logo("ACME", (200, 30, 40)), embedder))
    assert badge is not None
    assert not badge.word_like


def test_a_photo_has_no_audit_of_a_logo(embedder: OnnxEmbedder) -> None:
    photo = describe_reference(decode(png(draw_logo("ACME", (9, 9, 9)))), ReferenceKind.PHOTO, embedder)
    assert ALONE.audit(reference("acme", 1), photo) is None


def test_a_logo_with_too_many_false_alarms_is_for_review_only(embedder: OnnxEmbedder, tmp_path: Path) -> None:
    rich = described(draw_logo("ACME", (200, 30, 40)), embedder)
    assert rich.levels is not None
    assert false_alarms(rich.levels.photos) < TOO_MANY
    answering = np.asarray(embedder.background.vectors[::7][:60], np.float32)
    assert is_review_only(_with_views(rich, answering, embedder))


def _with_views(
    description: ReferenceDescription, views: NDArray[np.float32], embedder: OnnxEmbedder
) -> ReferenceDescription:
    embedded = Embedded(views, np.zeros((len(views), 1, 1), np.int8))
    return replace(description, views=embedded, levels=levels_of(views, embedder))


def test_a_rate_of_false_alarms_is_written_as_people_write_it() -> None:
    assert [rate_in_words(each) for each in (0.001, 0.26, 41.2, 128.0, 1000.0)] == [
        "under 0.01",
        "0.26",
        "41",
        "about 130",
        "about 1,000",
    ]
