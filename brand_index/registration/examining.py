"""Examines one image before it is registered: decoded, judged and described; it records nothing."""

from dataclasses import dataclass
from typing import Final

from brand_index.errors import TruncatedImage
from brand_index.features.description import describe_reference
from brand_index.features.embedding import Embedder
from brand_index.images import DecodedImage, decode
from brand_index.registration.recognizability import check_recognizable
from brand_index.types import ReferenceKind

_SUFFIXES: Final = {"JPEG": ".jpg", "TIFF": ".tif", "HEIF": ".heic"}  # others: the format's name


@dataclass(frozen=True, slots=True)
class ExaminedImage:
    """An image that can be registered."""

    sha256: str
    suffix: str  # of its file, with its dot
    width: int  # pixels
    height: int
    warnings: tuple[str, ...]  # as of check_recognizable
    description: bytes | None  # as ReferenceDescription.to_bytes gives it; None: not asked for


def examine(embedder: Embedder, data: bytes, kind: ReferenceKind, name: str, with_description: bool) -> ExaminedImage:
    """Decode, check and describe an image called `name`.

    Raises ImageError, TruncatedImage also of a file of which part can be read, and UnrecognizableReference.
    """
    decoded = decode(data, name=name, vector=True)
    if decoded.truncated:
        raise TruncatedImage(
            f"{name}: the file is cut off or damaged, and only part of it can be read; fetch or export it again"
        )
    warnings = check_recognizable(decoded, kind, name)
    width, height = decoded.size
    description = describe_reference(decoded, kind, embedder).to_bytes() if with_description else None
    return ExaminedImage(decoded.sha256, _suffix(decoded), width, height, warnings, description)


def _suffix(image: DecodedImage) -> str:
    return _SUFFIXES.get(image.format, f".{image.format.lower()}")
