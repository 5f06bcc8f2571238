"""Examines one image before it is registered: decoded, judged and described; it records nothing."""

from dataclasses import dataclass
from typing import Final

from brand_index.errors import TruncatedImage, UnrecognizableReference
from brand_index.features.description import ReferenceDescription, describe_reference
from brand_index.features.embedding import Embedder
from brand_index.features.photos.assessment import Assessment
from brand_index.features.photos.nature import is_photographic
from brand_index.features.photos.traits import measure
from brand_index.images import DecodedImage, decode
from brand_index.registration.parts import edge_warnings
from brand_index.registration.recognizability import check_recognizable
from brand_index.types import Form, ReferenceKind

LOOKS_LIKE: Final = {
    ReferenceKind.PHOTO: "looks like a photo: withdraw it and register it as a photo, so that its copies are found, "
    "or, where it shows the mark on goods, register that region of it",
    ReferenceKind.LOGO: "looks like a logo: withdraw it and register it as a logo, so that it is found inside images",
}
_SUFFIXES: Final = {"JPEG": ".jpg", "TIFF": ".tif", "HEIF": ".heic"}  # others: the format's name
WHOLE_PHOTO: Final = (
    "looks like a whole photo: unless it shows hardly anything but the mark, withdraw it and register the region "
    "that shows the mark (on the command line --region L,T,R,B, or --find)"
)
NEARLY_ALL: Final = 0.8  # share of a photo's area from which a region of it is all but the photo
FEWEST_KEYPOINTS: Final = 8  # of a photo without a hash: a few are not found again after JPEG


@dataclass(frozen=True, slots=True)
class ExaminedImage:
    """An image that can be registered."""

    sha256: str
    suffix: str  # of its file, with its dot
    width: int  # pixels
    height: int
    warnings: tuple[str, ...]  # as of check_recognizable, and what a photo cannot protect
    other_kind: ReferenceKind | None  # what it looks like, if not like what it is registered as
    description: bytes | None  # as ReferenceDescription.to_bytes gives it; None: not asked for


def examine(
    embedder: Embedder,
    data: bytes,
    kind: ReferenceKind,
    name: str,
    with_description: bool,
    form: Form | None = None,
    is_whole: bool = True,
) -> ExaminedImage:
    """Decode, check and describe an image called `name`; `form`: of a logo, None being artwork.

    `is_whole`: it is no region of an image, or nearly all of one.

    Raises ImageError, TruncatedImage also of a file of which part can be read, and UnrecognizableReference.
    """
    decoded = decode(data, name=name, vector=True)
    if decoded.truncated:
        raise TruncatedImage(
            f"{name}: the file is cut off or damaged, and only part of it can be read; fetch or export it again"
        )
    warnings = check_recognizable(decoded, kind, name, form)
    if kind is ReferenceKind.LOGO and form in {None, Form.ARTWORK}:
        warnings = (*warnings, *edge_warnings(decoded))
    if form is Form.IN_USE and is_whole and is_photographic(measure(decoded.frames[0])):
        warnings = (*warnings, WHOLE_PHOTO)
    width, height = decoded.size
    description = describe_reference(decoded, kind, embedder, form) if with_description else None
    if description is not None and kind is ReferenceKind.PHOTO and not _can_be_proposed(description):
        raise UnrecognizableReference(
            f"{name}: it is so nearly one flat colour that nothing in it can be recognized; "
            "give an image that shows more"
        )
    assessment = None if description is None else description.assessment
    if assessment is not None:
        warnings = (*warnings, *assessment.limits)
    other_kind = None if form is Form.IN_USE else _other_kind(decoded, kind, assessment)
    if other_kind is not None:
        warnings = (*warnings, LOOKS_LIKE[other_kind])
    data_of_it = None if description is None else description.to_bytes()
    return ExaminedImage(decoded.sha256, _suffix(decoded), width, height, warnings, other_kind, data_of_it)


def _can_be_proposed(description: ReferenceDescription) -> bool:
    """Whether a hash or keypoints can find a photo, even an unedited copy."""
    return any(each is not None for each in description.hashes) or len(description.keypoints) >= FEWEST_KEYPOINTS


def _other_kind(decoded: DecodedImage, kind: ReferenceKind, assessment: Assessment | None) -> ReferenceKind | None:
    if kind is ReferenceKind.LOGO:
        return ReferenceKind.PHOTO if is_photographic(measure(decoded.frames[0])) else None
    return ReferenceKind.LOGO if assessment is not None and assessment.is_artwork else None


def _suffix(image: DecodedImage) -> str:
    return _SUFFIXES.get(image.format, f".{image.format.lower()}")
