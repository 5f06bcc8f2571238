"""The tables of cases, decisions, notices, suppressions, quarantines and counts; their records are elsewhere."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Table, Text

from brand_index.registry.schema import UTCDateTime, Word, metadata, sealed
from brand_index.types import ReferenceKind
from scanner.verdicts.case_states import CaseState, Ground, Scope
from scanner.verdicts.types import Decision, Reason

cases = Table(
    "cases",
    metadata,
    Column("case_id", Text, ForeignKey("scans.scan_id"), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("brand_id", Text),
    Column("reference_id", Text),
    Column("kind", Word(ReferenceKind)),
    Column("confidence", Float),
    Column("decision", Word(Decision), nullable=False),
    Column("reason", Word(Reason), nullable=False),
    Column("listing_id", Text),
    Column("seller_id", Text),
    Column("market", Text),
    Column("image_sha256", Text, nullable=False),
    Column("pdq", Text),
    Column("cluster", Text, nullable=False),
    Column("opened_at", UTCDateTime, nullable=False),
    Column("state", Word(CaseState), nullable=False),
    Column("ground", Word(Ground)),
    Column("decided_at", UTCDateTime),
    Column("leased_by", Text),
    Column("leased_until", UTCDateTime),
    Column("assignee", Text),
    Index("cases_by_assignee", "assignee", "state"),
    Index("cases_by_state", "state", "opened_at"),
    Index("cases_by_reference", "reference_id", "opened_at"),
    Index("cases_by_cluster", "cluster"),
    Index("cases_by_brand", "brand_id", "state"),
    Index("cases_by_seller", "seller_id"),
    info=sealed(without=["leased_by", "leased_until"]),
)
case_decisions = Table(
    "case_decisions",
    metadata,
    Column("decision_id", Integer, primary_key=True, autoincrement=False),
    Column("case_id", Text, ForeignKey("cases.case_id"), nullable=False),
    Column("user_id", Text, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("state", Word(CaseState), nullable=False),
    Column("ground", Word(Ground)),
    Column("note", Text, nullable=False),
    Column("before", Word(CaseState), nullable=False),
    Column("undone_at", UTCDateTime),
    Column("batch_id", Text),
    Index("case_decisions_by_case", "case_id"),
    Index("case_decisions_by_batch", "batch_id"),
    info=sealed(),
)
case_comments = Table(
    "case_comments",
    metadata,
    Column("comment_id", Integer, primary_key=True, autoincrement=False),
    Column("case_id", Text, ForeignKey("cases.case_id"), nullable=False),
    Column("user_id", Text, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("comment", Text, nullable=False),
    Index("case_comments_by_case", "case_id"),
    info=sealed(),
)
suppressions = Table(
    "suppressions",
    metadata,
    Column("suppression_id", Integer, primary_key=True, autoincrement=False),
    Column("scope", Word(Scope), nullable=False),
    Column("reference_id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime),
    Column("ended_at", UTCDateTime),
    Index("suppressions_by_reference", "reference_id"),
    info=sealed(),
)
quarantines = Table(
    "quarantines",
    metadata,
    Column("quarantine_id", Integer, primary_key=True, autoincrement=False),
    Column("reference_id", Text, nullable=False),
    Column("begun_at", UTCDateTime, nullable=False),
    Column("items", Integer, nullable=False),
    Column("ended_at", UTCDateTime),
    Index("quarantines_by_reference", "reference_id"),
    info=sealed(),
)
label_counts = Table(
    "label_counts",
    metadata,
    Column("reference_id", Text, nullable=False),
    Column("brand_id", Text, nullable=False),
    Column("kind", Word(ReferenceKind), nullable=False),
    Column("state", Word(CaseState), nullable=False),
    Column("ground", Word(Ground)),
    Column("cases", Integer, nullable=False),
    Index("label_counts_by_brand", "brand_id"),
    Index("label_counts_by_reference", "reference_id"),
    info=sealed(key=["reference_id", "brand_id", "kind", "state", "ground"]),
)
notifier_counts = Table(
    "notifier_counts",
    metadata,
    Column("notifier", Text, nullable=False),
    Column("brand_id", Text, nullable=False),
    Column("state", Word(CaseState)),
    Column("ground", Word(Ground)),
    Column("cases", Integer, nullable=False),
    Index("notifier_counts_by_notifier", "notifier"),
    info=sealed(key=["notifier", "brand_id", "state", "ground"]),
)

notices = Table(
    "notices",
    metadata,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True),
    Column("notifier", Text, nullable=False),
    Column("brand_id", Text, nullable=False),
    Column("kind", Word(ReferenceKind), nullable=False),
    Column("statement", Text, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Index("notices_by_notifier", "notifier"),
    info=sealed(),
)
