"""A proposed form is tested and becomes a reference of its mark, and stops being one with its confirmation."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from skimage import data as photographs

from brand_index.registration import register_reference
from brand_index.registration.forms import mark_of
from brand_index.registry import Registry
from brand_index.registry.editing import reinstate_all
from brand_index.store import Store
from brand_index.types import Form, ReferenceImage, ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.crops.crop_embedding import pack
from scanner.engine.types import NO_LOGO
from scanner.moderation.forms.accepting import FormAcceptance
from scanner.moderation.forms.overview import learnt_from
from scanner.moderation.forms.proposing import FormDecided, list_forms, refuse
from scanner.moderation.forms.reinstating import FormTakenBack, reinstate
from scanner.moderation.forms.tables import FormState, ProposedForm, proposed_forms
from scanner.moderation.records.scans import ScanOutcome, UploadedImage, begin
from scanner.moderation.registry import open_registry
from scanner.moderation.seller_notices.appeals import Appeals
from scanner.moderation.seller_notices.links import Links
from scanner.moderation.seller_notices.store import Measures, SellerNotices
from scanner.moderation.seller_notices.submission import AppealSubmission, submit_appeal
from scanner.moderation.seller_notices.types import AppealOutcome
from scanner.moderation.seller_notices.types import Form as Complaint
from scanner.moderation.store import Records
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground
from scanner.verdicts.judgement import judge
from scanner.verdicts.policy import LearntForms, Policy, Restriction
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import Decision, Listing, Reason
from tests.conftest import ACME, describer, draw_logo, jpeg, png
from tests.scanner.verdicts.test_judgement import NOW, POLICY, an_item

PLACE = Box(120, 60, 420, 300)
LATER = NOW + timedelta(hours=1)


def photo_of(symbol: int) -> NDArray[np.uint8]:
    """A photo with a symbol at PLACE: the same number draws the same one."""
    canvas = Image.fromarray(np.asarray(photographs.coffee(), np.uint8)[:400, :600])
    draw, rng = ImageDraw.Draw(canvas), np.random.default_rng(symbol)
    draw.rectangle(PLACE, fill=(236, 230, 214))
    for _ in range(5):
        corners = [(int(x), int(y)) for x, y in rng.uniform((130, 70), (410, 290), (4, 2))]
        draw.polygon(corners, fill=tuple(int(level) for level in rng.integers(0, 200, 3)))
    return np.asarray(canvas, np.uint8)


@dataclass(frozen=True)
class School:
    """A store with one registered logo, where people confirm and owners accept."""

    registry: Registry
    store: Store
    artwork: ReferenceImage

    def seller_notices(self) -> SellerNotices:
        return SellerNotices(self.registry, self.store, ServiceSettings(), Links(b"s" * 32, None))

    def proposed(self, symbol: int, user: str = "ann", place: Box = PLACE) -> tuple[int, ProposedForm]:
        """The number of a decision that proposes what is at `place` in a photo, and the form."""
        pixels = photo_of(symbol)
        crop = describer().run("crop", _vector, pixels, place)
        matched = replace(
            an_item(ReferenceKind.LOGO, 0.9),
            reference_id=self.artwork.reference_id,
            box=place,
            logo=replace(NO_LOGO, cosine=0.5, embedding=pack(crop, "weights")),
        )
        image = UploadedImage("photo.jpg", f"{symbol:064x}", jpeg(pixels, 92))
        image = replace(image, sha256=hashlib.sha256(image.data).hexdigest())
        verdict = judge([matched], Listing("L", "S"), (), POLICY, NOW, image_sha256=image.sha256, index_revision=1)
        outcome = ScanOutcome(
            (ScannedImage("photo.jpg", verdict),), (None,), Reason.LOGO_UNAUTHORIZED, Decision.REVIEW, "program"
        )
        records = Records(self.registry.database, self.store)
        case_id = records.finish(begin(Listing("L", "S"), [image], NOW), outcome, NOW, images=[image]).scan_id
        (made,) = self.seller_notices().decide([case_id], user, CaseState.CONFIRMED, propose=True, now=NOW)
        return made.decision_id, list_forms(self.registry.database)[0]

    def acceptance(self, policy: Policy = POLICY) -> FormAcceptance:
        return FormAcceptance(self.registry, self.store, describer(), policy)

    def accept(self, form: ProposedForm) -> ProposedForm:
        return self.acceptance().accept(form.form_id, "owner", NOW)

    def own_logo(self, number: int) -> ReferenceImage:
        """Another logo of the artwork's mark that its owner registered; nobody opens its file."""
        done, _ = self.registry.add_reference(
            brand="acme",
            kind=ReferenceKind.LOGO,
            sha256=f"{number:016x}" * 4,
            suffix=".png",
            mark_id=mark_of(self.registry, self.artwork.reference_id, NOW).mark_id,
            source_name=f"{number}.png",
            width=256,
            height=256,
            warnings=(),
            form=Form.IN_USE,
            now=NOW,
        )
        return done

    def form(self, number: int) -> ProposedForm:
        return next(each for each in list_forms(self.registry.database) if each.form_id == number)

    def in_force(self) -> list[ReferenceImage]:
        """The forms of the mark apart from the artwork."""
        return [each for each in self.registry.references() if each.form is Form.IN_USE]


