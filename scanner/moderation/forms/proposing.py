"""Proposes the region of a confirmed match as a form of its mark, refuses it, and takes it back; each is an event.

Acceptance needs the image, and stands in accepting.py.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, and_, select

from brand_index import fields
from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registry.conflicts import withdraw_within
from brand_index.registry.database import Database, Write, fetch
from brand_index.types import ReferenceKind
from scanner.engine.crops.crop_embedding import cosine_of
from scanner.moderation.cases.cases import Case
from scanner.moderation.cases.negatives import match_of
from scanner.moderation.forms.tables import HELD, FormState, ProposedForm, proposed_forms
from scanner.verdicts.case_states import CaseState

LONGEST_REASON: Final = 500  # characters
SAME_FORM: Final = 0.85  # cosine of two crops from which they are one form; docs/benchmarks.md, "Forms learnt"
BY_POLICY: Final = "policy "  # begins who decided, where the policy did
PROPOSED: Final = "form proposed"
REFUSED: Final = "form refused"
ACCEPTED: Final = "form accepted"
TAKEN_BACK: Final = "form taken back"
WAITS_AGAIN: Final = "form waits again"
HELD_BACK: Final = "form held back"  # from the policy: a person decides


class NoForm(InvalidField):
    """A case whose match cannot be a form of a mark."""

    code = "no_form"


class FormDecided(InvalidField):
    """A proposed form that was decided before."""

    code = "form_decided"


def why_not_proposable(case: Case) -> str | None:
    """Why the match of a case cannot be proposed as a form, after its name; None: it can."""
    if case.reference_id is None or case.kind is None:
        return "is about no match, so there is no region to propose"
    if case.kind is not ReferenceKind.LOGO:
        return f"is about a {case.kind.value}: only the region of a logo can be a form of a mark"
    return None


def propose_within(write: Write, case: Case, user: str) -> ProposedForm:
    """Propose the match of a confirmed case as a form of its mark, in an open write. Raises NoForm."""
    if case.state is not CaseState.CONFIRMED:
        raise NoForm(f"case {case.case_id[:8]} is {case.state.value}: only a confirmed match can be a form of a mark")
    if (why := why_not_proposable(case)) is not None:
        raise NoForm(f"case {case.case_id[:8]} {why}: confirm without proposing it")
    match = match_of(write.connection, case)
    if match is None:
        raise NoForm(f"case {case.case_id[:8]}: its scan is no longer kept, so there is no region to propose")
    if match.frame or match.seconds is not None:
        where = f"frame {match.frame + 1} of an animation" if match.seconds is None else "a video"
        raise NoForm(
            f"case {case.case_id[:8]} shows the mark in {where}: confirm without "
            "proposing it, and save that frame as an image to register (markscan register --region)"
        )
    number = write.next_number(proposed_forms.c.form_id)
    made = ProposedForm(
        form_id=number,
        brand_id=match.brand_id,
        reference_id=match.reference_id,
        case_id=case.case_id,
        position=case.position,
        image_sha256=case.image_sha256,
        region=(match.box.left, match.box.top, match.box.right, match.box.bottom),
        embedding=None if match.logo is None else match.logo.embedding,
        proposed_by=user,
        proposed_at=write.now,
        state=FormState.PROPOSED,
        reason="",
        decided_by=None,
        decided_at=None,
        form_reference_id=None,
    )
    write.add(proposed_forms, {name: getattr(made, name) for name in ProposedForm.__dataclass_fields__})
    write.note(PROPOSED, case.case_id, {"form": number, "of": made.reference_id, "user": user})
    return made


def refuse(database: Database, form_id: int, author: str, reason: str, now: datetime) -> ProposedForm:
    """Refuse a proposed form. Raises UnknownRecord, FormDecided, and InvalidField for a reason that is too long."""
    text = fields.passage("reason", reason, LONGEST_REASON)
    with database.write(now) as write:
        return settle_within(write, find_form(write.connection, form_id), FormState.REFUSED, author, text)


def settle_within(
    write: Write, form: ProposedForm, state: FormState, author: str, reason: str, reference: str | None = None
) -> ProposedForm:
    """Record what became of a form that waits: accepted as `reference`, or refused. Raises FormDecided."""
    check_open(form)
    done = replace(
        form, state=state, reason=reason, decided_by=author, decided_at=write.now, form_reference_id=reference
    )
    _save(write, done)
    what = ACCEPTED if state is FormState.ACCEPTED else REFUSED
    details = {"form": form.form_id, "case": form.case_id, "of": form.reference_id, "author": author, "reason": reason}
    write.note(what, reference or form.case_id, details)
    return done


def hold_back_within(write: Write, form: ProposedForm, author: str, why: str) -> None:
    """Record why a form that waits is left to a person, once; one that was decided stays as it is."""
    if form.is_open and form.reason != why:
        _save(write, replace(form, reason=why))
        details = {"form": form.form_id, "case": form.case_id, "of": form.reference_id, "author": author, "why": why}
        write.note(HELD_BACK, form.case_id, details)


def check_open(form: ProposedForm, *, names_reviewers: bool = True) -> None:
    """Raises FormDecided unless a form waits for a decision; it says who decided, and when.

    `names_reviewers` False: not who took it back, for who reviews is no owner's affair.
    """
    if not form.is_open:
        is_named = names_reviewers or form.state is not FormState.TAKEN_BACK
        by = f" by {form.decided_by}" if is_named and form.decided_by else ""
        on = f" on {form.decided_at:%Y-%m-%d %H:%M} UTC" if form.decided_at else ""
        raise FormDecided(
            f"form {form.form_id} is {form.state.value.replace('_', ' ')} already{by}{on}: "
            "there is nothing left to decide"
        )


def take_back_within(write: Write, case_id: str, author: str, why: str) -> tuple[ProposedForm, ...]:
    """Take back the forms that the confirmation of a case proposed: one that is accepted is withdrawn everywhere.

    A form that the policy accepted because others had confirmed the same waits for a decision again, where they did.
    """
    table = proposed_forms
    query = select(table).where(and_(table.c.case_id == case_id, table.c.state.in_(HELD)))
    taken = []
    for form in fetch(write.connection, ProposedForm, query):
        taken.append(_taken_back(write, form, author, why))
        if (reference := form.form_reference_id) is not None:
            withdraw_within(write, reference)
            ended = f"the confirmation of case {case_id[:8]}, which it rested on too, is no more"
            _wait_again(write, reference, author, ended)
    return tuple(taken)


def _wait_again(write: Write, reference: str, author: str, why: str) -> None:
    table = proposed_forms
    shared = and_(table.c.form_reference_id == reference, table.c.state == FormState.ACCEPTED)
    for form in fetch(write.connection, ProposedForm, select(table).where(shared)):
        again = replace(
            form, state=FormState.PROPOSED, reason=why, decided_by=None, decided_at=None, form_reference_id=None
        )
        _save(write, again)
        details = {"form": form.form_id, "case": form.case_id, "of": form.reference_id, "author": author, "why": why}
        write.note(WAITS_AGAIN, reference, details)


def drop_within(write: Write, reference: str, author: str, why: str) -> None:
    """Take back the accepted forms that a reference stands for, and withdraw it, because others cover more."""
    table = proposed_forms
    of_it = and_(table.c.form_reference_id == reference, table.c.state == FormState.ACCEPTED)
    for form in fetch(write.connection, ProposedForm, select(table).where(of_it)):
        _taken_back(write, form, author, why)
    withdraw_within(write, reference)


def _taken_back(write: Write, form: ProposedForm, author: str, why: str) -> ProposedForm:
    taken = replace(form, state=FormState.TAKEN_BACK, reason=why, decided_by=author, decided_at=write.now)
    _save(write, taken)
    details = {"form": form.form_id, "case": form.case_id, "of": form.reference_id, "author": author, "why": why}
    write.note(TAKEN_BACK, form.form_reference_id or form.case_id, details)
    return taken


def find_form(connection: Connection, form_id: int) -> ProposedForm:
    """The proposed form with this number. Raises UnknownRecord."""
    query = select(proposed_forms).where(proposed_forms.c.form_id == form_id)
    found = fetch(connection, ProposedForm, query)
    if not found:
        raise UnknownRecord(f"no proposed form {form_id}: `markscan marks proposed` shows their numbers")
    return found[0]


def list_forms(
    database: Database, brand_id: str | None = None, state: FormState | None = None
) -> tuple[ProposedForm, ...]:
    """Proposed forms of a brand (None: of all) in a state (None: any), the newest first."""
    table = proposed_forms
    query = select(table).order_by(table.c.form_id.desc())
    query = query if brand_id is None else query.where(table.c.brand_id == brand_id)
    query = query if state is None else query.where(table.c.state == state)
    with database.read() as connection:
        return fetch(connection, ProposedForm, query)


def forms_of_case(database: Database, case_id: str) -> tuple[ProposedForm, ...]:
    """The forms that a case proposed, the newest first."""
    table = proposed_forms
    query = select(table).where(table.c.case_id == case_id).order_by(table.c.form_id.desc())
    with database.read() as connection:
        return fetch(connection, ProposedForm, query)


def confirmed_together(
    forms: tuple[ProposedForm, ...], confirmations: int, is_one_mark: Callable[[str, str], bool]
) -> tuple[tuple[ProposedForm, ...], ...]:
    """Those of the waiting forms that so many reviewers proposed alike, each group with its oldest first.

    `confirmations` 0: none. `is_one_mark` says whether two references show one mark.
    """
    if confirmations < 1:
        return ()
    groups: list[list[ProposedForm]] = []
    for form in sorted(forms, key=lambda each: each.form_id):
        group = next((each for each in groups if is_same_form(each[0], form, is_one_mark)), None)
        if group is None:
            groups.append([form])
        else:
            group.append(form)
    enough = (group for group in groups if len({each.proposed_by for each in group}) >= confirmations)
    return tuple(tuple(group) for group in enough)


def is_same_form(one: ProposedForm, other: ProposedForm, is_one_mark: Callable[[str, str], bool]) -> bool:
    """Whether two proposed forms show the same of one mark; False where one of them cannot be compared."""
    if one.brand_id != other.brand_id or not is_one_mark(one.reference_id, other.reference_id):
        return False
    if one.embedding is None or other.embedding is None:
        return False
    cosine = cosine_of(one.embedding, other.embedding)
    return cosine is not None and cosine >= SAME_FORM


def _save(write: Write, form: ProposedForm) -> None:
    names = ("state", "reason", "decided_by", "decided_at", "form_reference_id")
    values = {name: getattr(form, name) for name in names}
    write.update(proposed_forms, proposed_forms.c.form_id == form.form_id, values)
