"""Judges evidence by policy, authorizations and feedback: pure, with no I/O, no clock and no model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from brand_index.types import Authorization, ReferenceKind
from scanner.engine.boxes import overlap, share_within
from scanner.engine.stages import Stage
from scanner.engine.types import WHOLE, ConcealedPatch, Coverage, Evidence
from scanner.verdicts.feedback import NO_FEEDBACK, ReviewFeedback
from scanner.verdicts.policy import Policy
from scanner.verdicts.precision import Method
from scanner.verdicts.types import Decision, FirstSeen, Listing, Reason, UnmetAuthorization, Verdict
from scanner.verdicts.uses import reason_in_context, surroundings_of
from scanner.verdicts.weighing.calibration import as_shipped, calibrated
from scanner.verdicts.weighing.joining import strengthened


@dataclass(frozen=True, slots=True)
class _Match:
    """Evidence that counts, with its reason and decision, and the authorizations that concern it."""

    evidence: Evidence
    reason: Reason
    decision: Decision  # if no authorization covers it
    covering: tuple[int, ...]
    unmet: tuple[UnmetAuthorization, ...]

    @property
    def is_open(self) -> bool:
        """Whether the match counts: no authorization covers it, or it is of what none covers."""
        return not self.covering or self.reason in _NEVER_COVERED


NEVER_SEEN: Final[Mapping[str, FirstSeen]] = MappingProxyType({})
ON_MATCH: Final = 0.5  # share of a patch in a match's box, from which it lies on the match
FILLED: Final = 0.25  # intersection over union from which a match fills the patch around it: a smaller one is beside
# what the patch conceals

# A brand allows a seller to show its mark: neither what the seller calls a replica of it, nor a mark that resembles it,
# which genuine goods don't bear.
_NEVER_COVERED: Final = frozenset({Reason.REPLICA_OFFERED, Reason.LOOKALIKE})

# Of several reasons for the same decision, the verdict names the first of these.
_NAMED_FIRST: Final = (
    *(Reason.REPLICA_OFFERED, Reason.PHOTO_COPIED, Reason.LOGO_UNAUTHORIZED, Reason.PHOTO_SUSPECTED),
    *(Reason.LOOKALIKE, Reason.WORD_UNAUTHORIZED, Reason.IMITATION_NAMED),
    *(Reason.MARK_CONCEALED, Reason.UNREADABLE, Reason.INCOMPLETE, Reason.AUTHORIZED, Reason.SUPPRESSED),
    *(Reason.NOMINATIVE_USE, Reason.WORD_IN_TEXT),
    *(Reason.NOTHING_SEARCHED, Reason.NO_MATCH),
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
    searched: bool = True,
    feedback: ReviewFeedback = NO_FEEDBACK,
    coverage: Coverage = WHOLE,
    concealed: tuple[ConcealedPatch, ...] = (),
    first_seen: Mapping[str, FirstSeen] = NEVER_SEEN,
) -> Verdict:
    """The verdict on one image. `authorizations` may include those of other sellers and brands; `now` is aware UTC.

    Every match needs an authorization of its own: an authorized logo does not clear a copied photo in the same image.
    A patch that conceals a mark is reviewed whatever else is found: nobody is authorized for a mark that is not known.
    One that lies on a logo or word that is found conceals nothing, whatever becomes of that match, and names it; one
    that a reviewer dismissed, in this image or one like it, is not asked about again.
    With `skipped` stages, or without all of the file by its `coverage`, the verdict is incomplete, unless a match is
    graver. Evidence of one brand strengthens each other, and what stands around a mark changes its reason: `context` of
    the verdict; no authorization covers what the seller calls a replica, nor a lookalike: both are reviewed. `feedback`
    suppresses matches, in an image with this `pdq` (hexadecimal; None: too flat), holds down those nearer to its
    negatives than to their mark, keeps imprecise methods and templates from blocking, and calibrates confidence by
    mark. `first_seen`, by reference, says who showed a photo first: what this seller showed before it was registered
    does not block, if the policy says so. `searched` False: the index held no reference. The verdict's `counted` are
    the references that its reason and decision are based on.
    """
    known = strengthened(feedback.negatives.held_down(as_shipped(evidence)))
    weighed = calibrated(known, feedback.calibrations, policy)
    held = tuple(authorizations)
    seen = [item for item in weighed if policy.reason_for(item) is not Reason.NO_MATCH]
    suppressed = [
        item
        for item in seen
        if feedback.suppresses(item, image_sha256=image_sha256, pdq=pdq, seller_id=listing.seller_id, now=now)
    ]
    located = [item for item in known if policy.reason_for(item) is not Reason.NO_MATCH]  # before a mark's calibration
    patches = tuple(
        replace(
            _on_match(patch, located),
            suppressed=feedback.suppresses_patch(patch, image_sha256=image_sha256, pdq=pdq, now=now),
        )
        for patch in concealed
    )
    is_dismissed = policy.counts_concealed(replace(patch, suppressed=False) for patch in patches if patch.suppressed)
    counting = [item for item in seen if item not in suppressed]
    around = surroundings_of(counting, listing)
    by = (listing, held, policy, feedback, now, first_seen)
    matches = [
        _match(item, reason_in_context(item, policy.reason_for(item), around[item.reference_id]), *by)
        for item in counting
    ]
    uncovered = [match for match in matches if match.is_open]
    outcomes: list[tuple[Reason, Decision]] = [(match.reason, match.decision) for match in uncovered]
    if policy.counts_concealed(patches):
        outcomes.append((Reason.MARK_CONCEALED, policy.decisions[Reason.MARK_CONCEALED]))
    if skipped or not coverage.is_whole:
        outcomes.append((Reason.INCOMPLETE, policy.decisions[Reason.INCOMPLETE]))
    if not outcomes:
        nothing = Reason.NO_MATCH if searched else Reason.NOTHING_SEARCHED
        mild = Reason.AUTHORIZED if matches else Reason.SUPPRESSED if suppressed or is_dismissed else nothing
        outcomes.append((mild, policy.decisions[mild]))
    reason, decision = gravest(outcomes)
    counted = [each.evidence for each in uncovered if (each.reason, each.decision) == (reason, decision)]
    if reason is Reason.AUTHORIZED:
        counted = [match.evidence for match in matches]
    elif reason is Reason.SUPPRESSED:
        counted = suppressed
    return Verdict(
        listing=listing,
        image_sha256=image_sha256,
        decision=decision,
        reason=reason,
        evidence=weighed,
        authorization_ids=tuple(sorted({number for match in matches for number in match.covering})),
        unmet_authorizations=tuple(dict.fromkeys(unmet for match in uncovered for unmet in match.unmet)),
        index_revision=index_revision,
        policy=policy.name,
        scanned_at=now,
        skipped=skipped,
        counted=tuple(dict.fromkeys(item.reference_id for item in counted)),
        coverage=coverage,
        concealed=patches,
        context=tuple(dict.fromkeys(word for each in around.values() for word in each.words)),
        first_seen=tuple(first_seen[item.reference_id] for item in counting if item.reference_id in first_seen),
    )


def gravest(outcomes: Iterable[tuple[Reason, Decision]]) -> tuple[Reason, Decision]:
    """The strictest decision with its reason; among equal decisions, the reason that is named first."""
    return max(outcomes, key=lambda each: (each[1].severity, -_NAMED_FIRST.index(each[0])))


def judge_listing(verdicts: Iterable[Verdict], policy: Policy, *, unread: int) -> tuple[Reason, Decision]:
    """The reason and decision for a listing: those of its strictest image. `unread` images could not be read."""
    outcomes = [(verdict.reason, verdict.decision) for verdict in verdicts]
    if unread:
        outcomes.append((Reason.UNREADABLE, policy.decisions[Reason.UNREADABLE]))
    return gravest(outcomes or [(Reason.NO_MATCH, policy.decisions[Reason.NO_MATCH])])


def _on_match(patch: ConcealedPatch, matches: Iterable[Evidence]) -> ConcealedPatch:
    """The patch, with the surest of these logos and words that it lies on; a photo shows its goods, not a mark."""
    on = [
        item
        for item in matches
        if item.kind is not ReferenceKind.PHOTO
        and item.frame == patch.frame
        and (share_within(patch.box, item.box) >= ON_MATCH or overlap(patch.box, item.box) >= FILLED)
    ]
    surest = max(on, key=lambda item: item.confidence, default=None)
    return replace(patch, reference_id=None if surest is None else surest.reference_id)


def _match(
    item: Evidence,
    reason: Reason,
    listing: Listing,
    held: tuple[Authorization, ...],
    policy: Policy,
    feedback: ReviewFeedback,
    now: datetime,
    first_seen: Mapping[str, FirstSeen],
) -> _Match:
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
    spread = feedback.spreads.get(item.reference_id)
    is_template = spread is not None and spread.is_template(automatic.template_sellers, automatic.template_decided)
    is_authorized = bool(covering)  # a person asks why an authorized seller shows what is not covered
    known = first_seen.get(item.reference_id)
    is_older = known is not None and known.own_is_older and automatic.older_listing_reviews
    if (
        is_authorized
        or is_template
        or is_older
        or not feedback.precision.may_block(method, automatic.least_precision, automatic.labels)
    ):
        decision = min(decision, Decision.REVIEW, key=lambda word: word.severity)
    return _Match(item, reason, decision, tuple(covering), tuple(unmet))
