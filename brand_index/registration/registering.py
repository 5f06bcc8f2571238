"""Registers images, with every check before the registry; it parses no input. Words have a module of their own."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from brand_index import fields
from brand_index.errors import Contradictory, UnrecognizableReference
from brand_index.features.describing import Describer
from brand_index.features.forms.cutting import cut_from_file
from brand_index.features.words import folded
from brand_index.files import keep
from brand_index.images import read_bytes
from brand_index.registration.checking import MarkFields, check_brand, check_form, check_mark_of
from brand_index.registration.examining import NEARLY_ALL, examine
from brand_index.registration.parts import ProposedPart, propose_parts
from brand_index.registration.suggesting import Reading, read_words
from brand_index.registry import Conflict, RegistrationOutcome, Registry
from brand_index.registry.contradictions import (
    MARK_FIELDS,
    check_same_brand,
    differs,
    mark_differences,
    mark_key,
    mark_options,
)
from brand_index.registry.reading import words_in_force
from brand_index.store import Store
from brand_index.types import (
    Brand,
    Form,
    Mark,
    ReferenceImage,
    ReferenceKind,
    SourceRegion,
    description_key,
    reference_id,
)


@dataclass(frozen=True, slots=True)
class Registered:
    """The result of registering one image or word."""

    reference: ReferenceImage
    outcome: RegistrationOutcome
    warnings: tuple[str, ...]  # why it is a weak reference; empty: none
    conflicts: tuple[Conflict, ...]  # unresolved ones of this file or word and this brand
    is_restored: bool = False  # its file had been lost, and is there again
    other_kind: ReferenceKind | None = None  # what it looks like, if not like what it is registered as
    keeps_mark: bool = False  # whether more of its mark was given than is recorded, for the words that it shows
    reads: tuple[str, ...] = ()  # words that a logo shows and its brand has not registered, as of read_words
    parts: tuple[ProposedPart, ...] = ()  # of artwork, if they were asked for; empty: it is one

    @property
    def result(self) -> str:
        """The outcome in words, and whether a lost file is restored."""
        return f"{self.outcome.value}; its lost file is restored" if self.is_restored else self.outcome.value


def register_reference(
    registry: Registry,
    store: Store,
    *,
    brand: Brand,
    kind: ReferenceKind,
    image: Path | bytes,
    describer: Describer,
    name: str | None = None,
    mark: MarkFields | None = None,
    mark_id: int | None = None,
    form: Form | None = None,
    region: SourceRegion | None = None,
    source_region: SourceRegion | None = None,
    reading: Reading | None = None,
    find_parts: bool = False,
    now: datetime,
) -> Registered:
    """Register an image of a brand, and the brand itself if it is new.

    `name` is the image's original name; None: the file's. `mark` None: no mark is recorded, or that with number
    `mark_id`. `form`: what a logo shows of its mark; None: artwork, or of a `region` of the image, which is cut out
    and registered in its place, a photograph of it in use. `source_region`: from where the caller has cut it out. An
    image that this brand has registered already as this kind stays as it is, and its file is put back if it was lost.
    `describer` describes the image at once, within its limits: whatever is accepted can be in an index. `reading`
    says whether a logo is read for words to suggest; None: it is not. `find_parts`: of artwork, to propose them.
    Raises InvalidField, ImageError, UnrecognizableReference or UndescribableReference, and Contradictory where the
    brand, the mark or the image is registered with other values; then nothing is recorded.
    """
    brand = check_brand(brand)
    mark = check_mark_of(kind, mark or MarkFields())
    if name is None:
        name = fields.printable(image.name) if isinstance(image, Path) else "image"
    data = read_bytes(image) if isinstance(image, Path) else image
    shown = check_form(kind, form, region or source_region)
    cutting = None if region is None else describer.run(name, cut_from_file, data, region, name)
    if cutting is not None:
        data, source_region = cutting.png, region
    identity = reference_id(brand.brand_id, kind, hashlib.sha256(data).hexdigest())
    existing = registry.reference(identity)
    in_force = existing is not None and existing.withdrawn_at is None
    keeps_mark = False
    if existing is not None and in_force and reading is not None and reading.known_too:  # it is given for its words
        recorded = _mark_of(registry, existing)
        keeps_mark = bool(differing_fields(recorded, mark))
        check_unchanged(registry, brand, existing, _without_unrecorded(mark, recorded), mark_id, form)
    else:
        check_unchanged(registry, brand, existing if in_force else None, mark, mark_id, form)
    if existing is not None and in_force:
        shown = existing.form
    key = description_key(identity, shown)
    is_described = registry.descriptor(key, describer.fingerprint) is not None
    is_whole = source_region is None or (cutting is not None and cutting.share >= NEARLY_ALL)
    try:
        examined = describer.run(name, examine, data, kind, name, not is_described, shown, is_whole)
    except UnrecognizableReference as error:
        if cutting is None:
            raise
        raise UnrecognizableReference(f"{name}: {cutting.place}: {str(error).removeprefix(f'{name}: ')}") from None
    path = store.media_path(examined.sha256, examined.suffix)
    is_restored = existing is not None and not path.exists()
    keep(path, data)  # first: no row is ever without its file
    registry.add_brand(brand, now)
    if mark_id is None and not in_force:
        mark_id = _mark_id(registry, brand, mark, existing, now)
    reference, outcome = registry.add_reference(
        brand=brand.brand_id,
        kind=kind,
        sha256=examined.sha256,
        suffix=examined.suffix,
        mark_id=mark_id,
        source_name=name,
        width=examined.width,
        height=examined.height,
        warnings=examined.warnings,
        form=shown,
        source_region=source_region,
        now=now,
    )
    if examined.description is not None:  # the index takes it from there
        registry.save_descriptors([(key, describer.fingerprint, examined.description)])
    conflicts = tuple(
        conflict
        for conflict in registry.conflicts(sha256=examined.sha256)
        if conflict.kind is kind and conflict.resolved_at is None and brand.brand_id in conflict.brands
    )
    reads: tuple[str, ...] = ()
    is_new = outcome is not RegistrationOutcome.ALREADY_REGISTERED
    is_sound_logo = shown is Form.ARTWORK and examined.other_kind is None
    if is_sound_logo and reading is not None and (is_new or reading.known_too):
        reads = _not_in_force(registry, brand, read_words(describer, reading.manifest, data, name, brand))
    parts = propose_parts(describer, data, name) if find_parts and is_sound_logo else ()
    return Registered(
        *(reference, outcome, examined.warnings, conflicts, is_restored, examined.other_kind),
        *(keeps_mark, reads, parts),
    )


def _without_unrecorded(mark: MarkFields, recorded: Mark | None) -> MarkFields:
    """What is given of a mark, without what is not recorded of it: only the rest can contradict."""
    unknown = [name for name in MARK_FIELDS if recorded is None or not getattr(recorded, name)]
    return replace(mark, **{name: getattr(MarkFields(), name) for name in unknown})


def _not_in_force(registry: Registry, brand: Brand, words: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the words that the brand has not registered, however they are spelled."""
    if not words:
        return ()
    with registry.database.read() as connection:
        known = {folded(word) for _, other, word in words_in_force(connection) if other == brand.brand_id}
    return tuple(word for word in words if folded(word) not in known)


