"""The tables of scans, API keys and messages, beside the registry's in one database; their records are elsewhere."""

from enum import StrEnum

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from brand_index.schema import Collection, UTCDateTime, Word, metadata
from scanner.types import Decision, Reason


class Role(StrEnum):
    """What the bearer of a key, or a person, may do."""

    PIPELINE = "pipeline"  # has listings scanned
    BRAND_OWNER = "brand-owner"  # sees and changes its own brands
    REVIEWER = "reviewer"  # sees scans and brands
    ADMIN = "admin"  # all of it


class ScanState(StrEnum):
    """How far a scan is."""

    QUEUED = "queued"
    DONE = "done"


class DeliveryState(StrEnum):
    """What became of a message."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"  # tried as often as it is; kept until somebody has it tried again


api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Word(Role), nullable=False),
    Column("brands", Collection(frozenset), nullable=False),
    Column("secret_sha256", Text, nullable=False),
    Column("calls_a_minute", Integer),
    Column("created_at", UTCDateTime, nullable=False),
    Column("revoked_at", UTCDateTime),
)
scans = Table(
    "scans",
    metadata,
    Column("scan_id", Text, primary_key=True),
    Column("key_id", Text),
    Column("idempotency_key", Text),
    Column("request_sha256", Text, nullable=False),
    Column("listing_id", Text),
    Column("seller_id", Text),
    Column("market", Text),
    Column("category", Text),
    Column("title", Text),
    Column("condition", Text),
    Column("state", Word(ScanState), nullable=False),
    Column("decision", Word(Decision)),
    Column("reason", Word(Reason)),
    Column("accepted_at", UTCDateTime, nullable=False),
    Column("finished_at", UTCDateTime),
    Column("leased_until", UTCDateTime),
    UniqueConstraint("key_id", "idempotency_key", name="scans_retries"),
    Index("scans_by_listing", "listing_id"),
    Index("scans_by_state", "state", "accepted_at"),
    Index("scans_by_end", "finished_at"),
)
scanned_images = Table(
    "scanned_images",
    metadata,
    Column("scan_id", Text, ForeignKey("scans.scan_id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("image_sha256", Text, nullable=False),
    Column("kept", Boolean, nullable=False),
    Column("outcome", Text),
    Column("fingerprint", Text),
    Column("index_revision", Integer),
    Column("pdq", Text),
    Index("scanned_images_by_file", "image_sha256", "index_revision"),
)
deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", Text, primary_key=True),
    Column("scan_id", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Word(DeliveryState), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UTCDateTime, nullable=False),
    Column("last_error", Text),
    Column("created_at", UTCDateTime, nullable=False),
    Index("deliveries_by_state", "state", "due_at"),
)
