"""The commands register and withdraw: which images are a brand's references, and what is to be expected of them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress

from brand_index import fields, registration
from brand_index.errors import EmptyImage, InvalidField, MarkscanError, NotAnImage, RegistryError, UnknownRecord
from brand_index.registration import MarkFields, check_mark
from brand_index.registration.importing import BadRow, complete_brand, read_rows, walk
from brand_index.registry import RegistrationOutcome, Registry
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind
from scanner.commands.shell import ExitCode, ModelOption, RegistryOption, StoreOption, plain_errors, say
from scanner.service.accounts.registry import open_registry

_NO_IMAGE: Final = (EmptyImage, NotAnImage)  # in a folder these are passed over: anything may lie there


@dataclass(frozen=True, slots=True)
class _Asked:
    path: Path
    place: str  # the path, or the CSV row, for people
    named: bool  # False: found in a folder
    brand: Brand
    kind: ReferenceKind
    mark: MarkFields


def register(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH…", help="Images or folders.", show_default=False)
    ] = None,
    *,
    brand: Annotated[str, typer.Option(help="The brand's identifier, such as acme.")] = "",
    name: Annotated[str, typer.Option(help="The brand's name; needed the first time only.")] = "",
    owner: Annotated[str, typer.Option(help="Who owns the brand; needed the first time only.")] = "",
    contact: Annotated[str, typer.Option(help="Whom to ask about the brand; needed the first time only.")] = "",
    kind: Annotated[
        ReferenceKind, typer.Option(help="logo: found anywhere in an image. photo: found as the photo itself.")
    ] = ReferenceKind.LOGO,
    office: Annotated[str, typer.Option(help="Trade-mark office, WIPO ST.3, such as EM.")] = "",
    registration_number: Annotated[str, typer.Option(help="Registration number at that office.")] = "",
    nice: Annotated[str, typer.Option(help="The mark's Nice classes, such as 25,35.")] = "",
    vienna: Annotated[str, typer.Option(help="The mark's Vienna codes, such as 26.4.5.")] = "",
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Many brands at once: a table with the columns brand, name, owner, contact, kind, path and, if "
            "wanted, office, registration_number, nice, vienna.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only refused files and the summary.")] = False,
    audited: Annotated[
        bool,
        typer.Option(
            "--audit/--no-audit", help="Estimate false alarms of each new logo and name the marks it resembles."
        ),
    ] = True,
    model: ModelOption = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Register logos or product photos of a brand.

    Exit codes: 0 all done, 1 internal error, 2 usage, 3 some refused.
    """
    with plain_errors():
        if (csv is None) == (not paths):
            raise InvalidField("give images or folders to register, or a table of them with --csv FILE, and not both")
        if csv is not None and (brand or name or owner or contact or office or registration_number or nice or vienna):
            raise InvalidField("with --csv the brands and marks are named in the table: leave out the other options")
        if csv is None and not brand:
            raise InvalidField("--brand is missing: say whose images these are")
        mark = check_mark(
            MarkFields(
                office=office or None,
                registration_number=registration_number or None,
                nice=fields.nice_classes(fields.split(nice)),
                vienna=fields.split(vienna),
            )
        )
        place = Store.locate(store)
        with open_registry(place, registry_url) as registry:
            if csv is None:
                whose = complete_brand(brand, name, owner, contact, _known(registry, brand))
                asked: Iterator[_Asked | BadRow] = (
                    _Asked(found.path, str(found.path), found.named, whose, kind, mark) for found in walk(paths or [])
                )
            else:
                asked = (
                    row
                    if isinstance(row, BadRow)
                    else _Asked(row.path, f"row {row.number}: {row.path}", True, row.brand, row.kind, row.mark)
                    for row in read_rows(csv, registry.brands())
                )
            tally, new = _register_each(registry, place, asked, quiet=quiet)
            if audited and new:
                _audit_each(registry, place, new, model, quiet=quiet)
            say(f"{_summary(tally)}; registry {place.root} at revision {registry.revision()}")
        if tally["refused"]:
            raise typer.Exit(ExitCode.SOME_REFUSED)


