"""What a decision on a case covers: every flagged image of its listing, with all matches that count there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from brand_index.types import ReferenceKind
from scanner.engine.types import Evidence, FailedImage
from scanner.moderation.cases.cases import Case
from scanner.moderation.cases.tables import cases
from scanner.moderation.records.tables import scanned_images
from scanner.verdicts.case_states import Ground, grounds_for
from scanner.verdicts.rows import ScannedImage, from_json
from scanner.verdicts.types import FOUND_NOTHING, Decision, FirstSeen, Reason, Verdict

WITHOUT_EVIDENCE: Final = FOUND_NOTHING | {Reason.INCOMPLETE, Reason.MARK_CONCEALED}


@dataclass(frozen=True, slots=True)
class FlaggedImage:
    """An image that keeps the listing from being cleared."""

    place: int  # from 1
    matches: tuple[
        Evidence, ...
    ]  # that count, the highest confidence first; none: it could not be looked at whole, or a mark is concealed


@dataclass(frozen=True, slots=True)
class Covered:
    """What a decision on a case covers."""

    images: tuple[FlaggedImage, ...]  # none: the case is of a notice, or its images could not be read
    matches: int  # in all these images
    brands: tuple[str, ...]  # of these matches and of the case, the case's first
    kinds: frozenset[ReferenceKind | None]  # likewise; None: the case was opened without a match

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """The grounds on which the case can be dismissed: each fits one of the kinds at least."""
        return grounds_for(*self.kinds)


def covered_by(case: Case, rows: Sequence[ScannedImage | FailedImage | None]) -> Covered:
    """What a decision on this case covers; `rows` are of all images of its listing, in their order."""
    images = tuple(
        FlaggedImage(position + 1, counted(row.verdict, case.reference_id if position == case.position else None))
        for position, row in enumerate(rows)
        if isinstance(row, ScannedImage) and row.verdict.decision is not Decision.CLEAR
    )
    matches = [match for image in images for match in image.matches]
    own = () if case.brand_id is None else (case.brand_id,)
    brands = tuple(dict.fromkeys([*own, *(match.brand_id for match in matches)]))
    return Covered(images, len(matches), brands, frozenset({case.kind, *(match.kind for match in matches)}))


def read_covered(connection: Connection, of: Iterable[Case]) -> dict[str, Covered]:
    """What decisions on these cases cover, by the case's id."""
    known = {case.case_id: case for case in of}
    table = scanned_images
    query = select(table.c.scan_id, table.c.outcome).where(table.c.scan_id.in_(list(known)))
    rows: dict[str, list[ScannedImage | FailedImage | None]] = {case_id: [] for case_id in known}
    for row in connection.execute(query.order_by(table.c.scan_id, table.c.position)):
        rows[row.scan_id].append(None if row.outcome is None else from_json(row.outcome))
    return {case_id: covered_by(case, rows[case_id]) for case_id, case in known.items()}


def counted(verdict: Verdict, reference_id: str | None) -> tuple[Evidence, ...]:
    """The evidence that the decision rests on; old verdicts do not say: that of `reference_id`, else the surest."""
    if verdict.counted or verdict.reason in WITHOUT_EVIDENCE:
        return verdict.counted_evidence
    of_case = tuple(item for item in verdict.evidence if item.reference_id == reference_id)
    return (of_case or verdict.evidence)[:1]


def own_photos(connection: Connection, seller_id: str) -> frozenset[str]:
    """The ids of registered photos of which a reviewer found that this seller took them, or showed them first."""
    query = select(cases.c.reference_id).where(cases.c.seller_id == seller_id, cases.c.ground == Ground.OWN_PHOTO)
    return frozenset(each for each in connection.execute(query).scalars() if each is not None)


def first_seen_of(connection: Connection, case: Case) -> FirstSeen | None:
    """Who showed the photo of a case first, as its scan found; None: it is of no photo, or the scan did not say."""
    table = scanned_images
    query = select(table.c.outcome).where(table.c.scan_id == case.case_id, table.c.position == case.position)
    outcome = connection.execute(query).scalar_one_or_none()
    row = None if outcome is None else from_json(outcome)
    known = row.verdict.first_seen if isinstance(row, ScannedImage) else ()
    return next((each for each in known if each.reference_id == case.reference_id), None)
