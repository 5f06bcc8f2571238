"""What a reviewer chose and typed to decide: read from a form, and kept when it is refused."""

from dataclasses import dataclass
from typing import Final

from starlette.datastructures import FormData

from brand_index.errors import InvalidField, MarkscanError
from scanner.moderation.seller_notices.store import Measures
from scanner.verdicts.case_states import CaseState, Ground, Scope
from scanner.verdicts.policy import Restriction


@dataclass(frozen=True, slots=True)
class Typed:
    """What a refused form held, so that its page shows it again; empty: nothing."""

    note: str = ""
    restriction: str = ""
    points: str = ""
    serious: bool = False
    suppress: str = ""
    propose: bool = False
    assignee: str | None = None  # None: not asked for

    @property
    def something(self) -> bool:
        """Whether anything would be lost."""
        chosen = self.restriction or self.points or self.serious or self.suppress or self.propose
        return bool(self.note or chosen)


NOTHING_TYPED: Final = Typed()


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """A decision, and what it does besides."""

    state: CaseState
    ground: Ground | None
    note: str
    measures: Measures | None  # None: no notice to the seller
    suppress: Scope | None
    propose: bool  # the match as a form of its mark


def typed_in(form: FormData) -> Typed:
    """What a form held, valid or not."""
    assignee = form.get("assignee")
    return Typed(
        note=str(form.get("note", "")),
        restriction=str(form.get("restriction", "")),
        points=str(form.get("points", "")).strip(),
        serious="serious" in form,
        suppress=str(form.get("suppress", "")),
        propose="propose" in form,
        assignee=assignee if isinstance(assignee, str) else None,
    )


def read_decision(form: FormData) -> DecisionForm:
    """The decision of a form. Raises UnknownDecision, and InvalidField where something chosen does not fit it.

    Nothing that was chosen is left out in silence: a reviewer who chose it believes that it happened.
    """
    typed, (state, ground), measures = typed_in(form), _decision_of(form), read_measures(form)
    if measures is not None and state is not CaseState.CONFIRMED:
        raise InvalidField(
            "a notice to the seller, with its points, goes with a confirmed violation only: "
            "choose “no notice” and clear the points, or confirm"
        )
    if typed.suppress and ground is None:
        raise InvalidField("a match is suppressed by a dismissal only: choose “do not suppress”, or dismiss")
    if typed.suppress and typed.suppress not in set(Scope):
        raise InvalidField(f"{typed.suppress[:64]!r} is no way to suppress a match: choose one of the list")
    if typed.propose and state is not CaseState.CONFIRMED:
        raise InvalidField("a form is proposed with a confirmed violation only: clear “propose as a form”, or confirm")
    scope = Scope(typed.suppress) if typed.suppress else None
    return DecisionForm(state, ground, typed.note, measures, scope, typed.propose)


def read_measures(form: FormData) -> Measures | None:
    """The measures that a form takes against a listing; None: no notice to the seller. Raises InvalidField."""
    typed = typed_in(form)
    points = typed.points or "0"
    if not (points.isascii() and points.isdigit() and len(points) < 4):
        raise InvalidField(f"{points[:64]!r} is not a number of points: give 0 to 999")
    if not typed.restriction:
        if int(points) or typed.serious:
            what = "penalty points go" if int(points) else "a serious violation goes"
            raise InvalidField(
                f"{what} with a notice to the seller only: choose what happened to the listing, or clear it"
            )
        return None
    if typed.restriction not in set(Restriction):
        raise InvalidField(f"{typed.restriction[:64]!r} is nothing that happens to a listing: choose one of the list")
    return Measures(Restriction(typed.restriction), int(points), typed.serious)


def refuse_with_assignment(form: FormData) -> None:
    """Raises InvalidField where a form that only assigns cases holds what goes with a decision."""
    if typed_in(form).something:
        raise InvalidField("an assignment takes no note, no notice and no points: clear them, or decide")


def _decision_of(form: FormData) -> tuple[CaseState, Ground | None]:
    """The decision of a form: confirm, escalate, or dismiss on a ground. Raises UnknownDecision."""
    word = str(form.get("decision", ""))
    if word in set(Ground):
        return CaseState.DISMISSED, Ground(word)
    if word in (CaseState.CONFIRMED.value, CaseState.ESCALATED.value):
        return CaseState(word), None
    raise UnknownDecision(f"{word!r} is not a decision: confirm, escalate, or choose a ground to dismiss")


class UnknownDecision(MarkscanError):
    """A form without a valid decision."""

    code = "unknown_decision"
