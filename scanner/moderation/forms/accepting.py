"""Tests a proposed form and accepts it as a reference of its mark, for a person or by the policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from brand_index.errors import ImageError, InvalidField, RegistrationError, UnknownRecord
from brand_index.features.describing import Describer
from brand_index.features.description import ReferenceDescription
from brand_index.features.forms.cutting import cut_from_file
from brand_index.index.describing_all import describe_all
from brand_index.registration.examining import examine
from brand_index.registration.forms import forms_of, mark_of, register_form
from brand_index.registry import Registry
from brand_index.registry.conflicts import withdraw_within
from brand_index.store import Store
from brand_index.types import Form, Mark, ReferenceImage, ReferenceKind
from scanner.moderation.forms.admission import Admission, DescribedForm, KnownForm, admit, why_no_part
from scanner.moderation.forms.proposing import (
    BY_POLICY,
    SAME_FORM,
    check_open,
    confirmed_together,
    drop_within,
    find_form,
    hold_back_within,
    is_same_form,
    list_forms,
    settle_within,
)
from scanner.moderation.forms.tables import FormState, ProposedForm
from scanner.moderation.forms.withdrawing import NO_OWN_LOGO
from scanner.moderation.store import Records
from scanner.verdicts.policy import Policy


@dataclass(frozen=True, slots=True)
class _Cut:
    """What acceptance needs of a form's listing image."""

    image: bytes  # the file
    name: str  # for people: from which case it comes


