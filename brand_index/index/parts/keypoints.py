"""Keypoints of references: descriptors are searched for votes, and one reference's are read for verification."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from brand_index.features.keypoints import DIMENSIONS, Keypoints
from brand_index.index.parts.descriptors import NEIGHBOURS, nearest_rows, read_descriptors, write_descriptors
from brand_index.index.parts.files import ColumnWriter, Writers, read_array, read_owners
from brand_index.index.parts.placed import Order, Placed, RowsInForce, best_first, by_position, start_of
from brand_index.index.voting import vote, weights_of

_FIELDS: Final = ("points", "scales", "angles", "descriptors")


@dataclass(frozen=True, slots=True)
class VoteHit:
    """A reference that keypoints vote for."""

    position: int
    votes: float
    mirrored: bool


class KeypointPart:
    """Keypoints of one kind of reference in a segment, for voting and for verification."""

    def __init__(
        self, index: Any, owners: NDArray[np.int32], frames: NDArray[np.float32], keypoints: Keypoints
    ) -> None:
        """`frames`, (R, 3), are the x and y of the centre and the long side of the reference at each position."""
        self.index, self.owners, self.frames, self.keypoints = index, owners, frames, keypoints

    @classmethod
    def load(cls, folder: Path, name: str) -> Self:
        """Read what a KeypointWriter wrote; the files stay on disk and are shared by all processes.

        Raises IndexUnusable.
        """
        index = read_descriptors(folder, name)
        points, scales, angles, descriptors = (read_array(folder / f"{name}.{field}.npy") for field in _FIELDS)
        frames, owners = read_array(folder / f"{name}.frames.npy"), read_owners(folder, name, index.ntotal)
        return cls(index, owners, frames, Keypoints(points, scales, angles, descriptors))

    def of(self, position: int) -> Keypoints:
        """The keypoints of the reference at this position of the segment."""
        begin, end = np.searchsorted(self.owners, [position, position + 1])
        return self.keypoints.rows(slice(int(begin), int(end)))


class KeypointWriter(Writers):
    """Writes a KeypointPart; what is searched is made of its descriptors when all of them are there."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        columns = {"points": (np.float32, (2,)), "scales": (np.float32, ()), "angles": (np.float32, ())}
        super().__init__(
            **{field: ColumnWriter(folder / f"{name}.{field}.npy", *kind) for field, kind in columns.items()},
            descriptors=ColumnWriter(folder / f"{name}.descriptors.npy", np.uint8, (DIMENSIONS,)),
            owners=ColumnWriter(folder / f"{name}.owners.npy", np.int32),
            frames=ColumnWriter(folder / f"{name}.frames.npy", np.float32, (3,)),
        )

    def add(self, position: int, keypoints: Keypoints, frame: tuple[float, float, float]) -> None:
        """Add the keypoints, if any, and the frame of the reference at this position, which is the next."""
        self.append(
            **{field: getattr(keypoints, field) for field in _FIELDS},
            owners=np.full(len(keypoints), position, np.int32),
            frames=np.array([frame], np.float32),
        )

    def make_searchable(self, earlier: KeypointPart | None = None) -> None:
        """Write what is searched, once all files are complete; `earlier`: whose centroids may serve again."""
        descriptors = read_array(self._folder / f"{self._name}.descriptors.npy")
        write_descriptors(self._folder, self._name, descriptors, None if earlier is None else earlier.index)


