"""Opens the case of a scan, and quarantines a reference that floods the queue."""

from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, and_, exists, func, select

from brand_index.registry.database import Write
from scanner.engine.types import Evidence
from scanner.moderation.cases.cases import Case
from scanner.moderation.cases.notices import FROM_NOTICE, NoticeSubmission, check_no_open_notice, record_notice
from scanner.moderation.cases.tables import cases, quarantines
from scanner.moderation.records.scans import Scan
from scanner.moderation.records.tables import scans
from scanner.verdicts.case_states import UNDECIDED, CaseState
from scanner.verdicts.feedback import ALIKE, Quarantine, distance
from scanner.verdicts.precision import Method
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import Decision, Reason

COMPARED: Final = 500  # newest cases of a reference that are compared for a cluster
DAY: Final = timedelta(days=1)
OF_A_SELLER: Final = 0.1  # of the reviews after which a reference is quarantined: what one seller's count for at most
FROM_LOOK_BACK: Final = exists().where(scans.c.scan_id == cases.c.case_id, scans.c.rejudges.is_not(None))
"""Of a case: whether a scan of long ago was judged again. Many of a new reference come at once, and no flood."""


def open_case(
    write: Write, scan: Scan, reviews_a_day: int | None, notice: NoticeSubmission | None = None
) -> Quarantine | None:
    """Open the case of a scan that was not cleared, or that a notice asked for, in the write that records it.

    Where the scan names no brand, the case is about the brand of the `notice`. The case of a notice is a cluster of its
    own: a seller whom a notifier named is not decided about together with others. A reference with more than
    `reviews_a_day` (None: no limit) is quarantined; notices do not count, nor what one seller has beyond a tenth of
    them. Returns that quarantine, None: there is none or it began before. Raises NoticeOpen.
    """
    connection, now = write.connection, write.now
    if notice is not None:
        check_no_open_notice(connection, write.actor, notice, scan.listing)
    place, best = _decisive_image(scan)
    sureness = _sureness_of_patch(scan, place) if best is None else best.confidence
    if scan.decision is Decision.CLEAR:
        best = sureness = None  # what was seen is authorized or suppressed, and not the reason for the case
    about = None if notice is None else Method(notice.brand_id, notice.kind)
    if best is not None:
        about = Method(best.brand_id, best.kind)
    image = scan.images[place]
    reference = None if best is None else best.reference_id
    assert scan.decision is not None
    assert scan.reason is not None
    case = Case(
        case_id=scan.scan_id,
        position=place,
        brand_id=None if about is None else about.brand_id,
        reference_id=reference,
        kind=None if about is None else about.kind,
        confidence=sureness,
        decision=scan.decision,
        reason=scan.reason,
        listing_id=scan.listing.listing_id,
        seller_id=scan.listing.seller_id,
        market=scan.listing.market,
        image_sha256=image.sha256,
        pdq=image.pdq,
        cluster=(_cluster(connection, reference, image.pdq) if notice is None else None) or scan.scan_id,
        opened_at=now,
        state=CaseState.OPEN,
        ground=None,
        decided_at=None,
        leased_by=None,
        leased_until=None,
        assignee=None,
    )
    write.add(cases, {name: getattr(case, name) for name in Case.__dataclass_fields__})
    if notice is not None:
        record_notice(write, scan.scan_id, notice)
    if notice is None and reference is not None and reviews_a_day is not None and scan.decision is Decision.REVIEW:
        return _quarantine_if_flooding(write, reference, reviews_a_day)
    return None


def _sureness_of_patch(scan: Scan, place: int) -> float | None:
    """How sure it is that a patch in the image at this place conceals a mark; None: that is not why it was flagged."""
    row = scan.images[place].row
    patches = row.verdict.concealing if isinstance(row, ScannedImage) else ()
    return patches[0].confidence if patches else None


def _quarantine_if_flooding(write: Write, reference: str, budget: int) -> Quarantine | None:
    """Quarantine a reference with more than `budget` reviews in a day; None: it has fewer, or was before.

    A reference that matches what it should not does so in many sellers' listings. One seller alone, who would gain by
    it, cannot have it set aside.
    """
    connection, now = write.connection, write.now
    recent = and_(
        cases.c.reference_id == reference,
        cases.c.opened_at > now - DAY,
        cases.c.decision == Decision.REVIEW,
        ~FROM_NOTICE,  # cases that notices opened do not count, nor those that looking back opened
        ~FROM_LOOK_BACK,
    )
    ended = select(func.max(quarantines.c.ended_at)).where(quarantines.c.reference_id == reference)
    since = connection.execute(ended).scalar_one_or_none()
    if since is not None:
        recent = and_(recent, cases.c.opened_at > since)
    by_seller = select(cases.c.seller_id, func.count()).where(recent).group_by(cases.c.seller_id)
    most = max(1, int(OF_A_SELLER * budget))
    found = connection.execute(by_seller).all()
    count = sum(number if seller is None else min(number, most) for seller, number in found)
    held = and_(quarantines.c.reference_id == reference, quarantines.c.ended_at.is_(None))
    if count <= budget or connection.execute(select(quarantines.c.quarantine_id).where(held)).first() is not None:
        return None
    made = Quarantine(write.next_number(quarantines.c.quarantine_id), reference, now, count, None)
    values = {name: getattr(made, name) for name in Quarantine.__dataclass_fields__}
    write.add(quarantines, values)
    write.note("quarantined", reference, {"cases": count, "budget": budget})
    return made


def _decisive_image(scan: Scan) -> tuple[int, Evidence | None]:
    """The place of the image that decided the listing's verdict, and its surest evidence that counted; None: none did.

    The image has the listing's reason. A surer image with another reason does not explain the verdict.
    """
    ranked = []
    for place, row in enumerate(image.row for image in scan.images):
        counted = row.verdict.counted_evidence if isinstance(row, ScannedImage) else ()
        best = next(iter(counted), None)
        reason = row.verdict.reason if isinstance(row, ScannedImage) else Reason.UNREADABLE
        severity = row.verdict.decision.severity if isinstance(row, ScannedImage) else 0
        ranked.append(((reason is scan.reason, severity, 0.0 if best is None else best.confidence), place, best))
    _, place, best = max(ranked, key=lambda each: each[0])
    return place, best


def _cluster(connection: Connection, reference: str | None, pdq: str | None) -> str | None:
    """The cluster of an undecided case with the same reference in a similar image; None: there is none."""
    if reference is None or pdq is None:
        return None
    same = and_(
        cases.c.reference_id == reference,
        cases.c.pdq.is_not(None),
        cases.c.state.in_(UNDECIDED),
        ~FROM_NOTICE,
    )
    query = select(cases.c.cluster, cases.c.pdq).where(same).order_by(cases.c.opened_at.desc()).limit(COMPARED)
    return next((cluster for cluster, other in connection.execute(query) if distance(pdq, other) <= ALIKE), None)