def withdraw(
    reference_id: Annotated[str, typer.Argument(metavar="REFERENCE_ID", help="As `markscan brands --json` shows it.")],
    *,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Withdraw a reference: it is no longer found. Its file and history stay.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    now = datetime.now(UTC)
    with plain_errors(), open_registry(Store.locate(store), registry_url, create=False) as registry:
        reference = registration.withdraw(registry, reference_id, now)
        when = "" if reference.withdrawn_at == now else f" since {reference.withdrawn_at:%Y-%m-%d %H:%M} UTC"
        say(f"{reference.reference_id} ({reference.source_name}) is withdrawn{when}")


def _register_each(
    registry: Registry, store: Store, asked: Iterator[_Asked | BadRow], *, quiet: bool
) -> tuple[Counter[str], list[str]]:
    """Try each, say what became of it, and count: outcomes by their word, refused, skipped; and the new logos' ids."""
    tally: Counter[str] = Counter()
    new: list[str] = []
    for each in asked:
        if isinstance(each, BadRow):
            tally["refused"] += 1
            say(f"row {each.number}: refused: {each.error}", error=True)
            continue
        try:
            done = registration.register_reference(
                registry,
                store,
                brand=each.brand,
                kind=each.kind,
                image=each.path,
                mark=each.mark,
                now=datetime.now(UTC),
            )
        except RegistryError:
            raise
        except MarkscanError as error:
            if isinstance(error, _NO_IMAGE) and not each.named:
                tally["skipped"] += 1
                if not quiet:
                    say(f"{each.place}: skipped: not an image")
                continue
            tally["refused"] += 1
            reason = str(error).removeprefix(f"{each.path}: ").removeprefix(f"{each.path.name}: ")
            say(f"{each.place}: refused: {reason}", error=True)
            continue
        tally[done.outcome.value] += 1
        if each.kind is ReferenceKind.LOGO and done.outcome is not RegistrationOutcome.ALREADY_REGISTERED:
            new.append(done.reference.reference_id)
        if quiet:
            continue
        say(f"{each.place}: {done.outcome.value}: {done.reference.reference_id}")
        for conflict in done.conflicts:
            (other,) = set(conflict.brands) - {each.brand.brand_id}
            say(f"  conflict {conflict.conflict_id}: {other} registered the same file. Resolve it: markscan conflicts")
        if done.outcome is not RegistrationOutcome.ALREADY_REGISTERED:
            for warning in done.warnings:
                say(f"  warning: {warning}")
    if not tally:
        raise InvalidField("nothing was found to register: the folder or the table is empty")
    return tally, new


def _audit_each(registry: Registry, store: Store, new: list[str], model: Path | None, *, quiet: bool) -> None:
    """Say of each new logo what is to be expected of it; what is found out is kept for the index."""
    # The models and faiss take a second to load, and a command that registers no logo needs neither.
    from brand_index.features.embedding import OnnxEmbedder  # noqa: PLC0415
    from brand_index.features.weights import MANIFEST, read_manifest  # noqa: PLC0415
    from brand_index.registration.auditing import audit_each  # noqa: PLC0415

    embedder = OnnxEmbedder(read_manifest(model or MANIFEST))
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("auditing logos")

        def advance(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        audits = list(audit_each(registry, store, embedder, set(new), advance))
    for found in audits:
        alike = ", ".join(f"{each.brand_id} ({each.cosine:.2f})" for each in found.confusable)
        if quiet and not alike and not found.review_only:
            continue
        say(f"{found.reference_id}: expected false alarms per 1,000 photos: {_rate(found.false_alarms)}")
        if alike:
            say(f"  may be confused with {alike}")
        if found.review_only:
            say("  too plain to act upon alone: what it matches is for review only, whatever the policy says")


def _rate(per_thousand: float) -> str:
    return "under 0.01" if per_thousand < 0.01 else f"{per_thousand:.2g}"


def _summary(tally: Counter[str]) -> str:
    order = [*(outcome.value for outcome in RegistrationOutcome), "skipped", "refused"]
    return ", ".join(f"{tally[word]} {word}" for word in order if tally[word])


def _known(registry: Registry, slug: str) -> Brand | None:
    try:
        return registry.brand(slug)
    except UnknownRecord:
        return None
