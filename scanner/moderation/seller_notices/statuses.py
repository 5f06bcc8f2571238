"""What became of cases, for the marketplace: states, outcomes, and the messages about them. Names no reviewer."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, exists, select

from brand_index.registry.database import Write
from scanner.moderation.cases.tables import cases
from scanner.moderation.deliveries import send
from scanner.moderation.seller_notices.tables import appeals, seller_notices
from scanner.moderation.seller_notices.types import AppealOutcome
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground
from scanner.verdicts.feedback import Suppression
from scanner.verdicts.rows import moment_text
from scanner.verdicts.types import Decision

_OF_CASE: Final = ("case_id", "listing_id", "seller_id", "market", "brand_id", "reference_id", "kind")
_BY_DECISION: Final = {CaseState.CONFIRMED: Decision.BLOCK, CaseState.DISMISSED: Decision.CLEAR}


@dataclass(frozen=True, slots=True)
class CaseStatus:
    """What became of a case."""

    case_id: str  # of its scan
    state: CaseState
    ground: Ground | None  # of a dismissal
    decided_at: datetime | None  # UTC; None: it is neither confirmed nor dismissed
    decision: Decision  # what to do with the listing now


def statuses_of(connection: Connection, case_ids: Iterable[str]) -> dict[str, CaseStatus]:
    """The status of each of these cases that there is, by id.

    A confirmed violation is to be blocked and a dismissed case cleared; until then the decision of the policy holds. A
    listing that a counter-notice put back is to be cleared, though the case stays confirmed.
    """
    put_back = exists().where(
        seller_notices.c.case_id == cases.c.case_id,
        appeals.c.seller_notice_id == seller_notices.c.seller_notice_id,
        appeals.c.outcome == AppealOutcome.PUT_BACK,
        appeals.c.decided_at >= cases.c.decided_at,
    )
    columns = (cases.c.case_id, cases.c.state, cases.c.ground, cases.c.decided_at, cases.c.decision)
    query = select(*columns, put_back.label("put_back")).where(cases.c.case_id.in_(list(case_ids)))
    return {
        each.case_id: CaseStatus(
            each.case_id,
            each.state,
            each.ground,
            each.decided_at,
            Decision.CLEAR if each.put_back else _BY_DECISION.get(each.state, each.decision),
        )
        for each in connection.execute(query)
    }


def queue_case_message(write: Write, settings: ServiceSettings, case_id: str, what: str, **more: Any) -> None:
    """Queue a message about a case, in the write that changes it, where the settings name an address.

    A case that was purged has none: neither has its scan.
    """
    status = statuses_of(write.connection, [case_id]).get(case_id)
    if settings.webhook_url is None or status is None:
        return
    columns = [cases.c[name] for name in _OF_CASE]
    case = write.connection.execute(select(*columns).where(cases.c.case_id == case_id)).one()
    message = {
        "type": what,
        "at": moment_text(write.now),
        **case._mapping,
        "state": status.state,
        "ground": status.ground,
        "decided_at": None if status.decided_at is None else moment_text(status.decided_at),
        "decision": status.decision,
        **more,
    }
    send(write, case_id, json.dumps(message, ensure_ascii=False))


def queue_suppression(write: Write, settings: ServiceSettings, made: Suppression) -> None:
    """As `queue_case_message`: from now on such matches are not asked about."""
    until = None if made.expires_at is None else moment_text(made.expires_at)
    queue_case_message(write, settings, made.case_id, "case.suppressed", scope=made.scope, suppressed_until=until)


def queue_suppression_ended(write: Write, settings: ServiceSettings, ended: Suppression) -> None:
    """As `queue_case_message`: from now on such matches are asked about again."""
    queue_case_message(write, settings, ended.case_id, "case.suppression_ended", scope=ended.scope)