def check_unchanged(
    registry: Registry,
    brand: Brand,
    existing: ReferenceImage | None,
    mark: MarkFields,
    mark_id: int | None = None,
    form: Form | None = None,
) -> None:
    """Raises Contradictory where the brand, or the mark or form of a reference in force, is registered otherwise.

    `existing` None: the reference is new, or withdrawn. `mark_id` and `form` None: they are not given.
    """
    if (known := next((each for each in registry.brands() if each.brand_id == brand.brand_id), None)) is not None:
        check_same_brand(known, brand)
    if existing is None:
        return
    if mark != MarkFields():
        check_same_fields(existing, _mark_of(registry, existing), mark)
    if mark_id is not None and mark_id != existing.mark_id:
        recorded = "no mark" if existing.mark_id is None else f"mark {existing.mark_id}"
        raise Contradictory(
            f"it is registered already, as {existing.reference_id} of {recorded}, and mark {mark_id} is given: "
            "withdraw it first, or leave it as it is"
        )
    if form is not None and existing.form is not None and form is not existing.form:
        raise Contradictory(
            f"it is registered already, as {existing.form.value}, and {form.value} is given: to change that, withdraw "
            f"it first: markscan withdraw {existing.reference_id}"
        )


def check_same_fields(existing: ReferenceImage, recorded: Mark | None, mark: MarkFields) -> None:
    """Raises Contradictory where a reference in force is given another mark than the `recorded` one."""
    differing = differing_fields(recorded, mark)
    if not differing:
        return
    given = Mark(0, existing.brand_id, **{name: getattr(mark, name) for name in MARK_FIELDS})
    known, options = existing.reference_id, mark_options(given, differing)
    edits = f"To give it a mark: markscan marks edit {known} {options}"
    if recorded is not None:
        edits = (
            f"To change the mark, for all that show it: markscan marks edit {existing.brand_id} {mark_key(recorded)} "
            f"{options}. For this one alone: markscan marks edit {known} {options} --only-this"
        )
    raise Contradictory(
        f"it is registered already, and its mark otherwise: {mark_differences(recorded, given, differing)}. {edits}"
    )


def _mark_of(registry: Registry, reference: ReferenceImage) -> Mark | None:
    return next((each for each in registry.marks() if each.mark_id == reference.mark_id), None)


def differing_fields(recorded: Mark | None, mark: MarkFields) -> list[str]:
    """The given fields of a mark that are recorded otherwise, or not."""
    return [name for name in MARK_FIELDS if differs(recorded, mark, name)]


def withdraw(registry: Registry, reference: str, now: datetime) -> ReferenceImage:
    """Take a reference out of force; its file and record stay. Raises UnknownRecord."""
    return registry.withdraw_reference(reference, now)


def _mark_id(
    registry: Registry, brand: Brand, mark: MarkFields, withdrawn: ReferenceImage | None, now: datetime
) -> int | None:
    """The mark to record with a reference; None: none, or a `withdrawn` one has it already."""
    if mark == MarkFields() or (withdrawn is not None and not differing_fields(_mark_of(registry, withdrawn), mark)):
        return None
    recorded = registry.add_mark(
        brand=brand.brand_id,
        feature=mark.feature,
        office=mark.office,
        registration_number=mark.registration_number,
        nice=mark.nice,
        vienna=mark.vienna,
        expires=mark.expires,
        name=mark.name,
        now=now,
    )
    return recorded.mark_id
