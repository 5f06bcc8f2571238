"""What a match rests on is one sentence, and the link to a listing leads to no other place than its template's."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from brand_index.types import ReferenceKind
from scanner.bulk.report.outlines import marks_in_listing
from scanner.engine.boxes import Box
from scanner.engine.types import NO_CONTENT, NO_LOGO, NO_PHOTO, Alteration, Evidence, Shared
from scanner.settings import ServiceSettings
from scanner.verdicts.listing_link import listing_address
from scanner.verdicts.precision import Spread
from scanner.verdicts.reasons import form_facts
from scanner.verdicts.sentences.about_sellers import spread_sentence
from scanner.verdicts.types import Listing
from scanner.verdicts.words import basis, facts, outlined
from tests.scanner.verdicts.test_judgement import an_item

BOX = Box(10, 10, 250, 130)
BARE = replace(an_item(ReferenceKind.LOGO, 0.9), box=BOX, inliers=None, hash_distance=None)
LOGO = replace(BARE, logo=NO_LOGO, photo=None)
PHOTO = replace(BARE, kind=ReferenceKind.PHOTO, photo=NO_PHOTO, logo=None)
WHOLE = Alteration((), 1.0, 1.0, 0.0, None, None, None)


def altered(inliers: int, alteration: Alteration = WHOLE, *, mirrored: bool = False) -> Evidence:
    return replace(PHOTO, inliers=inliers, mirrored=mirrored, photo=replace(NO_PHOTO, alteration=alteration))


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        (
            replace(LOGO, inliers=23, logo=replace(NO_LOGO, hue_intersection=0.8)),
            "23 keypoints of the registered logo lie in the right places, 240 pixels wide, and its colours agree.",
        ),
        (
            replace(LOGO, inliers=1, logo=replace(NO_LOGO, hue_intersection=0.1)),
            "1 keypoint of the registered logo lies in the right places, 240 pixels wide, but its colours differ.",
        ),
        (
            replace(LOGO, logo=replace(NO_LOGO, cosine=0.7)),
            "A region of the image looks like the registered logo, 240 pixels wide.",
        ),
        (
            replace(LOGO, logo=replace(NO_LOGO, cosine=0.7, part_alone=True)),
            "A region of the image looks like a part of the registered logo, 240 pixels wide.",
        ),
        (
            replace(LOGO, inliers=9, logo=replace(NO_LOGO, part_alone=True)),
            "9 keypoints of a part of the registered logo lie in the right places, 240 pixels wide.",
        ),
        (replace(LOGO, hash_distance=12), "The whole image looks like the registered logo, 240 pixels wide."),
        (altered(412), "Shows the whole registered photo, unaltered: 412 keypoints lie in the right places."),
        (
            altered(99, replace(WHOLE, visible=0.8)),
            "Shows 80 % of the registered photo, otherwise unaltered: 99 keypoints lie in the right places.",
        ),
        (
            altered(99, replace(WHOLE, visible=0.8, turned=-7.0, light=-1.0), mirrored=True),
            "Shows 80 % of the registered photo, mirrored, rotated by 7° to the left and darker than registered: "
            "99 keypoints lie in the right places.",
        ),
        (
            replace(PHOTO, hash_distance=12),
            "Looks like the registered photo as a whole: the image hashes differ in 12 of 256 bits.",
        ),
        (
            replace(PHOTO, photo=replace(NO_PHOTO, cosine=0.84)),
            "Looks like the registered photo as a whole: the embeddings are similar, cosine 0.84 of 1.",
        ),
    ],
)
def test_a_match_says_in_one_sentence_what_it_rests_on(evidence: Evidence, sentence: str) -> None:
    assert basis(evidence) == sentence


LISTING = Listing("a/../b?c#d", "Ä & co", "DE")


@pytest.mark.parametrize(
    ("template", "address"),
    [
        ("https://m.example/{listing_id}", "https://m.example/a%2F..%2Fb%3Fc%23d"),
        (
            "http://m.example/{market}?s={seller_id}&i={listing_id}",
            "http://m.example/DE?s=%C3%84%20%26%20co&i=a%2F..%2Fb%3Fc%23d",
        ),
    ],
)
def test_what_a_listing_says_of_itself_is_encoded_in_its_link(template: str, address: str) -> None:
    assert listing_address(ServiceSettings(listing_url=template).listing_url, LISTING) == address


@pytest.mark.parametrize(
    ("shared", "parts", "sentence"),
    [
        (Shared.TEMPLATE, 7, "The same layout or shape, other content: 7 parts differ. Not a copy."),
        (Shared.TEMPLATE, 1, "The same layout or shape, other content: 1 part differs. Not a copy."),
        (Shared.TEMPLATE, 0, "The same layout or shape, other content. Not a copy."),
        (Shared.BACKGROUND, 3, "The same background around other goods. Not a copy."),
    ],
)
def test_what_is_merely_shared_is_said_to_be_no_copy(shared: Shared, parts: int, sentence: str) -> None:
    cell = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))
    measured = replace(
        NO_PHOTO, shared=shared, differing=(cell,) * parts, content=replace(NO_CONTENT, agreement=0.4), alteration=WHOLE
    )
    alike = replace(PHOTO, photo=measured)
    assert basis(alike) == sentence
    assert facts(alike)[:2] == (
        sentence.removesuffix(". Not a copy."),
        "40 % of the photo's own content, where it is visible, agrees",
    )


def test_goods_in_other_colours_are_said_to_be_that_and_not_to_agree() -> None:
    square = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))
    content = replace(NO_CONTENT, agreement=0.99, colour=0.09)
    rose = replace(PHOTO, photo=replace(NO_PHOTO, shared=Shared.TEMPLATE, region=(square,), content=content))
    assert basis(rose) == "The same layout or shape, other colours. Not a copy."
    assert facts(rose)[:2] == (
        "The same layout or shape, other colours",
        "9 % of the goods are in the photo's colours",
    )
    marks = marks_in_listing(rose, None, 300, 200)
    assert (marks.match, len(marks.differing), outlined(rose)) == ((), 1, "what has other colours outlined")


def test_what_is_outlined_is_said_for_those_who_do_not_see_it() -> None:
    cell = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))
    assert outlined(PHOTO) == outlined(LOGO) == "the match outlined"
    assert outlined(replace(PHOTO, photo=replace(NO_PHOTO, region=(cell,)))) == "what agrees outlined"
    both = replace(PHOTO, photo=replace(NO_PHOTO, region=(cell,) * 2, differing=(cell,) * 7))
    assert outlined(both) == "what agrees outlined and 7 parts that differ outlined"


@pytest.mark.parametrize(
    ("spread", "start"),
    [
        (
            Spread(14, 10, 9),
            "Matched in listings of 14 sellers in 30 days; 9 of 10 decided cases showed something else.",
        ),
        (Spread(1, 0, 0), "Matched in listings of 1 seller in 30 days; none of these cases is decided."),
    ],
)
def test_how_widely_a_reference_is_matched_is_said(spread: Spread, start: str) -> None:
    assert spread_sentence(spread).startswith(start)


def test_there_is_no_link_without_a_template_or_without_what_it_names() -> None:
    assert listing_address(None, LISTING) is None
    assert listing_address("https://m.example/{market}/{listing_id}", replace(LISTING, market=None)) is None


@pytest.mark.parametrize(
    "template",
    [
        "javascript:alert({listing_id})",
        "ftp://m.example/{listing_id}",
        "//m.example/{listing_id}",
        "https://{listing_id}/",
        "https://m.example.{market}/{listing_id}",
        "https://m.example/{item}",
        "https://m.example/{listing_id.__class__}",
        "https://m.example/{listing_id!r}",
        "https://m.example/{listing_id:>9}",
        "https://m.example/{0}/{listing_id}",
        "https://m.example/{listing_id",
        "https://m.example/",
        "https://m.example/ {listing_id}",
        "https://m.example/\n{listing_id}",
        "",
    ],
)
def test_a_template_that_could_lead_elsewhere_is_refused_at_the_start(template: str) -> None:
    with pytest.raises(ValidationError, match="listing_url"):
        ServiceSettings(listing_url=template)


def test_a_part_that_matched_alone_is_said_once_whether_artwork_or_a_registered_part_did() -> None:
    alone = replace(LOGO, logo=replace(NO_LOGO, part_alone=True))
    assert form_facts(None, alone) == ("Matched a part of the mark that stands alone",)
    assert form_facts(None, LOGO) == ()
