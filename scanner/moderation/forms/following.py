"""What decisions on cases do to the forms and the negatives of marks, in the transaction of the decision."""

from brand_index.registry.database import Write
from scanner.moderation.cases.decisions import find_case
from scanner.moderation.cases.negatives import end_negatives_within, record_negative_within
from scanner.moderation.forms.proposing import propose_within, take_back_within
from scanner.verdicts.case_states import Ground


def confirmed_within(write: Write, case_id: str, user: str, *, propose: bool) -> None:
    """After a confirmation: propose the match as a form of its mark, if the reviewer wants that. Raises NoForm."""
    if propose:
        propose_within(write, find_case(write.connection, case_id), user)


def dismissed_within(write: Write, case_id: str, ground: Ground | None, user: str) -> None:
    """After a dismissal: what is another mark becomes a negative of this one."""
    if ground is Ground.NOT_THE_MARK:
        record_negative_within(write, find_case(write.connection, case_id), user)


def undone_within(write: Write, case_id: str, user: str) -> None:
    """After a decision was undone: its form is taken back, or its negative ended."""
    take_back_within(write, case_id, user, f"The confirmation of case {case_id[:8]} is undone.")
    end_negatives_within(write, case_id, user)


def reversed_within(write: Write, case_id: str, ground: Ground, user: str) -> None:
    """After an appeal against a confirmation succeeded: its form is taken back, and another mark is a negative."""
    take_back_within(write, case_id, user, f"An appeal against the decision on case {case_id[:8]} succeeded.")
    dismissed_within(write, case_id, ground, user)
