"""Undoes decisions that were made together, with the seller notices that they sent, in one transaction."""

from datetime import datetime

from brand_index.errors import UnknownRecord
from scanner.moderation.cases.cases import Case
from scanner.moderation.cases.decisions import CaseTaken, batch_of, stands
from scanner.moderation.seller_notices.store import SellerNotices


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
