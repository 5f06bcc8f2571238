"""The HTML report: one file that can be mailed, with images, explanations and filters; it decides nothing."""

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import jinja2

from brand_index.images import DEFAULT_LIMITS, Limits
from brand_index.store import Store
from brand_index.types import Brand, ReferenceImage
from scanner.bulk.report.files import written_whole
from scanner.bulk.report.images import (
    InlineImage,
    MissingImage,
    Outline,
    listing_image,
    outline_in_listing,
    outline_in_reference,
    reference_image,
)
from scanner.bulk.tally import Tally, shown_evidence
from scanner.engine.types import Evidence, FailedImage
from scanner.verdicts import words
from scanner.verdicts.rows import Row, ScannedImage
from scanner.verdicts.types import FOUND_NOTHING, Decision, Verdict

ReferenceLookup = Callable[[str], tuple[ReferenceImage, Brand] | None]
"""Returns the reference with this id and its brand; None: it is no longer in the registry."""

_TEMPLATE = "report.html.j2"
_SCRIPT = "report.js"
_FEW = 80  # cards up to which images are large
_MATCHES = 4  # of one listing image that are shown
_ERRORS = 1000  # listed
_UNMATCHED = 48  # images without a match that are shown


@dataclass(frozen=True, slots=True)
class Match:
    """One match, as a card shows it."""

    number: int  # from 1, as in the image
    kind: str  # logo or photo
    title: str
    sureness: str
    confidence: float
    facts: tuple[str, ...]
    aside: bool  # the decision does not rest on it
    source_name: str  # of the reference; its id if it is no longer in the registry
    outline: Outline | None  # in the listing image; None: that image is missing
    image: str | None  # id of the shared reference image; None: it is missing
    missing: str  # why the image of the reference is missing; empty: it is there
    width: int  # pixels of the reference
    height: int
    reference_outline: Outline


@dataclass(frozen=True, slots=True)
class Card:
    """One image with a match."""

    name: str
    path: str
    verdict: Verdict
    decision: str
    reason: str
    authorizations: tuple[str, ...]
    image: InlineImage | MissingImage
    matches: tuple[Match, ...]
    more: int  # further evidence that is not shown
    brands: tuple[str, ...]  # their brand_ids, each once
    text: str  # lower case, what the search looks through


@dataclass(frozen=True, slots=True)
class UnmatchedImage:
    """An image without a match."""

    name: str
    image: InlineImage | MissingImage


def write_html(
    out: Path,
    rows: Iterable[Row],
    *,
    reference_of: ReferenceLookup,
    store: Store,
    made_at: datetime,
    title: str = "Scan report",
    shown_from: float = 0.5,
    most_cards: int = 500,
    limits: Limits = DEFAULT_LIMITS,
) -> None:
    """Writes the report on `rows` to `out`, as one file that needs no other; an older report is replaced at the end.

    Listing images are read again from the paths in the rows; a placeholder stands for one that is missing or changed.
    Each card shows the evidence of confidence `shown_from` or more, and at least one; first the evidence that the
    decision rests on. Only the `most_cards` most severe images get a card, and a note says how many there are. `limits`
    are those of the scan.
    """
    tally = Tally(shown_from)
    flagged: list[ScannedImage] = []
    unmatched: list[ScannedImage] = []
    errors: list[FailedImage] = []
    seen = 0
    for row in rows:
        tally.add(row)
        if isinstance(row, FailedImage):
            if len(errors) < _ERRORS:
                errors.append(row)
        elif row.verdict.reason in FOUND_NOTHING:
            if len(unmatched) < _UNMATCHED:
                unmatched.append(row)
        else:
            seen += 1
            flagged.append(row)
            if len(flagged) > 2 * most_cards:  # so that a scan of millions fits in memory
                flagged = _most_severe(flagged, most_cards)
    page = _Page(reference_of, store, shown_from, limits, large=len(flagged) <= _FEW)
    cards = [page.card(row) for row in _most_severe(flagged, most_cards)]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = Path(__file__).with_name(_SCRIPT).read_text("utf-8")  # the policy of the page allows this one alone
    text = environment.get_template(_TEMPLATE).render(
        title=title,
        made_at=made_at,
        duration="" if tally.first is None or tally.last is None else words.duration(tally.last - tally.first),
        tally=tally,
        decisions=[(each, words.DECISIONS[each]) for each in (Decision.BLOCK, Decision.REVIEW, Decision.CLEAR)],
        brands=[(brand_id, page.brand_name(brand_id), count) for brand_id, count in tally.brands.most_common()],
        sellers=sorted({card.verdict.listing.seller_id for card in cards if card.verdict.listing.seller_id}),
        cards=cards,
        card_count=seen,
        references=page.references,
        unmatched=[page.unmatched(row) for row in unmatched],
        unmatched_count=tally.decisions.total() - seen,
        errors=[(_name(row.image), row.image, words.code_in_words(row.code), row.message) for row in errors],
        is_missing=lambda image: isinstance(image, MissingImage),
        script=script,
        script_hash=f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}",
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(out) as file:
        file.write(text)


