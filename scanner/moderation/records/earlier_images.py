"""In which recorded images a photo was shown before it was registered, by hashes that are held for some minutes.

A scan notes a registered photo where it sees one; of before its registration nothing is noted until somebody looks
back. Only the newest images are compared, by the hash of the whole: looking back compares all, and finds parts, too.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from brand_index.features.description import ReferenceDescription
from brand_index.features.hashing import PDQ
from brand_index.features.plates import read_plate
from brand_index.index.past import near_pairs
from brand_index.registry import Registry
from scanner.moderation.records.tables import scanned_images, scans
from scanner.verdicts.feedback import ALIKE

COMPARED: Final = 50_000  # newest images
HELD: Final = timedelta(minutes=10)  # after which the hashes are read anew


class Sighting(NamedTuple):
    """A listing in which a photo was seen."""

    seen_at: datetime  # UTC: when it was first scanned
    seller_id: str | None
    listing_id: str | None


class EarlierImages:
    """The hashes of the images that were scanned last, and in which of them photos were shown."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._read_at: datetime | None = None
        self._listings: list[Sighting] = []
        self._hashes = np.zeros((0, PDQ.bits // 8), np.uint8)
        self._known: dict[str, tuple[Sighting, ...]] = {}

    def showing(self, reference_id: str, now: datetime) -> tuple[Sighting, ...]:
        """The listings that showed a photo before it was registered, the earliest first; `now` is aware UTC.

        None of them where the photo is unknown, or too flat for a hash. The answer is the same for every listing.
        """
        reference = self._registry.reference(reference_id)
        if reference is None:
            return ()
        if self._is_stale(reference.registered_at, now):
            self._read(now)
        if reference_id not in self._known:
            hashes = self._hashes_of(reference.description_key)
            rows = {row for _, row, _ in near_pairs(hashes, self._hashes, ALIKE)}
            alike = (self._listings[row] for row in rows)
            before = [each for each in alike if each.seen_at < reference.registered_at]
            self._known[reference_id] = tuple(sorted(before, key=lambda each: each.seen_at))
        return self._known[reference_id]

    def _is_stale(self, registered_at: datetime, now: datetime) -> bool:
        return self._read_at is None or self._read_at <= registered_at or now - self._read_at > HELD

    def _read(self, now: datetime) -> None:
        columns = (scans.c.accepted_at, scans.c.seller_id, scans.c.listing_id, scanned_images.c.pdq)
        query = (
            select(*columns)
            .select_from(scans.join(scanned_images, scanned_images.c.scan_id == scans.c.scan_id))
            .where(scans.c.rejudges.is_(None), scanned_images.c.pdq.is_not(None))
            .order_by(scans.c.accepted_at.desc())
            .limit(COMPARED)
        )
        with self._registry.database.read() as connection:
            rows = connection.execute(query).all()
        self._listings = [Sighting(row.accepted_at, row.seller_id, row.listing_id) for row in rows]
        self._hashes = _packed([row.pdq for row in rows])
        self._known, self._read_at = {}, now

    def _hashes_of(self, key: str) -> NDArray[np.uint8]:
        """The hashes of a registered photo, (8, 32), in every pose; (0, 32): it has none, or is not described."""
        for payload in self._registry.descriptors_of(key):
            try:
                found = PDQ.hashes(read_plate(ReferenceDescription.from_bytes(payload).plate))
            except ValueError:  # of an earlier version
                continue
            if found is not None:
                return found
        return _packed([])


def _packed(hashes: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(map(bytes.fromhex, hashes)), np.uint8).reshape(-1, PDQ.bits // 8)
