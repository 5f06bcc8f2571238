"""Keypoints of references: descriptors are searched for votes, and one reference's are read for verification."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import IndexDamaged
from brand_index.features.keypoints import Keypoints, join
from brand_index.index.parts.codes import (
    CODE_BYTES,
    CodedKeypoints,
    angles_of,
    coded,
    decode,
    points_of,
    scales_of,
)
from brand_index.index.parts.files import ColumnWriter, Writers, read_array
from brand_index.index.parts.lists.descriptors import NEIGHBOURS, Descriptors, read_descriptors, write_descriptors
from brand_index.index.parts.placed import Order, Placed, RowsInForce, best_first, by_position, start_of
from brand_index.index.voting import vote, weights_of

_PLACED: Final = ("places", "scales", "angles")


@dataclass(frozen=True, slots=True)
class VoteHit:
    """A reference that keypoints vote for."""

    position: int
    votes: float
    mirrored: bool


class KeypointPart:
    """Keypoints of one kind of reference in a segment, coded, for voting and for verification."""

    def __init__(
        self,
        searched: Descriptors,
        ends: NDArray[np.int64],
        frames: NDArray[np.float32],
        grids: NDArray[np.float32],
        in_both: NDArray[np.bool_],
        columns: tuple[NDArray[np.uint16], NDArray[np.uint8], NDArray[np.uint8]],
    ) -> None:
        """`columns`: places, scales and angles as in CodedKeypoints, of one reference after another.

        `ends`, (R,), say where each one's end, and `searched` has their descriptors in the same order. `in_both`, (R,):
        whether a reference has the negatives of its keypoints, too.
        `frames`, (R, 3), are the x and y of the centre and the long side of the reference at each position.
        """
        self.searched, self.ends, self.frames, self._grids = searched, ends, frames, grids
        self._in_both = in_both
        self._places, self._scales, self._angles = columns

    @classmethod
    def load(cls, folder: Path, name: str) -> Self:
        """Read what a KeypointWriter wrote; the files stay on disk and are shared by all processes.

        Raises IndexUnusable.
        """
        ends, frames, grids = (read_array(folder / f"{name}.{field}.npy") for field in ("ends", "frames", "grids"))
        places, scales, angles = (read_array(folder / f"{name}.{field}.npy") for field in _PLACED)
        searched, rows = read_descriptors(folder, name), int(ends[-1]) if len(ends) else 0
        path = folder / f"{name}.in_both.npy"
        in_both = read_array(path) if path.exists() else np.zeros(len(ends), bool)  # format 13 has both
        if {len(places), len(scales), len(angles), searched.rows} != {rows}:
            raise IndexDamaged(folder / name, f"its files have not {rows} rows each")
        return cls(searched, ends, frames, grids, in_both, (places, scales, angles))

    def __len__(self) -> int:
        """How many keypoints there are."""
        return int(self.ends[-1]) if len(self.ends) else 0

    def of(self, position: int, most: int | None = None) -> Keypoints:
        """The keypoints of the reference at this position of the segment; `most`: the first so many of them."""
        begin, end = int(self.ends[position - 1]) if position else 0, int(self.ends[position])
        rows = slice(begin, end if most is None else min(end, begin + most))
        points = points_of(self._places[rows], self._grids[position])
        found = Keypoints(points, *self._scales_and_angles(rows), self.descriptors(rows))
        both = found.in_both_polarities() if self._in_both[position] else found
        return both if most is None else both.strongest(most)

    def descriptors(self, rows: slice) -> NDArray[np.uint8]:
        """The descriptors, (N, 128), that the codes in these rows stand for."""
        return decode(self.searched.codes_of(rows))

    @cached_property
    def has_negatives(self) -> bool:
        """Whether a reference has the negatives of its keypoints, too; such are the rows from len(self) on.

        One without a keypoint has no negative either, whatever an earlier build wrote of it.
        """
        in_both = np.flatnonzero(self._in_both)
        begins = np.where(in_both > 0, self.ends[in_both - 1], 0)
        return bool((self.ends[in_both] > begins).any())

    def nearest(
        self, asking: Keypoints, count: int, rows: RowsInForce
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Squared distances and rows, (N, K), of the `count` nearest in force, or of fewer; row −1: none.

        What is near the negative of a keypoint that is asked for has a negative near that keypoint.
        """
        distances, found = self.searched.nearest(asking.descriptors.astype(np.float32), min(count, rows.count), rows)
        if not self.has_negatives:
            return distances, found
        negatives = asking.negative().descriptors.astype(np.float32)
        farther, others = self.searched.nearest(negatives, min(count, rows.count), rows)
        is_one = (others >= 0) & self._in_both[self.owners(np.maximum(others, 0))]
        distances = np.concatenate([distances, np.where(is_one, farther, np.finfo(np.float32).max)], axis=1)
        found = np.concatenate([found, np.where(is_one, others + len(self), -1)], axis=1)
        first = np.argsort(distances, axis=1, kind="stable")[:, :count]
        return np.take_along_axis(distances, first, 1), np.take_along_axis(found, first, 1)

    def owners(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The positions of the references whose keypoints are in these rows, or whose negatives."""
        return np.asarray(np.searchsorted(self.ends, rows % max(len(self), 1), "right"), np.int64)

    def places(self, rows: NDArray[np.int64], owners: NDArray[np.int64]) -> Keypoints:
        """The keypoints in these rows, or their negatives, without their descriptors, which votes do not ask for."""
        own = rows % max(len(self), 1)
        points = points_of(self._places[own], self._grids[owners])
        scales, angles = self._scales_and_angles(own)
        turned = np.where(rows < len(self), angles, angles + np.float32(np.pi))
        return Keypoints(points, scales, turned, np.zeros((len(rows), 0), np.uint8))

    def _scales_and_angles(self, rows: slice | NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return scales_of(self._scales[rows]), angles_of(self._angles[rows])


class KeypointWriter(Writers):
    """Writes a KeypointPart; what is searched is made of its codes when all of them are there."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name, self._end = folder, name, 0
        columns = {"places": (np.uint16, (2,)), "scales": (np.uint8, ()), "angles": (np.uint8, ())}
        super().__init__(
            **{field: ColumnWriter(folder / f"{name}.{field}.npy", *kind) for field, kind in columns.items()},
            codes=ColumnWriter(folder / f"{name}.codes.npy", np.uint8, (CODE_BYTES,)),
            ends=ColumnWriter(folder / f"{name}.ends.npy", np.int64),
            frames=ColumnWriter(folder / f"{name}.frames.npy", np.float32, (3,)),
            grids=ColumnWriter(folder / f"{name}.grids.npy", np.float32, (3,)),
            in_both=ColumnWriter(folder / f"{name}.in_both.npy", np.bool_),
        )

    def add(self, position: int, keypoints: Keypoints, frame: tuple[float, float, float]) -> None:
        """Add the keypoints, if any, and the frame of the reference at this position, which is the next.

        Where each has its negative, as those of artwork have, one of the two is written.
        """
        in_one = keypoints.in_one_polarity()
        rows: CodedKeypoints = coded(keypoints if in_one is None else in_one)
        self._end += len(rows.codes)
        self.append(
            **{field: getattr(rows, field) for field in (*_PLACED, "codes")},
            ends=np.array([self._end]),
            frames=np.array([frame], np.float32),
            grids=rows.grid[None],
            in_both=np.array([in_one is not None and len(rows.codes) > 0]),
        )

    def make_searchable(self, earlier: KeypointPart | None = None) -> None:
        """Write what is searched, once all files are complete; `earlier`: whose centroids may serve again."""
        write_descriptors(self._folder, self._name, None if earlier is None else earlier.searched)


class KeypointSearch:
    """The keypoints of one kind of reference in several segments: the votes are of all together."""

    def __init__(self, parts: Sequence[Placed[KeypointPart]], order: Order = by_position) -> None:
        self._parts = [placed for placed in parts if len(placed.part)]
        self._rows = [RowsInForce.of_stretches(placed.part.ends, placed.withdrawn) for placed in self._parts]
        forms = [2 if placed.part.has_negatives else 1 for placed in self._parts]
        self._total = sum(rows.count * form for rows, form in zip(self._rows, forms, strict=True))
        self._starts = np.cumsum([0, *(len(each.part) * form for each, form in zip(self._parts, forms, strict=True))])
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

    def _nearest(self, asking: Keypoints) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Squared distances and rows, (N, K), of the nearest descriptors over all segments, nearest first."""
        wanted = min(NEIGHBOURS, self._total)
        found = [
            placed.part.nearest(asking, wanted, rows)
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
        distances, rows = self._nearest(asking)
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
        found, positions, frames = list[Keypoints](), [], []
        begin = 0
        while begin < len(rows):
            number = start_of(self._starts, int(rows[begin]))
            end = int(np.searchsorted(rows, self._starts[number + 1]))
            placed, local = self._parts[number], rows[begin:end] - self._starts[number]
            owners = placed.part.owners(local)
            found.append(placed.part.places(local, owners))
            positions.append(placed.start + owners)
            frames.append(placed.part.frames[owners])
            begin = end
        return join(tuple(found)), np.concatenate(positions), np.concatenate(frames)
