"""Documents of appeals take room on the disk only once they are accepted, and only so much in a day."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brand_index.registration.documents import document_kind
from brand_index.registry.database import Database
from scanner.moderation.purging import purge_old
from scanner.moderation.seller_notices.appeals import StepRefused
from scanner.moderation.seller_notices.documents import (
    MAX_DOCUMENTS,
    SubmittedDocument,
    add_documents,
)
from scanner.moderation.seller_notices.faults import AppealFault, AppealRefused, TooManyBytes
from scanner.moderation.seller_notices.links import Links
from scanner.moderation.seller_notices.queries import appeals_against, documents_of, read_document
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.seller_notices.submission import (
    FORM_BYTES,
    AppealSubmission,
    check_possible,
    submit_appeal,
)
from scanner.moderation.seller_notices.types import AppealOutcome
from scanner.verdicts.types import Listing
from tests.conftest import jpeg, png
from tests.scanner.moderation.test_cases import LOGO, desk  # noqa: F401 - a fixture
from tests.scanner.moderation.test_seller_notices import (
    COMPLAINT,
    DAY,
    MOMENT,
    REMOVED,
    SECRET,
    SETTINGS,
    SWORN,
    Office,
    office,  # noqa: F401 - a fixture
)
from tests.scanner.overtaken import Overtaken
from tests.scanner.verdicts.test_judgement import NOW

BOUNDED = SETTINGS.model_copy(update={"seller_appeal_bytes": 1_000, "appeal_bytes": 2_500})


def with_documents(*sizes: int, of: AppealSubmission = COMPLAINT) -> AppealSubmission:
    return replace(of, documents=[SubmittedDocument("licence.pdf", b"%PDF-".ljust(size, b"x")) for size in sizes])


def files(office: Office) -> list[Path]:  # noqa: F811
    return [path for path in office.seller_notices.store.appeals.rglob("*") if path.is_file()]


class Bounded:
    """Appeals under small bounds, against notices to several sellers."""

    def __init__(self, office: Office) -> None:  # noqa: F811
        self._office = office
        self.seller_notices = SellerNotices(
            office.desk.registry, office.seller_notices.store, BOUNDED, Links(SECRET, None)
        )

    def notified(self, seller_id: str) -> str:
        case = self._office.confirmed(listing=Listing(listing_id="L-1", seller_id=seller_id))
        return self.seller_notices.send(case.case_id, REMOVED, "ann", NOW).seller_notice_id

    def appeal(self, seller_id: str, *sizes: int, at: timedelta = timedelta(0)) -> None:
        submit_appeal(self.seller_notices, self.notified(seller_id), with_documents(*sizes), NOW + at)


def test_refused_appeals_leave_nothing_on_the_disk(office: Office) -> None:  # noqa: F811
    appeal = office.appealed()
    withdrawn, late = office.notified(), office.notified()
    office.seller_notices.store.appeals.write_bytes(b"a file, so that not even for a moment anything can be written")
    office.seller_notices.withdraw(withdrawn.seller_notice_id, "ann", NOW)
    for seller_notice_id, submission, now in (
        (appeal.seller_notice_id, with_documents(2_000_000), NOW),
        (appeal.seller_notice_id, with_documents(10, 10, of=SWORN), NOW),
        (withdrawn.seller_notice_id, with_documents(10), NOW),
        (late.seller_notice_id, with_documents(10), late.appeal_by),
        (office.notified(LOGO).seller_notice_id, with_documents(10, of=SWORN), NOW),
    ):
        for _ in range(2):
            with pytest.raises(AppealRefused):
                submit_appeal(office.seller_notices, seller_notice_id, submission, now)
    assert office.seller_notices.store.appeals.is_file()


class OvertakenNotices(SellerNotices):
    """Seller notices in such a database."""

    happens: Callable[[], object]

    @property
    def database(self) -> Database:
        return Overtaken(super().database, self.happens)


def test_of_two_appeals_at_once_the_documents_of_one_are_kept(office: Office) -> None:  # noqa: F811
    seller_notice_id, store = office.notified().seller_notice_id, office.seller_notices.store
    slow = OvertakenNotices(office.desk.registry, store, SETTINGS, Links(SECRET, None))
    slow.happens = lambda: submit_appeal(office.seller_notices, seller_notice_id, with_documents(6), NOW)
    with pytest.raises(AppealRefused, match="already"):
        submit_appeal(slow, seller_notice_id, with_documents(7), NOW)
    (appeal,) = appeals_against(office.desk.registry.database, seller_notice_id)
    assert files(office) == [store.appeal_path(appeal.appeal_id, 0)]
    assert files(office)[0].read_bytes() == b"%PDF-x"


def test_the_purge_deletes_files_without_a_row_and_no_others(office: Office) -> None:  # noqa: F811
    appeal, store = office.appealed(submission=with_documents(6, 7)), office.seller_notices.store
    database = office.desk.registry.database
    first, second = (store.appeal_path(appeal.appeal_id, position) for position in range(2))
    second.rename(store.appeal_paths(appeal.appeal_id, 1)[1])  # as format 1 named it
    orphan, unfinished, new = (store.appeals / "ab" / name for name in ("ab-0.document", ".4f.part", "ab-1.document"))
    for path in (orphan, unfinished, new):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    for path in (orphan, unfinished, first, store.appeal_paths(appeal.appeal_id, 1)[1]):
        os.utime(path, (NOW.timestamp() - 4000, NOW.timestamp() - 4000))
    os.utime(new, (NOW.timestamp() - 3000, NOW.timestamp() - 3000))
    purge_old(database, store, SETTINGS, NOW)
    assert not orphan.exists()
    assert not unfinished.exists()
    assert new.exists(), "its appeal may be recorded in a moment"
    assert [read_document(store, each) for each in documents_of(database, appeal.appeal_id)] == [b"%PDF-x", b"%PDF-xx"]


def test_the_documents_of_one_seller_are_bounded_in_a_day(office: Office) -> None:  # noqa: F811
    bounded = Bounded(office)
    bounded.appeal("S1", 400, 500)
    with pytest.raises(TooManyBytes, match="100 more bytes"):
        bounded.appeal("S1", 101)
    bounded.appeal("S1")
    bounded.appeal("S1", 60, 40)
    with pytest.raises(TooManyBytes, match="0 more bytes"):
        bounded.appeal("S1", 1, at=DAY)
    assert len(files(office)) == 4
    bounded.appeal("S2", 1_000)
    bounded.appeal("S1", 1_000, at=DAY + MOMENT)


def test_the_documents_of_all_sellers_are_bounded_in_a_day(office: Office) -> None:  # noqa: F811
    bounded = Bounded(office)
    for seller_id, size in (("S1", 1_000), ("S2", 1_000), ("S3", 450)):
        bounded.appeal(seller_id, size)
    with pytest.raises(TooManyBytes, match="50 more bytes"):
        bounded.appeal("S4", 51)
    bounded.appeal("S4")
    bounded.appeal("S5", 50)


def test_before_a_form_is_read_it_is_known_whether_any_appeal_may_come(office: Office) -> None:  # noqa: F811
    bounded, photo = Bounded(office), office.notified(market="US")
    seller_notice_id = bounded.notified("S1")
    check_possible(bounded.seller_notices, seller_notice_id, FORM_BYTES + 1_000, NOW)
    with pytest.raises(TooManyBytes):
        check_possible(bounded.seller_notices, seller_notice_id, FORM_BYTES + 1_001, NOW)
    bounded.appeal("S1", 1_000)
    check_possible(bounded.seller_notices, seller_notice_id, FORM_BYTES, NOW)

    check_possible(office.seller_notices, photo.seller_notice_id, 0, NOW)
    with pytest.raises(AppealRefused, match="time to appeal ended"):
        check_possible(office.seller_notices, photo.seller_notice_id, 0, photo.appeal_by)
    first = submit_appeal(office.seller_notices, photo.seller_notice_id, COMPLAINT, NOW)
    with pytest.raises(AppealRefused, match="already"):
        check_possible(office.seller_notices, photo.seller_notice_id, 0, NOW)
    office.appeals.decide(first.appeal_id, AppealOutcome.UPHELD, "bob", NOW, note="No licence was shown.")
    check_possible(office.seller_notices, photo.seller_notice_id, 0, NOW)  # a counter-notice may come
    submit_appeal(office.seller_notices, photo.seller_notice_id, SWORN, NOW)
    with pytest.raises(AppealRefused, match="already"):
        check_possible(office.seller_notices, photo.seller_notice_id, 0, NOW)


FILM = (28).to_bytes(4, "big") + b"ftypisom\0\0\2\0isomiso2mp41"
"""The beginning of an .mp4 file."""


@pytest.mark.parametrize(
    "data",
    [
        FILM,
        b"PK\3\4 a .docx or another archive",
        b"<!doctype html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"MZ a program",
        b"as words",
    ],
)
def test_a_file_that_cannot_be_opened_safely_is_refused_whatever_it_is_called(office: Office, data: bytes) -> None:  # noqa: F811
    seller_notice = office.notified()
    documents = [SubmittedDocument("fine.pdf", b"%PDF-1.7"), SubmittedDocument("invoice.pdf", data)]
    with pytest.raises(AppealFault, match=r"invoice.pdf .* PDF, JPEG, PNG, WebP, GIF, TIFF and HEIC"):
        submit_appeal(
            office.seller_notices, seller_notice.seller_notice_id, replace(COMPLAINT, documents=documents), NOW
        )
    assert files(office) == []
    assert appeals_against(office.desk.registry.database, seller_notice.seller_notice_id) == ()


def test_the_kind_of_a_document_is_read_from_its_content() -> None:
    photo = np.zeros((8, 8, 3), np.uint8)
    assert document_kind(b"\xef\xbb\xbf\n%PDF-1.7") == "PDF"
    assert document_kind(jpeg(photo)) == "JPEG"
    assert document_kind(png(Image.fromarray(photo))) == "PNG"
    assert document_kind((24).to_bytes(4, "big") + b"ftypheic\0\0\0\0mif1heic") == "HEIF"
    assert document_kind(b"x" * 2_000 + b"%PDF-1.7") is None


def test_documents_are_added_until_the_appeal_is_decided(office: Office) -> None:  # noqa: F811
    appeal, database = office.appealed(submission=with_documents(6)), office.desk.registry.database
    later = NOW + DAY
    add_documents(office.seller_notices, appeal.appeal_id, with_documents(7).documents, later)
    known = documents_of(database, appeal.appeal_id)
    assert [(each.position, each.added_at) for each in known] == [(0, None), (1, later)]
    assert [read_document(office.seller_notices.store, each) for each in known] == [b"%PDF-x", b"%PDF-xx"]
    assert "appeal.documents_added" in office.sent()
    case_id = office.seller_notice(appeal.seller_notice_id).case_id
    assert office.desk.registry.history(subject=case_id)[-1].what == "appeal documents added"
    with pytest.raises(StepRefused, match="added documents meanwhile"):
        office.appeals.decide(
            appeal.appeal_id, AppealOutcome.UPHELD, "bob", later, note="No licence was shown.", documents_seen=1
        )
    office.appeals.decide(
        appeal.appeal_id, AppealOutcome.UPHELD, "bob", later, note="No licence was shown.", documents_seen=2
    )
    with pytest.raises(AppealRefused, match="decided"):
        add_documents(office.seller_notices, appeal.appeal_id, with_documents(8).documents, later)
    assert len(files(office)) == 2


def test_added_documents_count_towards_the_day_and_the_appeal(office: Office) -> None:  # noqa: F811
    bounded = Bounded(office)
    first, second = bounded.notified("S1"), bounded.notified("S1")
    appeals = [
        submit_appeal(bounded.seller_notices, each, with_documents(400), NOW).appeal_id for each in (first, second)
    ]
    with pytest.raises(TooManyBytes, match="200 more bytes"):
        add_documents(bounded.seller_notices, appeals[0], with_documents(201).documents, NOW)
    late = NOW + DAY + MOMENT
    add_documents(bounded.seller_notices, appeals[0], with_documents(900).documents, late)
    with pytest.raises(TooManyBytes, match="100 more bytes"):
        add_documents(bounded.seller_notices, appeals[1], with_documents(101).documents, late)
    many = with_documents(*[5] * (MAX_DOCUMENTS - 1)).documents
    with pytest.raises(AppealFault, match=f"{MAX_DOCUMENTS + 1} documents: {MAX_DOCUMENTS} at most"):
        add_documents(bounded.seller_notices, appeals[0], many, late)
    with pytest.raises(AppealFault, match="choose a file"):
        add_documents(bounded.seller_notices, appeals[0], (), late)
    assert len(files(office)) == 3


def test_documents_that_came_at_the_same_moment_overwrite_none(office: Office) -> None:  # noqa: F811
    appeal, store = office.appealed(), office.seller_notices.store
    slow = OvertakenNotices(office.desk.registry, store, SETTINGS, Links(SECRET, None))
    slow.happens = lambda: add_documents(office.seller_notices, appeal.appeal_id, with_documents(6).documents, NOW)
    with pytest.raises(AppealRefused, match="same moment"):
        add_documents(slow, appeal.appeal_id, with_documents(7).documents, NOW)
    (kept,) = documents_of(office.desk.registry.database, appeal.appeal_id)
    assert read_document(store, kept) == b"%PDF-x"
