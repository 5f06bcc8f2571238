"""The commands conflicts list and resolve: the same file or word, registered by two brands."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from brand_index.errors import UsageError
from scanner.commands.shell import RegistryOption, StoreOption, open_registry, plain_errors, say, show_table

conflicts = typer.Typer(
    name="conflicts", help="Conflicts: the same file or word, registered by two brands.", no_args_is_help=True
)


@conflicts.command("list")
def conflicts_list(
    *,
    every: Annotated[bool, typer.Option("--all", help="Also list resolved conflicts.")] = False,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """List the open conflicts.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from brand_index.registry.conflicts import list_conflicts

    with plain_errors(), open_registry(store, registry_url) as registry:
        ends = ("resolution", "by", "note") if every else ()
        rows = []
        for each in list_conflicts(registry.database, resolved=None if every else False):
            detected = f"{each.detected_at:%Y-%m-%d %H:%M}"
            resolution = each.resolution.value if each.resolution else "open"
            how = (resolution, each.resolved_by or "", each.resolution_note or "") if every else ()
            rows.append((str(each.conflict_id), each.kind.value, *each.brands, detected, *how))
        if rows:
            show_table(("conflict", "kind", "earlier brand", "later brand", "detected", *ends), rows)
        else:
            say("no conflicts" if every else "no open conflicts")


@conflicts.command("resolve")
def conflicts_resolve(
    conflict_id: Annotated[int, typer.Argument(help="Number of the conflict. `markscan conflicts list` shows it.")],
    *,
    keep_both: Annotated[bool, typer.Option("--keep-both", help="Keep both references in force.")] = False,
    withdraw: Annotated[str | None, typer.Option(metavar="BRAND", help="Withdraw the reference of this brand.")] = None,
    note: Annotated[str, typer.Option(help="Reason for the resolution. The audit log keeps it.")] = "",
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Resolve a conflict: keep both references, or withdraw the reference of one brand.

    With a withdrawn logo go the forms of its mark that were learnt from confirmations.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.moderation.forms.withdrawing import resolve

    with plain_errors(), open_registry(store, registry_url) as registry:
        if keep_both == (withdraw is not None):
            raise UsageError("say how to resolve it: give either --keep-both or --withdraw BRAND")
        now = datetime.now(UTC)
        conflict, learnt = resolve(registry.database, conflict_id, withdraw=withdraw, note=note, now=now)
        result = "both references stay in force" if withdraw is None else f"the reference of {withdraw} is withdrawn"
        say(f"conflict {conflict.conflict_id} of {' and '.join(conflict.brands)} is resolved: {result}")
        for each in learnt:
            say(f"{each}, a learnt form of its mark, is taken back with it")
