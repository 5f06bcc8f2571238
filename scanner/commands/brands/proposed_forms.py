"""The commands marks proposed, accept and refuse: forms of marks that confirmed cases proposed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from brand_index.store import Store
from scanner.commands.brands.marks import marks
from scanner.commands.shell import (
    ExitCode,
    ModelOption,
    RegistryOption,
    StoreOption,
    chosen_settings,
    open_registry,
    plain_errors,
    say,
    show_table,
    text_option,
)

if TYPE_CHECKING:
    from scanner.moderation.forms.tables import ProposedForm

_FORM = "Number of the form. `markscan marks proposed` shows it."


@marks.command("proposed")
def marks_proposed(
    brand: Annotated[str | None, typer.Argument(help="Only those of this brand.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Also list forms that were decided.")] = False,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """List the forms that confirmed cases proposed, the newest first.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.moderation.forms.overview import withdrawals
    from scanner.moderation.forms.proposing import list_forms
    from scanner.moderation.forms.tables import FormState

    with plain_errors(), open_registry(store, registry_url) as registry:
        if brand is not None:
            registry.brand(brand)
        found = list_forms(registry.database, brand, None if every else FormState.PROPOSED)
        if not found:
            say("no forms were proposed" if every else "no forms wait for a decision")
            return
        ends = ("state", "by", "on", "reason") if every else ()
        ended = withdrawals(registry, brand)
        rows = [_row(each, every, each.form_reference_id in ended) for each in found]
        show_table(("form", "brand", "matched", "case", "proposed", *ends), rows)


@marks.command("accept")
def marks_accept(
    form_id: Annotated[int, typer.Argument(help=_FORM)],
    *,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
    model: ModelOption = None,
) -> None:
    """Accept a proposed form: it becomes a reference of its mark, and the next index has it.

    It is tested first: one that shows the same as a form of the mark, that would raise the expected false alarms beyond
    the policy's figure, or that covers less than the forms that the mark has, is refused, and the command says why.

    Exit codes: 0 accepted, 1 internal error, 2 usage, 3 its test refused it.
    """
    from brand_index.features.describing import BoundedDescriber
    from brand_index.features.weights import read_manifest
    from scanner.moderation.forms.accepting import FormAcceptance
    from scanner.moderation.forms.tables import FormState
    from scanner.verdicts.policy import read_policy

    with plain_errors():
        settings = chosen_settings(registry_url=registry_url, model_manifest=model)
        read_manifest(settings.model_manifest)
        policy = read_policy(settings.policy)
        with (
            open_registry(store, registry_url) as registry,
            BoundedDescriber(settings.model_manifest) as describer,
        ):
            acceptance = FormAcceptance(registry, Store.locate(store), describer, policy)
            with _list_named():
                done = acceptance.accept(form_id, "local", datetime.now(UTC))
        if done.state is not FormState.ACCEPTED:
            say(f"form {form_id} is refused: {done.reason}")
            raise typer.Exit(ExitCode.SOME_FAILED)
        say(f"form {form_id} is accepted as {done.form_reference_id}")


@marks.command("refuse")
def marks_refuse(
    form_id: Annotated[int, typer.Argument(help=_FORM)],
    *,
    reason: Annotated[str | None, text_option(help="Reason, for those who proposed it.")] = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Refuse a proposed form.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.moderation.forms.proposing import refuse

    with plain_errors(), open_registry(store, registry_url) as registry, _list_named():
        refuse(registry.database, form_id, "local", reason or "", datetime.now(UTC))
        say(f"form {form_id} is refused")


@contextmanager
def _list_named() -> Iterator[None]:
    """Says of a form that was decided before which command lists those that were not."""
    from scanner.moderation.forms.proposing import FormDecided

    try:
        yield
    except FormDecided as error:
        raise FormDecided(f"{error}. `markscan marks proposed` lists the forms that wait") from error


def _row(form: "ProposedForm", every: bool, is_withdrawn: bool) -> tuple[str, ...]:
    head = (str(form.form_id), form.brand_id, form.reference_id, form.case_id, f"{form.proposed_at:%Y-%m-%d %H:%M}")
    if not every:
        return head
    state = "withdrawn" if is_withdrawn and form.state.value == "accepted" else form.state.value.replace("_", " ")
    on = "" if form.decided_at is None else f"{form.decided_at:%Y-%m-%d %H:%M}"
    return (*head, state, form.decided_by or "", on, form.reason)
