"""Describes one reference for the index: hashes, keypoints and embeddings; listings are described elsewhere.

A logo is described as a seller may print it: on its own background, reversed, and in one colour on light and on dark;
and its sign and its word alone likewise, where they stand apart. A photograph of a logo in use is described as it is.
"""

import io
import math
from dataclasses import dataclass, field, replace
from typing import Final
from zipfile import ZIP_STORED

import numpy as np
from numpy.typing import NDArray

from brand_index.features.background import Levels
from brand_index.features.colours import Hues, Tints, hues, tints
from brand_index.features.content import ground_of, opaque_box, visible_box
from brand_index.features.embedding import Embedded, Embedder, levels_of
from brand_index.features.forms.artwork import LOGO_KEYPOINTS, LOGO_SIDE, logo_keypoints, reduced
from brand_index.features.goods import Goods, goods_of
from brand_index.features.hashing import HASHERS
from brand_index.features.keypoints import Keypoints, describe_keypoints
from brand_index.features.photos.assessment import Assessment, assess
from brand_index.features.plates import packed_thumbnail, plate_of, thumbnail_of
from brand_index.features.views.drawing import VIEW_MARGIN, logo_views
from brand_index.images import DecodedImage, RGBImage
from brand_index.types import Form, ReferenceKind

VERSION: Final = 12  # of the recipe below; raising it describes every reference again
PHOTO_SIDE: Final = 512  # pixels, long side
PHOTO_KEYPOINTS: Final = 500


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceDescription:
    """One reference as the index keeps it; coordinates are pixels of the registered image."""

    width: int
    height: int
    content: tuple[int, int, int, int]  # left, top, right, bottom of the visible part; of an opaque photo all
    hashes: tuple[NDArray[np.uint8] | None, ...]  # one (bits / 8,) for each of HASHERS; None: too flat for that one
    keypoints: Keypoints
    photo_vector: NDArray[np.float32]  # (D,) of unit length, of a photo; empty: a logo, or photos are not embedded
    views: Embedded  # of a logo, one for each of logo_views; none of a photo
    levels: Levels | None  # the background levels of those views; None: a photo
    thumbnail: NDArray[np.uint8]  # (N,) bytes of the content as a grey square, as read_thumbnail reads them
    hues: Hues  # of the content
    tints: Tints  # likewise
    plate: NDArray[np.uint8]  # (N,) bytes of the content, as read_plate reads them
    goods: Goods  # of the content
    assessment: Assessment | None  # what of a photo is its own; None: a logo
    shown: NDArray[np.float32] = field(  # (V, 4): what of the content each view shows, as Shown; empty: all of it
        default_factory=lambda: np.zeros((0, 4), np.float32)
    )

    def to_bytes(self) -> bytes:
        """The record as an uncompressed NumPy archive without pickles."""
        buffer = io.BytesIO()
        arrays: dict[str, NDArray[np.generic]] = {
            "shape": np.array([self.width, self.height, *self.content], np.int64),
            "points": self.keypoints.points,
            "scales": self.keypoints.scales,
            "angles": self.keypoints.angles,
            "descriptors": self.keypoints.descriptors,
            "whole": self.photo_vector.astype(np.float16),
            "embeddings": self.views.vectors.astype(np.float16),
            "patches": self.views.patches,
            "shown": self.shown,
            "thumbnail": self.thumbnail,
            "hues": self.hues,
            "tints": self.tints,
            "plate": self.plate,
            "goods": self.goods,
            "levels": np.array([]) if self.levels is None else self.levels.to_array(),
            "assessment": np.array([]) if self.assessment is None else self.assessment.to_array(),
        }
        for hasher, value in zip(HASHERS, self.hashes, strict=True):
            arrays[f"hash_{hasher.name}"] = np.zeros(0, np.uint8) if value is None else value
        np.savez(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "ReferenceDescription":
        """The inverse of `to_bytes`; raises ValueError on anything else, and unpacks nothing that is compressed."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                if any(info.compress_type != ZIP_STORED for info in arrays.zip.infolist()):
                    raise ValueError("it is compressed")  # a few bytes could become gigabytes
                width, height, *content = (int(number) for number in arrays["shape"])
                hashes = tuple(arrays[f"hash_{hasher.name}"] for hasher in HASHERS)
                return cls(
                    width=width,
                    height=height,
                    content=(content[0], content[1], content[2], content[3]),
                    hashes=tuple(value if value.size else None for value in hashes),
                    keypoints=Keypoints(arrays["points"], arrays["scales"], arrays["angles"], arrays["descriptors"]),
                    photo_vector=arrays["whole"].astype(np.float32),
                    views=Embedded(arrays["embeddings"].astype(np.float32), arrays["patches"]),
                    thumbnail=_as_bytes(arrays["thumbnail"]),
                    hues=arrays["hues"],
                    tints=arrays["tints"],
                    plate=arrays["plate"],
                    goods=arrays["goods"],
                    levels=Levels.from_array(arrays["levels"]) if arrays["levels"].size else None,
                    assessment=Assessment.from_array(arrays["assessment"]) if arrays["assessment"].size else None,
                    shown=arrays["shown"],
                )
        except Exception as error:  # zipfile and NumPy raise all kinds for damaged bytes, such as "is encrypted"
            raise ValueError(f"not a description: {error}") from error


def description_fingerprint(embedder: Embedder) -> str:
    """The identity of recipe, hashers and weights; it changes whenever a reference could be described differently."""
    return fingerprint_with(embedder.fingerprint)


def fingerprint_with(embedder: str) -> str:
    """As description_fingerprint, given the fingerprint of an embedder."""
    return f"{VERSION}-sift-{'-'.join(hasher.name for hasher in HASHERS)}-{embedder}"


def describe_reference(
    image: DecodedImage, kind: ReferenceKind, embedder: Embedder, form: Form | None = None
) -> ReferenceDescription:
    """Describe one registered image; of an animation its first frame. `form`: of a logo, None being artwork.

    Coordinates are pixels of the file, although a large JPEG is read at a part of its size.
    """
    description = _describe_in_use(image, embedder) if form is Form.IN_USE else _describe(image, kind, embedder)
    across, down = image.scale
    if across == down == 1.0:
        return description
    width, height = image.size
    left, top, right, bottom = description.content
    return replace(
        description,
        width=width,
        height=height,
        content=(int(left * across), int(top * down), math.ceil(right * across), math.ceil(bottom * down)),
        keypoints=description.keypoints.scaled(across, down),
    )


def _describe(image: DecodedImage, kind: ReferenceKind, embedder: Embedder) -> ReferenceDescription:
    """The description in pixels of the first frame."""
    pixels = image.frames[0]
    height, width = pixels.shape[:2]
    if kind is ReferenceKind.PHOTO:
        return _describe_photo(image, embedder)
    hashes = _hashes(pixels)
    ground = ground_of(image)
    content = visible_box(image, ground) or (0, 0, width, height)
    left, top, right, bottom = content
    visible = reduced(pixels[top:bottom, left:right])
    keypoints, margin = logo_keypoints(visible, ground)
    if visible.shape[:2] == (bottom - top, right - left):
        keypoints = keypoints.translated(left - margin, top - margin)
    else:
        across, down = (right - left) / visible.shape[1], (bottom - top) / visible.shape[0]
        keypoints = keypoints.translated(-margin, -margin).scaled(across, down).translated(left, top)
    drawn, shown = logo_views(visible, ground)
    views = embedder.embed(drawn)
    return ReferenceDescription(
        width,
        height,
        content,
        hashes,
        keypoints,
        np.zeros(0, np.float32),
        views,
        levels_of(views.vectors, embedder),
        thumbnail_of(pixels, content),
        hues(pixels[top:bottom, left:right]),
        tints(pixels[top:bottom, left:right]),
        plate_of(pixels, content),
        goods_of(image, content),
        None,
        np.array(shown, np.float32),
    )


def _describe_in_use(image: DecodedImage, embedder: Embedder) -> ReferenceDescription:
    """The description of a photograph of a mark in use, the mark with room around it, as a region of a listing is.

    Its ground is goods, not a colour: it is neither framed nor reversed nor recoloured. It has no hash, since what is
    near a hash is taken for a copy of the whole image.
    """
    pixels = image.frames[0]
    height, width = pixels.shape[:2]
    share = VIEW_MARGIN / (1 + 2 * VIEW_MARGIN)
    across, down = round(share * width), round(share * height)
    content = (across, down, width - across, height - down)
    views = embedder.embed([pixels])
    visible = pixels[down : height - down, across : width - across]
    return ReferenceDescription(
        width,
        height,
        content,
        (None,) * len(HASHERS),
        describe_keypoints(pixels, side=LOGO_SIDE, limit=LOGO_KEYPOINTS),
        np.zeros(0, np.float32),
        views,
        levels_of(views.vectors, embedder),
        thumbnail_of(pixels, content),
        hues(visible),
        tints(visible),
        plate_of(pixels, content),
        goods_of(image, content),
        None,
    )


def _describe_photo(image: DecodedImage, embedder: Embedder) -> ReferenceDescription:
    """The description of a photo; of a transparent one only what is visible counts, on whatever ground."""
    pixels = image.frames[0]
    height, width = pixels.shape[:2]
    content = (0, 0, width, height)
    if image.alpha is not None:
        content = opaque_box(image.alpha) or content
    left, top, right, bottom = content
    visible = np.ascontiguousarray(pixels[top:bottom, left:right])
    keypoints = describe_keypoints(visible, side=PHOTO_SIDE, limit=PHOTO_KEYPOINTS)
    if image.alpha is not None:
        keypoints = _within(keypoints, image.alpha[top:bottom, left:right])
    hashes = _hashes(visible)
    return ReferenceDescription(
        width,
        height,
        content,
        hashes,
        keypoints.translated(left, top),
        embedder.embed_photos([visible])[0],
        embedder.embed([]),
        None,
        thumbnail_of(pixels, content),
        hues(visible),
        tints(visible),
        plate_of(pixels, content),
        goods_of(image, content),
        assess(visible, keypoints, hashes, embedder.material),
    )


def _hashes(pixels: RGBImage) -> tuple[NDArray[np.uint8] | None, ...]:
    """Those of the image as it is."""
    return tuple(None if (transformed := hasher.hashes(pixels)) is None else transformed[0] for hasher in HASHERS)


def _within(keypoints: Keypoints, alpha: NDArray[np.uint8]) -> Keypoints:
    """The keypoints on what is visible: those of a cut's outline depend on the ground behind it."""
    column, row = np.round(keypoints.points).astype(int).T
    height, width = alpha.shape
    opaque = alpha[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)] >= 128
    return Keypoints(
        keypoints.points[opaque], keypoints.scales[opaque], keypoints.angles[opaque], keypoints.descriptors[opaque]
    )


def _as_bytes(thumbnail: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The bytes of a thumbnail, of which earlier versions saved the pixels."""
    return packed_thumbnail(thumbnail) if thumbnail.ndim > 1 else thumbnail
