"""The commands marks: what an office recorded about a mark, and what its owner calls it."""

import json
import shlex
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from brand_index.errors import UsageError
from brand_index.types import MarkFeature
from scanner.commands.shell import (
    DAY,
    RegistryOption,
    StoreOption,
    counted,
    given_day,
    open_registry,
    plain_errors,
    say,
    show_table,
    text_option,
)

if TYPE_CHECKING:
    from brand_index.registration import MarkChanges, MarkFields
    from brand_index.registry import Registry
    from brand_index.types import Mark

marks = typer.Typer(name="marks", help="Marks and their forms.", no_args_is_help=True)


_NAMED: Final = 5  # references in a message


class Field(StrEnum):
    """A field that can be cleared."""

    NAME = "name"
    FEATURE = "feature"
    REGISTRATION = "registration"  # office and number, which belong together
    NICE = "nice"
    VIENNA = "vienna"
    EXPIRES = "expires"


@marks.callback()
def group() -> None:
    """Marks and their forms: artwork, parts, and photographs of the mark in use."""


BrandArgument = Annotated[str, typer.Argument(metavar="BRAND", help="Identifier of the brand, such as acme.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, with withdrawn forms too.")]


@marks.command("show")
def marks_show(
    brand_id: BrandArgument,
    *,
    as_json: JsonOption = False,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """List the marks of a brand: how many forms each has in force, and its words.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from brand_index.registry.overview import MARK_COLUMNS, mark_json, marks_as_rows

    with plain_errors(), open_registry(store, registry_url) as registry:
        registry.brand(brand_id)
        held = [each for each in registry.references(include_withdrawn=True) if each.brand_id == brand_id]
        own = [each for each in registry.marks() if each.brand_id == brand_id]
        if as_json:
            rows = [mark_json(mark, [each for each in held if each.mark_id == mark.mark_id]) for mark in own]
            say(json.dumps(rows, ensure_ascii=False, indent=2))
            return
        if own:
            show_table(MARK_COLUMNS, marks_as_rows(own, held))
        else:
            in_force = counted(sum(each.withdrawn_at is None for each in held), "reference")
            say(
                f"{brand_id} has no marks, and {in_force} in force: `markscan register --brand {brand_id} --mark NAME "
                "FILE` registers a form of a mark"
            )
        loose = [each for each in held if each.mark_id is None and each.form is not None and each.withdrawn_at is None]
        if loose:
            say(
                f"{counted(len(loose), 'logo')} of no mark, such as {loose[0].reference_id}: give it one with "
                f"`markscan marks edit {loose[0].reference_id} --name …`"
            )


@marks.command("forms")
def marks_forms(
    brand_id: BrandArgument,
    mark: Annotated[str, typer.Argument(metavar="MARK", help="Name of the mark, or its number: see marks show.")],
    *,
    as_json: JsonOption = False,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """List the forms of a mark, and its words: what each is, and from where it was cut.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from brand_index.registration.editing import find_mark
    from brand_index.registration.forms import forms_of
    from brand_index.registry.overview import FORM_COLUMNS, forms_as_rows, reference_json

    with plain_errors(), open_registry(store, registry_url) as registry:
        registry.brand(brand_id)
        found = find_mark(registry, brand_id, mark)
        forms = forms_of(registry, found.mark_id, include_withdrawn=as_json)
        if as_json:
            say(json.dumps([reference_json(each) for each in forms], ensure_ascii=False, indent=2))
        else:
            say(f"mark {found.mark_id} of {found.brand_id}: {_in_words(found)}")
            show_table(FORM_COLUMNS, forms_as_rows(forms))


@marks.command("edit")
def marks_edit(
    which: Annotated[
        list[str],
        typer.Argument(
            metavar="WHICH…",
            help="The identifier of a reference; or the brand and the mark's name or number, such as acme sign; or the "
            "office and registration number, such as EM 018123456.",
        ),
    ],
    *,
    name: Annotated[str | None, text_option(help="What the owner calls the mark, such as sign.")] = None,
    feature: Annotated[MarkFeature | None, typer.Option(help="Feature of the mark (WIPO ST.96).")] = None,
    office: Annotated[str | None, text_option(help="Trade-mark office (WIPO ST.3), such as EM.")] = None,
    registration_number: Annotated[str | None, text_option(help="Registration number at that office.")] = None,
    nice: Annotated[str | None, text_option(help="All its classes of goods (Nice), such as 25,35.")] = None,
    vienna: Annotated[str | None, text_option(help="All its codes of figurative elements, such as 26.4.5.")] = None,
    expires: Annotated[
        date | None,
        typer.Option(parser=given_day, metavar=DAY, help="Day on which the registration expires."),
    ] = None,
    clear: Annotated[list[Field] | None, typer.Option(help="Clear a field. Repeat the option for more.")] = None,
    only_this: Annotated[
        bool,
        typer.Option("--only-this", help="Change it for this reference alone; others that show the mark keep theirs."),
    ] = False,
    for_all: Annotated[
        bool, typer.Option("--all", help="Change it for all references that show the mark, though one is named.")
    ] = False,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Change a mark, or give a logo or word its mark.

    The audit log keeps the earlier values. The change holds for all references that show the mark: where several do,
    name the mark itself, or give --all or --only-this.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from brand_index import fields, registration
    from brand_index.registration import MarkFields
    from brand_index.registration.editing import find_mark

    with plain_errors():
        if len(which) > 2 or (len(which) == 2 and only_this):
            quoted = f", a name with spaces in quotation marks ({which[0]} {shlex.quote(' '.join(which[1:]))})"
            raise UsageError(
                f"{' '.join(which)}: name one reference, or one mark without --only-this"
                f"{quoted if len(which) > 2 else ''}"
            )
        if only_this and for_all:
            raise UsageError("--all and --only-this are both given: choose one")
        values = MarkFields(
            name=name,
            feature=feature,
            office=office,
            registration_number=registration_number,
            nice=fields.nice_classes(fields.split(nice or "")),
            vienna=fields.split(vienna or ""),
            expires=expires,
        )
        changes = _changes(values, clear or [])
        now = datetime.now(UTC)
        with open_registry(store, registry_url) as registry:
            if len(which) == 2:
                done = registration.edit_mark(registry, find_mark(registry, *which).mark_id, changes, now)
            else:
                if not (only_this or for_all):
                    _refuse_shared(registry, which[0])
                done = registration.edit_mark_of(registry, which[0], changes, now, alone=only_this)
            shown_by = [each.source_name for each in registry.references() if each.mark_id == done.mark_id]
            say(f"mark {done.mark_id} of {done.brand_id}: {_in_words(done)}")
            if done.expires is not None and done.expires < now.date():
                say(f"  warning: it expired on {done.expires}, and scans find its references until they are withdrawn")
            say(f"shown by {', '.join(shown_by) or 'no reference in force'}")


def _refuse_shared(registry: "Registry", reference_id: str) -> None:
    """Raises UsageError where other references in force show the mark of a reference."""
    reference = registry.reference(reference_id)
    if reference is None or reference.mark_id is None:
        return
    others = [
        each.source_name
        for each in registry.references()
        if each.mark_id == reference.mark_id and each.reference_id != reference_id
    ]
    if others:
        more = f" and {len(others) - _NAMED:,} more" if len(others) > _NAMED else ""
        raise UsageError(
            f"mark {reference.mark_id} of {reference_id} is shown by {', '.join(others[:_NAMED])}{more} too: give "
            "--all to change it for all of them, or --only-this"
        )


def _changes(values: "MarkFields", clear: list[Field]) -> "MarkChanges":
    from brand_index.registration import MarkChanges
    from brand_index.registry.contradictions import MARK_FIELDS

    given = {name for name in MARK_FIELDS if getattr(values, name)}
    cleared = {each.value for each in clear} - {Field.REGISTRATION.value}
    if Field.REGISTRATION in clear:
        cleared |= {"office", "registration_number"}
    if both := sorted(given & cleared):
        raise UsageError(f"{both[0].replace('_', ' ')} is both given and cleared: choose one")
    return MarkChanges(values, frozenset(given | cleared))


def _in_words(done: "Mark") -> str:
    parts = (
        done.name or "",
        f"{done.office} {done.registration_number}" if done.office else "not registered",
        "" if done.feature is None else done.feature.value,
        f"Nice {', '.join(str(each) for each in sorted(done.nice))}" if done.nice else "",
        f"Vienna {', '.join(done.vienna)}" if done.vienna else "",
        f"expires {done.expires}" if done.expires else "",
    )
    return "; ".join(part for part in parts if part)
