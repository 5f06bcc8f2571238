"""Makes parts of artwork and regions of photos forms of a mark that is recorded."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from brand_index.errors import InvalidField, UnknownRecord
from brand_index.features.describing import Describer
from brand_index.features.forms.cutting import cut
from brand_index.images import DecodedImage, RGBImage
from brand_index.registration.parts import ProposedPart
from brand_index.registration.preparing.recording import Registered
from brand_index.registration.registering import register_reference
from brand_index.registry import Registry, editing
from brand_index.registry.contradictions import mark_in_words
from brand_index.registry.reading import mark_in
from brand_index.store import Store
from brand_index.types import Form, Mark, ReferenceImage, ReferenceKind, SourceRegion, reference_id


def register_form(
    registry: Registry,
    store: Store,
    *,
    brand_id: str,
    mark_id: int,
    image: RGBImage | bytes,
    region: SourceRegion,
    form: Form,
    describer: Describer,
    name: str,
    now: datetime,
) -> Registered:
    """Register a region of an image, called `name`, as a form of a recorded mark.

    `image` is an untrusted file, or the pixels (H, W, 3) of one that was decoded; the region is in its pixels. The
    file of the new reference is the region itself, with a little room around it. The same region of the same image
    again is registered already. Raises as register_reference, UnknownRecord where the brand or the mark is not
    recorded, and InvalidField where the mark is another brand's or the region is not within the image.
    """
    brand = registry.brand(brand_id)
    with registry.database.read() as connection:
        mark = mark_in(connection, mark_id)
    if mark is None:
        raise UnknownRecord(f"no mark {mark_id}: `markscan marks show {brand_id}` shows those of {brand_id}")
    if mark.brand_id != brand_id:
        raise InvalidField(f"{mark_in_words(mark)} is no mark of {brand_id}: name one of that brand")
    is_file = isinstance(image, bytes)
    data = image if isinstance(image, bytes) else cut(DecodedImage((image,), None, "", "PNG"), region)
    return register_reference(
        registry,
        store,
        brand=brand,
        kind=ReferenceKind.LOGO,
        image=data,
        describer=describer,
        name=name,
        mark_id=mark_id,
        form=form,
        region=region if is_file else None,
        source_region=None if is_file else region,
        now=now,
    )


def register_parts(
    registry: Registry,
    store: Store,
    reference: ReferenceImage,
    parts: Iterable[ProposedPart],
    describer: Describer,
    now: datetime,
) -> list[Registered]:
    """Register parts of artwork as forms of the mark that it shows. Raises as register_reference.

    Those that cannot stand alone are left out. One that the brand has registered already, such as the sign that two
    of its marks have in common, stays the form that it is.
    """
    mark = mark_of(registry, reference.reference_id, now)
    brand = registry.brand(reference.brand_id)
    done = []
    for part in parts:
        if part.refused is not None:
            continue
        identity = reference_id(brand.brand_id, ReferenceKind.LOGO, hashlib.sha256(part.png).hexdigest())
        known = registry.reference(identity)
        is_known = known is not None and known.withdrawn_at is None
        done.append(
            register_reference(
                registry,
                store,
                brand=brand,
                kind=ReferenceKind.LOGO,
                image=part.png,
                describer=describer,
                name=reference.source_name,
                mark_id=None if is_known else mark.mark_id,
                form=None if is_known else Form.PART,
                source_region=part.region,
                now=now,
            )
        )
    return done


def mark_of(registry: Registry, identity: str, now: datetime) -> Mark:
    """The mark that a logo or word shows; one is recorded where it has none, for its other forms to belong to.

    Raises UnknownRecord, and InvalidField where it is a photo.
    """
    return editing.edit_mark_of(registry.database, identity, lambda known: known, now)


def forms_of(registry: Registry, mark_id: int, *, include_withdrawn: bool = False) -> tuple[ReferenceImage, ...]:
    """The references of a mark: artwork first, then parts, photographs of it in use and words, each by id."""
    order: list[Form | None] = [*Form, None]
    shown = [each for each in registry.references(include_withdrawn=include_withdrawn) if each.mark_id == mark_id]
    return tuple(sorted(shown, key=lambda each: (order.index(each.form), each.reference_id)))
