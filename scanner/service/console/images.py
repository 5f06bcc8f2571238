"""The images of a case's listing, each with its verdict and what counted in it; it draws nothing."""

from dataclasses import dataclass
from typing import Final

from scanner.engine.types import Evidence
from scanner.moderation.cases.cases import Case
from scanner.moderation.records.scans import ImageRecord, Scan
from scanner.verdicts import words
from scanner.verdicts.rows import FailedImage, ScannedImage
from scanner.verdicts.types import Decision, Reason, Verdict

RESTS_ON_NOTHING: Final = frozenset({Reason.NO_MATCH, Reason.INCOMPLETE})  # that was seen


@dataclass(frozen=True, slots=True)
class ListingImage:
    """One image of a listing, as its case shows it."""

    place: int  # from 1, as people count
    name: str
    kept: bool
    verdict: Verdict | None  # None: it has none
    fault: str  # why it has no verdict, in words; empty: it has one
    counted: tuple[Evidence, ...]  # that reason and decision rest on, the surest first

    @property
    def evidence(self) -> Evidence | None:
        """What a person is to look at first; None: nothing that was seen counted."""
        return next(iter(self.counted), None)

    @property
    def flagged(self) -> bool:
        """Whether its verdict keeps its listing from being cleared."""
        return self.verdict is not None and self.verdict.decision is not Decision.CLEAR

    @property
    def reason(self) -> str:
        """Why it was decided so, or not at all, in words."""
        return self.fault if self.verdict is None else words.REASONS[self.verdict.reason]


def images_of(scan: Scan, case: Case) -> tuple[ListingImage, ...]:
    """All images of a case's listing, in its order."""
    return tuple(
        _image(place, image, case.reference_id if place == case.position else None)
        for place, image in enumerate(scan.images)
    )


def _image(place: int, image: ImageRecord, told: str | None) -> ListingImage:
    row = image.row
    return ListingImage(
        place=place + 1,
        name=image.name,
        kept=image.kept,
        verdict=row.verdict if isinstance(row, ScannedImage) else None,
        fault="" if isinstance(row, ScannedImage) else _fault(row),
        counted=_counted(row.verdict, told) if isinstance(row, ScannedImage) else (),
    )


def _fault(row: FailedImage | None) -> str:
    return "It was not looked at." if row is None else f"It could not be read: {words.code_in_words(row.code).lower()}."


def _counted(verdict: Verdict, told: str | None) -> tuple[Evidence, ...]:
    """What counted; of a verdict recorded before verdicts said so, what `told` its case, or else the surest."""
    if verdict.counted or verdict.reason in RESTS_ON_NOTHING:
        return verdict.counted_evidence
    of_case = tuple(item for item in verdict.evidence if item.reference_id == told)
    return (of_case or verdict.evidence)[:1]
