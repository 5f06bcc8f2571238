"""Puts withdrawn references in force again, but no form that was taken back: its confirmation is no more."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, select

from brand_index.errors import InvalidField
from brand_index.registry.database import Database, fetch
from brand_index.registry.editing import reinstate_within
from brand_index.registry.reading import reference_in
from brand_index.types import ReferenceImage
from scanner.moderation.forms.proposing import is_same_form
from scanner.moderation.forms.tables import FormState, ProposedForm, proposed_forms
from scanner.moderation.forms.withdrawing import NO_OWN_LOGO, learnt_logos, own_logos


class FormTakenBack(InvalidField):
    """A reference that was a learnt form, and was taken back."""

    code = "form_taken_back"


class NoOwnLogo(InvalidField):
    """A learnt form whose mark has no logo in force that its owner registered."""

    code = "no_own_logo"


def reinstate(database: Database, references: Sequence[str], now: datetime) -> tuple[ReferenceImage, ...]:
    """Put withdrawn references in force again: all, or none. Those in force stay as they are.

    Raises UnknownRecord, FormTakenBack where one was withdrawn as a form that was taken back, and NoOwnLogo where one
    was learnt and its mark has no logo of its owner in force, nor gets one.
    """
    with database.write(now) as write:
        for each in references:
            _check_not_taken_back(write.connection, each)
        done = tuple(reinstate_within(write, each) for each in references)
        for reference in done:
            mark = reference.mark_id
            if mark is None or reference.reference_id not in learnt_logos(write.connection, mark):
                continue
            if not own_logos(write.connection, mark):
                raise NoOwnLogo(f"{reference.reference_id} was learnt from confirmations. {NO_OWN_LOGO[:-1]}")
        return done


def _check_not_taken_back(connection: Connection, identity: str) -> None:
    reference, table = reference_in(connection, identity), proposed_forms
    if reference is None or reference.withdrawn_at is None:
        return
    ended = and_(  # not before its owner registered it, and then withdrew it
        table.c.form_reference_id == identity,
        table.c.state == FormState.TAKEN_BACK,
        table.c.decided_at >= reference.withdrawn_at,
    )
    found = fetch(connection, ProposedForm, select(table).where(ended).order_by(table.c.form_id.desc()))
    if not found:
        return
    form, waiting = found[0], _waiting_like(connection, found[0])
    how = (
        f"form {waiting.form_id} shows the same and waits: `markscan marks accept {waiting.form_id}` tests it"
        if waiting is not None
        else "another confirmation may propose it again, or register it as your own: `markscan register --brand "
        f"{form.brand_id} --mark NAME --region {','.join(map(str, form.region))} FILE`, with the image of that case"
    )
    raise FormTakenBack(
        f"{identity} is form {form.form_id}, learnt from case {form.case_id}, and was taken back on "
        f"{form.decided_at:%Y-%m-%d %H:%M} UTC, so that it is not put in force again. {form.reason} "
        f"{how[0].upper()}{how[1:]}"
    )


def _waiting_like(connection: Connection, form: ProposedForm) -> ProposedForm | None:
    """The oldest form that waits and shows the same as this one of the same mark."""
    table = proposed_forms
    waiting = and_(table.c.brand_id == form.brand_id, table.c.state == FormState.PROPOSED)

    def is_one_mark(one: str, other: str) -> bool:
        marks = [reference_in(connection, each) for each in (one, other)]
        numbers = {None if each is None else each.mark_id for each in marks}
        return one == other or (len(numbers) == 1 and numbers != {None})

    found = fetch(connection, ProposedForm, select(table).where(waiting).order_by(table.c.form_id))
    return next((each for each in found if is_same_form(form, each, is_one_mark)), None)
