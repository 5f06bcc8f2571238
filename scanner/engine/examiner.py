"""The walk of one listing image: decode, describe, match, verify, judge. Read this file first.

Decode, describe, match and verify need only the index folder; judge reads the authorizations of the moment.
"""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from importlib.metadata import version
from typing import Self

import numpy as np

from brand_index.features.embedding import Embedder, OnnxEmbedder
from brand_index.features.hashing import HASHERS, PDQ
from brand_index.features.keypoints import NONE, describe_keypoints
from brand_index.features.weights import read_manifest
from brand_index.images import DecodedImage, RGBImage, decode
from brand_index.index import BrandIndex
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.candidates import Candidate, Description, propose
from scanner.engine.confidence import SHIPPED, calibrated
from scanner.engine.crop_matcher import CropMatcher, OnnxCropMatcher
from scanner.engine.regions import OnnxRegionFinder, Region, RegionFinder, crop
from scanner.engine.settings import EngineSettings
from scanner.engine.stages import Stage, StageClock
from scanner.engine.types import Evidence
from scanner.engine.verifier import Verifier


@dataclass(frozen=True, slots=True)
class Examination:
    """What is in one image, before authorizations count; it can be judged again and again."""

    image_sha256: str
    evidence: tuple[Evidence, ...]  # the surest first
    index_revision: int
    pdq: str | None  # hash of the first frame, hexadecimal; None: too flat for one, or skipped
    skipped: tuple[Stage, ...] = ()  # for want of time; empty: nothing was skipped
    seconds: tuple[tuple[Stage, float], ...] = field(default=(), compare=False)  # that each stage took


class Examiner:
    """The first four verbs, over the index folder and the weights, without a database; one a thread."""

    def __init__(
        self,
        index: BrandIndex,
        embedder: Embedder,
        matcher: CropMatcher,
        finder: RegionFinder,
        settings: EngineSettings,
    ) -> None:
        self.index, self.settings = index, settings
        self.embedder, self.matcher, self.finder = embedder, matcher, finder
        self._verifier = Verifier(index, embedder, matcher, settings)

    @classmethod
    def open(cls, store: Store, settings: EngineSettings) -> Self:
        """An examiner over the published index of `store`. Raises IndexUnusable, ModelUnusable."""
        embedder = open_embedder(settings)
        manifest = read_manifest(settings.model_manifest)
        matcher, finder = OnnxCropMatcher(manifest.matcher), OnnxRegionFinder(manifest.finder)
        return cls(BrandIndex.open(store, embedder), embedder, matcher, finder, settings)

    def over(self, index: BrandIndex) -> Self:
        """The same models over another index, such as the next revision."""
        return type(self)(index, self.embedder, self.matcher, self.finder, self.settings)

    def examine(self, data: bytes, *, name: str = "image", seconds: float | None = None) -> Examination:
        """All that is seen or suspected in an image, from its bytes. Raises ImageError; `name` is for its message.

        After `seconds` (None: as long as it takes) no further stage is begun.
        """
        clock = StageClock(seconds)
        begun = time.monotonic()
        image = self.decode(data, name=name)
        clock.spent[Stage.DECODE] = time.monotonic() - begun
        seen: dict[str, Evidence] = {}
        pdq: str | None = None
        for number, frame in enumerate(image.frames):
            description = self.describe(frame, clock=clock)
            if number == 0 and (laid := description.hashes[HASHERS.index(PDQ)]) is not None:
                pdq = laid[0].tobytes().hex()
            candidates = clock.run(Stage.MATCH, partial(self.match, description), ())
            for item in clock.run(Stage.VERIFY, partial(self.verify, description, candidates), ()):
                known = seen.get(item.reference_id)
                if known is None or item.confidence > known.confidence:
                    seen[item.reference_id] = replace(item, frame=number)
        evidence = tuple(sorted(seen.values(), key=lambda item: (-item.confidence, item.reference_id)))
        spent = tuple(clock.spent.items())
        return Examination(image.sha256, evidence, self.index.revision, pdq, clock.skipped, spent)

    def decode(self, data: bytes, *, name: str = "image") -> DecodedImage:
        """Untrusted bytes to upright sRGB frames."""
        return decode(data, self.settings.limits, name=name)

    def describe(
        self, frame: RGBImage, regions: tuple[Region, ...] | None = None, *, clock: StageClock | None = None
    ) -> Description:
        """One (H, W, 3) frame to all that the index can be asked with.

        `regions` None: as the finder finds them; `clock` None: all of it, however long it takes.
        """
        clock, settings = clock or StageClock(), self.settings
        hashes = clock.run(
            Stage.HASH, lambda: tuple(hasher.hashes(frame) for hasher in HASHERS), (None,) * len(HASHERS)
        )
        look = partial(describe_keypoints, frame, side=settings.keypoint_side, limit=settings.keypoint_count)
        keypoints = clock.run(Stage.KEYPOINTS, look, NONE)
        if regions is None:
            find = partial(self.finder.find, frame, settings.regions, settings.least_objectness)
            regions = clock.run(Stage.FIND, find, ()) if self.index.has(ReferenceKind.LOGO) else ()
        crops = [crop(frame, region.box) for region in regions]
        looks = clock.run(Stage.EMBED, partial(self.embedder.embed, crops), None)
        whole = clock.run(Stage.EMBED, partial(self.embedder.embed_photos, [frame]), None)
        return Description(
            frame=frame,
            hashes=hashes,
            keypoints=keypoints,
            regions=() if looks is None else regions,
            looks=self.embedder.embed(()) if looks is None else looks,
            whole=np.zeros(self.embedder.photo_dimensions, np.float32) if whole is None else whole[0],
        )

    def match(self, description: Description) -> tuple[Candidate, ...]:
        """The references that a hash, the keypoints or an embedding propose, each once."""
        return propose(description, self.index, self.matcher, self.settings)

    def verify(self, description: Description, candidates: Iterable[Candidate]) -> tuple[Evidence, ...]:
        """Each candidate with the geometry that ties it to the image, if there is one, and a confidence."""
        return calibrated(self._verifier.evidence(description, candidates))


def open_embedder(settings: EngineSettings) -> Embedder:
    """The embedder that the settings name, on one thread. Raises ModelUnusable."""
    return OnnxEmbedder(read_manifest(settings.model_manifest))


@lru_cache(maxsize=8)
def program_fingerprint(index_fingerprint: str, settings: EngineSettings) -> str:
    """Of all that evidence depends on beside the image and the references; the index's is in its manifest."""
    told = (version("markscan"), index_fingerprint, SHIPPED.read_text("utf-8"), _scanning(settings))
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]


def _scanning(settings: EngineSettings) -> str:
    """What of the settings a scan depends on."""
    return settings.model_dump_json(include=set(EngineSettings.model_fields) - {"seconds_an_image"})
