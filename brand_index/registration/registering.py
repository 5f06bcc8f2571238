"""Registers images, with every check before the registry; it parses no input. Words have a module of their own."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from brand_index.bounded_process import ProcessUnusable
from brand_index.errors import MarkscanError, ModelUnusable, RegistryError
from brand_index.features.describing import Describer
from brand_index.features.words import folded
from brand_index.index.described import is_described
from brand_index.registration.checking import MarkFields
from brand_index.registration.parts import ProposedPart
from brand_index.registration.preparing.ahead import ReadyImage, prepared_ahead
from brand_index.registration.preparing.new_image import NewImage, OpenedImage, PreparedImage, open_image, prepare
from brand_index.registration.preparing.standing import (
    Standing,
    check_standing,
    differing_fields,
    mark_of_reference,
)
from brand_index.registration.suggesting import Reading
from brand_index.registry import Conflict, RegistrationOutcome, Registry
from brand_index.registry.reading import words_in_force
from brand_index.store import Store
from brand_index.types import (
    Brand,
    Form,
    ReferenceImage,
    ReferenceKind,
    SourceRegion,
    description_key,
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
    new = NewImage(brand, kind, image, name, mark, mark_id, form, region, source_region)
    opened = open_image(new, describer)
    standing = check_standing(registry, store, new, opened, describer.fingerprint, reading)
    prepared = prepare(
        opened,
        kind,
        describer,
        with_description=not standing.is_described,
        reading=reading if not standing.in_force or (reading is not None and reading.known_too) else None,
        find_parts=find_parts,
    )
    return record(registry, store, new, opened, standing, prepared, describer.fingerprint, now)


def register_many(
    registry: Registry,
    store: Store,
    images: Iterable[NewImage],
    describers: Sequence[Describer],
    *,
    reading: Reading | None,
    find_parts: bool,
    known_too: bool,
) -> Generator[Registered | MarkscanError, None, None]:
    """What became of each image, in order, as register_reference says; they are prepared on as many processors as
    there are `describers`, and each is recorded before the next is handed on: what is done stays done.

    An image that is registered, described and whose file is there costs a look-up, so that a long list can be begun
    again where it was interrupted; `known_too`: artwork is read, and its parts are found, all the same. Raises
    RegistryError, ModelUnusable and ProcessUnusable, for which no image is to blame.
    """
    fingerprint = describers[0].fingerprint

    def is_known(new: NewImage, opened: OpenedImage) -> bool:
        existing = registry.reference(opened.reference_id)
        if existing is None or existing.withdrawn_at is not None or (known_too and new.kind is ReferenceKind.LOGO):
            return False
        is_kept = store.has(store.media_path(existing.sha256, existing.suffix))
        return is_kept and is_described(store, registry, existing.reference_id, existing.form, fingerprint)

    for each in prepared_ahead(images, describers, is_known, reading=reading, find_parts=find_parts):
        try:
            yield _recorded(registry, store, each, fingerprint, reading)
        except (RegistryError, ModelUnusable, ProcessUnusable):
            raise
        except MarkscanError as error:
            yield error


def _recorded(
    registry: Registry, store: Store, each: ReadyImage, fingerprint: str, reading: Reading | None
) -> Registered:
    """Record what is ready. Raises its error, unless the registry contradicts what is given of it: that comes first."""
    now = datetime.now(UTC)
    if each.opened is None:
        assert each.error is not None, "what was not opened has an error"
        raise each.error
    standing = check_standing(registry, store, each.new, each.opened, fingerprint, reading)
    if each.error is not None:
        raise each.error
    if each.prepared is None:
        existing = standing.existing
        assert existing is not None, "only what is known needs no preparing"
        conflicts = _conflicts(registry, existing)
        outcome = RegistrationOutcome.ALREADY_REGISTERED
        return Registered(existing, outcome, existing.warnings, conflicts, keeps_mark=standing.keeps_mark)
    reads = not standing.in_force or (reading is not None and reading.known_too)
    prepared = each.prepared if reads else replace(each.prepared, words=())
    return record(registry, store, each.new, each.opened, standing, prepared, fingerprint, now)


def record(
    registry: Registry,
    store: Store,
    new: NewImage,
    opened: OpenedImage,
    standing: Standing,
    prepared: PreparedImage,
    fingerprint: str,
    now: datetime,
) -> Registered:
    """Record an image that was opened, checked and prepared. Raises Contradictory."""
    brand, examined, existing = opened.brand, prepared.examined, standing.existing
    path = store.media_path(examined.sha256, examined.suffix)
    is_restored = existing is not None and not store.has(path)
    store.keep(path, opened.data)  # first: no row is ever without its file
    registry.add_brand(brand, now)
    mark_id = new.mark_id
    if mark_id is None and not standing.in_force:
        mark_id = _mark_id(registry, brand, opened.mark, existing, now)
    reference, outcome = registry.add_reference(
        brand=brand.brand_id,
        kind=new.kind,
        sha256=examined.sha256,
        suffix=examined.suffix,
        mark_id=mark_id,
        source_name=opened.name,
        width=examined.width,
        height=examined.height,
        warnings=examined.warnings,
        form=standing.shown,
        source_region=opened.source_region,
        now=now,
    )
    if examined.description is not None:  # the index takes it from there
        key = description_key(opened.reference_id, standing.shown)
        registry.save_descriptors([(key, fingerprint, examined.description)])
    words = _not_in_force(registry, brand, prepared.words)
    return Registered(
        *(reference, outcome, examined.warnings, _conflicts(registry, reference), is_restored, examined.other_kind),
        *(standing.keeps_mark, words, prepared.parts),
    )


def _conflicts(registry: Registry, reference: ReferenceImage) -> tuple[Conflict, ...]:
    """The unresolved conflicts of a reference's file and its brand."""
    return tuple(
        conflict
        for conflict in registry.conflicts(sha256=reference.sha256)
        if conflict.kind is reference.kind and conflict.resolved_at is None and reference.brand_id in conflict.brands
    )


def _not_in_force(registry: Registry, brand: Brand, words: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the words that the brand has not registered, however they are spelled."""
    if not words:
        return ()
    with registry.database.read() as connection:
        known = {folded(word) for _, other, word in words_in_force(connection) if other == brand.brand_id}
    return tuple(word for word in words if folded(word) not in known)


def withdraw(registry: Registry, reference: str, now: datetime) -> ReferenceImage:
    """Take a reference out of force; its file and record stay. Raises UnknownRecord."""
    return registry.withdraw_reference(reference, now)


def _mark_id(
    registry: Registry, brand: Brand, mark: MarkFields, withdrawn: ReferenceImage | None, now: datetime
) -> int | None:
    """The mark to record with a reference; None: none, or a `withdrawn` one has it already."""
    if mark == MarkFields():
        return None
    if withdrawn is not None and not differing_fields(mark_of_reference(registry, withdrawn), mark):
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
