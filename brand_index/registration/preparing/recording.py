"""Records new images that were checked and prepared, several in one write; it opens and describes none."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from brand_index.errors import RegistrationError
from brand_index.registration.checking import MarkFields
from brand_index.registration.parts import ProposedPart
from brand_index.registration.preparing.new_image import NewImage, OpenedImage, PreparedImage
from brand_index.registration.preparing.standing import Standing, differing_fields, mark_of_reference
from brand_index.registry import Conflict, RegistrationOutcome, Registry
from brand_index.registry.conflicts import as_one_word
from brand_index.registry.reading import words_in_force
from brand_index.registry.recording import record_brand, record_mark, record_reference, save_descriptions
from brand_index.registry.transaction import Write
from brand_index.store import Store
from brand_index.types import Brand, Mark, ReferenceImage, ReferenceKind, description_key

FILES_AT_ONCE: Final = 8  # that are written at once: a disk makes several last in about the time of one


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


@dataclass(frozen=True, slots=True)
class CheckedImage:
    """An image that can be recorded."""

    new: NewImage
    opened: OpenedImage
    standing: Standing
    prepared: PreparedImage


def record_images(
    registry: Registry, store: Store, images: Sequence[CheckedImage], fingerprint: str, now: datetime
) -> list[Registered | RegistrationError]:
    """Record at least one image, none of them twice, in one write, and say what became of each, in order.

    Of what is refused, since the registry contradicts it, nothing is recorded. `fingerprint`: of the describer. Raises
    RegistryError, and then none is recorded.
    """
    paths = [store.media_path(each.prepared.examined.sha256, each.prepared.examined.suffix) for each in images]
    lost = [
        each.standing.existing is not None and not store.has(path) for each, path in zip(images, paths, strict=True)
    ]
    files = {path: each.opened.data for path, each in zip(paths, images, strict=True)}
    with ThreadPoolExecutor(min(FILES_AT_ONCE, len(files))) as threads:  # first: no row is ever without its file
        list(threads.map(store.keep, files, files.values()))
    marks = [_mark(registry, each) for each in images]
    recorded = list[tuple[ReferenceImage, RegistrationOutcome] | RegistrationError]()
    with registry.database.write(now) as write:
        for each, mark in zip(images, marks, strict=True):
            try:
                recorded.append(_record(write, each, mark, now))
            except RegistrationError as error:
                recorded.append(error)
        described = [
            (description_key(each.opened.reference_id, each.standing.shown), fingerprint, data)
            for each, one in zip(images, recorded, strict=True)
            if not isinstance(one, RegistrationError) and (data := each.prepared.examined.description) is not None
        ]
        save_descriptions(write, described)  # the index takes them from there
    return [
        one if isinstance(one, RegistrationError) else _outcome(registry, each, *one, is_restored)
        for each, one, is_restored in zip(images, recorded, lost, strict=True)
    ]


def unresolved_conflicts(registry: Registry, reference: ReferenceImage) -> tuple[Conflict, ...]:
    """The unresolved conflicts of a reference's file and its brand."""
    return tuple(
        conflict
        for conflict in registry.conflicts(sha256=reference.sha256)
        if conflict.kind is reference.kind and conflict.resolved_at is None and reference.brand_id in conflict.brands
    )


def _mark(registry: Registry, each: CheckedImage) -> Mark | None:
    """The mark to record with a reference; None: none, the one whose number was given, or what it has already."""
    mark, standing = each.opened.mark, each.standing
    if each.new.mark_id is not None or standing.in_force or mark == MarkFields():
        return None
    withdrawn = standing.existing
    if withdrawn is not None and not differing_fields(mark_of_reference(registry, withdrawn), mark):
        return None
    return Mark(
        mark_id=0,
        brand_id=each.opened.brand.brand_id,
        feature=mark.feature,
        office=mark.office,
        registration_number=mark.registration_number,
        nice=mark.nice,
        vienna=mark.vienna,
        expires=mark.expires,
        name=mark.name,
    )


def _record(
    write: Write, each: CheckedImage, mark: Mark | None, now: datetime
) -> tuple[ReferenceImage, RegistrationOutcome]:
    """Record the brand if it is new, the mark if there is one, and the reference.

    Raises Contradictory and UnknownRecord, before anything is written.
    """
    opened, examined = each.opened, each.prepared.examined
    record_brand(write, opened.brand)
    mark_id = each.new.mark_id if mark is None else record_mark(write, mark).mark_id
    return record_reference(
        write,
        ReferenceImage(
            reference_id=opened.reference_id,
            brand_id=opened.brand.brand_id,
            kind=each.new.kind,
            sha256=examined.sha256,
            suffix=examined.suffix,
            mark_id=mark_id,
            source_name=opened.name,
            width=examined.width,
            height=examined.height,
            warnings=examined.warnings,
            registered_at=now,
            withdrawn_at=None,
            form=each.standing.shown,
            source_region=opened.source_region,
        ),
    )


def _outcome(
    registry: Registry,
    each: CheckedImage,
    reference: ReferenceImage,
    outcome: RegistrationOutcome,
    is_restored: bool,
) -> Registered:
    examined = each.prepared.examined
    return Registered(
        reference,
        outcome,
        examined.warnings,
        unresolved_conflicts(registry, reference),
        is_restored,
        examined.other_kind,
        each.standing.keeps_mark,
        not_in_force(registry, each.opened.brand, each.prepared.words),
        each.prepared.parts,
    )


def not_in_force(registry: Registry, brand: Brand, words: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the words that the brand has not registered, however they are spelled."""
    if not words:
        return ()
    with registry.database.read() as connection:
        known = {as_one_word(word) for _, _, word in words_in_force(connection, brand.brand_id)}
    return tuple(word for word in words if as_one_word(word) not in known)
