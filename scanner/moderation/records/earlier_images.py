"""In which recorded images a photo was shown before it was registered, by hashes that are held for some minutes.

A scan notes a registered photo where it sees one; of before its registration nothing is noted until somebody looks
back. Only the newest images are compared, by the hash of the whole: looking back compares all, and finds parts, too.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from brand_index.features.hashing import PDQ
from brand_index.index.described import published_plate
from brand_index.index.past import near_pairs
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceImage
from scanner.moderation.records.tables import scanned_images, scans
from scanner.verdicts.feedback import ALIKE

COMPARED: Final = 50_000  # newest images
AT_ONCE: Final = 500  # ids in one SQL statement
HELD: Final = timedelta(minutes=10)  # after which the hashes are read anew


class Sighting(NamedTuple):
    """An image of a listing in which a photo was seen."""

    seen_at: datetime  # UTC: when the listing was first scanned
    seller_id: str | None
    listing_id: str | None
    position: int  # of the image in the listing


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """What was read at one time."""

    read_at: datetime  # UTC
    images: tuple[tuple[str, int], ...]  # scan_id and position
    hashes: NDArray[np.uint8]  # (N, 32), one for each of them
    known: dict[str, tuple[Sighting, ...]] = field(default_factory=dict)  # by reference_id


class EarlierImages:
    """The hashes of the images that were scanned last, and in which of them photos were shown."""

    def __init__(self, registry: Registry, store: Store) -> None:
        self._registry, self._store = registry, store
        self._held: _Held | None = None  # replaced whole, since several threads judge

    def showing(self, reference_id: str, now: datetime) -> tuple[Sighting, ...]:
        """The listings that showed a photo before it was registered, the earliest first; `now` is aware UTC.

        None of them where the photo is unknown, or too flat for a hash. The answer is the same for every listing.
        """
        reference = self._registry.reference(reference_id)
        if reference is None:
            return ()
        held = self._held
        if held is None or held.read_at <= reference.registered_at or now - held.read_at > HELD:
            held = self._held = self._read(now)
        if reference_id not in held.known:
            pairs = near_pairs(self._hashes_of(reference), held.hashes, ALIKE)
            alike = {held.images[row] for _, row, _ in pairs}
            held.known[reference_id] = self._before(reference.registered_at, alike)
        return held.known[reference_id]

    def _read(self, now: datetime) -> _Held:
        query = (
            select(scans.c.scan_id, scanned_images.c.position, scanned_images.c.pdq)
            .select_from(scans.join(scanned_images, scanned_images.c.scan_id == scans.c.scan_id))
            .where(scans.c.rejudges.is_(None), scanned_images.c.pdq.is_not(None))
            .order_by(scans.c.accepted_at.desc())
            .limit(COMPARED)
        )
        with self._registry.database.read() as connection:
            rows = connection.execute(query).all()
        return _Held(now, tuple((row[0], row[1]) for row in rows), _packed([row[2] for row in rows]))

    def _before(self, registered_at: datetime, images: Collection[tuple[str, int]]) -> tuple[Sighting, ...]:
        """Those of these images that were scanned before a photo was registered, the earliest first."""
        ids, known = sorted({scan_id for scan_id, _ in images}), dict[str, tuple[datetime, str | None, str | None]]()
        columns = (scans.c.accepted_at, scans.c.seller_id, scans.c.listing_id)
        query = select(scans.c.scan_id, *columns).where(scans.c.accepted_at < registered_at)
        with self._registry.database.read() as connection:
            for start in range(0, len(ids), AT_ONCE):
                rows = connection.execute(query.where(scans.c.scan_id.in_(ids[start : start + AT_ONCE])))
                known |= {row.scan_id: (row.accepted_at, row.seller_id, row.listing_id) for row in rows}
        found = [Sighting(*known[scan_id], position) for scan_id, position in images if scan_id in known]
        return tuple(sorted(found, key=lambda each: (each.seen_at, each.position)))

    def _hashes_of(self, reference: ReferenceImage) -> NDArray[np.uint8]:
        """The hashes of a registered photo, (8, 32), in every pose; (0, 32): it has none, or is in no index."""
        plate = published_plate(self._store, reference)
        found = None if plate is None else PDQ.hashes(plate)
        return _packed([]) if found is None else found


def _packed(hashes: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(map(bytes.fromhex, hashes)), np.uint8).reshape(-1, PDQ.bits // 8)
