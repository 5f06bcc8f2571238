"""Rows, their files and the page for people."""

import csv
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from brand_index.errors import TruncatedImage
from brand_index.store import Store
from brand_index.types import AuthorizationField, Brand, ReferenceImage, ReferenceKind
from scanner.bulk.report import COLUMNS, VerdictWriter, read_rows, write_csv
from scanner.bulk.report.html import NOTHING_LEARNT, write_html
from scanner.bulk.report.outlines import marks_in_listing, outline_in_listing, outline_in_reference, part_to_show
from scanner.engine.boxes import Box, Quad
from scanner.engine.types import (
    NO_LOGO,
    NO_PHOTO,
    Alteration,
    ConcealedPatch,
    Coverage,
    Evidence,
    FailedImage,
    LogoMeasurements,
    PhotoMeasurements,
    Shared,
)
from scanner.verdicts.rows import Row, ScannedImage, failed, from_json, to_json
from scanner.verdicts.sentences.about_sellers import authorization_sentences
from scanner.verdicts.types import Decision, Listing, Reason, UnmetAuthorization, Verdict
from scanner.verdicts.words import alterations, facts, sureness

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
ISSUE_KEYS = {
    *("format", "image", "image_sha256", "listing_id", "seller_id", "market", "category", "title", "condition"),
    *("decision", "reason", "evidence", "skipped_stages", "frames_examined", "frame_count", "truncated"),
    *("parts_examined", "part_count", "lines_unread"),
    *("authorization_ids", "unmet_authorizations", "index_revision", "policy", "scanned_at", "counted"),
    *("description", "context", "concealed", "first_seen"),
}
PART = ((0.0, 0.0), (80.0, 0.0), (80.0, 150.0), (0.0, 150.0))
EVIDENCE = Evidence(
    reference_id="acme-photo-1",
    brand_id="acme",
    kind=ReferenceKind.PHOTO,
    box=Box(20, 10, 120, 90),
    quad=((20.0, 10.0), (120.0, 10.0), (120.0, 90.0), (20.0, 90.0)),
    reference_box=Box(0, 0, 200, 160),
    hash_distance=6,
    inliers=41,
    inlier_coverage=0.5,
    ncc=0.8,
    review_only=False,
    mirrored=False,
    frame=0,
    confidence=0.964,
    photo=PhotoMeasurements(
        cosine=0.91,
        window_agreement=0.7,
        blurred_ncc=0.9,
        alteration=Alteration(PART, visible=0.4, occupied=0.2, turned=-12.0, overlaid=0.15, colour=0.3, light=-1.0),
    ),
)
LOGO = replace(
    EVIDENCE,
    reference_id="acme-logo-1",
    kind=ReferenceKind.LOGO,
    photo=None,
    logo=LogoMeasurements(
        cosine=0.91,
        neg_log10_far=2.5,
        margin=0.2,
        mean_cosine=0.2,
        match_logit=-1.5,
        hue_intersection=0.6,
        objectness=0.4,
    ),
)
VERDICT = Verdict(
    listing=Listing("L-1", "S-1", "DE"),
    image_sha256="ab" * 32,
    decision=Decision.BLOCK,
    reason=Reason.PHOTO_COPIED,
    evidence=(EVIDENCE,),
    authorization_ids=(),
    unmet_authorizations=(),
    index_revision=7,
    policy="default",
    scanned_at=NOW,
    counted=("acme-photo-1",),
)
CLEAN = replace(VERDICT, decision=Decision.CLEAR, reason=Reason.NO_MATCH, evidence=(), counted=())
BRAND = Brand("acme", "Acme & Söhne", "Acme Ltd", "ip@acme.example")

words = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
share = st.floats(0, 1)
boxes = st.builds(Box, *[st.integers(0, 10_000)] * 4)
corner = st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
parts = st.lists(corner, max_size=8).map(tuple)
alterations_made = st.builds(Alteration, parts, share, share, st.floats(-180, 180), share, share, st.floats(-8, 8))
cosine = st.floats(-1, 1)
logos = st.builds(
    LogoMeasurements,
    cosine=st.none() | cosine,
    neg_log10_far=st.none() | st.floats(-9, 99),
    margin=st.none() | cosine,
    mean_cosine=st.none() | cosine,
    match_logit=st.none() | st.floats(-30, 30),
    hue_intersection=st.none() | share,
    objectness=st.none() | share,
)
photos = st.builds(
    PhotoMeasurements,
    cosine=st.none() | cosine,
    window_agreement=st.none() | share,
    blurred_ncc=st.none() | cosine,
    alteration=st.none() | alterations_made,
)
evidences = st.builds(
    Evidence,
    reference_id=st.text(st.characters(codec="ascii"), max_size=8),
    brand_id=st.text(st.characters(codec="ascii"), max_size=8),
    kind=st.sampled_from(ReferenceKind),
    box=boxes,
    quad=st.none() | st.tuples(corner, corner, corner, corner),
    reference_box=st.none() | boxes,
    hash_distance=st.none() | st.integers(0, 256),
    inliers=st.none() | st.integers(0, 999),
    inlier_coverage=st.none() | share,
    ncc=st.none() | cosine,
    review_only=st.booleans(),
    mirrored=st.booleans(),
    frame=st.integers(0, 9),
    confidence=share,
    logo=st.none() | logos,
    photo=st.none() | photos,
)
verdicts = st.builds(
    Verdict,
    listing=st.builds(Listing, words, words, words, words, words, words),
    image_sha256=st.just("cd" * 32),
    decision=st.sampled_from(Decision),
    reason=st.sampled_from(Reason),
    evidence=st.lists(evidences, max_size=3).map(tuple),
    authorization_ids=st.lists(st.integers(1, 99), max_size=3).map(tuple),
    unmet_authorizations=st.lists(
        st.builds(UnmetAuthorization, st.integers(1, 99), st.sampled_from(AuthorizationField)), max_size=2
    ).map(tuple),
    index_revision=st.integers(0, 10**9),
    policy=st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    scanned_at=st.datetimes(timezones=st.just(UTC)),
    counted=st.lists(st.text(st.characters(codec="ascii"), max_size=8), max_size=3).map(tuple),
    coverage=st.builds(Coverage, *[st.integers(1, 99)] * 2, st.booleans(), *[st.integers(0, 99)] * 3),
    concealed=st.lists(st.builds(ConcealedPatch, boxes, st.integers(0, 9), share), max_size=2).map(tuple),
)
# What os.fsdecode makes of any bytes: text, and a lone low surrogate for each byte that is no UTF-8.
paths = st.binary(max_size=20).map(lambda name: name.decode("utf-8", "surrogateescape"))
rows = st.builds(ScannedImage, paths, verdicts) | st.builds(
    FailedImage, paths, st.just("empty_image"), paths, st.none() | st.just("ef" * 32)
)


@given(rows)
def test_a_row_comes_back_from_json_as_it_was(row: Row) -> None:
    assert from_json(to_json(row)) == row


@given(rows)
def test_a_row_is_one_line_that_utf8_can_write(row: Row) -> None:
    assert b"\n" not in to_json(row).encode("utf-8")


def test_a_row_has_the_keys_that_are_promised_and_no_others() -> None:
    assert set(json.loads(to_json(ScannedImage("a.jpg", VERDICT)))) == ISSUE_KEYS


def test_what_counted_is_named_though_it_is_too_weak_to_be_shown() -> None:
    fields = json.loads(to_json(ScannedImage("a.jpg", VERDICT), min_confidence=0.99))
    assert (fields["evidence"], fields["counted"]) == ([], ["acme-photo-1"])


def test_what_a_listing_says_of_its_goods_is_kept_where_it_is_known() -> None:
    known = replace(VERDICT, listing=Listing("L", "S", "DE", "25", "Cap", "used"))
    assert from_json(to_json(ScannedImage("a.jpg", known))) == ScannedImage("a.jpg", known)


def test_evidence_at_the_least_confidence_is_shown_and_under_it_is_not() -> None:
    both = replace(VERDICT, evidence=(replace(EVIDENCE, confidence=0.3), replace(EVIDENCE, confidence=0.29)))
    assert len(json.loads(to_json(ScannedImage("a.jpg", both), min_confidence=0.3))["evidence"]) == 1


