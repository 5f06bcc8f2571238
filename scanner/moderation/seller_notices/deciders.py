"""Who decided what a seller notice is about, and so may not decide an appeal; and whether one was decided.

Article 20(4) to (6) of Regulation (EU) 2022/2065 wants complaints decided diligently and objectively, by qualified
people; nobody is objective about a decision of their own.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, and_, select

from scanner.moderation.cases.tables import case_decisions
from scanner.moderation.seller_notices import tables
from scanner.moderation.seller_notices.types import SellerNotice
from scanner.verdicts.case_states import CaseState


def deciders_of(connection: Connection, seller_notices: Iterable[SellerNotice]) -> Mapping[str, frozenset[str]]:
    """The users who decided, by the notice's id: who sent it, and whose confirmation of its case stands.

    An undone confirmation led to nothing. Escalating leaves the decision to another, and the policy is no user.
    """
    wanted = tuple(seller_notices)
    mine = and_(case_decisions.c.state == CaseState.CONFIRMED, case_decisions.c.undone_at.is_(None))
    query = select(case_decisions.c.case_id, case_decisions.c.user_id).where(
        mine, case_decisions.c.case_id.in_({each.case_id for each in wanted})
    )
    confirmed: dict[str, set[str]] = {}
    for case_id, user in connection.execute(query):
        confirmed.setdefault(case_id, set()).add(user)
    return {
        each.seller_notice_id: frozenset(
            {*confirmed.get(each.case_id, ()), *(() if each.automated else (each.author,))}
        )
        for each in wanted
    }


def has_decided_appeal(connection: Connection, case_id: str) -> bool:
    """Whether an appeal against a notice about a case was decided."""
    appeals, notices = tables.appeals, tables.seller_notices
    decided = and_(notices.c.case_id == case_id, appeals.c.outcome.is_not(None))
    return connection.execute(select(appeals.c.appeal_id).join(notices).where(decided)).first() is not None
