"""The tables of seller notices and appeals; types.py has their records."""

from sqlalchemy import Boolean, Column, Date, Float, ForeignKey, Index, Integer, Table, Text

from brand_index.registry.schema import UTCDateTime, Word, metadata, sealed
from brand_index.types import ReferenceKind
from scanner.moderation.seller_notices.types import Answer, AppealOutcome, Form
from scanner.verdicts.case_states import Ground
from scanner.verdicts.policy import Restriction
from scanner.verdicts.types import First, Reason

seller_notices = Table(
    "seller_notices",
    metadata,
    Column("seller_notice_id", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("nth", Integer, nullable=False),
    Column("seller_id", Text, nullable=False),
    Column("listing_id", Text),
    Column("market", Text),
    Column("brand_id", Text),
    Column("reference_id", Text),
    Column("kind", Word(ReferenceKind)),
    Column("reason", Word(Reason), nullable=False),
    Column("confidence", Float),
    Column("from_notice", Boolean, nullable=False),
    Column("restriction", Word(Restriction), nullable=False),
    Column("automated", Boolean, nullable=False),
    Column("author", Text, nullable=False),
    Column("ledger_event", Text),
    Column("points", Integer, nullable=False),
    Column("posted_at", UTCDateTime, nullable=False),
    Column("sent_at", UTCDateTime, nullable=False),
    Column("appeal_by", UTCDateTime, nullable=False),
    Column("ended_at", UTCDateTime),
    Column("language", Text),
    Column("first_seen", Word(First)),
    Column("first_seen_day", Date),
    Index("seller_notices_by_case", "case_id"),
    Index("seller_notices_by_seller", "seller_id"),
    Index("seller_notices_by_time", "sent_at"),
    info=sealed(),
)
appeals = Table(
    "appeals",
    metadata,
    Column("appeal_id", Text, primary_key=True),
    Column("seller_notice_id", Text, ForeignKey("seller_notices.seller_notice_id"), nullable=False),
    Column("form", Word(Form), nullable=False),
    Column("received_at", UTCDateTime, nullable=False),
    Column("statement", Text, nullable=False),
    Column("signatory_name", Text),
    Column("signatory_address", Text),
    Column("signatory_phone", Text),
    Column("answer_by", UTCDateTime),
    Column("answer", Word(Answer)),
    Column("answer_note", Text, nullable=False),
    Column("answered_by", Text),
    Column("answered_at", UTCDateTime),
    Column("outcome", Word(AppealOutcome)),
    Column("ground", Word(Ground)),
    Column("outcome_note", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", UTCDateTime),
    Column("listing_first_day", Date),
    Index("appeals_by_seller_notice", "seller_notice_id"),
    Index("appeals_by_outcome", "outcome", "received_at"),
    Index("appeals_by_time", "received_at"),
    info=sealed(),
)
appeal_documents = Table(
    "appeal_documents",
    metadata,
    Column("appeal_id", Text, ForeignKey("appeals.appeal_id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("length", Integer, nullable=False),
    Column("added_at", UTCDateTime),
    info=sealed(),
)
