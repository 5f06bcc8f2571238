"""The tables of scans and their images; scans.py has the records."""

from enum import StrEnum

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from brand_index.registry.schema import UTCDateTime, Word, metadata, sealed
from scanner.verdicts.types import Decision, Reason


class ScanState(StrEnum):
    """The state of a scan."""

    QUEUED = "queued"
    DONE = "done"


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
    Column("description", Text),
    Column("state", Word(ScanState), nullable=False),
    Column("decision", Word(Decision)),
    Column("reason", Word(Reason)),
    Column("accepted_at", UTCDateTime, nullable=False),
    Column("finished_at", UTCDateTime),
    Column("leased_until", UTCDateTime),
    Column("rejudges", Text),
    UniqueConstraint("key_id", "idempotency_key", name="scans_retries"),
    Index("scans_by_listing", "listing_id"),
    Index("scans_by_seller", "seller_id"),
    Index("scans_by_time", "accepted_at"),
    Index("scans_by_state", "state", "accepted_at"),
    Index("scans_by_end", "finished_at"),
    Index("scans_by_rejudged", "rejudges"),
    info=sealed(without=["leased_until"]),
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
    info=sealed(),
)
# Derived of the images, and so without seals: no decision rests on them, but on the evidence that they lead to.
image_descriptions = Table(
    "image_descriptions",
    metadata,
    Column("scan_id", Text, ForeignKey("scans.scan_id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("recipe", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
look_backs = Table(
    "look_backs",
    metadata,
    Column("look_back_id", Integer, primary_key=True, autoincrement=False),
    Column("at", UTCDateTime, nullable=False),
    Column("since", UTCDateTime, nullable=False),
    Column("references_revision", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("policy", Text, nullable=False),
    Column("scans", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    info=sealed(),
)
photo_sightings = Table(
    "photo_sightings",
    metadata,
    Column("reference_id", Text, primary_key=True),
    Column("scan_id", Text, ForeignKey("scans.scan_id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("seller_id", Text),
    Column("listing_id", Text),
    Column("seen_at", UTCDateTime, nullable=False),
    Index("photo_sightings_by_time", "reference_id", "seen_at"),
    Index("photo_sightings_by_scan", "scan_id"),
    info=sealed(),
)
