"""The marks of a brand with their forms: which are in force, from which case they come, and what each found."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from brand_index.registry import Registry
from brand_index.registry.database import Database, fetch
from brand_index.types import Form, Mark, ReferenceImage, ReferenceKind
from scanner.moderation.cases.cases import Case
from scanner.moderation.cases.labels import Found, found
from scanner.moderation.cases.negatives import negatives_of
from scanner.moderation.cases.tables import cases
from scanner.moderation.forms.proposing import BY_POLICY, list_forms
from scanner.moderation.forms.tables import FormState, ProposedForm

NAMED: Final = 3  # cases of a form that are named, the newest


@dataclass(frozen=True, slots=True)
class MarkForm:
    """A form of a mark in force."""

    reference: ReferenceImage
    learnt: tuple[ProposedForm, ...]  # the confirmations that it comes from; none: its owner registered it
    found: Found
    newest: tuple[Case, ...]  # that it found, NAMED at most


@dataclass(frozen=True, slots=True)
class MarkForms:
    """A mark with its forms in force, and what waits for a decision or was decided."""

    mark: Mark | None  # None: of logos without a recorded mark, each of which is one of its own
    forms: tuple[MarkForm, ...]  # artwork first, then parts, then photographs in use
    proposed: tuple[ProposedForm, ...]  # that wait, the newest first
    decided: tuple[ProposedForm, ...]  # refused, taken back, or accepted and withdrawn since, likewise
    negatives: int  # crops that were dismissed as another mark

    @property
    def name(self) -> str:
        """What people call the mark."""
        if self.mark is None:
            return self.forms[0].reference.source_name if self.forms else "no longer in force"
        return self.mark.name or (self.forms[0].reference.source_name if self.forms else f"mark {self.mark.mark_id}")


def forms_of_brand(registry: Registry, brand_id: str) -> tuple[MarkForms, ...]:
    """The marks of a brand whose logos are in force or proposed, by number; logos without a mark come last."""
    every = [each for each in registry.references(include_withdrawn=True) if each.brand_id == brand_id]
    logos = [each for each in every if each.kind is ReferenceKind.LOGO and each.withdrawn_at is None]
    group_of = {each.reference_id: each.mark_id or each.reference_id for each in every}
    marks = {each.mark_id: each for each in registry.marks() if each.brand_id == brand_id}
    proposals: dict[int | str, list[ProposedForm]] = defaultdict(list)
    learnt: dict[str, list[ProposedForm]] = defaultdict(list)
    for form in list_forms(registry.database, brand_id):
        proposals[group_of.get(form.reference_id, form.reference_id)].append(form)
        if form.state is FormState.ACCEPTED and form.form_reference_id is not None:
            learnt[form.form_reference_id].append(form)
    dismissed: dict[int | str, int] = defaultdict(int)
    for each in negatives_of(registry.database, brand_id):
        dismissed[group_of.get(each.reference_id, each.reference_id)] += 1
    newest = _newest_cases(registry.database, brand_id)
    order, groups = list(Form), {group_of[each.reference_id] for each in logos} | proposals.keys()
    return tuple(
        MarkForms(
            marks.get(group) if isinstance(group, int) else None,
            tuple(
                MarkForm(
                    each,
                    tuple(learnt[each.reference_id]),
                    found(registry.database, each.reference_id),
                    newest.get(each.reference_id, ()),
                )
                for each in sorted(logos, key=lambda each: (order.index(each.form or Form.ARTWORK), each.reference_id))
                if group_of[each.reference_id] == group
            ),
            tuple(each for each in proposals[group] if each.is_open),
            tuple(each for each in proposals[group] if not each.is_open and not _is_in_force(each, logos)),
            dismissed[group],
        )
        for group in sorted(groups, key=lambda each: (isinstance(each, str), str(each).zfill(12)))
    )


def learnt_from(database: Database) -> Mapping[str, str]:
    """Sentences, without a full stop, on the cases that accepted forms come from and on who decided; by reference."""
    learnt: dict[str, list[ProposedForm]] = defaultdict(list)
    for form in reversed(list_forms(database, state=FormState.ACCEPTED)):
        if form.form_reference_id is not None:
            learnt[form.form_reference_id].append(form)
    return {reference: _learnt_in_words(forms) for reference, forms in learnt.items()}


def _learnt_in_words(forms: Sequence[ProposedForm]) -> str:
    cases_named = " and ".join(f"case {each.case_id[:8]}" for each in forms)
    reviewers = " and ".join(dict.fromkeys(each.proposed_by for each in forms))
    by = forms[0].decided_by or "somebody"
    accepted = f"the {by}" if by.startswith(BY_POLICY) else by
    return f"Learnt from {cases_named}, confirmed by {reviewers}, accepted by {accepted}"


def withdrawals(registry: Registry, brand_id: str | None = None) -> Mapping[str, datetime]:
    """The accepted forms of a brand (None: of all) whose references are withdrawn, by the reference, and since when."""
    every = registry.references(include_withdrawn=True)
    withdrawn = {
        each.reference_id: each.withdrawn_at
        for each in every
        if each.withdrawn_at is not None and brand_id in (None, each.brand_id)
    }
    accepted = list_forms(registry.database, brand_id, FormState.ACCEPTED)
    ids = [each.form_reference_id for each in accepted if each.form_reference_id is not None]
    return {each: withdrawn[each] for each in ids if each in withdrawn}


def _is_in_force(form: ProposedForm, logos: Sequence[ReferenceImage]) -> bool:
    reference = form.form_reference_id
    return form.state is FormState.ACCEPTED and any(each.reference_id == reference for each in logos)


def _newest_cases(database: Database, brand_id: str) -> Mapping[str, tuple[Case, ...]]:
    query = select(cases).where(cases.c.brand_id == brand_id, cases.c.reference_id.is_not(None))
    named: dict[str, list[Case]] = defaultdict(list)
    with database.read() as connection:
        for case in fetch(connection, Case, query.order_by(cases.c.opened_at.desc(), cases.c.case_id)):
            if case.reference_id is not None and len(named[case.reference_id]) < NAMED:
                named[case.reference_id].append(case)
    return {reference: tuple(each) for reference, each in named.items()}
