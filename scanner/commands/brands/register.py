"""The command register: which images are a brand's references."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brand_index.bounded_process import ProcessUnusable
from brand_index.errors import (
    MarkscanError,
    ModelUnusable,
    RegistryError,
    UsageError,
)
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind
from scanner.commands.brands.audits import audit_new, say_other_kind
from scanner.commands.new_store import registry_to_fill
from scanner.commands.reference_warnings import say_not_searched
from scanner.commands.shell import (
    ExitCode,
    ModelOption,
    RegistryOption,
    StoreOption,
    chosen_settings,
    given_path,
    plain_errors,
    say,
    text_option,
)

if TYPE_CHECKING:
    from brand_index.csv_files import BadRow
    from brand_index.features.describing import Describer
    from brand_index.registration import MarkFields, Registered
    from brand_index.registry import Registry


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An image to register."""

    path: Path
    label: str  # the path, or the CSV row, for messages
    fault: str | None  # why it is not opened; None: it is
    brand: Brand
    kind: ReferenceKind
    mark: "MarkFields"


def register(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(parser=given_path, metavar="PATH…", help="Images or folders.", show_default=False),
    ] = None,
    *,
    brand: Annotated[str, text_option(help="The brand's identifier, such as acme.")] = "",
    name: Annotated[str, text_option(help="The brand's name. Required for a new brand.")] = "",
    owner: Annotated[str, text_option(help="The brand's owner. Required for a new brand.")] = "",
    contact: Annotated[str, text_option(help="Contact of the brand. Required for a new brand.")] = "",
    kind: Annotated[
        ReferenceKind,
        typer.Option(help="logo: scans find it anywhere in an image. photo: scans find its copies."),
    ] = ReferenceKind.LOGO,
    office: Annotated[str, text_option(help="Trade-mark office of the logo's mark (WIPO ST.3), such as EM.")] = "",
    registration_number: Annotated[str, text_option(help="Registration number of the mark at that office.")] = "",
    nice: Annotated[str, text_option(help="Classes of goods of the mark (Nice), such as 25,35.")] = "",
    vienna: Annotated[str, text_option(help="Codes of the mark's figurative elements (Vienna), such as 26.4.5.")] = "",
    csv: Annotated[
        Path | None,
        typer.Option(
            parser=given_path,
            metavar="FILE",
            help="CSV file of images of many brands. Columns: brand, name, owner, contact, kind, path; optional: "
            "office, registration_number, nice, vienna.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only what was refused, and the summary.")] = False,
    audited: Annotated[
        bool,
        typer.Option(
            "--audit/--no-audit",
            help="Estimate the false alarms of each new logo and photo, and name the references it resembles.",
        ),
    ] = True,
    model: ModelOption = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Register logos or product photos of a brand, as references for scans.

    It changes nothing that is registered: where a brand's name, owner or contact, or a logo's mark, is given otherwise,
    it says what differs. `markscan brand edit` and `markscan mark edit` change that.

    Exit codes: 0 done, 1 internal error, 2 usage, 3 some refused.
    """
    from brand_index import fields
    from brand_index.csv_files import BadRow
    from brand_index.features.describing import BoundedDescriber
    from brand_index.images.finding import find_images
    from brand_index.registration import MarkFields, check_mark_of
    from brand_index.registration.importing import agreeing, complete_brand, read_rows

    with plain_errors():
        if csv is None and not paths:
            raise UsageError("PATH is missing: name images or folders to register, or a table of them with --csv FILE")
        if csv is None and not brand:
            raise UsageError("--brand is missing: name the brand of these images")
        excluded = {"PATH": paths, "--brand": brand, "--name": name, "--owner": owner, "--contact": contact}
        excluded |= {"--office": office, "--registration-number": registration_number, "--nice": nice}
        excluded |= {"--vienna": vienna}
        if csv is not None and (given := [option for option, value in excluded.items() if value]):
            raise UsageError(f"--csv {csv} names images, brands and marks itself: leave out {', '.join(given)}")
        mark = check_mark_of(
            kind,
            MarkFields(
                office=office or None,
                registration_number=registration_number or None,
                nice=fields.nice_classes(fields.split(nice)),
                vienna=fields.split(vienna),
            ),
        )
        place, found = Store.locate(store), find_images(paths or [], vector=True)
        found.refuse_empty()  # before there is a store: a mistyped path makes none
        with registry_to_fill(store, registry_url) as registry:
            if csv is None:
                owning = complete_brand(brand, name, owner, contact, registry.brands())
                candidates: Iterator[_Candidate | BadRow] = (
                    _Candidate(each.path, str(each.path), each.fault, owning, kind, mark) for each in found.images
                )
            else:
                candidates = (
                    row
                    if isinstance(row, BadRow)
                    else _Candidate(row.path, f"line {row.line}: {row.path}", None, row.brand, row.kind, row.mark)
                    for row in agreeing(csv, read_rows(csv, registry.brands()))
                )
            with BoundedDescriber(chosen_settings(model_manifest=model).model_manifest) as describer:
                tally, new = _register_each(registry, place, candidates, describer, quiet=quiet)
                say_other_kind(new)
                if audited:
                    audit_new(registry, place, new, describer, quiet=quiet)
            say_not_searched(place)
            for sentence in found.passed_over.sentences():
                say(sentence)
            say(f"{_summary(tally)}; the registry is at revision {registry.revision()}")
        if tally["refused"]:
            raise typer.Exit(ExitCode.SOME_FAILED)


def _register_each(
    registry: "Registry",
    store: Store,
    candidates: "Iterator[_Candidate | BadRow]",
    describer: "Describer",
    *,
    quiet: bool,
) -> tuple[Counter[str], "list[Registered]"]:
    """Register each candidate and print its outcome. Returns counts by outcome, and what is new."""
    from brand_index import registration
    from brand_index.csv_files import BadRow
    from brand_index.registration.examining import LOOKS_LIKE
    from brand_index.registry import RegistrationOutcome

    tally: Counter[str] = Counter()
    new: list[Registered] = []
    for each in candidates:
        if isinstance(each, BadRow):
            tally["refused"] += 1
            say(f"line {each.line}: refused: {each.error}", error=True)
            continue
        if each.fault is not None:
            tally["refused"] += 1
            say(f"{each.label}: refused: cannot be read ({each.fault})", error=True)
            continue
        try:
            done = registration.register_reference(
                registry,
                store,
                brand=each.brand,
                kind=each.kind,
                image=each.path,
                describer=describer,
                mark=each.mark,
                now=datetime.now(UTC),
            )
        except (RegistryError, ModelUnusable, ProcessUnusable):  # no image is to blame
            raise
        except MarkscanError as error:
            tally["refused"] += 1
            reason = str(error).removeprefix(f"{each.path}: ").removeprefix(f"{each.path.name}: ")
            say(f"{each.label}: refused: {reason}", error=True)
            continue
        tally[done.outcome.value] += 1
        if done.outcome is not RegistrationOutcome.ALREADY_REGISTERED:
            new.append(done)
        if quiet:
            continue
        say(f"{each.label}: {done.result}: {done.reference.reference_id}")
        for conflict in done.conflicts:
            (other,) = set(conflict.brands) - {each.brand.brand_id}
            number = conflict.conflict_id
            say(f"  conflict {number}: {other} registered the same file; see `markscan conflicts resolve {number}`")
        if done.outcome is not RegistrationOutcome.ALREADY_REGISTERED:
            for warning in done.warnings:
                if warning not in LOOKS_LIKE.values():  # one message says that of all of them
                    say(f"  warning: {warning}")
    if not tally:
        raise UsageError("there is nothing to register: the table is empty")
    return tally, new


def _summary(tally: Counter[str]) -> str:
    from brand_index.registry import RegistrationOutcome

    order = [*(outcome.value for outcome in RegistrationOutcome), "refused"]
    return ", ".join(f"{tally[word]} {word}" for word in order if tally[word])
