"""The whole walk on real photographs: what sellers do to them, what is seen, and what is decided."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from brand_index.errors import EmptyImage, InvalidField, NotAnImage, RegistryError
from brand_index.index.published import check_digests, current_folder
from brand_index.registration import authorize, register_reference, revoke
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner import Listing, Scanner
from scanner.engine.types import Evidence
from scanner.moderation.registry import open_registry
from scanner.settings import Settings
from scanner.verdicts.types import Decision, Reason, Verdict
from tests.conftest import ACME, describer, draw_logo, filled, in_halftone, in_perspective, index_file, jpeg, png

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ASTRONAUT = np.asarray(photographs.astronaut(), np.uint8)
ROCKET = np.asarray(photographs.rocket(), np.uint8)


def pasted(photo: np.ndarray, side: int) -> np.ndarray:
    ground = ROCKET.copy()
    ground[100 : 100 + side, 200 : 200 + side] = cv2.resize(photo, (side, side), interpolation=cv2.INTER_AREA)
    return ground


def with_text(photo: np.ndarray) -> np.ndarray:
    written = photo.copy()
    cv2.putText(written, "SALE 50%", (20, 300), cv2.FONT_HERSHEY_SIMPLEX, 3, (255, 0, 0), 12)
    return written


def under_stripes(photo: np.ndarray) -> np.ndarray:
    striped = photo.copy()
    for left in range(-500, 500, 190):
        corners = np.array([[left, 0], [left + 90, 0], [left + 590, 511], [left + 500, 511]])
        cv2.fillConvexPoly(striped, corners, (30, 200, 70))
    return striped


def with_another_middle(photo: np.ndarray) -> np.ndarray:
    """Other goods on the same ground."""
    shared = photo.copy()
    shared[90:430, 90:430] = cv2.resize(ROCKET, (340, 340))
    return shared


def best(verdict: Verdict, kind: ReferenceKind) -> Evidence:
    return next(evidence for evidence in verdict.evidence if evidence.kind is kind)


EDITS = {
    "untouched": ASTRONAUT,
    "small": cv2.resize(ASTRONAUT, (160, 160), interpolation=cv2.INTER_AREA),
    "cropped to a quarter": ASTRONAUT[80:336, 120:376],
    "mirrored": ASTRONAUT[:, ::-1],
    "turned": np.rot90(ASTRONAUT),
    "pasted into another photo": pasted(ASTRONAUT, 200),
    "mirrored and pasted": pasted(ASTRONAUT[:, ::-1], 240),
    "under text": with_text(ASTRONAUT),
    "recoloured": np.clip(ASTRONAUT[:, :, [2, 0, 1]] * 0.7 + 30, 0, 255),
    "under stripes": under_stripes(ASTRONAUT),
    "in halftone": in_halftone(ASTRONAUT),
    "blurred": cv2.GaussianBlur(ASTRONAUT, (0, 0), 2.5),
    "in perspective": in_perspective(ASTRONAUT, [(200, 20), (500, 90), (500, 320), (200, 390)], ROCKET),
    "mirrored in perspective": in_perspective(
        ASTRONAUT[:, ::-1], [(220, 60), (420, 50), (500, 400), (150, 410)], ROCKET
    ),
}


def test_other_goods_on_the_same_ground_are_no_copy(scanner: Scanner) -> None:
    verdict = scanner.scan(jpeg(with_another_middle(ASTRONAUT)))
    assert verdict.reason is not Reason.PHOTO_COPIED


COVERED = ("under text", "under stripes", "in halftone")


@pytest.mark.parametrize("edit", COVERED)
def test_a_copied_photo_of_which_part_is_covered_or_lost_is_found(scanner: Scanner, edit: str) -> None:
    verdict = scanner.scan(jpeg(np.asarray(EDITS[edit], np.uint8), 60))
    assert verdict.reason in {Reason.PHOTO_COPIED, Reason.PHOTO_SUSPECTED}
    assert best(verdict, ReferenceKind.PHOTO).brand_id == "acme"


@pytest.mark.parametrize("edit", [edit for edit in EDITS if edit not in COVERED])
def test_a_copied_photo_is_blocked_whatever_was_done_to_it(scanner: Scanner, edit: str) -> None:
    verdict = scanner.scan(jpeg(np.asarray(EDITS[edit], np.uint8), 60))
    assert (verdict.decision, verdict.reason) == (Decision.BLOCK, Reason.PHOTO_COPIED)
    assert best(verdict, ReferenceKind.PHOTO).brand_id == "acme"


def test_the_evidence_says_where_the_copy_lies(scanner: Scanner) -> None:
    box = best(scanner.scan(jpeg(pasted(ASTRONAUT, 200))), ReferenceKind.PHOTO).box
    assert np.abs(np.array(box) - [200, 100, 400, 300]).max() <= 8


def test_two_copies_in_one_image_are_both_reported(scanner: Scanner) -> None:
    collage = np.hstack([ASTRONAUT, cv2.resize(photographs.coffee(), (512, 512))])
    items = [item for item in scanner.scan(jpeg(collage)).evidence if item.confidence > 0.9]
    assert sorted(item.box.left > 400 for item in items if item.kind is ReferenceKind.PHOTO) == [False, True]


@pytest.mark.parametrize("photo", [photographs.rocket, photographs.hubble_deep_field, photographs.camera])
def test_a_photo_that_nobody_registered_is_clear(scanner: Scanner, photo: Callable[[], np.ndarray]) -> None:
    pixels = photo()
    verdict = scanner.scan(jpeg(pixels if pixels.ndim == 3 else np.dstack([pixels] * 3)))
    assert (verdict.decision, verdict.reason) == (Decision.CLEAR, Reason.NO_MATCH)


def print_on_rocket(colour: tuple[int, int, int], word: str = "ACME", turn: float = 8) -> np.ndarray:
    ground = Image.fromarray(cv2.GaussianBlur(ROCKET, (0, 0), 6))
    logo = draw_logo(word, colour).resize((300, 150), Image.Resampling.LANCZOS).rotate(turn, expand=True)
    ground.paste(logo, (180, 120), logo)
    return np.asarray(ground)


@pytest.mark.parametrize("colour", [(200, 30, 40), (250, 250, 250), (5, 5, 5)], ids=["own", "white", "black"])
def test_a_logo_in_a_photo_is_found_in_any_colour_and_sent_to_review(
    scanner: Scanner, colour: tuple[int, int, int]
) -> None:
    verdict = scanner.scan(jpeg(print_on_rocket(colour)))
    assert (verdict.decision, verdict.reason) == (Decision.REVIEW, Reason.LOGO_UNAUTHORIZED)
    found = best(verdict, ReferenceKind.LOGO)
    assert found.brand_id == "acme"
    assert 150 < (found.box.left + found.box.right) / 2 - 180 + 0 < 170 or 300 < found.box.right < 520


@pytest.mark.parametrize(
    "corners",
    [
        [(180, 120), (560, 190), (560, 330), (180, 330)],
        [(200, 150), (520, 150), (620, 380), (120, 380)],
        [(260, 80), (580, 200), (550, 400), (230, 230)],
    ],
    ids=["from the side", "from below", "askew"],
)
def test_a_logo_seen_at_an_angle_is_found_where_it_lies(scanner: Scanner, corners: list[tuple[float, float]]) -> None:
    ground = np.asarray(cv2.GaussianBlur(ROCKET, (0, 0), 6), np.uint8)
    verdict = scanner.scan(jpeg(in_perspective(draw_logo("ACME", (250, 250, 250)), corners, ground)))
    found = best(verdict, ReferenceKind.LOGO)
    assert (verdict.decision, verdict.reason, found.brand_id) == (Decision.REVIEW, Reason.LOGO_UNAUTHORIZED, "acme")
    assert found.quad is not None
    assert np.abs(np.array(found.quad) - corners).max() < 25


@pytest.mark.parametrize("turn", [8, 50, 110, 180])
def test_a_turned_logo_is_similar_to_itself_once_the_keypoints_rectify_it(scanner: Scanner, turn: float) -> None:
    found = best(scanner.scan(jpeg(print_on_rocket((250, 250, 250), turn=turn))), ReferenceKind.LOGO)
    assert (found.brand_id, found.cosine is not None and found.cosine > 0.6) == ("acme", True)


def test_a_logo_that_is_not_registered_stays_silent(scanner: Scanner) -> None:
    other = Image.fromarray(cv2.GaussianBlur(ROCKET, (0, 0), 6))
    unknown = Image.new("RGBA", (300, 150), (240, 240, 240, 255))
    pixels = np.asarray(photographs.logo())[:150, :300, :3]
    unknown.paste(Image.fromarray(np.ascontiguousarray(pixels)), (20, 10))
    other.paste(unknown, (180, 120))
    assert scanner.scan(jpeg(np.asarray(other))).decision is Decision.CLEAR


def test_an_animation_is_seen_in_its_later_frames(scanner: Scanner, tmp_path: Path) -> None:
    file = tmp_path / "moving.webp"
    frames = [Image.fromarray(ROCKET[:400, :400].copy()) for _ in range(3)]
    frames.append(Image.fromarray(np.ascontiguousarray(ASTRONAUT[:400, :400])))
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], duration=100, quality=80)
    verdict = scanner.scan(file)
    assert verdict.decision is Decision.BLOCK
    assert best(verdict, ReferenceKind.PHOTO).frame > 0


def test_everything_verified_is_in_the_evidence_most_confident_first(scanner: Scanner) -> None:
    printed = cv2.resize(print_on_rocket((250, 250, 250)), (768, 512))
    evidence = scanner.scan(jpeg(np.hstack([ASTRONAUT, printed]))).evidence
    assert {item.kind for item in evidence} == {ReferenceKind.PHOTO, ReferenceKind.LOGO}
    assert [item.confidence for item in evidence] == sorted((item.confidence for item in evidence), reverse=True)


def test_bytes_and_path_give_the_same_verdict(scanner: Scanner, tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(jpeg(ASTRONAUT))
    assert scanner.scan(file, now=NOW) == scanner.scan(file.read_bytes(), now=NOW)


def test_errors_are_typed_and_name_the_file(scanner: Scanner, tmp_path: Path) -> None:
    with pytest.raises(EmptyImage):
        scanner.scan(b"")
    file = tmp_path / "page.jpg"
    file.write_text("<html>")
    with pytest.raises(NotAnImage, match=r"page\.jpg"):
        scanner.scan(file)


def test_a_listing_in_an_unknown_market_is_refused_before_the_image_is_examined(scanner: Scanner) -> None:
    with pytest.raises(InvalidField, match="United Kingdom is GB"):
        scanner.scan(b"", Listing(seller_id="S1", market="UK"))


def test_a_store_that_is_not_there_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(RegistryError):
        Scanner.open(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_authorizing_and_revoking_act_on_the_next_scan_without_a_rebuild(tmp_path: Path, settings: Settings) -> None:
    place = Store(tmp_path / "store")
    seller_id = Listing(seller_id="S1", market="DE")
    with open_registry(place) as registry:
        logo = png(draw_logo("ACME", (200, 30, 40)))
        register_reference(
            registry,
            place,
            brand=ACME,
            kind=ReferenceKind.LOGO,
            image=logo,
            describer=describer(),
            name="acme.png",
            now=NOW,
        )
        photo = jpeg(print_on_rocket((200, 30, 40)))
        with Scanner.open(place, settings) as opened:
            built = sorted(path.name for path in place.index.iterdir())
            assert opened.scan(photo, seller_id).decision is Decision.REVIEW
            given = authorize(
                registry,
                place,
                brand="acme",
                seller_id="S1",
                kinds=frozenset({ReferenceKind.LOGO}),
                first_day=NOW.date(),
                now=NOW,
            )
            allowed = opened.scan(photo, seller_id)
            assert (allowed.reason, allowed.authorization_ids) == (Reason.AUTHORIZED, (given.authorization_id,))
            revoke(registry, given.authorization_id, NOW)
            assert opened.scan(photo, seller_id).decision is Decision.REVIEW
        with Scanner.open(place, settings):
            assert sorted(path.name for path in place.index.iterdir()) == built


def test_a_damaged_index_is_named_and_built_again_before_a_scan(
    tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    place = filled(Store(tmp_path / "store"), settings, (ACME, ReferenceKind.PHOTO, jpeg(ASTRONAUT), "a.jpg"))
    assert not caplog.records, "an index that is built for the first time was not damaged"
    damaged = index_file(place, "keypoints-photo.codes.npy")
    data = bytearray(damaged.read_bytes())
    data[-9] ^= 1  # its size stays, and it opens
    damaged.write_bytes(data)
    with Scanner.open(place, settings) as opened:
        assert opened.scan(jpeg(ASTRONAUT, 50)).decision is Decision.BLOCK
    check_digests(current_folder(place))
    assert [str(damaged) in record.getMessage() for record in caplog.records] == [True]


def test_a_newly_registered_reference_is_in_the_next_scanner(tmp_path: Path, settings: Settings) -> None:
    place = Store(tmp_path / "store")
    with open_registry(place) as registry:
        for name, photo in (("a.jpg", photographs.coffee()), ("b.jpg", ASTRONAUT)):
            register_reference(
                registry,
                place,
                brand=ACME,
                kind=ReferenceKind.PHOTO,
                image=jpeg(photo),
                describer=describer(),
                name=name,
                now=NOW,
            )
            with Scanner.open(place, settings) as opened:
                last = opened.scan(jpeg(ASTRONAUT, 50))
    assert last.decision is Decision.BLOCK