class FormAcceptance:
    """Accepts proposed forms of a store's marks."""

    def __init__(self, registry: Registry, store: Store, describer: Describer, policy: Policy) -> None:
        """`registry` writes as its actor; `describer` opens the listing images, within its limits."""
        self._registry, self._store, self._describer, self._policy = registry, store, describer, policy

    def accept(self, form_id: int, author: str, now: datetime) -> ProposedForm:
        """Accept a form for a person, unless its test refuses it: its state and reason say which.

        Raises UnknownRecord, and FormDecided where somebody decided before.
        """
        with self._registry.database.read() as connection:
            form = find_form(connection, form_id)
        return self._settle((form,), author, now)[0]

    def accept_confirmed(self, now: datetime) -> tuple[ProposedForm, ...]:
        """Accept what enough different reviewers proposed alike, as the policy says; returns what was decided.

        What is nearly a form that a person refused waits for a person.
        """
        marks = {each.reference_id: each.mark_id for each in self._registry.references(include_withdrawn=True)}

        def is_one_mark(one: str, other: str) -> bool:
            return one == other or (marks.get(one) is not None and marks.get(one) == marks.get(other))

        waiting = list_forms(self._registry.database, state=FormState.PROPOSED)
        groups = confirmed_together(waiting, self._policy.forms.confirmations, is_one_mark)
        author = f"{BY_POLICY}{self._policy.name}"
        refused = [
            each
            for each in list_forms(self._registry.database, state=FormState.REFUSED)
            if not (each.decided_by or "").startswith(BY_POLICY)
        ]
        decided: list[ProposedForm] = []
        for group in groups:
            alike = (each for each in refused if any(is_same_form(each, form, is_one_mark) for form in group))
            decided += self._settle(group, author, now, next(alike, None))
        return tuple(decided)

    def _settle(
        self, forms: Sequence[ProposedForm], author: str, now: datetime, refused: ProposedForm | None = None
    ) -> tuple[ProposedForm, ...]:
        """Accept or refuse forms that show the same, by the test of the first; returns what was decided.

        `refused`: what a person refused that shows nearly the same, so that they are not accepted; None: nothing.
        """
        first = forms[0]
        check_open(first)
        alike = "" if refused is None else f"Form {refused.form_id}, which shows nearly the same, was refused."
        if alike and first.reason == alike:  # tested before
            return self._held_back(forms, author, alike, now)
        try:
            cut = self._cut(first)
            mark = mark_of(self._registry, first.reference_id, now)
            admission = self._tested(first, cut, mark)
            if admission.refused is None and alike:
                return self._held_back(forms, author, alike, now)
            if admission.refused is None:
                return self._accepted(forms, cut, mark, admission, author, now)
            why = admission.refused
        except (ImageError, RegistrationError, InvalidField, UnknownRecord) as error:
            why = str(error)
        with self._registry.database.write(now) as write:
            fresh = [find_form(write.connection, each.form_id) for each in forms]
            return tuple(settle_within(write, each, FormState.REFUSED, author, why) for each in fresh)

    def _held_back(self, forms: Sequence[ProposedForm], author: str, why: str, now: datetime) -> tuple[()]:
        if all(each.reason == why for each in forms):
            return ()
        with self._registry.database.write(now) as write:
            for each in forms:
                hold_back_within(write, find_form(write.connection, each.form_id), author, why)
        return ()

    def _cut(self, form: ProposedForm) -> _Cut:
        """The image that a form is cut from. Raises InvalidField where it is no longer kept."""
        records = Records(self._registry.database, self._store)
        scan = records.scan(form.case_id)
        data = None if scan is None else records.image(scan, form.position)
        if scan is None or data is None:
            raise InvalidField(
                f"The image of case {form.case_id[:8]} is no longer kept, so that the form cannot be cut from it; "
                "another case may propose it again."
            )
        return _Cut(data, f"case {form.case_id[:8]}, {scan.images[form.position].name}")

    def _tested(self, form: ProposedForm, cut: _Cut, mark: Mark) -> Admission:
        if not self._is_held(form, mark, cut.name):
            return Admission(NO_OWN_LOGO)
        run, limits = self._describer.run, self._policy.forms
        cutting = run(cut.name, cut_from_file, cut.image, form.region, cut.name)
        if (why := why_no_part(cutting.share)) is not None:
            return Admission(why)
        examined = run(cut.name, examine, cutting.png, ReferenceKind.LOGO, cut.name, True, Form.IN_USE)
        assert examined.description is not None
        described = DescribedForm.of(ReferenceDescription.from_bytes(examined.description))
        known = self._known(form, mark, cut.name)
        return admit(described, known, same_form=SAME_FORM, most_alarms=limits.false_alarms)

    def _known(self, form: ProposedForm, mark: Mark, name: str) -> list[KnownForm]:
        """The forms of the mark in force; not what an acceptance of this form left that was cut short, by its name."""
        references, learnt = self._in_force(form, mark, name)
        described = describe_all(self._store, self._registry, references, self._describer)
        return [
            KnownForm(reference.reference_id, reference.reference_id in learnt, DescribedForm.of(each))
            for reference, each in zip(references, described, strict=True)
            if isinstance(each, ReferenceDescription)
        ]

    def _is_held(self, form: ProposedForm, mark: Mark, name: str) -> bool:
        """Whether a logo of the mark that its owner registered is in force."""
        references, learnt = self._in_force(form, mark, name)
        return any(each.kind is ReferenceKind.LOGO and each.reference_id not in learnt for each in references)

    def _in_force(
        self, form: ProposedForm, mark: Mark, name: str
    ) -> tuple[tuple[ReferenceImage, ...], frozenset[str | None]]:
        """As _known, and the ids of those that were learnt."""
        accepted = list_forms(self._registry.database, form.brand_id, FormState.ACCEPTED)
        learnt = frozenset(each.form_reference_id for each in accepted)
        in_force = forms_of(self._registry, mark.mark_id)
        return tuple(each for each in in_force if each.source_name != name or each.reference_id in learnt), learnt

    def _accepted(
        self,
        forms: Sequence[ProposedForm],
        cut: _Cut,
        mark: Mark,
        admission: Admission,
        author: str,
        now: datetime,
    ) -> tuple[ProposedForm, ...]:
        first = forms[0]
        done = register_form(
            self._registry,
            self._store,
            brand_id=first.brand_id,
            mark_id=mark.mark_id,
            image=cut.image,
            region=first.region,
            form=Form.IN_USE,
            describer=self._describer,
            name=cut.name,
            now=now,
        )
        reference = done.reference.reference_id
        with self._registry.database.write(now) as write:
            fresh = [find_form(write.connection, each.form_id) for each in forms]
            open_ones = [each for each in fresh if each.is_open]
            if not any(each.form_id == first.form_id for each in open_ones):  # taken back while it was described
                withdraw_within(write, reference)
                return tuple(fresh)
            why = f"The forms that the mark has with form {first.form_id} cover more without this one."
            for dropped in admission.dropped:
                drop_within(write, dropped, author, why)
            return tuple(settle_within(write, each, FormState.ACCEPTED, author, "", reference) for each in open_ones)