def test_an_error_row_carries_code_message_and_the_hash_that_is_known() -> None:
    row = failed("a.jpg", TruncatedImage("a.jpg: breaks off"), "ab" * 32)
    assert json.loads(to_json(row)) == {
        "format": 1,
        "image": "a.jpg",
        "error": {"code": "truncated_image", "message": "a.jpg: breaks off"},
        "image_sha256": "ab" * 32,
    }


@pytest.mark.parametrize("line", ["", "[]", "{}", "7", '{"image": "a"}', "{"])
def test_what_is_no_row_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not a row"):
        from_json(line)


def test_a_row_is_on_disk_before_the_file_is_closed(tmp_path: Path) -> None:
    with VerdictWriter(tmp_path / "v.jsonl") as writer:
        writer.write(ScannedImage("a.jpg", VERDICT))
        assert len(list(read_rows(tmp_path / "v.jsonl"))) == 1


@given(st.data())
def test_a_file_cut_anywhere_still_gives_its_whole_rows(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("cut") / "v.jsonl"
    lines = [to_json(ScannedImage(f"ä{i}.jpg", VERDICT)).encode() + b"\n" for i in range(3)]
    whole = b"".join(lines)
    end = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:end])
    assert len(list(read_rows(path))) == whole[:end].count(b"\n")


