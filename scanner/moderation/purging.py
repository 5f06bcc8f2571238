"""Deletes listing images, verdicts and seller notices after the times that the settings say."""

from datetime import datetime, timedelta

from brand_index.registry.database import Database
from brand_index.store import Store
from scanner.moderation.deliveries import purge_messages
from scanner.moderation.records.scans import Purged
from scanner.moderation.seller_notices.queries import purge_seller_notices, sweep_documents
from scanner.moderation.store import Records
from scanner.settings import ServiceSettings


def purge_old(database: Database, store: Store, settings: ServiceSettings, now: datetime) -> Purged:
    """Delete images, verdicts, messages and seller notices, with their appeals, after the times of the settings."""
    images, verdicts = (timedelta(days=days) for days in (settings.keep_image_days, settings.keep_verdict_days))
    purge_seller_notices(database, store, now - verdicts, now)
    purge_messages(database, now - verdicts, now)
    sweep_documents(database, store, now)
    return Records(database, store).purge(now, images=images, verdicts=verdicts)
