"""What the registry holds of a new image, and whether that contradicts what is given of it; it records nothing."""

from dataclasses import dataclass, replace

from brand_index.errors import Contradictory
from brand_index.index.described import is_described
from brand_index.registration.checking import MarkFields
from brand_index.registration.preparing.new_image import NewImage, OpenedImage
from brand_index.registry import Registry
from brand_index.registry.contradictions import (
    MARK_FIELDS,
    check_same_brand,
    differs,
    mark_differences,
    mark_key,
    mark_options,
)
from brand_index.registry.reading import known_brand, mark_in
from brand_index.store import Store
from brand_index.types import Brand, Form, Mark, ReferenceImage


@dataclass(frozen=True, slots=True)
class Standing:
    """What the registry holds of a new image."""

    existing: ReferenceImage | None  # in force, or withdrawn; None: it is new
    is_described: bool  # its description is kept
    keeps_mark: bool  # as in Registered
    shown: Form | None  # the form to record

    @property
    def in_force(self) -> bool:
        """Whether it is registered already."""
        return self.existing is not None and self.existing.withdrawn_at is None


def check_standing(
    registry: Registry, store: Store, new: NewImage, opened: OpenedImage, fingerprint: str, *, for_words: bool
) -> Standing:
    """What the registry holds of it; `fingerprint` is the describer's. Raises Contradictory, as register_reference.

    `for_words`: as of register_reference.
    """
    existing = registry.reference(opened.reference_id)
    in_force = existing is not None and existing.withdrawn_at is None
    mark, keeps_mark = opened.mark, False
    if existing is not None and in_force and for_words:
        recorded = mark_of_reference(registry, existing)
        keeps_mark = bool(differing_fields(recorded, mark))
        mark = _without_unrecorded(mark, recorded)
    check_unchanged(registry, opened.brand, existing if in_force else None, mark, new.mark_id, new.form)
    shown = existing.form if existing is not None and in_force else opened.shown
    described = is_described(store, registry, opened.reference_id, shown, fingerprint)
    return Standing(existing, described, keeps_mark, shown)


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
    with registry.database.read() as connection:
        known = known_brand(connection, brand.brand_id)
    if known is not None:
        check_same_brand(known, brand)
    if existing is None:
        return
    if mark != MarkFields():
        check_same_fields(existing, mark_of_reference(registry, existing), mark)
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


def mark_of_reference(registry: Registry, reference: ReferenceImage) -> Mark | None:
    """The mark that is recorded with a reference; None: none is."""
    with registry.database.read() as connection:
        return mark_in(connection, reference.mark_id)


def differing_fields(recorded: Mark | None, mark: MarkFields) -> list[str]:
    """The given fields of a mark that are recorded otherwise, or not."""
    return [name for name in MARK_FIELDS if differs(recorded, mark, name)]


def _without_unrecorded(mark: MarkFields, recorded: Mark | None) -> MarkFields:
    """What is given of a mark, without what is not recorded of it: only the rest can contradict."""
    unknown = [name for name in MARK_FIELDS if recorded is None or not getattr(recorded, name)]
    return replace(mark, **{name: getattr(MarkFields(), name) for name in unknown})
