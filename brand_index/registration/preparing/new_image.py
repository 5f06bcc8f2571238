"""Opens, examines and describes a new image; it needs no database, so that many can be prepared at once."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from brand_index import fields
from brand_index.errors import UnrecognizableReference
from brand_index.features.describing import Describer
from brand_index.features.forms.cutting import cut_from_file
from brand_index.images import read_bytes
from brand_index.registration.checking import MarkFields, check_brand, check_form, check_mark_of
from brand_index.registration.examining import NEARLY_ALL, ExaminedImage, examine
from brand_index.registration.parts import ProposedPart, propose_parts
from brand_index.registration.suggesting import Reading, read_words
from brand_index.types import Brand, Form, ReferenceKind, SourceRegion, reference_id


@dataclass(frozen=True, slots=True)
class NewImage:
    """An image to register, as its owner gives it."""

    brand: Brand
    kind: ReferenceKind
    image: Path | bytes
    name: str | None = None  # the image's original name; None: the file's
    mark: MarkFields | None = None  # None: none is recorded, or that with number `mark_id`
    mark_id: int | None = None
    form: Form | None = None  # what a logo shows of its mark; None: as check_form says
    region: SourceRegion | None = None  # of the image, which is cut out and registered in its place
    source_region: SourceRegion | None = None  # from where the caller has cut it out


@dataclass(frozen=True, slots=True)
class OpenedImage:
    """A new image with checked fields, its region cut out."""

    brand: Brand
    mark: MarkFields
    name: str
    data: bytes
    shown: Form | None  # None: a photo
    source_region: SourceRegion | None
    is_whole: bool  # it is no region of an image, or nearly all of one
    place: str | None  # of the region in the image, in words; None: it is not cut out here
    reference_id: str


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """What describing an image gave."""

    examined: ExaminedImage
    words: tuple[str, ...] = ()  # that it shows, as of read_words; empty: none, or it was not read
    parts: tuple[ProposedPart, ...] = ()  # as of propose_parts; empty: none, or they were not looked for


def open_image(new: NewImage, describer: Describer) -> OpenedImage:
    """The image with its fields checked. Raises InvalidField and ImageError."""
    brand = check_brand(new.brand)
    mark = check_mark_of(new.kind, new.mark or MarkFields())
    name = new.name
    if name is None:
        name = fields.printable(new.image.name) if isinstance(new.image, Path) else "image"
    data = read_bytes(new.image) if isinstance(new.image, Path) else new.image
    shown = check_form(new.kind, new.form, new.region or new.source_region)
    cutting = None if new.region is None else describer.run(name, cut_from_file, data, new.region, name)
    source_region = new.source_region if cutting is None else new.region
    data = data if cutting is None else cutting.png
    return OpenedImage(
        brand=brand,
        mark=mark,
        name=name,
        data=data,
        shown=shown,
        source_region=source_region,
        is_whole=source_region is None or (cutting is not None and cutting.share >= NEARLY_ALL),
        place=None if cutting is None else cutting.place,
        reference_id=reference_id(brand.brand_id, new.kind, hashlib.sha256(data).hexdigest()),
    )


def prepare(
    opened: OpenedImage,
    kind: ReferenceKind,
    describer: Describer,
    *,
    with_description: bool,
    reading: Reading | None,
    find_parts: bool,
) -> PreparedImage:
    """Examine an image, read it if it is sound artwork (`reading` None: it is not read), and find its parts.

    Raises ImageError, UnrecognizableReference, UndescribableReference.
    """
    name, data, shown = opened.name, opened.data, opened.shown
    try:
        examined = describer.run(name, examine, data, kind, name, with_description, shown, opened.is_whole)
    except UnrecognizableReference as error:
        if opened.place is None:
            raise
        raise UnrecognizableReference(f"{name}: {opened.place}: {str(error).removeprefix(f'{name}: ')}") from None
    if shown is not Form.ARTWORK or examined.other_kind is not None:
        return PreparedImage(examined)
    return PreparedImage(examined, *suggestions(describer, data, name, opened.brand, reading, find_parts=find_parts))


def suggestions(
    describer: Describer, data: bytes, name: str, brand: Brand, reading: Reading | None, *, find_parts: bool
) -> tuple[tuple[str, ...], tuple[ProposedPart, ...]]:
    """The words and parts of PreparedImage that a file of a brand's artwork called `name` suggests.

    Raises as a Describer.
    """
    words = () if reading is None else read_words(describer, reading.manifest, data, name, brand)
    return words, propose_parts(describer, data, name) if find_parts else ()
