"""Documents of appeals take room on the disk only once they are accepted, and only so much in a day."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from brand_index.registry.database import Database
from scanner.moderation.purging import purge_old
from scanner.moderation.seller_notices.links import Links
from scanner.moderation.seller_notices.queries import appeals_against, documents_of, read_document
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.seller_notices.submission import (
    FORM_BYTES,
    AppealRefused,
    AppealSubmission,
    SubmittedDocument,
    TooManyBytes,
    check_possible,
    submit_appeal,
)
from scanner.moderation.seller_notices.types import AppealOutcome
from scanner.verdicts.types import Listing
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
    return replace(of, documents=[SubmittedDocument("licence.pdf", b"x" * size) for size in sizes])


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
    slow.happens = lambda: submit_appeal(office.seller_notices, seller_notice_id, with_documents(3), NOW)
    with pytest.raises(AppealRefused, match="already"):
        submit_appeal(slow, seller_notice_id, with_documents(7), NOW)
    (appeal,) = appeals_against(office.desk.registry.database, seller_notice_id)
    assert files(office) == [store.appeal_path(appeal.appeal_id, 0)]
    assert files(office)[0].read_bytes() == b"xxx"


def test_the_purge_deletes_files_without_a_row_and_no_others(office: Office) -> None:  # noqa: F811
    appeal, store = office.appealed(submission=with_documents(3, 4)), office.seller_notices.store
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
    assert [read_document(store, each) for each in documents_of(database, appeal.appeal_id)] == [b"xxx", b"xxxx"]


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
    bounded, photo = Bounded(office), office.notified()
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