class KeypointSearch:
    """The keypoints of one kind of reference in several segments: the votes are of all together."""

    def __init__(self, parts: Sequence[Placed[KeypointPart]], order: Order = by_position) -> None:
        self._parts = [placed for placed in parts if len(placed.part.owners)]
        self._rows = [RowsInForce.of(placed.part.owners, placed.withdrawn) for placed in self._parts]
        self._total = sum(rows.count for rows in self._rows)
        self._starts = np.cumsum([0, *(len(placed.part.owners) for placed in self._parts)])
        self._order = order

    def search(self, query: Keypoints, width: int, count: int, mirrored: int) -> list[VoteHit]:
        """The `count` references with most votes from a listing image `width` px wide, as it is or mirrored.

        Of its keypoints only the `mirrored` strongest vote as in a mirror.
        """
        if not self._total or not len(query):
            return []
        hits: dict[int, VoteHit] = {}
        for in_mirror in (False, True):
            asking = query.strongest(mirrored).mirrored(width) if in_mirror else query
            for position, weight in self._votes(asking, count):
                if position not in hits or weight > hits[position].votes:
                    hits[position] = VoteHit(position, weight, in_mirror)
        found = list(hits.values())
        ranked = best_first([-hit.votes for hit in found], [hit.position for hit in found], self._order)
        return [found[at] for at in ranked[:count]]

    def _nearest(self, descriptors: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Squared distances and rows, (N, K), of the nearest descriptors over all segments, nearest first."""
        asked, wanted = descriptors.astype(np.float32), min(NEIGHBOURS, self._total)
        found = [
            nearest_rows(placed.part.index, asked, min(wanted, rows.count), rows)
            for placed, rows in zip(self._parts, self._rows, strict=True)
            if rows.count
        ]
        if len(found) == 1 and len(self._parts) == 1:
            return found[0]
        starts = [start for start, rows in zip(self._starts, self._rows, strict=False) if rows.count]
        distances = np.concatenate([each for each, _ in found], axis=1)
        rows_of = np.concatenate(
            [np.where(rows < 0, rows, rows + start) for (_, rows), start in zip(found, starts, strict=True)], axis=1
        )
        nearest = np.argsort(distances, axis=1, kind="stable")[:, :wanted]
        return np.take_along_axis(distances, nearest, 1), np.take_along_axis(rows_of, nearest, 1)

    def _votes(self, asking: Keypoints, count: int) -> list[tuple[int, float]]:
        """The positions with the heaviest bins and their weights."""
        distances, rows = self._nearest(asking.descriptors)
        used = np.unique(rows[(weights_of(distances) > 0) & (rows >= 0)])
        if not len(used):
            return []
        known, positions, frames = self._gathered(used)
        owners, ranks = np.unique(positions, return_inverse=True)
        if len(self._parts) > 1:  # within one segment the positions are in the order of the references
            by_order = np.argsort(self._order(owners), kind="stable")
            owners, ranks = owners[by_order], np.argsort(by_order)[ranks]
        frame_of = np.zeros((len(owners), 3), np.float32)
        frame_of[ranks] = frames
        compact = np.where(np.isin(rows, used), np.searchsorted(used, rows), -1)
        found, votes = vote(asking, known, distances, compact, ranks.astype(np.int32), frame_of, count)
        return list(zip(owners[found].tolist(), votes.tolist(), strict=True))

    def _gathered(self, rows: NDArray[np.int64]) -> tuple[Keypoints, NDArray[np.int64], NDArray[np.float32]]:
        """The keypoints in these rows without their descriptors, the positions of their references and the frames."""
        points, scales, angles, positions, frames = [], [], [], [], []
        begin = 0
        while begin < len(rows):
            number = start_of(self._starts, int(rows[begin]))
            end = int(np.searchsorted(rows, self._starts[number + 1]))
            placed, local = self._parts[number], rows[begin:end] - self._starts[number]
            known, owners = placed.part.keypoints, placed.part.owners[local]
            points.append(known.points[local])
            scales.append(known.scales[local])
            angles.append(known.angles[local])
            positions.append(placed.start + owners.astype(np.int64))
            frames.append(placed.part.frames[owners])
            begin = end
        none = np.zeros((len(rows), 0), np.uint8)  # votes ask for no descriptor
        keypoints = Keypoints(np.concatenate(points), np.concatenate(scales), np.concatenate(angles), none)
        return keypoints, np.concatenate(positions), np.concatenate(frames)
