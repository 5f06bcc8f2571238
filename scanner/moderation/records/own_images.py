"""In which of a seller's own images a photo was shown before it was registered, for a listing of that seller."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import RowMapping, or_, select

from brand_index.features.compact import CompactDescription
from brand_index.index.past import shows_the_same
from brand_index.registry import Registry
from scanner.engine.boxes import Box
from scanner.engine.examiner import Examination
from scanner.engine.types import Evidence, LeftDescription
from scanner.moderation.records.earlier_images import Sighting
from scanner.moderation.records.past import descriptions_of
from scanner.moderation.records.tables import scanned_images, scans
from scanner.verdicts.feedback import ALIKE, distance

COMPARED: Final = 2_000  # images of a seller that are older than a photo, the oldest, whose hashes are compared
MOST: Final = 0.5  # of an image: where a photo covers as much, an image that is alike as a whole shows the photo


@dataclass(frozen=True, slots=True)
class ShownImage:
    """An image of the listing that is judged, and where a photo was found in it."""

    sha256: str
    pdq: str | None  # hexadecimal; None: too flat for a hash
    box: Box
    recipe: str | None  # of its description; None: there is none
    description: CompactDescription | None  # likewise

    @classmethod
    def of(cls, examination: Examination, item: Evidence) -> "ShownImage":
        """The image of an examination, in which this is evidence of a photo."""
        left = examination.left
        described = None if left is None else CompactDescription.from_bytes(left.data)
        return cls(
            examination.image_sha256, examination.pdq, item.box, None if left is None else left.recipe, described
        )

    def is_near(self, earlier: RowMapping) -> bool:
        """Whether an earlier image is the same file, or alike as a whole."""
        if earlier["image_sha256"] == self.sha256:
            return True
        return self.pdq is not None and earlier["pdq"] is not None and distance(self.pdq, earlier["pdq"]) <= ALIKE

    def is_shown_by(self, earlier: RowMapping, left: LeftDescription | None) -> bool:
        """Whether an earlier image that is near shows the photo; `left` of it, None: nothing."""
        if earlier["image_sha256"] == self.sha256:
            return True
        if self.description is None:
            return False
        across, down = self.box.right - self.box.left, self.box.bottom - self.box.top
        if across * down >= MOST * self.description.width * self.description.height:
            return True
        if left is None or left.recipe != self.recipe:
            return False
        return shows_the_same(self.description, CompactDescription.from_bytes(left.data), self.box)


def own_sighting(
    registry: Registry, reference_id: str, seller_id: str | None, images: Collection[ShownImage]
) -> Sighting | None:
    """The seller's earliest image that showed a photo before it was registered; None: none is known, or no seller.

    `images` of a listing of the seller, in which the photo was found. That an older one is alike as a whole does not
    say whether a part of it was there: a photo may since be pasted on the seller's usual page.
    """
    reference = registry.reference(reference_id)
    if reference is None or seller_id is None:
        return None
    for earlier in _older_of(registry, seller_id, reference.registered_at, {each.sha256 for each in images}):
        near = [each for each in images if each.is_near(earlier)]
        left = descriptions_of(registry.database, earlier["scan_id"]).get(earlier["position"]) if near else None
        if any(each.is_shown_by(earlier, left) for each in near):
            return Sighting(earlier["accepted_at"], seller_id, earlier["listing_id"], earlier["position"])
    return None


def _older_of(registry: Registry, seller_id: str, before: datetime, files: Collection[str]) -> Sequence[RowMapping]:
    """The seller's images from before then that have a hash, or are one of these files, the oldest first."""
    every = scans.join(scanned_images, scanned_images.c.scan_id == scans.c.scan_id)
    of_image = (scanned_images.c.position, scanned_images.c.image_sha256, scanned_images.c.pdq)
    comparable = or_(scanned_images.c.pdq.is_not(None), scanned_images.c.image_sha256.in_(sorted(files)))
    query = (
        select(scans.c.scan_id, scans.c.accepted_at, scans.c.listing_id, *of_image)
        .select_from(every)
        .where(scans.c.seller_id == seller_id, scans.c.accepted_at < before, comparable)
        .order_by(scans.c.accepted_at, scans.c.scan_id, scanned_images.c.position)
        .limit(COMPARED)
    )
    with registry.database.read() as connection:
        return connection.execute(query).mappings().all()