def test_resuming_cuts_the_half_written_row_off_and_appends(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    first, second = ScannedImage("a.jpg", VERDICT), ScannedImage("b.jpg", CLEAN)
    path.write_bytes(to_json(first).encode() + b"\n" + to_json(second).encode()[:40])
    with VerdictWriter(path, resume=True) as writer:
        writer.write(second)
    assert list(read_rows(path)) == [first, second]


def test_a_half_row_longer_than_a_block_is_cut_off_too(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    path.write_bytes(to_json(ScannedImage("a.jpg", VERDICT)).encode() + b"\n" + b"x" * 200_000)
    VerdictWriter(path, resume=True).close()
    assert len(list(read_rows(path))) == 1


def test_a_new_scan_starts_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    path.write_text("old\n")
    VerdictWriter(path).close()
    assert path.read_bytes() == b""


def test_a_broken_row_in_the_middle_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    path.write_text(to_json(ScannedImage("a.jpg", VERDICT)) + "\nrubbish\n")
    with pytest.raises(ValueError, match="line 2"):
        list(read_rows(path))


def table(tmp_path: Path, *rows: Row) -> list[dict[str, str]]:
    write_csv(tmp_path / "v.csv", rows)
    with (tmp_path / "v.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_has_one_line_an_image(tmp_path: Path) -> None:
    lines = table(tmp_path, ScannedImage("a.jpg", VERDICT), FailedImage("b.jpg", "empty_image", "no bytes"))
    assert [line["image"] for line in lines] == ["a.jpg", "b.jpg"]


def test_every_line_of_the_table_fills_all_columns(tmp_path: Path) -> None:
    lines = table(
        tmp_path, ScannedImage("a", VERDICT), ScannedImage("b", CLEAN), FailedImage("c", "empty_image", "no bytes")
    )
    assert all(set(line) == set(COLUMNS) and None not in line.values() for line in lines)


def test_the_table_says_the_error_in_its_own_columns(tmp_path: Path) -> None:
    (line,) = table(tmp_path, FailedImage("b.jpg", "empty_image", "no bytes"))
    assert (line["error_code"], line["error_message"], line["decision"]) == ("empty_image", "no bytes", "")


def test_the_table_names_the_best_evidence(tmp_path: Path) -> None:
    (line,) = table(tmp_path, ScannedImage("a.jpg", VERDICT))
    assert (line["reference_id"], line["left"], line["mirrored"]) == ("acme-photo-1", "20", "false")


def test_the_table_names_what_counted_before_what_is_surer(tmp_path: Path) -> None:
    own = replace(EVIDENCE, reference_id="own", confidence=1.0)
    (line,) = table(tmp_path, ScannedImage("a.jpg", replace(VERDICT, evidence=(own, EVIDENCE))))
    assert (line["reference_id"], line["confidence"], line["counted"]) == ("acme-photo-1", "0.964", "acme-photo-1")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_takes_for_a_formula_is_disarmed(tmp_path: Path, start: str) -> None:
    (line,) = table(tmp_path, ScannedImage(f"{start}cmd()", VERDICT))
    assert line["image"] == f"'{start}cmd()"


def test_a_negative_number_stays_a_number(tmp_path: Path) -> None:
    below = replace(VERDICT, evidence=(replace(EVIDENCE, photo=replace(NO_PHOTO, cosine=-0.25)),))
    assert table(tmp_path, ScannedImage("a.jpg", below))[0]["cosine"] == "-0.25"


def test_a_file_name_that_is_no_utf8_can_stand_in_the_table(tmp_path: Path) -> None:
    (line,) = table(tmp_path, ScannedImage("caf\udce9.jpg", VERDICT))
    assert line["image"] == "caf\\udce9.jpg"


@pytest.mark.parametrize(
    ("confidence", "said"),
    [
        (0.964, "96 % sure"),
        (0.999, "over 99 % sure"),
        (0.99, "99 % sure"),
        (1.0, "over 99 % sure"),
        (0.0, "under 1 % sure"),
    ],
)
def test_confidence_is_never_rounded_to_certainty(confidence: float, said: str) -> None:
    assert sureness(confidence) == said


def test_the_numbers_are_said_in_words() -> None:
    assert facts(replace(LOGO, mirrored=True, refined=True)) == (
        "Mirrored",
        "41 keypoints agree on one geometry",
        "They span 50 % of the reference",
        "The image hashes differ in 6 of 256 bits",
        "Similarity of the embeddings: cosine 0.91 of 1",
        "It resembles the registered mark: shape 0.91, colour 0.60",
        "One other photo in 316 is as similar",
        "Compared patch by patch, it fits badly",
        "The hues agree to 60 %",
    )


def test_of_a_refined_photo_the_agreement_of_pixels_is_said() -> None:
    assert "In the overlay the pixels agree to 90 %" in facts(replace(EVIDENCE, ncc=0.9, refined=True))


def test_where_the_two_are_not_aligned_exactly_no_agreement_of_pixels_is_claimed() -> None:
    said = facts(replace(EVIDENCE, refined=False))
    assert not any("pixels agree" in each for each in said)
    assert "The two could not be aligned exactly, so the outline is approximate" in said


def test_of_a_row_from_before_overlays_were_refined_it_is_said_that_an_earlier_version_scanned_it() -> None:
    said = " ".join(facts(replace(EVIDENCE, refined=None)))
    assert "could not be aligned" not in said
    assert "An earlier version scanned this image" in said
    assert "scan it again" in said


def altered(how: Alteration | None) -> Evidence:
    assert EVIDENCE.photo is not None
    return replace(EVIDENCE, photo=replace(EVIDENCE.photo, alteration=how))


def test_nothing_is_said_of_what_was_not_measured() -> None:
    bare = replace(EVIDENCE, quad=None, inliers=None, inlier_coverage=None, ncc=None, hash_distance=None)
    assert facts(replace(bare, photo=NO_PHOTO)) == ()
    assert facts(replace(bare, kind=ReferenceKind.LOGO, photo=None, logo=NO_LOGO)) == ()


def test_what_the_seller_did_is_said_in_words() -> None:
    assert alterations(EVIDENCE) == (
        "Cropped to 40 % of the registered photo",
        "Placed in a larger image, of which it fills 20 %",
        "Rotated by 12° to the left",
        "Covered or changed in 15 % of its area",
        "Recoloured",
        "Darker than registered",
    )


def test_what_compression_does_is_not_called_an_alteration() -> None:
    slight = Alteration(PART, visible=0.98, occupied=0.99, turned=0.4, overlaid=0.01, colour=0.93, light=0.1)
    assert alterations(altered(slight)) == ()


def test_of_a_photo_too_flat_and_grey_to_compare_only_its_place_is_said() -> None:
    placed = Alteration(PART, visible=1.0, occupied=0.5, turned=0.0, overlaid=None, colour=None, light=None)
    assert alterations(altered(placed)) == ("Placed in a larger image, of which it fills 50 %",)


@pytest.mark.parametrize("field", AuthorizationField)
def test_each_field_that_fails_has_its_words(field: AuthorizationField) -> None:
    verdict = replace(VERDICT, unmet_authorizations=(UnmetAuthorization(3, field),))
    assert authorization_sentences(verdict)[0].startswith("Authorization 3 ")


def test_a_match_is_outlined_where_the_geometry_puts_its_part() -> None:
    reference = reference_record(width=400, height=320)
    half = replace(altered(None), reference_box=Box(0, 0, 200, 320))
    xs = [round(x) for x, _ in outline_in_listing(half, reference, 200, 100)]
    assert (min(xs), max(xs)) == (20, 70)


def test_a_copy_is_outlined_as_far_as_it_is_shown() -> None:
    xs = [round(x) for x, _ in outline_in_listing(EVIDENCE, reference_record(), 200, 100)]
    assert (min(xs), max(xs)) == (20, 120)


def test_an_outline_that_runs_out_of_the_image_is_cut_at_its_edge() -> None:
    wide = replace(EVIDENCE, quad=((-90.0, -50.0), (300.0, -50.0), (300.0, 190.0), (-90.0, 190.0)), reference_box=None)
    outline = outline_in_listing(wide, None, 200, 100)
    assert all(0 < x < 200 and 0 < y < 100 for x, y in outline)


def test_without_geometry_the_box_is_outlined() -> None:
    boxed = replace(EVIDENCE, quad=None)
    assert (round(min(x for x, _ in outline_in_listing(boxed, None, 200, 100)))) == 20


def test_a_reference_without_a_known_part_is_outlined_whole() -> None:
    unknown = replace(altered(None), reference_box=None)
    outline = outline_in_reference(unknown, reference_record(width=400, height=320))
    assert max(x for x, _ in outline) > 390


def test_of_a_cropped_photo_the_part_that_is_shown_is_outlined() -> None:
    outline = outline_in_reference(EVIDENCE, reference_record())
    assert max(x for x, _ in outline) == pytest.approx(80.0, abs=1.5)


def reference_record(width: int = 200, height: int = 160, digest: str = "00" * 32) -> ReferenceImage:
    return ReferenceImage(
        "acme-photo-1", "acme", ReferenceKind.PHOTO, digest, ".png", None, "cap.png", width, height, (), NOW, None
    )


def drawn(path: Path, width: int = 160, height: int = 100) -> str:
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).ellipse((20, 10, 90, 80), fill="teal")
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return sha256(path.read_bytes()).hexdigest()


class Parsed(HTMLParser):
    """The attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += data

    def cards(self) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == "article"]


class Desk:
    """A store with one reference, and rows on which to report."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / "store")
        drawing = folder / "cap.png"
        digest = drawn(drawing, 200, 160)
        self.reference = reference_record(digest=digest)
        kept = self.store.media_path(digest, ".png")
        kept.parent.mkdir(parents=True)
        drawing.rename(kept)

    def row(self, name: str, **changes: object) -> ScannedImage:
        path = self.folder / name
        return ScannedImage(str(path), replace(VERDICT, image_sha256=drawn(path), **changes))  # type: ignore[arg-type]

    def reference_of(self, identity: str) -> tuple[ReferenceImage, Brand] | None:
        return (self.reference, BRAND) if identity == self.reference.reference_id else None

    def page(
        self, *rows: Row, most_cards: int = 500, shown_from: float = 0.5, learnt: Mapping[str, str] = NOTHING_LEARNT
    ) -> Parsed:
        out = self.folder / "report.html"
        write_html(
            out,
            rows,
            reference_of=self.reference_of,
            store=self.store,
            made_at=NOW,
            most_cards=most_cards,
            shown_from=shown_from,
            learnt=learnt,
        )
        return Parsed(out.read_text(encoding="utf-8"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_page_asks_for_nothing_beside_itself(desk: Desk) -> None:
    page = desk.page(desk.row("a.png"))
    links = [value for _, attributes in page.tags for key, value in attributes.items() if key in {"src", "href"}]
    assert all(link and link.startswith(("data:", "#")) for link in links)


def test_a_match_says_from_which_case_its_reference_was_learnt_and_by_whom(desk: Desk) -> None:
    said = "Learnt from case 12345678, confirmed by ann, accepted by owner"
    assert desk.page(desk.row("a.png"), learnt={desk.reference.reference_id: said}).said.count(said) == 1
    assert said not in desk.page(desk.row("a.png"), learnt={"another": said}).said


def test_a_browser_runs_the_script_of_the_page_and_no_other(desk: Desk) -> None:
    desk.page(desk.row("a.png", listing=Listing("L", "S", "DE", None, "</script><script>alert(1)</script>")))
    text = (desk.folder / "report.html").read_text("utf-8")
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", text, re.S)
    assert len(scripts) == 1
    digest = b64encode(sha256(scripts[0].encode()).digest()).decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert f"script-src 'sha256-{digest}'" in [rule.strip() for rule in policy.split(";")]
    assert re.search(r"<[^>]*\son[a-z]+=", text) is None, "no attribute is a script"


def test_a_flagged_photo_lies_beside_its_reference_with_both_outlined(desk: Desk) -> None:
    page = desk.page(desk.row("a.png"))
    assert sum(attributes.get("class") == "line" for tag, attributes in page.tags if tag == "polygon") == 2


def square(x: float, y: float, side: float = 10.0) -> Quad:
    return ((x, y), (x + side, y), (x + side, y + side), (x, y + side))


CELLS = tuple(square(25.0 + 12 * x, 15.0 + 12 * y) for y in range(4) for x in range(5))
CHART = replace(
    EVIDENCE,
    confidence=0.02,
    photo=replace(NO_PHOTO, shared=Shared.TEMPLATE, region=(square(22.0, 65.0, 20.0),), differing=CELLS),
)
ALIKE = {"decision": Decision.CLEAR, "reason": Reason.NO_MATCH, "evidence": (CHART,), "counted": ()}


def drawn_as(page: Parsed, name: str) -> int:
    return sum(attributes.get("class") == name for tag, attributes in page.tags if tag == "polygon")


@pytest.mark.parametrize("cells", [0, 1, 20])
def test_where_both_agree_and_what_differs_is_outlined_in_both_images_and_said(desk: Desk, cells: int) -> None:
    photo = replace(NO_PHOTO, region=(square(30.0, 20.0, 40.0), square(80.0, 20.0)), differing=CELLS[:cells])
    page = desk.page(desk.row("a.png", evidence=(replace(EVIDENCE, photo=photo),)))
    assert (drawn_as(page, "line"), drawn_as(page, "differs"), drawn_as(page, "whole")) == (4, 2 * cells, 2)
    labels = [str(attributes.get("aria-label")) for tag, attributes in page.tags if tag == "svg"]
    assert any("with what agrees outlined" in label for label in labels)
    assert "agrees with the reference" in page.said


def test_a_region_in_slivers_is_outlined_as_one() -> None:
    slivers = tuple(((20.0, y), (120.0, y), (120.0, y + 4.0), (20.0, y + 4.0)) for y in range(10, 90, 6))
    found = replace(
        EVIDENCE, photo=replace(NO_PHOTO, region=(*slivers, square(140.0, 20.0, 20.0), square(150.0, 60.0, 2.0)))
    )
    outlines = marks_in_listing(found, None, 200, 100).match
    assert len(outlines) == 2
    xs, ys = zip(*outlines[0], strict=True)
    assert (min(xs), max(xs), min(ys), max(ys)) == pytest.approx((20, 120, 10, 92), abs=1.5)


def test_an_image_that_is_merely_alike_is_no_match_and_says_why(desk: Desk) -> None:
    page = desk.page(desk.row("a.png"), desk.row("chart.png", **ALIKE))
    matched, alike = page.cards()
    assert (matched["data-decision"], alike["data-decision"]) == ("block", "clear")
    assert "1 image with a match" in page.said
    assert "The same layout or shape, other content: 20 parts differ" in page.said
    assert "% sure" not in page.said.partition("Alike, and no copy")[2].partition("Markscan reports")[0]


def test_what_a_flagged_image_merely_shares_is_listed_under_it_and_no_match(desk: Desk) -> None:
    page = desk.page(desk.row("a.png", evidence=(EVIDENCE, CHART)))
    assert (drawn_as(page, "differs"), page.cards()[0]["data-kinds"]) == (0, "photo")
    assert "The same layout or shape, other content: 20 parts differ. Not a copy." in page.said


def test_the_regions_of_a_later_frame_are_outlined_in_that_frame(desk: Desk) -> None:
    frames = [Image.new("RGB", (160, 100), tint) for tint in ("red", "green", "blue")]
    frames[0].save(desk.folder / "a.gif", save_all=True, append_images=frames[1:])
    photo = replace(NO_PHOTO, region=(square(30.0, 20.0, 40.0),))
    found = replace(VERDICT, image_sha256=sha256((desk.folder / "a.gif").read_bytes()).hexdigest())
    later = (replace(EVIDENCE, photo=photo, frame=2),)
    page = desk.page(ScannedImage(str(desk.folder / "a.gif"), replace(found, evidence=later)))
    assert ("frame 3" in page.said, drawn_as(page, "whole")) == (True, 2)


def test_a_match_in_a_video_says_when_it_is_shown(desk: Desk) -> None:
    later = (replace(EVIDENCE, frame=240, seconds=65.2),)
    page = desk.page(replace(desk.row("a.png"), verdict=replace(VERDICT, evidence=later)))
    assert ("at 1:05" in page.said, "frame 241" in page.said) == (True, False)


@pytest.mark.parametrize(("width", "height"), [(100, 800), (800, 100)])
def test_of_a_long_image_the_part_with_the_match_is_shown_beside_the_whole(desk: Desk, width: int, height: int) -> None:
    path = desk.folder / "tall.png"
    digest = drawn(path, width, height)
    across = width > height
    at = square(500.0, 10.0, 80.0) if across else square(10.0, 500.0, 80.0)
    found = replace(EVIDENCE, quad=at, box=Box(*(round(side) for side in (*at[0], *at[2]))))
    page = desk.page(ScannedImage(str(path), replace(VERDICT, image_sha256=digest, evidence=(found,))))
    boxes = [str(attributes["viewbox"]) for tag, attributes in page.tags if tag == "svg" and "viewbox" in attributes]
    part = "480 0 120 100" if across else "0 480 100 120"
    assert {part, f"0 0 {width} {height}"} <= set(boxes)


def test_matches_far_apart_in_a_long_image_leave_it_whole_or_show_the_first() -> None:
    first, last = square(10.0, 20.0, 80.0), square(10.0, 700.0, 80.0)
    assert part_to_show((first, last), 100, 800) == Box(0, 0, 100, 120)
    assert part_to_show((((0.0, 0.0), (100.0, 0.0), (100.0, 800.0), (0.0, 800.0)),), 100, 800) is None
    assert part_to_show((first,), 100, 200) is None


def test_the_page_says_brand_sureness_and_numbers(desk: Desk) -> None:
    said = desk.page(desk.row("a.png")).said
    assert all(words in said for words in ("Acme & Söhne photo", "96 % sure", "41 keypoints agree on one geometry"))


def test_what_counted_leads_and_what_is_surer_beside_it_is_said_not_to_count(desk: Desk) -> None:
    own = replace(EVIDENCE, reference_id="own", kind=ReferenceKind.LOGO, confidence=1.0)
    page = desk.page(desk.row("a.png", evidence=(own, EVIDENCE)))
    said = " ".join(page.said.split())
    assert said.index("Acme & Söhne photo") < said.index("Acme & Söhne logo (not decisive)")
    assert (page.cards()[0]["data-kinds"], page.cards()[0]["data-sure"]) == ("photo logo", "0.964")


def test_of_a_row_that_does_not_say_what_counted_nothing_is_said_not_to_count(desk: Desk) -> None:
    other = replace(EVIDENCE, reference_id="own", kind=ReferenceKind.LOGO)
    assert "not decisive" not in desk.page(desk.row("a.png", evidence=(EVIDENCE, other), counted=())).said


def test_what_sellers_write_stays_text(desk: Desk) -> None:
    page = desk.page(desk.row("a.png", listing=Listing("L", "S", "DE", None, "<img src=x onerror=alert(1)>")))
    assert "<img src=x onerror=alert(1)>" in page.said


def test_a_reference_seen_twice_is_in_the_file_once(desk: Desk) -> None:
    page = desk.page(desk.row("a.png"), desk.row("b.png"))
    assert sum(str(attributes.get("id")).startswith("r") for tag, attributes in page.tags if tag == "image") == 1


def test_a_photo_that_is_gone_leaves_a_placeholder(desk: Desk) -> None:
    row = desk.row("a.png")
    Path(row.image).unlink()
    assert "no longer there" in desk.page(row).said


def test_a_photo_that_has_changed_is_not_shown_as_what_was_scanned(desk: Desk) -> None:
    row = desk.row("a.png")
    drawn(Path(row.image), 90, 90)
    assert "has changed since" in desk.page(row).said


def test_a_reference_that_the_registry_forgot_leaves_a_placeholder(desk: Desk) -> None:
    unknown = replace(EVIDENCE, reference_id="gone")
    assert "no longer in the registry" in desk.page(desk.row("a.png", evidence=(unknown,))).said


def test_a_reference_whose_file_is_lost_leaves_a_placeholder(desk: Desk) -> None:
    desk.store.media_path(desk.reference.sha256, ".png").unlink()
    assert "The reference's file is gone" in desk.page(desk.row("a.png")).said


def test_the_most_severe_photos_come_first(desk: Desk) -> None:
    mild = desk.row("a.png", decision=Decision.REVIEW, reason=Reason.LOGO_UNAUTHORIZED)
    cards = desk.page(mild, desk.row("b.png")).cards()
    assert [card["data-decision"] for card in cards] == ["block", "review"]


def test_over_the_cap_the_most_severe_are_shown_and_a_note_says_so(desk: Desk) -> None:
    mild = [desk.row(f"{i}.png", decision=Decision.REVIEW, reason=Reason.LOGO_UNAUTHORIZED) for i in range(6)]
    page = desk.page(*mild, desk.row("last.png"), most_cards=2)
    assert ("2 most severe of 7" in page.said, page.cards()[0]["data-decision"]) == (True, "block")


def test_counts_are_of_all_rows_not_only_of_those_shown(desk: Desk) -> None:
    page = desk.page(*(desk.row(f"{i}.png") for i in range(4)), most_cards=1)
    assert re.search(r"\b4\s*Block", page.said)


def test_weak_evidence_is_counted_but_not_shown(desk: Desk) -> None:
    weak = replace(EVIDENCE, confidence=0.2)
    page = desk.page(desk.row("a.png", evidence=(EVIDENCE, weak, weak)))
    assert ("2 weaker matches not shown" in page.said, page.said.count("41 keypoints")) == (True, 1)


def test_errors_have_a_section_with_their_reasons(desk: Desk) -> None:
    page = desk.page(FailedImage("x/broken.jpg", "truncated_image", "broken.jpg: breaks off"))
    assert all(words in page.said for words in ("Unreadable files", "Truncated image", "broken.jpg: breaks off"))


def test_photos_without_a_match_are_no_cards(desk: Desk) -> None:
    row = desk.row("a.png", decision=Decision.CLEAR, reason=Reason.NO_MATCH, evidence=())
    page = desk.page(row)
    assert (page.cards(), "Images without a match" in page.said) == ([], True)


def test_a_report_on_nothing_is_a_page_all_the_same(desk: Desk) -> None:
    assert "0 images" in desk.page().said


def test_the_page_says_how_long_the_scan_took(desk: Desk) -> None:
    later = desk.row("b.png", scanned_at=NOW + timedelta(seconds=35))
    assert "in 35 s" in desk.page(desk.row("a.png"), later).said


def test_an_authorized_photo_says_which_authorization_covers_it(desk: Desk) -> None:
    row = desk.row("a.png", decision=Decision.CLEAR, reason=Reason.AUTHORIZED, authorization_ids=(5,))
    assert "Covered by authorization 5." in desk.page(row).said


def test_a_file_name_that_is_no_utf8_can_stand_in_the_page(desk: Desk) -> None:
    assert "caf\\udce9.jpg" in desk.page(FailedImage("caf\udce9.jpg", "empty_image", "no bytes")).said
