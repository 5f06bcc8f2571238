"""Examines one listing image: decode, describe, match, verify. It needs the index folder and the weights only."""

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from importlib.metadata import version
from typing import Final, Self

import numpy as np

from brand_index.features.compact import compact_recipe
from brand_index.features.embedding import Embedder, shared_embedder
from brand_index.features.hashing import HASHERS, PDQ
from brand_index.features.weights import read_manifest
from brand_index.images import DecodedImage, RGBImage, decode
from brand_index.index import BrandIndex
from brand_index.store import Store
from brand_index.types import IMAGE_KINDS, ReferenceKind
from scanner.engine.candidates import NO_HASHES, Candidate, Description, propose
from scanner.engine.compacting import Look, Seen, compact
from scanner.engine.concealment.patches import MOST_PATCHES, ConcealedMap
from scanner.engine.confidence import SHIPPED, Calibration, calibrated, parsed_calibrations, shipped_calibrations
from scanner.engine.crops.crop_matcher import CropMatcher, OnnxCropMatcher
from scanner.engine.logos.elsewhere import ASKED_ABOUT
from scanner.engine.logos.one_of_a_mark import one_of_each_mark
from scanner.engine.logos.overlays import with_refined_logos
from scanner.engine.looks import look_at
from scanner.engine.parts.insets import hashed_inset, is_on_flat_ground
from scanner.engine.parts.joining import with_place
from scanner.engine.parts.splitting import Part, parts_of
from scanner.engine.regions import FoundRegions, OnnxRegionFinder, Region, RegionFinder, crop
from scanner.engine.settings import EngineSettings
from scanner.engine.stages import Stage, StageClock
from scanner.engine.types import WHOLE, ConcealedPatch, Coverage, Evidence, LeftDescription
from scanner.engine.verifier import Verifier
from scanner.engine.words.letters import doubt_letters
from scanner.engine.words.reading import NO_WORDS, FoundWords, SeenText, WordReader

NO_REGIONS: Final = FoundRegions(())


@dataclass(frozen=True, slots=True)
class Examination:
    """The evidence in one image, independent of authorizations and policy, so that it can be judged again."""

    image_sha256: str
    evidence: tuple[Evidence, ...]  # by falling confidence
    index_revision: int
    pdq: str | None  # hash of the first frame, hexadecimal; None: too flat for one, or skipped
    skipped: tuple[Stage, ...] = ()  # for lack of time; empty: none
    seconds: tuple[tuple[Stage, float], ...] = field(default=(), compare=False)  # of each stage
    coverage: Coverage = WHOLE
    searched: bool = True  # False: the index held no reference
    concealed: tuple[ConcealedPatch, ...] = ()  # patches that seem to conceal a mark, the surest first
    left: LeftDescription | None = field(default=None, compare=False)  # None: the settings forbid it


