"""Searches the descriptions of past images for references that are newer than their scans; it judges nothing."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from brand_index.features.compact import CompactDescription
from brand_index.index import BrandIndex
from brand_index.index.parts import WordPart
from brand_index.index.past import PastSearch
from brand_index.index.past_hits import PastHit
from brand_index.registry.database import Database
from scanner.engine.types import Evidence, Where
from scanner.engine.words import words_in_texts
from scanner.moderation.records.past import PastImage, oldest_index_of, past_images, scans_with_texts
from scanner.rejudging.likely import likely_evidence, surest, words_read


@dataclass(slots=True)
class Searched:
    """What a search of past images found."""

    likely: dict[str, dict[int, list[Evidence]]] = field(default_factory=dict)  # by scan and place in it
    texts: set[str] = field(default_factory=set)  # scans whose title or description has a new word
    images: int = 0  # whose descriptions were compared
    other_recipe: int = 0  # whose descriptions another version left: they are not compared
    not_sought: int = 0  # in which no region was looked for, so that new logos cannot be found by one
    not_read: int = 0  # in which nothing was read, so that new words cannot be found

    def add(self, image: PastImage, evidence: Evidence) -> None:
        """Note what is likely in an image."""
        self.likely.setdefault(image.scan_id, {}).setdefault(image.position, []).append(evidence)


@dataclass(frozen=True, slots=True)
class NewReferences:
    """References of an index, and the revision that put each in force: older scans did not look for it."""

    index: BrandIndex
    registered_in: Mapping[str, int]  # revision, by reference_id
    beyond: int  # references of this revision and before were looked for by an earlier look-back

    def since(self, reference_id: str) -> int:
        """The revision that put a reference in force; 0: it is unknown, as of before the history."""
        return self.registered_in.get(reference_id, 0)

    def is_newer(self, hit: PastHit, image: PastImage) -> bool:
        """Whether the reference of a hit was not in force when the image was scanned."""
        return self.since(self.index.references[hit.position].reference_id) > image.index_revision

    def positions(self, oldest: int) -> list[int]:
        """Of the images among them that are newer than the index of revision `oldest`, in the catalog."""
        known, beyond = self.index.references.placed(), max(self.beyond, oldest)
        return [position for position, each in known if self.since(each.reference_id) > beyond]

    @property
    def words(self) -> WordPart | None:
        """The words among them; None: there are none."""
        words = [each for each in self.index.words.words if self.since(each.reference_id) > self.beyond]
        return WordPart.build(words) if words else None


def search_past(
    database: Database,
    new: NewReferences,
    recipes: Collection[str],
    since: datetime,
    progress: Callable[[int], None] = lambda _: None,
) -> Searched:
    """What is likely in the images of scans since then; `progress` gets the number of images done."""
    # What no image was scanned without takes memory, and is newer than none: a first look-back would take all.
    positions = new.positions(oldest_index_of(database, since) or 0)
    found, search, words = Searched(), PastSearch(new.index, positions), new.words
    for batch in past_images(database, since):
        comparable = [each for each in batch if each.left.recipe in recipes]
        found.other_recipe += len(batch) - len(comparable)
        described = [CompactDescription.from_bytes(each.left.data) for each in comparable]
        newer = [hit for hit in search.likely(described) if new.is_newer(hit, comparable[hit.row])]
        for hit in surest(newer):
            found.add(comparable[hit.row], likely_evidence(hit, new.index))
        for image, each in zip(comparable, described, strict=True):
            found.not_sought += not each.regions_sought
            found.not_read += not each.was_read
            for item in () if words is None else words_read(each, words):
                if new.since(item.reference_id) > image.index_revision:
                    found.add(image, item)
        found.images += len(comparable)
        progress(found.images)
    if words is not None:
        for scan_id, title, description in scans_with_texts(database, since):
            if words_in_texts({Where.TITLE: title, Where.DESCRIPTION: description}, words):
                found.texts.add(scan_id)
    return found
