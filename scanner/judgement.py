"""From evidence to a verdict, by policy and authorizations: pure, with no I/O, no clock and no model."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from brand_index.errors import MarkscanError
from brand_index.types import Authorization, ReferenceKind
from scanner.reviews.precision import Method
from scanner.reviews.taught import NOTHING, Taught
from scanner.stages import Stage
from scanner.types import Decision, Evidence, Listing, Reason, UnmetAuthorization, Verdict

DEFAULT_POLICY: Final = Path(__file__).with_name("policy.toml")
_Share = Annotated[float, Field(ge=0.0, le=1.0)]
_STRICT: Final = ConfigDict(extra="forbid")


class PolicyUnusable(MarkscanError):
    """A policy file that cannot be read, or says something that no policy says."""

    code = "policy_unusable"


@checked_dataclass(frozen=True, slots=True, config=_STRICT)
class Thresholds:
    """Confidence, 0..1, from which evidence counts."""

    logo: _Share
    photo_suspected: _Share
    photo_copied: _Share


@checked_dataclass(frozen=True, slots=True, config=_STRICT)
class Automatic:
    """How far the program may act alone, by what people made of what it found."""

    least_precision: _Share = 0.9  # of a brand's logos, or photos: lower bound from which they may block
    labels: Annotated[int, Field(ge=1)] = 40  # decided cases from which that is asked; before, the decisions stand
    reviews_a_day: Annotated[int, Field(ge=1)] = 200  # that a reference may ask for, before it goes into quarantine


@checked_dataclass(frozen=True, slots=True, config=_STRICT)
class Policy:
    """What a marketplace makes of what is seen."""

    name: str
    thresholds: Thresholds
    decisions: Mapping[Reason, Decision]  # every reason has one
    categories: Mapping[str, frozenset[Annotated[int, Field(ge=1, le=45)]]]  # lower-case category to Nice classes
    automatic: Automatic = Automatic()

    def __post_init__(self) -> None:
        """Raises ValueError when a reason has no decision or the thresholds are out of order."""
        missing = [reason.value for reason in Reason if reason not in self.decisions]
        if missing:
            raise ValueError(f"[decisions] lacks {', '.join(missing)}")
        if self.thresholds.photo_copied < self.thresholds.photo_suspected:
            raise ValueError("[thresholds] photo_copied is below photo_suspected")

    def nice_classes(self, category: str | None) -> frozenset[int]:
        """The Nice classes of a marketplace's category; empty: not known."""
        if category is None:
            return frozenset()
        word = category.strip().lower()
        if word.isascii() and word.isdigit() and 1 <= int(word) <= 45:
            return frozenset({int(word)})
        return self.categories.get(word, frozenset())

    def reason_for(self, evidence: Evidence) -> Reason:
        """What this evidence alone would be, if nothing authorized it."""
        if evidence.kind is ReferenceKind.LOGO:
            return Reason.LOGO_UNAUTHORIZED if evidence.confidence >= self.thresholds.logo else Reason.NO_MATCH
        if evidence.confidence >= self.thresholds.photo_copied:
            return Reason.PHOTO_COPIED
        return Reason.PHOTO_SUSPECTED if evidence.confidence >= self.thresholds.photo_suspected else Reason.NO_MATCH

    def decision_for(self, evidence: Evidence, reason: Reason) -> Decision:
        """What to do about it without leave; a reference too plain to act upon asks for a person at most."""
        decision = self.decisions[reason]
        return min(decision, Decision.REVIEW, key=lambda word: word.severity) if evidence.review_only else decision


def read_policy(path: Path = DEFAULT_POLICY) -> Policy:
    """The policy in a TOML file. Raises PolicyUnusable, naming the file and what is wrong."""
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
        if isinstance(content.get("categories"), dict):
            content["categories"] = {str(word).lower(): classes for word, classes in content["categories"].items()}
        return TypeAdapter(Policy).validate_python(content)
    except ValidationError as error:
        details = "; ".join(
            f"{'.'.join(str(place) for place in problem['loc']) or 'policy'}: {problem['msg']}"
            for problem in error.errors()
        )
        raise PolicyUnusable(f"{path}: {details}. Compare it with the shipped {DEFAULT_POLICY.name}.") from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyUnusable(f"{path}: cannot be read as a policy ({error}).") from error


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
    *(Reason.UNREADABLE, Reason.INCOMPLETE, Reason.AUTHORIZED, Reason.SILENCED, Reason.NO_MATCH),
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
    taught: Taught = NOTHING,
) -> Verdict:
    """The verdict on one picture. `authorizations` may hold those of other sellers and brands; `now` is aware UTC.

    Where stages were `skipped`, what was not seen may still be there. Everything seen needs leave of its own: one
    authorized logo does not clear the copied photo beside it. What people `taught` is heeded: what is not to be asked
    about, in a picture of this `pdq` (hexadecimal; None: too flat), and which methods must not act alone. What is seen
    beside what the named reason and decision rest on is weighed, too, but did not count.
    """
    weighed = tuple(sorted(evidence, key=lambda item: (-item.confidence, item.reference_id)))
    held = tuple(authorizations)
    seen = [item for item in weighed if policy.reason_for(item) is not Reason.NO_MATCH]
    silenced = [
        item
        for item in seen
        if taught.silences(item, image_sha256=image_sha256, pdq=pdq, seller=listing.seller_id, now=now)
    ]
    findings = [
        _finding(item, policy.reason_for(item), listing, held, policy, taught, now)
        for item in seen
        if item not in silenced
    ]
    without_leave = [finding for finding in findings if not finding.covering]
    told: list[tuple[Reason, Decision]] = [(finding.reason, finding.decision) for finding in without_leave]
    if skipped:
        told.append((Reason.INCOMPLETE, policy.decisions[Reason.INCOMPLETE]))
    if not told:
        quiet = Reason.AUTHORIZED if findings else Reason.SILENCED if silenced else Reason.NO_MATCH
        told.append((quiet, policy.decisions[quiet]))
    reason, decision = gravest(told)
    counted = [each.evidence for each in without_leave if (each.reason, each.decision) == (reason, decision)]
    if reason is Reason.AUTHORIZED:
        counted = [finding.evidence for finding in findings]
    elif reason is Reason.SILENCED:
        counted = silenced
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
    """What becomes of a listing: what the strictest verdict on its pictures says, `unread` of which had none."""
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
    taught: Taught,
    now: datetime,
) -> _Finding:
    covering, unmet = [], []
    for authorization in held:
        if authorization.brand != item.brand_id or authorization.seller != listing.seller_id:
            continue
        field = authorization.unmet(
            seller=listing.seller_id,
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
    if not taught.precision.may_block(method, automatic.least_precision, automatic.labels):
        decision = min(decision, Decision.REVIEW, key=lambda word: word.severity)
    return _Finding(item, reason, decision, tuple(covering), tuple(unmet))
