"""Registers images, with every check before the registry; it parses no input. Words have a module of their own."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from brand_index.bounded_process import ProcessUnusable
from brand_index.errors import MarkscanError, ModelUnusable, RegistrationError, RegistryError
from brand_index.features.describing import Describer
from brand_index.index.described import is_described
from brand_index.registration.checking import MarkFields
from brand_index.registration.preparing.ahead import ReadyImage, prepared_ahead
from brand_index.registration.preparing.new_image import NewImage, OpenedImage, open_image, prepare, suggestions
from brand_index.registration.preparing.recording import (
    CheckedImage,
    Registered,
    not_in_force,
    record_images,
    unresolved_conflicts,
)
from brand_index.registration.preparing.standing import check_standing
from brand_index.registration.suggesting import Reading
from brand_index.registry import RegistrationOutcome, Registry
from brand_index.registry.kept_files import read_reference
from brand_index.store import Store
from brand_index.types import Brand, Form, ReferenceImage, ReferenceKind, SourceRegion


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
    for_words: bool = False,
    now: datetime,
) -> Registered:
    """Register an image of a brand, and the brand itself if it is new.

    `name` is the image's original name; None: the file's. `mark` None: no mark is recorded, or that with number
    `mark_id`. `form`: what a logo shows of its mark; None: artwork, or of a `region` of the image, which is cut out
    and registered in its place, a photograph of it in use. `source_region`: from where the caller has cut it out. An
    image that this brand has registered already as this kind stays as it is, and its file is put back if it was lost.
    `describer` describes the image at once, within its limits: whatever is accepted can be in an index. `for_words`: a
    logo that is registered already is given for the words that it shows, which `suggest` reads.
    Raises InvalidField, ImageError, UnrecognizableReference or UndescribableReference, and Contradictory where the
    brand, the mark or the image is registered with other values; then nothing is recorded.
    """
    new = NewImage(brand, kind, image, name, mark, mark_id, form, region, source_region)
    opened = open_image(new, describer)
    standing = check_standing(registry, store, new, opened, describer.fingerprint, for_words=for_words)
    described = standing.is_described
    prepared = prepare(opened, kind, describer, with_description=not described, reading=None, find_parts=False)
    checked = CheckedImage(new, opened, standing, prepared)
    (done,) = record_images(registry, store, [checked], describer.fingerprint, now)
    if isinstance(done, RegistrationError):
        raise done
    return done


def suggest(
    registry: Registry, store: Store, done: Registered, describer: Describer, reading: Reading | None
) -> Registered:
    """What register_reference did, with the words that artwork shows and its parts, as register_many finds them.

    `reading` None: it is not read. Raises as a Describer, and what the kept file is refused for.
    """
    reference = done.reference
    if reference.form is not Form.ARTWORK or done.other_kind is not None:
        return done
    data = read_reference(store, reference)
    if data is None:  # it was lost since
        return done
    is_new = done.outcome is not RegistrationOutcome.ALREADY_REGISTERED
    brand, name = registry.brand(reference.brand_id), reference.source_name
    reads = reading if is_new or (reading is not None and reading.known_too) else None
    words, parts = suggestions(describer, data, name, brand, reads, find_parts=True)
    return replace(done, reads=not_in_force(registry, brand, words), parts=parts)


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
    there are `describers`, and what is ready together is recorded at once, in one write: what is done stays done.

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

    for ready in prepared_ahead(images, describers, is_known, reading=reading, find_parts=find_parts):
        for some in _without_repetition(ready):
            yield from _recorded(registry, store, some, fingerprint, reading)


def _without_repetition(ready: Sequence[ReadyImage]) -> Iterator[list[ReadyImage]]:
    """The images in lists, none of which has one twice: an image is compared with what is recorded before."""
    some, ids = list[ReadyImage](), set[str]()
    for each in ready:
        identity = None if each.opened is None else each.opened.reference_id
        if identity in ids:
            yield some
            some, ids = [], set()
        some.append(each)
        if identity is not None:
            ids.add(identity)
    yield some


def _recorded(
    registry: Registry, store: Store, ready: Sequence[ReadyImage], fingerprint: str, reading: Reading | None
) -> list[Registered | MarkscanError]:
    """Record what is ready, and say what became of each, in order. Raises as register_many."""
    found = list[Registered | MarkscanError | CheckedImage]()
    for each in ready:
        try:
            found.append(_checked(registry, store, each, fingerprint, reading))
        except (RegistryError, ModelUnusable, ProcessUnusable):
            raise
        except MarkscanError as error:
            found.append(error)
    to_record = [each for each in found if isinstance(each, CheckedImage)]
    recorded = iter(record_images(registry, store, to_record, fingerprint, datetime.now(UTC)) if to_record else ())
    return [next(recorded) if isinstance(each, CheckedImage) else each for each in found]


def _checked(
    registry: Registry, store: Store, each: ReadyImage, fingerprint: str, reading: Reading | None
) -> Registered | CheckedImage:
    """What is to be recorded, or is already. Raises its error, unless what is given of it contradicts the registry."""
    if each.opened is None:
        assert each.error is not None, "what was not opened has an error"
        raise each.error
    for_words = reading is not None and reading.known_too
    standing = check_standing(registry, store, each.new, each.opened, fingerprint, for_words=for_words)
    if each.error is not None:
        raise each.error
    if each.prepared is None:
        existing = standing.existing
        assert existing is not None, "only what is known needs no preparing"
        conflicts = unresolved_conflicts(registry, existing)
        outcome = RegistrationOutcome.ALREADY_REGISTERED
        return Registered(existing, outcome, existing.warnings, conflicts, keeps_mark=standing.keeps_mark)
    prepared = each.prepared if for_words or not standing.in_force else replace(each.prepared, words=())
    return CheckedImage(each.new, each.opened, standing, prepared)


def withdraw(registry: Registry, reference: str, now: datetime) -> ReferenceImage:
    """Take a reference out of force; its file and record stay. Raises UnknownRecord."""
    return registry.withdraw_reference(reference, now)
