"""The images of a case's listing, each with its verdict and the evidence that the verdict rests on; draws nothing."""

from dataclasses import dataclass

from scanner.engine.types import ConcealedPatch, Evidence
from scanner.moderation.cases.cases import Case
from scanner.moderation.cases.covered import counted
from scanner.moderation.records.scans import ImageRecord, Scan
from scanner.verdicts import words
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import Decision, Verdict


@dataclass(frozen=True, slots=True)
class ListingImage:
    """One image of a listing, as its case shows it."""

    place: int  # from 1
    name: str
    kept: bool
    verdict: Verdict | None  # None: see `fault`
    fault: str  # why there is no verdict, as a sentence; empty: there is one
    counted: tuple[Evidence, ...]  # that the decision rests on, the highest confidence first
    alike: tuple[Evidence, ...] = ()  # that says why the image is no copy of a photo with which it shares something

    @property
    def evidence(self) -> Evidence | None:
        """The evidence to show first; None: the decision rests on none."""
        return next(iter(self.counted), None)

    @property
    def patches(self) -> tuple[ConcealedPatch, ...]:
        """The patches of one frame that conceal a mark, if the decision rests on them, the surest first."""
        found = () if self.verdict is None else self.verdict.concealing
        return tuple(each for each in found if each.frame == found[0].frame)

    @property
    def facts(self) -> tuple[str, ...]:
        """The measurements of that evidence, a sentence each; empty: there is none."""
        others = () if self.verdict is None else self.verdict.evidence
        return () if self.evidence is None else words.facts(self.evidence, others)

    @property
    def words(self) -> tuple[Evidence, ...]:
        """The words of the brands that counted, also beside the decision: they are marked in the listing's texts."""
        brands = {each.brand_id for each in self.counted}
        seen = () if self.verdict is None else self.verdict.evidence
        return tuple(each for each in seen if each.word is not None and each.brand_id in brands)

    @property
    def flagged(self) -> bool:
        """Whether this image keeps the listing from being cleared."""
        return self.verdict is not None and self.verdict.decision is not Decision.CLEAR

    @property
    def reason(self) -> str:
        """The reason for the decision, or for having none, as a sentence."""
        return self.fault if self.verdict is None else words.why(self.verdict)


def images_of(scan: Scan, case: Case) -> tuple[ListingImage, ...]:
    """All images of a case's listing, in its order."""
    return tuple(
        _image(place, image, case.reference_id if place == case.position else None)
        for place, image in enumerate(scan.images)
    )


def _image(place: int, image: ImageRecord, reference_id: str | None) -> ListingImage:
    row = image.row
    return ListingImage(
        place=place + 1,
        name=image.name,
        kept=image.kept,
        verdict=row.verdict if isinstance(row, ScannedImage) else None,
        fault="" if isinstance(row, ScannedImage) else words.not_scanned(None if row is None else row.code),
        counted=counted(row.verdict, reference_id) if isinstance(row, ScannedImage) else (),
        alike=row.verdict.shared_evidence if isinstance(row, ScannedImage) else (),
    )
