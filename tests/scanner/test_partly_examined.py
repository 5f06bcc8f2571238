"""What of an image was not examined is never cleared in silence: frames, pages, files cut off, and large photos."""

import io
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from brand_index.errors import TruncatedImage
from brand_index.features.description import describe_reference
from brand_index.images import Limits, decode
from brand_index.registration.examining import examine
from brand_index.types import ReferenceKind
from scanner import Scanner
from scanner.engine.examiner import Examiner
from scanner.engine.types import Coverage
from scanner.service.workers.drawing import DrawingRequest, thumbnail
from scanner.settings import FILE, Settings
from scanner.verdicts import words
from scanner.verdicts.judgement import judge
from scanner.verdicts.policy import read_policy
from scanner.verdicts.types import Decision, Listing, Reason, Verdict
from tests.conftest import describer, draw_logo, jpeg
from tests.videos import video

NOW = datetime(2026, 3, 2, tzinfo=UTC)
COPY = Image.fromarray(photographs.astronaut()).resize((240, 240))
OTHER = Image.fromarray(photographs.rocket()).resize((240, 240))


def film(frames: list[Image.Image], as_format: str = "GIF") -> bytes:
    file = io.BytesIO()
    frames[0].save(file, as_format, save_all=True, append_images=frames[1:], duration=100)
    return file.getvalue()


def with_settings(scanner: Scanner, **changed: int) -> Examiner:
    """An examiner over the same index, with other limits."""
    given = scanner._examiner
    return Examiner(given.index, given.embedder, given.matcher, given.finder, given.settings.model_copy(update=changed))


def judged(coverage: Coverage) -> Verdict:
    return judge([], Listing(), [], read_policy(), NOW, image_sha256="0" * 64, index_revision=1, coverage=coverage)


@pytest.mark.parametrize(("place", "as_format"), [(1, "GIF"), (4, "GIF"), (2, "TIFF")])
def test_a_copy_in_any_one_frame_or_page_is_found(scanner: Scanner, place: int, as_format: str) -> None:
    frames = [OTHER.rotate(90 * (number % 2)) for number in range(6)]
    frames[place] = COPY
    verdict = scanner.scan(film(frames, as_format))
    assert (verdict.decision, verdict.evidence[0].frame) == (Decision.BLOCK, place)
    assert verdict.coverage == Coverage(6, 6)


def test_a_copy_in_a_video_is_found_with_its_time(scanner: Scanner) -> None:
    verdict = scanner.scan(video([*[OTHER] * 13, *[COPY] * 5, *[OTHER] * 13]))
    found = verdict.evidence[0]
    assert (verdict.decision, found.frame, found.seconds) == (Decision.BLOCK, 13, 1.3)
    assert verdict.coverage == Coverage(31, 31)
    assert "At 0:01 of the video" in words.facts(found)


def test_more_frames_than_are_examined_are_incomplete(scanner: Scanner) -> None:
    examined = with_settings(scanner, max_frames=2).examine(film([OTHER.rotate(20 * number) for number in range(5)]))
    assert examined.coverage == Coverage(2, 5)
    verdict = scanner.judge(examined, Listing(), NOW)
    assert (verdict.decision, verdict.reason) == (Decision.REVIEW, Reason.INCOMPLETE)


def test_frames_that_time_leaves_no_room_for_are_skipped(scanner: Scanner) -> None:
    examined = with_settings(scanner, seconds_an_image=0).examine(film([OTHER, COPY]))
    assert examined.coverage == Coverage(1, 2)
    assert examined.skipped  # so that it is not taken for what another scan would find


@pytest.mark.parametrize(
    ("coverage", "decision", "sentence"),
    [
        (Coverage(), Decision.CLEAR, "Nothing registered was found."),
        (Coverage(24, 60), Decision.REVIEW, "24 of its 60 frames were examined."),
        (Coverage(truncated=True), Decision.REVIEW, "cut off or damaged"),
        (Coverage(lines_unread=70), Decision.REVIEW, "more text than is read of one image: of its lines 70 unread"),
    ],
)
def test_a_verdict_says_in_words_what_was_not_examined(coverage: Coverage, decision: Decision, sentence: str) -> None:
    verdict = judged(coverage)
    assert verdict.decision is decision
    assert sentence in words.why(verdict)


def test_a_truncated_copy_is_blocked_and_a_truncated_other_photo_is_reviewed(scanner: Scanner) -> None:
    for photo, decision in ((COPY, Decision.BLOCK), (OTHER, Decision.REVIEW)):
        whole = jpeg(photo)
        verdict = scanner.scan(whole[: len(whole) * 4 // 5])
        assert (verdict.decision, verdict.coverage.truncated) == (decision, True)
        assert "cut off" in words.why(verdict)


def test_a_truncated_reference_is_refused() -> None:
    whole = jpeg(COPY)
    with pytest.raises(TruncatedImage, match=r"a\.jpg: the file is cut off.*again"):
        describer().run("a.jpg", examine, whole[:-2], ReferenceKind.PHOTO, "a.jpg", False)


LARGE = np.array(OTHER.resize((1280, 900)))
LARGE[400:800, 600:1000] = np.asarray(Image.fromarray(photographs.astronaut()).resize((400, 400)))


def test_boxes_of_a_photo_read_at_a_reduced_scale_are_pixels_of_the_file(scanner: Scanner) -> None:
    low = with_settings(scanner, max_pixels=600_000)
    assert low.decode(jpeg(LARGE)).scale == (2.0, 2.0)
    (item, *_) = low.examine(jpeg(LARGE)).evidence
    assert item.quad is not None
    assert np.abs(np.array(item.box) - [600, 400, 1000, 800]).max() < 16
    assert np.abs(np.array(item.quad) - [(600, 400), (1000, 400), (1000, 800), (600, 800)]).max() < 16

    drawn = [
        thumbnail(DrawingRequest(jpeg(LARGE), None, None, item), settings)
        for settings in (Settings(), Settings(max_pixels=600_000))
    ]
    outlines = [np.asarray(Image.open(io.BytesIO(each or b"")).convert("RGB")).astype(int) for each in drawn]
    assert np.abs(outlines[0] - outlines[1]).mean() < 3


def test_an_error_names_the_file_in_which_settings_are() -> None:
    assert Settings().limits.raised_in == str(FILE)


def test_a_reference_read_at_a_reduced_scale_is_described_in_pixels_of_the_file() -> None:
    sheet = Image.new("RGB", (1280, 900), "white")
    logo = draw_logo("ACME", (200, 30, 40))
    sheet.paste(logo, (500, 300), logo)
    whole, reduced = (decode(jpeg(sheet), Limits(max_pixels=most)) for most in (2_000_000, 600_000))
    one, other = (describe_reference(image, ReferenceKind.LOGO, describer()._embedder) for image in (whole, reduced))
    assert (one.width, one.height) == (other.width, other.height) == (1280, 900)
    assert np.abs(np.array(one.content) - other.content).max() <= 8
    assert np.abs(one.keypoints.points.mean(axis=0) - other.keypoints.points.mean(axis=0)).max() < 40
