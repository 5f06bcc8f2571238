"""Judges examinations with the references, authorizations and feedback that the database holds now."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from brand_index.registry import Registry
from brand_index.types import Authorization, ReferenceKind
from scanner.engine.examiner import Examination
from scanner.engine.stages import Stage
from scanner.engine.types import Evidence
from scanner.engine.words import with_texts
from scanner.moderation.cases.calibrations import Calibrations
from scanner.moderation.cases.covered import own_photos
from scanner.moderation.cases.suppressions import feedback_on
from scanner.moderation.listing_words import ListingWords
from scanner.moderation.records.earlier_images import EarlierImages
from scanner.moderation.records.own_images import ShownImage, own_sighting
from scanner.moderation.records.sightings import first_seen
from scanner.verdicts.judgement import judge
from scanner.verdicts.policy import Policy
from scanner.verdicts.types import FirstSeen, Listing, Reason, Verdict
from scanner.verdicts.weighing.calibration import as_shipped
from scanner.verdicts.weighing.joining import strengthened


class Judge:
    """Judges by a policy and the records of a registry."""

    def __init__(self, registry: Registry, policy: Policy, words: ListingWords) -> None:
        self._registry, self.policy, self._words = registry, policy, words
        self._earlier = EarlierImages(registry, words.store)
        self._calibrations = Calibrations(registry.database, policy.automatic.calibration_cases)

    def verdict(self, listing: Listing, examination: Examination, now: datetime) -> Verdict:
        """The verdict on one image of a listing. `now` is aware UTC. Raises RegistryError."""
        return self.verdicts(listing, (examination,), now)[0]

    def verdicts(
        self,
        listing: Listing,
        examinations: Sequence[Examination],
        now: datetime,
        *,
        scanned_before: datetime | None = None,
    ) -> tuple[Verdict, ...]:
        """The verdict on each image of a listing, with the words of its title and description.

        It is incomplete where a text is longer than is searched. Without evidence or a patch, no query is made.
        What was withdrawn since an image was examined is no evidence, unless its mark has another logo in force.
        `scanned_before`: when these images were first scanned, None: now. Raises RegistryError.
        """
        written = self._words.of(listing)
        unread = (Stage.READ,) if self._words.leave_out(listing) else ()
        evidence = [with_texts(each.evidence, written) for each in examinations]
        strong = self._strong(evidence)
        if withdrawn := self._registry.withdrawn_among({item.reference_id for item in strong}) if strong else ():
            evidence = [tuple(item for item in items if item.reference_id not in withdrawn) for items in evidence]
            strong = self._strong(evidence)
        held: tuple[Authorization, ...] = ()
        if strong and listing.seller_id is not None:
            held = self._registry.authorizations(seller_id=listing.seller_id)
        hidden = {each.image_sha256 for each in examinations if self.policy.counts_concealed(each.concealed)}
        feedback = feedback_on(self._registry.database, strong, now, patches_in=hidden)
        if calibrations := self._calibrations.of({item.reference_id for item in strong}):
            feedback = replace(feedback, calibrations=calibrations)
        seen = self._first_seen(listing, examinations, evidence, scanned_before, now)
        return tuple(
            judge(
                items,
                listing,
                held,
                self.policy,
                now,
                image_sha256=each.image_sha256,
                index_revision=each.index_revision,
                skipped=tuple(dict.fromkeys((*each.skipped, *unread))),
                coverage=each.coverage,
                concealed=each.concealed,
                pdq=each.pdq,
                searched=each.searched,
                feedback=feedback,
                first_seen=seen,
            )
            for each, items in zip(examinations, evidence, strict=True)
        )

    def _strong(self, evidence: Iterable[Sequence[Evidence]]) -> list[Evidence]:
        """What may decide of the evidence in each image."""
        found = (item for each in evidence for item in strengthened(as_shipped(each)))
        return [item for item in found if self.policy.reason_for(item) is not Reason.NO_MATCH]

    def _first_seen(
        self,
        listing: Listing,
        examinations: Sequence[Examination],
        evidence: Sequence[Sequence[Evidence]],
        scanned_before: datetime | None,
        now: datetime,
    ) -> dict[str, FirstSeen]:
        """Who showed each photo that matches first, by its id."""
        showing: dict[str, list[ShownImage]] = {}
        for each, items in zip(examinations, evidence, strict=True):
            for item in items:
                if item.kind is ReferenceKind.PHOTO and self.policy.reason_for(item) is not Reason.NO_MATCH:
                    showing.setdefault(item.reference_id, []).append(ShownImage.of(each, item))
        if not showing:
            return {}
        seller = listing.seller_id
        before = {reference_id: list(self._earlier.showing(reference_id, now)) for reference_id in showing}
        for reference_id, images in showing.items():
            own = own_sighting(self._registry, reference_id, seller, images)
            before[reference_id] += [] if own is None else [own]
        with self._registry.database.read() as connection:
            owned = frozenset[str]() if seller is None else own_photos(connection, seller)
            known = first_seen(connection, showing, seller, before, owned)
        if scanned_before is None:
            return known
        by = (seller, listing.listing_id, scanned_before)
        return {reference_id: each.with_listing(*by) for reference_id, each in known.items()}