def _vector(embedder, pixels, place):  # type: ignore[no-untyped-def]
    return embedder.embed([pixels[place.top : place.bottom, place.left : place.right]]).vectors[0]


@contextmanager
def open_school(store: Store, address: str | None = None) -> Iterator[School]:
    with open_registry(store, address) as registry:
        done = register_reference(
            registry,
            store,
            brand=ACME,
            kind=ReferenceKind.LOGO,
            image=png(draw_logo("ACME", (200, 30, 40))),
            describer=describer(),
            name="acme.png",
            now=NOW,
        )
        yield School(registry, store, done.reference)


@pytest.fixture
def school(tmp_path: Path, address: str) -> Iterator[School]:
    with open_school(Store(tmp_path), address) as opened:
        yield opened


def test_an_accepted_form_is_a_reference_in_use_of_the_mark_that_was_matched(school: School) -> None:
    _, form = school.proposed(1)
    done = school.accept(form)
    (reference,) = school.in_force()
    assert (done.state, done.form_reference_id, done.decided_by) == (
        FormState.ACCEPTED,
        reference.reference_id,
        "owner",
    )
    assert reference.source_region == tuple(PLACE)
    artwork = school.registry.reference(school.artwork.reference_id)
    assert artwork is not None
    assert reference.mark_id == artwork.mark_id is not None


def test_an_accepted_form_says_in_a_sentence_from_which_cases_it_was_learnt_and_by_whom(school: School) -> None:
    _, one = school.proposed(1, "ann")
    _, other = school.proposed(2, "ann")
    _, same = school.proposed(2, "bob")
    done = school.accept(one)
    assert learnt_from(school.registry.database) == {
        done.form_reference_id: f"Learnt from case {one.case_id[:8]}, confirmed by ann, accepted by owner"
    }
    (first, _) = school.acceptance().accept_confirmed(NOW)
    assert learnt_from(school.registry.database)[str(first.form_reference_id)] == (
        f"Learnt from case {other.case_id[:8]} and case {same.case_id[:8]}, confirmed by ann and bob, "
        f"accepted by the policy {POLICY.name}"
    )


def test_undoing_the_confirmation_withdraws_the_reference(school: School) -> None:
    decision, form = school.proposed(1)
    school.accept(form)
    school.seller_notices().undo(decision, "ann", NOW)
    assert school.in_force() == []
    assert school.form(form.form_id).state is FormState.TAKEN_BACK


def test_a_successful_appeal_withdraws_the_reference(school: School) -> None:
    _, form = school.proposed(1)
    school.accept(form)
    notices = school.seller_notices()
    sent = notices.send(form.case_id, Measures(Restriction.REMOVED), "ann", NOW)
    appeal = submit_appeal(notices, sent.seller_notice_id, AppealSubmission(Complaint.COMPLAINT, "Ours."), NOW)
    before = school.registry.references_revision()
    Appeals(notices).decide(
        appeal.appeal_id, AppealOutcome.REVERSED, "bob", NOW, ground=Ground.AUTHORIZED, note="They are authorized."
    )
    assert school.in_force() == []
    assert school.registry.references_revision() > before
    assert school.form(form.form_id).state is FormState.TAKEN_BACK