def _most_severe(rows: list[ScannedImage], most: int) -> list[ScannedImage]:
    return sorted(rows, key=lambda row: (-row.verdict.decision.severity, -_best(row.verdict)))[:most]


def _best(verdict: Verdict) -> float:
    return next((evidence.confidence for evidence in verdict.foremost), 0.0)


def _name(path: str) -> str:
    return Path(path).name or path


class _Page:
    """Makes the cards. Each reference image is read once."""

    def __init__(
        self, reference_of: ReferenceLookup, store: Store, shown_from: float, limits: Limits, *, large: bool
    ) -> None:
        self._reference_of = lru_cache(maxsize=None)(reference_of)
        self._store = store
        self._shown_from, self._limits = shown_from, limits
        self._long_side, self._quality = (480, 78) if large else (300, 68)
        self._brand_names: dict[str, str] = {}
        self.references: dict[str, InlineImage] = {}  # by the id that the page gives them
        self._images: dict[str, str | MissingImage] = {}  # id of the page by reference id

    def brand_name(self, brand_id: str) -> str:
        return self._brand_names.get(brand_id, brand_id)

    def card(self, row: ScannedImage) -> Card:
        verdict, listing = row.verdict, row.verdict.listing
        shown = shown_evidence(verdict, self._shown_from)[:_MATCHES]
        frame = shown[0].frame if shown else 0
        image = listing_image(
            Path(row.image), verdict.image_sha256, frame, self._long_side, self._quality, self._limits
        )
        counted = verdict.counted or tuple(evidence.reference_id for evidence in shown)
        matches = tuple(
            self._match(i, evidence, image, frame, aside=evidence.reference_id not in counted)
            for i, evidence in enumerate(shown, start=1)
        )
        of_listing = (listing.title, listing.listing_id, listing.seller_id, listing.market, listing.category)
        searched = (row.image, *of_listing, *(f"{match.title} {match.source_name}" for match in matches))
        return Card(
            name=_name(row.image),
            path=row.image,
            verdict=verdict,
            decision=words.DECISIONS[verdict.decision],
            reason=words.why(verdict),
            authorizations=words.authorization_sentences(verdict),
            image=image,
            matches=matches,
            more=len(verdict.evidence) - len(matches),
            brands=tuple(dict.fromkeys(evidence.brand_id for evidence in shown)),
            text=" ".join(each for each in searched if each).lower(),
        )

    def unmatched(self, row: ScannedImage) -> UnmatchedImage:
        return UnmatchedImage(
            _name(row.image), listing_image(Path(row.image), row.verdict.image_sha256, 0, 160, 60, self._limits)
        )

    def _match(
        self, number: int, evidence: Evidence, image: InlineImage | MissingImage, frame: int, *, aside: bool
    ) -> Match:
        registered = self._reference_of(evidence.reference_id)
        reference, brand = registered if registered is not None else (None, None)
        if brand is not None:
            self._brand_names[brand.brand_id] = brand.name
        shown = self._image_of(evidence.reference_id, reference)
        outlined = isinstance(image, InlineImage) and evidence.frame == frame
        return Match(
            number=number,
            kind=evidence.kind.value,
            title=words.headline(evidence, self.brand_name(evidence.brand_id)),
            sureness=words.sureness(evidence.confidence),
            confidence=evidence.confidence,
            facts=words.facts(evidence),
            aside=aside,
            source_name=evidence.reference_id if reference is None else reference.source_name,
            outline=outline_in_listing(evidence, reference, image.width, image.height)
            if outlined and isinstance(image, InlineImage)
            else None,
            image=None if isinstance(shown, MissingImage) else shown,
            missing=shown.why if isinstance(shown, MissingImage) else "",
            width=1 if reference is None else reference.width,
            height=1 if reference is None else reference.height,
            reference_outline=() if reference is None else outline_in_reference(evidence, reference),
        )

    def _image_of(self, identity: str, reference: ReferenceImage | None) -> str | MissingImage:
        """The id that the page gives to a reference's image, which the first call puts into the page."""
        if identity not in self._images:
            if reference is None:
                return MissingImage("The reference is no longer in the registry.")
            path = self._store.media_path(reference.sha256, reference.suffix)
            image = reference_image(path, reference, self._long_side, self._quality)
            if isinstance(image, InlineImage):
                self._images[identity] = f"r{len(self.references)}"
                self.references[f"r{len(self.references)}"] = image
            else:
                self._images[identity] = image
        return self._images[identity]