class Examiner:
    """Runs decode, describe, match and verify over one index, without a database; one for each thread."""

    def __init__(
        self,
        index: BrandIndex,
        embedder: Embedder,
        matcher: CropMatcher,
        finder: RegionFinder,
        settings: EngineSettings,
        word_reader: WordReader | None = None,
    ) -> None:
        """`word_reader` None: that of the settings' manifest."""
        self.index, self.settings = index, settings
        self.word_reader = word_reader or WordReader(settings)
        self.embedder, self.matcher, self.finder = embedder, matcher, finder
        if self.reads:
            self.word_reader.opened()  # now, not while the first image waits
        self._calibrations, self._recipe = _calibrations(settings), compact_recipe(embedder)
        self._verifier = Verifier(index, embedder, matcher, settings)

    @classmethod
    def open(cls, store: Store, settings: EngineSettings) -> Self:
        """An examiner over the published index of `store`. Raises IndexUnusable, ModelUnusable."""
        embedder, matcher, finder = open_models(settings)
        return cls(BrandIndex.open(store, embedder), embedder, matcher, finder, settings)

    def over(self, index: BrandIndex) -> Self:
        """An examiner with the same models over another index, such as the next revision."""
        return type(self)(index, self.embedder, self.matcher, self.finder, self.settings, self.word_reader)

    def examine(self, data: bytes, *, name: str = "image", seconds: float | None = None) -> Examination:
        """The evidence in an image, given as bytes. Raises ImageError, which mentions `name`.

        After `seconds` (None: no limit) no further stage begins.
        """
        clock, begun = StageClock(seconds), time.monotonic()
        image = self.decode(data, name=name)
        clock.spent[Stage.DECODE] = time.monotonic() - begun
        best: dict[str, Evidence] = {}  # by reference
        concealed: list[ConcealedPatch] = []
        looks: list[Look] = []
        pdq: str | None = None
        examined = parts_examined = unread = 0

        def look(number: int, frame: RGBImage, part: Part | None = None) -> Description:
            nonlocal unread
            if part is None:
                description = self.describe(frame, clock=clock)
            else:  # a collage has many small panels, which show enough at their own size
                regions = None if part.marks else ()
                description = self.describe(part.of(frame), regions, clock=clock, enlarge=1.0)
                description = replace(
                    description, around=part.around(frame), offset=part.offset, whole=frame, place=part.box[:2]
                )
            candidates = clock.run(Stage.MATCH, partial(self.match, description), ())
            verified = clock.run(Stage.VERIFY, partial(self.verify, description, candidates), ())
            read = self.read(description, verified, clock) if self.reads else NO_WORDS
            unread += read.unread(frame)
            looks.append(Look(description, read.lines))
            known = doubt_letters(description.frame, verified, read, self.word_reader, clock)
            for item in (*known, *read.evidence):
                placed = (item if part is None else part.placed(item)).scaled(*image.scale)
                placed = replace(placed, frame=number, seconds=image.shown_at(number))
                best[item.reference_id] = with_place(best.get(item.reference_id), placed, in_part=part is not None)
            return description

        for number, frame, equal in zip(image.numbers, image.frames, image.stand_for, strict=True):
            if examined and time.monotonic() - begun > self.settings.seconds_an_image / 2:
                clock.skip_rest()  # the worker would be ended before it could say what it found
                break
            examined += equal
            description = look(number, frame)
            if (seen := description.concealed) is not None and self.settings.concealed:
                patches = clock.run(Stage.FIND, partial(seen.patches, description.size, number), ())
                concealed += [replace(each.scaled(*image.scale), seconds=image.shown_at(number)) for each in patches]
            if number == 0 and (hashes := description.hashes[HASHERS.index(PDQ)]) is not None:
                pdq = hashes[0].tobytes().hex()
        parts = [
            (number, frame, part)
            for number, frame in zip(image.numbers, image.frames, strict=True)
            for part in parts_of(frame)
        ]
        for each in parts[: self.settings.max_parts]:
            if clock.is_over or time.monotonic() - begun > self.settings.seconds_an_image / 2:
                clock.skip_rest()
                break
            look(*each)
            parts_examined += 1
        found = sorted(best.values(), key=lambda item: (-item.confidence, item.reference_id))
        evidence = one_of_each_mark(found, self.index.references.marks_of(each.reference_id for each in found))
        coverage = Coverage(examined, image.frame_count, image.truncated, parts_examined, len(parts), unread)
        revision, searched = self.index.revision, self.index.has(*IMAGE_KINDS) or self.reads
        surest = tuple(sorted(concealed, key=lambda patch: -patch.confidence)[:MOST_PATCHES])
        left = self._left(looks, image.size, in_part=bool(clock.skipped) or not coverage.is_whole)
        done = (clock.skipped, tuple(clock.spent.items()), coverage, searched, surest, left)
        return Examination(image.sha256, evidence, revision, pdq, *done)

    def _left(self, looks: Sequence[Look], size: tuple[int, int], *, in_part: bool) -> LeftDescription | None:
        wanted = self.settings.descriptions and bool(looks)
        seen = Seen(self.seeks_regions, self.reads, in_part)
        return LeftDescription(self._recipe, compact(looks, size, seen).to_bytes()) if wanted else None

    def decode(self, data: bytes, *, name: str = "image") -> DecodedImage:
        """Decode untrusted bytes as upright sRGB frames. Raises ImageError."""
        return decode(data, self.settings.limits, name=name)

    def describe(
        self,
        frame: RGBImage,
        regions: tuple[Region, ...] | None = None,
        *,
        clock: StageClock | None = None,
        enlarge: float = 2.0,
    ) -> Description:
        """Describe one (H, W, 3) frame by hashes, keypoints and embeddings.

        `regions` None: those of the finder; `clock` None: no time limit; `enlarge`: by how much a small frame is
        enlarged at most before keypoints are detected.
        """
        clock, settings = clock or StageClock(), self.settings
        hashes = clock.run(Stage.HASH, lambda: tuple(hasher.hashes(frame) for hasher in HASHERS), NO_HASHES)
        inset, inset_hashes = clock.run(Stage.HASH, partial(hashed_inset, frame), (None, NO_HASHES))
        is_flat = is_on_flat_ground(frame)
        closely = is_flat and self.index.has(ReferenceKind.PHOTO)  # as candidates asks for all of them then
        keypoints = look_at(frame, settings, clock, enlarge, closely=closely)
        text: SeenText | None = None
        concealed: ConcealedMap | None = None
        if regions is None:
            find = partial(self.finder.find, frame, settings.regions, settings.least_objectness)
            regions, text_map, concealed = clock.run(Stage.FIND, find, NO_REGIONS) if self.seeks_regions else NO_REGIONS
            if self.reads and regions:
                marks = [(each.box, each.objectness) for each in regions[:-1]]  # the last is the whole image
                text = clock.run(Stage.READ, partial(self.word_reader.see, frame, text_map, marks), None)
                regions = with_lines(regions, text, settings.text_regions)
            regions = regions if self.index.has(ReferenceKind.LOGO) else ()
        crops = [crop(frame, region.box) for region in regions]
        embedded = clock.run(Stage.EMBED, partial(self.embedder.embed, crops), None)
        photo = clock.run(Stage.EMBED, partial(self.embedder.embed_photos, [frame]), None)
        return Description(
            frame=frame,
            hashes=hashes,
            keypoints=keypoints,
            regions=() if embedded is None else regions,
            region_embeddings=self.embedder.embed(()) if embedded is None else embedded,
            photo_vector=np.zeros(self.embedder.photo_dimensions, np.float32) if photo is None else photo[0],
            inset=inset,
            inset_hashes=inset_hashes,
            on_flat_ground=is_flat,
            text=text,
            concealed=concealed,
        )

    @property
    def seeks_regions(self) -> bool:
        """Whether regions that may be marks are looked for: logos are registered, or images are read."""
        return self.index.has(ReferenceKind.LOGO) or self.reads

    @property
    def reads(self) -> bool:
        """Whether images are read: words are registered, and the settings do not forbid it."""
        return self.settings.words and self.index.has(ReferenceKind.WORD)

    def read(
        self, description: Description, logos: Sequence[Evidence] = (), clock: StageClock | None = None
    ) -> FoundWords:
        """The evidence of registered words in an image, read closely at undecided `logos`. Raises ModelUnusable.

        `clock` None: no time limit.
        """
        seen, frame = description.text, description.frame
        find = partial(self.word_reader.find, words=self.index.words, frame=frame, evidence=logos)
        return (clock or StageClock()).run(Stage.READ, lambda: NO_WORDS if seen is None else find(seen), NO_WORDS)

    def match(self, description: Description) -> tuple[Candidate, ...]:
        """The references that a hash, the keypoints or an embedding propose, each once."""
        return propose(description, self.index, self.matcher, self.settings)

    def verify(self, description: Description, candidates: Iterable[Candidate]) -> tuple[Evidence, ...]:
        """The evidence for each candidate, with a calibrated confidence, and refined where an overlay may be shown."""
        verified = tuple(candidates)
        evidence = calibrated(self._verifier.evidence(description, verified), self._calibrations)
        closely = self._verifier.with_surroundings(description, verified, evidence)
        evidence = calibrated(closely, self._calibrations)
        refined = with_refined_logos(description.frame, verified, evidence, self.index)
        return tuple(map(_without_idle_embedding, refined))


