"""Undoes decisions that were made together, and says beforehand which seller notices undoing withdraws."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from brand_index.errors import UnknownRecord
from brand_index.registry.database import Database
from scanner.moderation.cases.cases import Case
from scanner.moderation.cases.decisions import CaseTaken, batch_of, stands
from scanner.moderation.seller_notices.queries import appeals_against
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.seller_notices.types import SellerNotice


def undo_batch(
    seller_notices: SellerNotices, batch_id: str, user: str, now: datetime, *, anybodys: bool = False
) -> tuple[Case, ...]:
    """Undo all decisions of a batch that still stand, or none of them if one cannot be undone; their cases.

    What was undone, or decided anew, since then stays as it is. Raises UnknownRecord for no such batch, and CaseTaken
    where no decision of it stands, somebody else is reviewing a case, or, unless `anybodys`, another user decided.
    """
    with seller_notices.database.write(now) as write:
        batch = batch_of(write.connection, batch_id)
        if not batch:
            raise UnknownRecord(f"no decisions were made together as {batch_id[:64]!r}")
        standing = [each for each in batch if stands(write.connection, each)]
        if not standing:
            raise CaseTaken(f"none of the {len(batch)} decisions stands any longer: there is nothing to undo")
        return tuple(
            seller_notices.undo_within(write, each.decision_id, user, anybodys=anybodys) for each in reversed(standing)
        )


class StandingNotice(NamedTuple):
    """A seller notice that undoing its case's confirmation withdraws."""

    seller_notice: SellerNotice
    appealed: bool  # an appeal against it is undecided


def standing_notices(seller_notices: SellerNotices, case_ids: Iterable[str]) -> tuple[StandingNotice, ...]:
    """The seller notices about cases that stand, in the order of the cases."""
    standing = (each for case_id in case_ids for each in seller_notices.of_case(case_id) if each.ended_at is None)
    return tuple(StandingNotice(each, _is_appealed(seller_notices.database, each)) for each in standing)


def _is_appealed(database: Database, seller_notice: SellerNotice) -> bool:
    return any(appeal.outcome is None for appeal in appeals_against(database, seller_notice.seller_notice_id))
