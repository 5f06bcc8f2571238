"""The cards of the report: an image beside the references that it matched or is like; it decides nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from brand_index.images import Limits
from brand_index.store import Store
from brand_index.types import Brand, ReferenceImage
from scanner.bulk.report.images import InlineImage, MissingImage, inlined, read_listing, reference_image
from scanner.bulk.report.marked_text import Piece, excerpts, marked_text
from scanner.bulk.report.outlines import (
    NO_MARKS,
    Marks,
    is_in_image,
    marks_in_listing,
    marks_in_reference,
    marks_of_patch,
    part_to_show,
)
from scanner.bulk.tally import shown_evidence
from scanner.engine.types import Evidence, Where
from scanner.verdicts import words
from scanner.verdicts.reasons import DECISIONS, form_facts
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.sentences import about_sellers
from scanner.verdicts.sentences.about_words import context_sentences
from scanner.verdicts.types import FOUND_NOTHING, Verdict

ReferenceLookup = Callable[[str], tuple[ReferenceImage, Brand] | None]
"""Returns the reference with this id and its brand; None: it is no longer in the registry."""

_MATCHES: Final = 4  # of one listing image that are shown


@dataclass(frozen=True, slots=True)
class Match:
    """One match, or what is merely alike, as a card shows it."""

    number: int  # from 1, as in the image
    kind: str  # logo, photo or word
    title: str
    sureness: str  # empty: it is no match
    confidence: float
    facts: tuple[str, ...]
    aside: bool  # the decision does not rest on it
    source_name: str  # of the reference; its id if it is no longer in the registry
    outlined: str  # what is outlined in the listing image, in words
    in_text: bool  # it is a word in the listing's title or description alone
    marks: Marks  # in the listing image; none: that image is missing, or shows another frame
    image: str | None  # id of the shared reference image; None: it is missing, or the reference is a word
    word: str | None  # that is registered; None: the reference is an image, or no longer in the registry
    missing: str  # why the image of the reference is missing; empty: it is there, or the reference is a word
    width: int  # pixels of the reference; of a word 0
    height: int
    reference_marks: Marks


@dataclass(frozen=True, slots=True)
class Alike:
    """What an image with a match also shares with another photo, of which it is no copy."""

    title: str
    source_name: str
    why: str


@dataclass(frozen=True, slots=True)
class Concealed:
    """A patch that seems to conceal a mark, as a card shows it."""

    sureness: str
    confidence: float
    marks: Marks  # in the listing image; none: as of a match


@dataclass(frozen=True, slots=True)
class Card:
    """One image with a match, or with what is alike."""

    name: str
    path: str
    frame: int  # that is shown, from 0
    at: str | None  # of a video, when the frame is shown, as 1:05; None: it is none
    verdict: Verdict
    decision: str
    reason: str
    context: tuple[str, ...]  # what the words around the marks say, a sentence each
    title: tuple[Piece, ...]  # of the listing, with the registered words in it marked; empty: it is unknown
    described: tuple[tuple[Piece, ...], ...]  # the places in its description that have registered words
    authorizations: tuple[str, ...]
    image: InlineImage | MissingImage
    matches: tuple[Match, ...]
    alike: tuple[Alike, ...]  # beside the matches
    concealed: tuple[Concealed, ...]  # that the decision rests on
    more: int  # further evidence that is not shown
    brands: tuple[str, ...]  # their brand_ids, each once
    text: str  # lower case, what the search looks through

    @property
    def sureness(self) -> float:
        """The confidence of what is shown first, 0..1; 0: nothing is."""
        found = [each.confidence for each in self.concealed] + [each.confidence for each in self.matches]
        return next(iter(found), 0.0)

    @property
    def agrees(self) -> bool:
        """Whether it is outlined where the image and a reference agree, so that a legend is needed."""
        return any(match.marks.whole and match.marks.match for match in self.matches)

    @property
    def differs(self) -> bool:
        """Whether parts are outlined that differ."""
        return any(match.marks.differing for match in self.matches)

    @property
    def has_whole(self) -> bool:
        """Whether the whole reference is outlined thinly."""
        return any(match.marks.whole for match in self.matches)


@dataclass(frozen=True, slots=True)
class UnmatchedImage:
    """An image without a match."""

    name: str
    image: InlineImage | MissingImage


def name_of(path: str) -> str:
    """The name of a file."""
    return Path(path).name or path


class Cards:
    """Makes the cards. Each reference image is read once."""

    def __init__(
        self,
        reference_of: ReferenceLookup,
        store: Store,
        shown_from: float,
        limits: Limits,
        *,
        large: bool,
        learnt: Mapping[str, str],
    ) -> None:
        """`learnt` says of each reference that was learnt from whom and from which case."""
        self._reference_of = lru_cache(maxsize=None)(reference_of)
        self._store, self._learnt = store, learnt
        self._shown_from, self._limits = shown_from, limits
        self._long_side, self._quality = (480, 78) if large else (300, 68)
        self._brand_names: dict[str, str] = {}
        self.references: dict[str, InlineImage] = {}  # by the id that the page gives them
        self._images: dict[str, str | MissingImage] = {}  # id of the page by reference id

    def brand_name(self, brand_id: str) -> str:
        """The name of a brand that a card has shown, else its id."""
        return self._brand_names.get(brand_id, brand_id)

    def card(self, row: ScannedImage) -> Card:
        """The card of an image: its matches, or what is alike where nothing was found."""
        verdict, listing = row.verdict, row.verdict.listing
        is_clean = verdict.reason in FOUND_NOTHING
        shown = (verdict.shared_evidence if is_clean else shown_evidence(verdict, self._shown_from))[:_MATCHES]
        patches = verdict.concealing
        frame, seconds = next(((each.frame, each.seconds) for each in patches), (0, None))
        if not patches:
            frame, seconds = next(((each.frame, each.seconds) for each in shown if is_in_image(each)), (0, None))
        read = read_listing(row.image, verdict.image_sha256, frame, self._limits)
        marks = [
            NO_MARKS
            if isinstance(read, MissingImage) or each.frame != frame
            else marks_in_listing(each, self._reference(each), read.width, read.height)
            for each in shown
        ]
        patch_marks = [
            NO_MARKS
            if isinstance(read, MissingImage) or each.frame != frame
            else marks_of_patch(each, read.width, read.height)
            for each in patches
        ]
        image: InlineImage | MissingImage
        if isinstance(read, MissingImage):
            image = read
        else:
            part = part_to_show((each.around for each in (*patch_marks, *marks)), read.width, read.height)
            image = inlined(read, self._long_side, self._quality, part)
        counted = verdict.counted
        if not counted and not patches:
            counted = tuple(evidence.reference_id for evidence in shown)
        matches = tuple(
            self._match(i, evidence, outlines, verdict, aside=evidence.reference_id not in counted)
            for i, (evidence, outlines) in enumerate(zip(shown, marks, strict=True), start=1)
        )
        alike = () if is_clean else tuple(map(self._alike, verdict.shared_evidence))
        of_listing = (listing.title, listing.listing_id, listing.seller_id, listing.market, listing.category)
        searched = (row.image, *of_listing, *(f"{match.title} {match.source_name}" for match in matches))
        return Card(
            name=name_of(row.image),
            path=row.image,
            frame=frame,
            at=None if seconds is None else words.clock_time(seconds),
            verdict=verdict,
            decision=DECISIONS[verdict.decision],
            reason=words.why(verdict),
            context=context_sentences(verdict.context),
            title=marked_text(listing.title, Where.TITLE, shown),
            described=excerpts(shown, Where.DESCRIPTION),
            authorizations=about_sellers.authorization_sentences(verdict),
            image=image,
            matches=matches,
            alike=alike,
            concealed=tuple(
                Concealed(words.sureness(each.confidence), each.confidence, outline)
                for each, outline in zip(patches, patch_marks, strict=True)
            ),
            more=0 if is_clean else len(verdict.evidence) - len(matches) - len(alike),
            brands=tuple(dict.fromkeys(evidence.brand_id for evidence in shown)),
            text=" ".join(each for each in searched if each).lower(),
        )

    def unmatched(self, row: ScannedImage) -> UnmatchedImage:
        """The small image of a row without a match."""
        read = read_listing(row.image, row.verdict.image_sha256, 0, self._limits)
        return UnmatchedImage(name_of(row.image), read if isinstance(read, MissingImage) else inlined(read, 160, 60))

    def _match(self, number: int, evidence: Evidence, marks: Marks, verdict: Verdict, *, aside: bool) -> Match:
        reference, is_alike = self._reference(evidence), evidence.shared is not None
        word = None if reference is None else reference.word
        learnt = [self._learnt[evidence.reference_id]] if evidence.reference_id in self._learnt else []
        shown = None if word is not None else self._image_of(evidence.reference_id, reference)
        return Match(
            number=number,
            kind=evidence.kind.value,
            title=words.headline(evidence, self.brand_name(evidence.brand_id)),
            sureness="" if is_alike else words.sureness(evidence.confidence),
            confidence=evidence.confidence,
            facts=(*form_facts(reference, evidence), *learnt, *words.facts(evidence, verdict.evidence)),
            aside=aside and not is_alike,
            source_name=evidence.reference_id if reference is None else reference.source_name,
            outlined=words.outlined(evidence),
            in_text=not is_in_image(evidence),
            marks=marks,
            image=None if isinstance(shown, MissingImage) else shown,
            word=word,
            missing=shown.why if isinstance(shown, MissingImage) else "",
            width=1 if reference is None else reference.width,
            height=1 if reference is None else reference.height,
            reference_marks=NO_MARKS if reference is None else marks_in_reference(evidence, reference),
        )

    def _alike(self, evidence: Evidence) -> Alike:
        reference = self._reference(evidence)
        name = evidence.reference_id if reference is None else reference.source_name
        return Alike(words.headline(evidence, self.brand_name(evidence.brand_id)), name, words.basis(evidence))

    def _reference(self, evidence: Evidence) -> ReferenceImage | None:
        registered = self._reference_of(evidence.reference_id)
        if registered is None:
            return None
        reference, brand = registered
        self._brand_names[brand.brand_id] = brand.name
        return reference

    def _image_of(self, identity: str, reference: ReferenceImage | None) -> str | MissingImage:
        """The id that the page gives to a reference's image, which the first call puts into the page."""
        if identity not in self._images:
            if reference is None:
                return MissingImage("The reference is no longer in the registry.")
            path = self._store.fetched(self._store.media_path(reference.sha256, reference.suffix))
            image = reference_image(path, reference, self._long_side, self._quality)
            if isinstance(image, InlineImage):
                self._images[identity] = f"r{len(self.references)}"
                self.references[f"r{len(self.references)}"] = image
            else:
                self._images[identity] = image
        return self._images[identity]
