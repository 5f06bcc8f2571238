"""How long listing pictures and verdicts are kept, as the settings say."""

from datetime import datetime, timedelta

from scanner.records import Purged, Records
from scanner.settings import ServiceSettings


def purge_old(records: Records, settings: ServiceSettings, now: datetime) -> Purged:
    """Take away pictures and verdicts that were kept for longer than the settings say."""
    pictures, verdicts = (timedelta(days=days) for days in (settings.keep_picture_days, settings.keep_verdict_days))
    return records.purge(now, pictures=pictures, verdicts=verdicts)
