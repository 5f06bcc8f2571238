"""From evidence to a verdict, by policy and authorizations: pure, with no I/O, no clock and no model."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from brand_index.types import Authorization
from scanner.engine.stages import Stage
from scanner.engine.types import Evidence
from scanner.verdicts.feedback import NO_FEEDBACK, ReviewFeedback
from scanner.verdicts.policy import Policy
from scanner.verdicts.precision import Method
from scanner.verdicts.types import Decision, Listing, Reason, UnmetAuthorization, Verdict


@dataclass(frozen=True, slots=True)
class _Finding:
    """One thing seen, what it is without leave, and the authorizations that speak to it."""

    evidence: Evidence
    reason: Reason
    decision: Decision  # if no authorization covers it
    covering: tuple[int, ...]
    unmet: tuple[UnmetAuthorization, ...]


# Of several reasons that ask for the same decision, the one that is named.
_NAMED_FIRST: Final = (
    *(Reason.PHOTO_COPIED, Reason.LOGO_UNAUTHORIZED, Reason.PHOTO_SUSPECTED),
    *(Reason.UNREADABLE, Reason.INCOMPLETE, Reason.AUTHORIZED, Reason.SUPPRESSED, Reason.NO_MATCH),
)


def judge(
    evidence: Iterable[Evidence],
    listing: Listing,
    authorizations: Iterable[Authorization],
    policy: Policy,
    now: datetime,
    *,
    image_sha256: str,
    index_revision: int,
    skipped: tuple[Stage, ...] = (),
    pdq: str | None = None,
    feedback: ReviewFeedback = NO_FEEDBACK,
) -> Verdict:
    """The verdict on one image. `authorizations` may hold those of other sellers and brands; `now` is aware UTC.

    Where stages were `skipped`, what was not seen may still be there. Everything seen needs leave of its own: one
    authorized logo does not clear the copied photo beside it. What people `feedback` is heeded: what is not to be asked
    about, in an image of this `pdq` (hexadecimal; None: too flat), and which methods must not act alone. What is seen
    beside what the named reason and decision rest on is weighed, too, but did not count.
    """
    weighed = tuple(sorted(evidence, key=lambda item: (-item.confidence, item.reference_id)))
    held = tuple(authorizations)
    seen = [item for item in weighed if policy.reason_for(item) is not Reason.NO_MATCH]
    suppressed = [
        item
        for item in seen
        if feedback.suppresses(item, image_sha256=image_sha256, pdq=pdq, seller_id=listing.seller_id, now=now)
    ]
    findings = [
        _finding(item, policy.reason_for(item), listing, held, policy, feedback, now)
        for item in seen
        if item not in suppressed
    ]
    without_leave = [finding for finding in findings if not finding.covering]
    told: list[tuple[Reason, Decision]] = [(finding.reason, finding.decision) for finding in without_leave]
    if skipped:
        told.append((Reason.INCOMPLETE, policy.decisions[Reason.INCOMPLETE]))
    if not told:
        quiet = Reason.AUTHORIZED if findings else Reason.SUPPRESSED if suppressed else Reason.NO_MATCH
        told.append((quiet, policy.decisions[quiet]))
    reason, decision = gravest(told)
    counted = [each.evidence for each in without_leave if (each.reason, each.decision) == (reason, decision)]
    if reason is Reason.AUTHORIZED:
        counted = [finding.evidence for finding in findings]
    elif reason is Reason.SUPPRESSED:
        counted = suppressed
    return Verdict(
        listing=listing,
        image_sha256=image_sha256,
        decision=decision,
        reason=reason,
        evidence=weighed,
        authorization_ids=tuple(sorted({number for finding in findings for number in finding.covering})),
        unmet_authorizations=tuple(dict.fromkeys(unmet for finding in without_leave for unmet in finding.unmet)),
        index_revision=index_revision,
        policy=policy.name,
        scanned_at=now,
        skipped=skipped,
        counted=tuple(dict.fromkeys(item.reference_id for item in counted)),
    )


def gravest(told: Iterable[tuple[Reason, Decision]]) -> tuple[Reason, Decision]:
    """The strictest decision with its reason; of several reasons for the same decision the one that is named."""
    return max(told, key=lambda each: (each[1].severity, -_NAMED_FIRST.index(each[0])))


def judge_listing(verdicts: Iterable[Verdict], policy: Policy, *, unread: int) -> tuple[Reason, Decision]:
    """What becomes of a listing: what the strictest verdict on its images says, `unread` of which had none."""
    told = [(verdict.reason, verdict.decision) for verdict in verdicts]
    if unread:
        told.append((Reason.UNREADABLE, policy.decisions[Reason.UNREADABLE]))
    return gravest(told or [(Reason.NO_MATCH, policy.decisions[Reason.NO_MATCH])])


def _finding(
    item: Evidence,
    reason: Reason,
    listing: Listing,
    held: tuple[Authorization, ...],
    policy: Policy,
    feedback: ReviewFeedback,
    now: datetime,
) -> _Finding:
    covering, unmet = [], []
    for authorization in held:
        if authorization.brand_id != item.brand_id or authorization.seller_id != listing.seller_id:
            continue
        field = authorization.unmet(
            seller_id=listing.seller_id,
            kind=item.kind,
            market=listing.market,
            nice=policy.nice_classes(listing.category),
            now=now,
        )
        if field is None:
            covering.append(authorization.authorization_id)
        else:
            unmet.append(UnmetAuthorization(authorization.authorization_id, field))
    decision, automatic = policy.decision_for(item, reason), policy.automatic
    method = Method(item.brand_id, item.kind)
    if not feedback.precision.may_block(method, automatic.least_precision, automatic.labels):
        decision = min(decision, Decision.REVIEW, key=lambda word: word.severity)
    return _Finding(item, reason, decision, tuple(covering), tuple(unmet))
