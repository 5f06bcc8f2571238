"""The images of a listing as a rights holder sees them: its own brand's matches alone, and what was not scanned."""

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.engine.types import Evidence
from scanner.moderation.records.scans import ImageRecord, Scan
from scanner.moderation.rights_holder_view import HolderCase
from scanner.verdicts import words
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.sentences.about_words import context_sentences
from scanner.verdicts.types import Verdict
from scanner.verdicts.uses import surroundings_of


@dataclass(frozen=True, slots=True)
class OwnImage:
    """An image of a listing, with the matches of a rights holder's own references only."""

    place: int  # from 0
    name: str
    sha256: str
    kept: bool
    matches: tuple[Evidence, ...]  # the highest confidence first
    readable: bool = True  # False: it was not scanned, and cannot be drawn
    remark: str = ""  # what of it was not scanned and why, in sentences; empty: it was scanned whole
    context: tuple[str, ...] = ()  # what the words around these matches say, in sentences


def own_images(scan: Scan, case: HolderCase) -> tuple[OwnImage, ...]:
    """The images of a listing that match the brand of the case; of a notice's listing all, as its sender chose them."""
    images = []
    for place, image in enumerate(scan.images):
        own = _own(image.row.verdict, case) if isinstance(image.row, ScannedImage) else ()
        if own or case.statement is not None:
            readable = isinstance(image.row, ScannedImage)
            context = _context(image.row.verdict, own) if isinstance(image.row, ScannedImage) else ()
            of_file = (place, image.name, image.sha256, image.kept)
            images.append(OwnImage(*of_file, own, readable, remark_on(image), context))
    return tuple(images)


def remark_on(image: ImageRecord) -> str:
    """What of an image was not scanned and why, in sentences; empty: it was scanned whole."""
    if isinstance(image.row, ScannedImage):
        return " ".join(words.unexamined(image.row.verdict))
    return words.not_scanned(None if image.row is None else image.row.code)


def remarks_on(images: Iterable[ImageRecord]) -> tuple[str, ...]:
    """The images that were not scanned whole, each by its name with the reason."""
    return tuple(f"{image.name}: {remark}" for image in images if (remark := remark_on(image)))


def _own(verdict: Verdict, case: HolderCase) -> tuple[Evidence, ...]:
    """The evidence that a verdict rests on, or that opened the case, of the brand of the case."""
    counted = verdict.counted_evidence
    own = (each for each in verdict.evidence if each.brand_id == case.brand_id)
    return tuple(each for each in own if each in counted or each.reference_id == case.reference_id)


def _context(verdict: Verdict, own: tuple[Evidence, ...]) -> tuple[str, ...]:
    """What the words around these matches say; those around another brand's marks are left out."""
    around = surroundings_of(own, verdict.listing).values()
    return context_sentences(tuple(dict.fromkeys(word for each in around for word in each.words)))