def test_a_form_that_was_taken_back_is_accepted_again_after_another_confirmation(school: School) -> None:
    decision, form = school.proposed(1)
    school.accept(form)
    school.seller_notices().undo(decision, "ann", NOW)
    _, again = school.proposed(1)
    assert school.accept(again).state is FormState.ACCEPTED
    assert len(school.in_force()) == 1


def test_what_shows_the_same_as_a_form_is_refused_and_names_it(school: School) -> None:
    school.accept(school.proposed(1)[1])
    (known,) = school.in_force()
    nearly = school.accept(school.proposed(1, "bob", PLACE._replace(left=PLACE.left + 6))[1])
    assert nearly.state is FormState.REFUSED
    assert f"the same as the form {known.reference_id}" in nearly.reason


def test_an_acceptance_that_was_cut_short_is_taken_up_again(school: School) -> None:
    _, form = school.proposed(1)
    done = school.accept(form)
    left = replace(done, state=FormState.PROPOSED, reason="", decided_by=None, decided_at=None, form_reference_id=None)
    with school.registry.database.write(NOW) as write:  # as it was before the last step, with the reference in force
        names = ("state", "decided_by", "decided_at", "form_reference_id")
        values = {name: getattr(left, name) for name in names}
        write.update(proposed_forms, proposed_forms.c.form_id == form.form_id, values)
    assert school.accept(left).state is FormState.ACCEPTED
    assert len(school.in_force()) == 1


def test_the_same_crop_from_another_case_is_refused(school: School) -> None:
    school.accept(school.proposed(1)[1])
    assert "the same as the form" in school.accept(school.proposed(1, "bob")[1]).reason


def test_a_form_that_raises_the_alarms_beyond_the_policys_figure_is_refused_with_it(school: School) -> None:
    _, form = school.proposed(1)
    strict = replace(POLICY, forms=LearntForms(false_alarms=1e-9))
    done = school.acceptance(strict).accept(form.form_id, "owner", NOW)
    assert done.state is FormState.REFUSED
    assert "of 1,000 images that do not show it" in done.reason
    assert "the policy allows 1e-09" in done.reason


def test_a_form_whose_image_is_gone_is_refused_and_says_so(school: School) -> None:
    _, form = school.proposed(1)
    school.store.upload_path(form.case_id, 0).unlink()
    assert "no longer kept" in school.accept(form).reason


def test_a_form_is_accepted_once(school: School) -> None:
    _, form = school.proposed(1)
    school.accept(form)
    with pytest.raises(FormDecided, match="accepted already by owner"):
        school.accept(form)


def test_the_policy_accepts_what_two_reviewers_proposed_alike_as_one_reference(school: School) -> None:
    school.proposed(1, "ann")
    school.proposed(1, "bob")
    school.proposed(2, "ann")
    done = school.acceptance().accept_confirmed(NOW)
    assert [(each.form_id, each.state, each.decided_by) for each in done] == [
        (number, FormState.ACCEPTED, f"policy {POLICY.name}") for number in (1, 2)
    ]
    assert len(school.in_force()) == 1


def test_what_is_nearly_a_form_that_a_person_refused_waits_for_a_person_and_says_so_once(school: School) -> None:
    database, nearly = school.registry.database, PLACE._replace(left=PLACE.left + 6)
    refuse(database, school.proposed(1, "ann")[1].form_id, "owner", "It is not ours.", NOW)
    _, first = school.proposed(1, "ann", nearly)
    _, second = school.proposed(1, "bob", nearly)
    for _ in range(2):
        assert school.acceptance().accept_confirmed(NOW) == ()
    for each in (first, second):
        assert school.form(each.form_id).is_open
        assert school.form(each.form_id).reason == "Form 1, which shows nearly the same, was refused."
    assert [each.what for each in school.registry.history(subject=first.case_id)].count("form held back") == 1
    assert school.accept(first).state is FormState.ACCEPTED


