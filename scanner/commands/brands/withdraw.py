"""The commands withdraw and reinstate: which references are in force."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from brand_index.errors import UsageError
from brand_index.types import ReferenceKind
from scanner.commands.shell import RegistryOption, StoreOption, open_registry, plain_errors, say

if TYPE_CHECKING:
    from brand_index.registry import Registry
    from brand_index.types import ReferenceImage

References = Annotated[
    list[str],
    typer.Argument(metavar="REFERENCE_ID…", help="Identifiers of references. `markscan brands --json` lists them."),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before several are changed.")]


def withdraw(
    references: References,
    *,
    yes: YesOption = False,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Withdraw references, so that scans no longer find them; all or, if one is unknown, none.

    Lists several and asks first. The store keeps their files and their history, and `markscan reinstate` undoes it.
    With the last logo of a mark that its owner registered go the forms that were learnt from confirmations.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.moderation.forms.withdrawing import withdraw as take_out_of_force

    now = datetime.now(UTC)
    with plain_errors(), open_registry(store, registry_url) as registry:
        wanted = _asked(registry, references, "withdraw", yes=yes)
        done = take_out_of_force(registry.database, wanted, now)
        for reference in done.references:
            when = "" if reference.withdrawn_at == now else f" since {reference.withdrawn_at:%Y-%m-%d %H:%M} UTC"
            say(f"{_named(reference)} is withdrawn{when}")
        for reference in done.learnt:
            say(f"{_named(reference)} is withdrawn too: it was learnt, and its mark has no other logo of its owner")
        every = (*wanted, *(each.reference_id for each in done.learnt))
        say(f"to undo that: markscan reinstate {' '.join(every)}")


def reinstate(
    references: References,
    *,
    yes: YesOption = False,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Put withdrawn references in force again; all or, if one is unknown, none.

    Lists several and asks first. Where another brand holds the same file or word, a conflict is opened again. A form
    that was learnt from a confirmation and taken back stays withdrawn, and the command says why.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from brand_index.registry.conflicts import list_conflicts
    from scanner.moderation.forms.reinstating import reinstate as put_in_force

    now = datetime.now(UTC)
    with plain_errors(), open_registry(store, registry_url) as registry:
        wanted = _asked(registry, references, "reinstate", yes=yes)
        earlier = {each.reference_id for each in registry.references()}
        done = put_in_force(registry.database, wanted, now)
        for reference in done:
            already = "in force already" if reference.reference_id in earlier else "in force again"
            say(f"{_named(reference)} is {already}")
        files = {(each.kind, each.sha256) for each in done}
        for conflict in list_conflicts(registry.database, resolved=False):
            if (conflict.kind, conflict.sha256) in files:
                number, both = conflict.conflict_id, " and ".join(conflict.brands)
                what = "word" if conflict.kind is ReferenceKind.WORD else "file"
                say(f"conflict {number}: {both} registered the same {what}; see `markscan conflicts resolve {number}`")


def _asked(registry: "Registry", references: list[str], verb: str, *, yes: bool) -> tuple[str, ...]:
    """The references to change, once each, after they were shown. Raises UsageError where nobody can be asked."""
    wanted = tuple(dict.fromkeys(references))
    if len(wanted) == 1 or yes:
        return wanted
    for each in wanted:
        if (reference := registry.reference(each)) is not None:
            say(f"  {_named(reference)}{', withdrawn' if reference.withdrawn_at else ''}")
    if not sys.stdin.isatty():
        raise UsageError(f"{len(wanted)} references: give --yes to {verb} them all without being asked")
    typer.confirm(f"{verb} these {len(wanted)} references?", abort=True)
    return wanted


def _named(reference: "ReferenceImage") -> str:
    return f"{reference.reference_id} ({reference.source_name})"
