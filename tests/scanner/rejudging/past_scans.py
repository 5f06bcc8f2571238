"""Scans of long ago, before something was registered: what the tests of looking back begin with."""

import hashlib
from datetime import UTC, datetime
from functools import cache

from brand_index.index import BrandIndex
from brand_index.registration import register_reference
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.examiner import Examiner, open_models, program_fingerprint
from scanner.moderation.judging import Judge
from scanner.moderation.listing_words import ListingWords
from scanner.moderation.records.scans import Scan, ScanOutcome, UploadedImage, begin
from scanner.moderation.store import Records
from scanner.settings import Settings
from scanner.verdicts.judgement import judge_listing
from scanner.verdicts.policy import read_policy
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import Decision, Listing
from scanner.walk import ensure_index
from tests.conftest import ACME, describer

LONG_AGO = datetime(2026, 1, 5, 9, tzinfo=UTC)
models = cache(lambda: open_models(Settings()))


def scanned(
    store: Store,
    registry: Registry,
    settings: Settings,
    *images: bytes,
    seller: str = "S1",
    title: str | None = None,
    kept: bool = False,
    at: datetime = LONG_AGO,
) -> Scan:
    """A scan of long ago; `kept`: with its images, as of a listing that was flagged for something else."""
    embedder, matcher, finder = models()
    examiner = Examiner(BrandIndex.open(store, embedder), embedder, matcher, finder, settings)
    policy = read_policy()
    judge = Judge(registry, policy, ListingWords(store))
    listing = Listing(listing_id=f"L-{seller}", seller_id=seller, title=title)
    uploads = [
        UploadedImage(f"{place}.jpg", hashlib.sha256(data).hexdigest(), data) for place, data in enumerate(images)
    ]
    examined = [examiner.examine(data) for data in images]
    verdicts = judge.verdicts(listing, examined, at)
    reason, decision = judge_listing(verdicts, policy, unread=0)
    rows = tuple(ScannedImage(each.name, verdict) for each, verdict in zip(uploads, verdicts, strict=True))
    fingerprint = program_fingerprint("index", settings)
    outcome = ScanOutcome(
        rows,
        tuple(each.pdq for each in examined),
        reason,
        Decision.REVIEW if kept else decision,
        fingerprint,
        tuple(each.left for each in examined),
    )
    records = Records(registry.database, store)
    return records.finish(begin(listing, uploads, at), outcome, at, images=uploads)


def register(registry: Registry, store: Store, settings: Settings, kind: ReferenceKind, image: bytes) -> str:
    done = register_reference(
        registry,
        store,
        brand=ACME,
        kind=kind,
        image=image,
        describer=describer(),
        name=f"new {kind.value}",
        now=datetime.now(UTC),
    )
    ensure_index(store, registry, settings)
    return done.reference.reference_id