def test_where_one_of_two_confirmations_is_undone_the_other_waits_for_a_person(school: School) -> None:
    decision, first = school.proposed(1, "ann")
    _, second = school.proposed(1, "bob")
    school.acceptance().accept_confirmed(NOW)
    school.seller_notices().undo(decision, "ann", NOW)
    assert school.in_force() == []
    assert [school.form(each.form_id).state for each in (first, second)] == [FormState.TAKEN_BACK, FormState.PROPOSED]


def test_the_audit_log_says_that_the_form_of_the_other_confirmation_waits_again_and_why(school: School) -> None:
    decision, first = school.proposed(1, "ann")
    _, second = school.proposed(1, "bob")
    school.acceptance().accept_confirmed(NOW)
    school.seller_notices().undo(decision, "ann", NOW)
    reference = school.form(first.form_id).form_reference_id
    assert reference is not None
    (event,) = (each for each in school.registry.history(subject=reference) if each.what == "form waits again")
    details = json.loads(event.details)
    assert (details["form"], details["case"]) == (second.form_id, second.case_id)
    assert f"the confirmation of case {first.case_id[:8]}" in details["why"]


def test_a_form_that_was_taken_back_names_who_took_it_back_and_when_not_who_accepted_it(school: School) -> None:
    decision, form = school.proposed(1)
    school.accept(form)
    school.seller_notices().undo(decision, "bob", LATER, anybodys=True)
    assert (school.form(form.form_id).decided_by, school.form(form.form_id).decided_at) == ("bob", LATER)
    with pytest.raises(FormDecided, match=f"taken back already by bob on {LATER:%Y-%m-%d %H:%M} UTC"):
        school.accept(form)


def test_a_form_that_was_taken_back_is_not_reinstated_and_says_why_and_what_to_do(school: School) -> None:
    decision, form = school.proposed(1)
    reference = school.accept(form).form_reference_id
    assert reference is not None
    school.seller_notices().undo(decision, "ann", LATER)
    with pytest.raises(FormTakenBack) as refused:
        reinstate(school.registry.database, [reference], LATER)
    assert f"The confirmation of case {form.case_id[:8]} is undone." in str(refused.value)
    assert f"--region {','.join(map(str, PLACE))}" in str(refused.value)
    _, again = school.proposed(1, "bob")
    with pytest.raises(FormTakenBack, match=f"`markscan marks accept {again.form_id}` tests it"):
        reinstate(school.registry.database, [reference], LATER)
    assert school.in_force() == []


def test_what_the_owner_withdrew_is_reinstated_though_it_was_a_form_that_was_taken_back_before(school: School) -> None:
    decision, form = school.proposed(1)
    reference = school.accept(form).form_reference_id
    assert reference is not None
    school.seller_notices().undo(decision, "ann", NOW)
    reinstate_all(school.registry.database, [reference], NOW)  # as registering it does
    school.registry.withdraw_reference(reference, LATER)
    reinstate(school.registry.database, [reference], LATER)
    assert [each.reference_id for each in school.in_force()] == [reference]


def test_nearly_a_whole_photo_is_no_form_for_a_person_and_for_the_policy(school: School) -> None:
    nearly_all = Box(0, 15, 600, 400)
    _, first = school.proposed(1, "ann", nearly_all)
    refused = school.accept(first)
    assert (refused.state, "96% of its image, and so nearly the whole photo" in refused.reason) == (
        FormState.REFUSED,
        True,
    )
    for user in ("ann", "bob"):
        school.proposed(2, user, nearly_all)
    assert {each.state for each in school.acceptance().accept_confirmed(NOW)} == {FormState.REFUSED}
    assert school.in_force() == []


def test_the_audit_log_names_case_and_person_in_both_directions_and_holds(school: School) -> None:
    decision, form = school.proposed(1)
    reference = school.accept(form).form_reference_id
    assert reference is not None
    school.seller_notices().undo(decision, "ann", NOW)
    events = {each.what: each.details for each in school.registry.history(subject=reference)}
    assert {"form accepted", "form taken back", "reference registered", "reference withdrawn"} <= events.keys()
    assert all(form.case_id in events[what] for what in ("form accepted", "form taken back"))
    assert school.registry.row_faults() == ()
