"""Assigns cases to reviewers, who get them next; only the lease keeps two people from deciding at once."""

from collections.abc import Iterable
from datetime import datetime

from brand_index.registry.database import Database
from scanner.moderation.cases.decisions import CaseTaken, find_case
from scanner.moderation.cases.tables import cases
from scanner.verdicts.case_states import UNDECIDED


def assign(database: Database, case_ids: Iterable[str], assignee: str | None, user: str, now: datetime) -> int:
    """Assign undecided cases to `assignee`, or to nobody (None), all or none; the number of cases that changed.

    Raises UnknownRecord, and CaseTaken for a decided case. A decision ends the assignment, and undoing it does not
    bring it back: an escalated case waits for whoever has more authority, not for the reviewer who passed it on.
    """
    changed = 0
    with database.write(now) as write:
        for case_id in dict.fromkeys(case_ids):
            case = find_case(write.connection, case_id)
            if case.state not in UNDECIDED:
                raise CaseTaken(f"case {case_id} is {case.state.value} already: there is nothing left to assign")
            if case.assignee == assignee:
                continue
            write.update(cases, cases.c.case_id == case_id, {"assignee": assignee})
            write.note("case assigned", case_id, {"assignee": assignee, "before": case.assignee, "user": user})
            changed += 1
    return changed