def _without_idle_embedding(item: Evidence) -> Evidence:
    """The evidence, without the embedding of a crop that nobody will be asked about."""
    if item.logo is None or item.confidence >= ASKED_ABOUT:
        return item
    return replace(item, logo=replace(item.logo, embedding=None))


def with_lines(regions: tuple[Region, ...], text: SeenText | None, most: int) -> tuple[Region, ...]:
    """The regions with the largest lines of text, which may be word marks; the last stays the whole image."""
    if text is None:
        return regions
    lines = [Region(box, probability) for box, probability in text.boxes(most)]
    return (*regions[:-1], *lines, regions[-1])


def open_models(settings: EngineSettings) -> tuple[Embedder, CropMatcher, RegionFinder]:
    """The models that the settings name. Raises ModelUnusable."""
    manifest = read_manifest(settings.model_manifest, settings.providers)
    finder = OnnxRegionFinder(manifest.finder, least_small=settings.least_small, concealed=manifest.concealed)
    return open_embedder(settings), OnnxCropMatcher(manifest.matcher), finder


def open_embedder(settings: EngineSettings) -> Embedder:
    """The embedder that the settings name, on one thread; all of a process share it. Raises ModelUnusable."""
    return shared_embedder(read_manifest(settings.model_manifest, settings.providers))


def _calibrations(settings: EngineSettings) -> Mapping[ReferenceKind, Calibration]:
    """Those of the manifest that the settings name, or else those that ship. Raises ModelUnusable."""
    fitted = read_manifest(settings.model_manifest).calibration
    return shipped_calibrations() if fitted is None else parsed_calibrations(fitted.read(), fitted.path)


@lru_cache(maxsize=8)
def program_fingerprint(index_fingerprint: str, settings: EngineSettings) -> str:
    """A hash of everything that evidence depends on apart from the image and the references.

    `index_fingerprint` is that in the index's manifest.
    """
    fitted = read_manifest(settings.model_manifest).calibration
    confidence = SHIPPED.read_text("utf-8") if fitted is None else fitted.sha256
    parts = (version("markscan"), index_fingerprint, confidence, _relevant_settings(settings))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _relevant_settings(settings: EngineSettings) -> str:
    """The settings that evidence depends on, as JSON."""
    return settings.model_dump_json(include=set(EngineSettings.model_fields) - {"seconds_an_image", "descriptions"})
