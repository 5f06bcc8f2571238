"""Measures looking back against a rescan: what it finds, what it opens, what it costs; it runs nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.measures import Share
from benchmarks.tables import Table, number, percent
from brand_index.types import ReferenceKind
from scanner.engine.types import Evidence

FOUND: Final = 0.5  # confidence from which a scan finds a reference


@dataclass(frozen=True, slots=True)
class PastScan:
    """One past image: what its scan left, and what a scan of the image finds now."""

    image: str
    left: bytes
    evidence: tuple[Evidence, ...]
    seconds: float  # of processor time, of the scan

    def found(self, references: Collection[str]) -> frozenset[str]:
        """Those of these references that the scan finds."""
        return frozenset(
            each.reference_id
            for each in self.evidence
            if each.confidence >= FOUND and each.shared is None and each.reference_id in references
        )


@dataclass(frozen=True, slots=True)
class Alone:
    """What a look-back for one reference alone took."""

    kind: ReferenceKind
    seconds: float  # of processor time, of the search
    opened: int  # images
    needless: int  # of these, in which a rescan does not find it


@dataclass(frozen=True, slots=True)
class Results:
    """What looking back did and found."""

    scans: tuple[PastScan, ...]
    references: frozenset[str]  # that were looked for
    searched: int  # descriptions, the varied ones among them
    seconds: float  # of processor time, of the search for all references
    opened: int  # images that a look-back would open, the varied ones among them
    hits: frozenset[tuple[int, str]]  # row of the real image, reference_id
    likely: frozenset[tuple[int, str]]  # likewise, what counts where the image is no longer kept
    alone: tuple[Alone, ...]  # of some references
    alone_in: int  # descriptions among which each was looked for

    @property
    def rescan_seconds(self) -> float:
        """Of processor time, of the scan of an image, the mean."""
        return sum(each.seconds for each in self.scans) / len(self.scans)

    def pairs(self, kind: ReferenceKind | None = None) -> frozenset[tuple[int, str]]:
        """The pairs of image and reference that a rescan finds, of a kind or (None) of all."""
        return frozenset(
            (row, found)
            for row, scan in enumerate(self.scans)
            for found in scan.found(self.references)
            if kind is None or any(e.reference_id == found and e.kind is kind for e in scan.evidence)
        )


def lookback_tables(results: Results) -> Sequence[Table]:
    """What is found, then what it costs."""
    return (_found(results), _cost(results))


def _found(results: Results) -> Table:
    opened = {row for row, _ in results.hits}
    rows = []
    for name, kind in (("photos", ReferenceKind.PHOTO), ("logos", ReferenceKind.LOGO), ("both", None)):
        pairs = results.pairs(kind)
        kept = sum(row in opened for row, _ in pairs)
        alone = len(pairs & results.hits)
        gone = len(pairs & results.likely)
        wrong = [each for each in results.likely - results.pairs() if kind is None or _kind(results, each) is kind]
        rows.append(
            (
                name,
                str(len(pairs)),
                percent(Share(kept, len(pairs))),
                percent(Share(alone, len(pairs))),
                percent(Share(gone, len(pairs))),
                str(len(wrong)),
            )
        )
    return Table(
        f"Looking back at {len(results.scans):,} real images for {len(results.references)} references",
        (
            "",
            "pairs that a rescan finds",
            "found, images kept",
            "opened for the reference itself",
            "likely, images gone",
            "likely, and not by a rescan",
        ),
        tuple(rows),
        "Where images are kept, what is found is what a rescan finds in the images that are opened: no other pairs. "
        "Some are opened for another reference that was registered at the same time.",
    )


def _cost(results: Results) -> Table:
    scan, among = results.rescan_seconds, results.alone_in
    work = results.seconds + results.opened * scan
    rows = [
        (
            f"all {len(results.references)} references",
            f"{results.searched:,}",
            percent(Share(results.opened, results.searched)),
            "",
            number(1_000 * results.seconds / results.searched, 3),
            f"{results.searched * scan / work:,.0f}",
        )
    ]
    for name, kind in (("one photo", ReferenceKind.PHOTO), ("one logo", ReferenceKind.LOGO)):
        of_kind = [each for each in results.alone if each.kind is kind]
        if of_kind:
            seconds, opened, needless = (
                sum(values) / len(of_kind)
                for values in zip(*((each.seconds, each.opened, each.needless) for each in of_kind), strict=True)
            )
            rows.append(
                (
                    name,
                    f"{among:,}",
                    f"{opened / among:.2%}".replace("%", " %"),
                    f"{needless / among:.2%}".replace("%", " %"),
                    number(1_000 * seconds / among, 3),
                    f"{among * scan / (seconds + opened * scan):,.0f}",
                )
            )
    sizes = [len(each.left) for each in results.scans]
    return Table(
        "Its work against a rescan of all images, in processor time",
        ("looked for", "past images", "opened", "opened in vain", "search, ms an image", "work saved, times"),
        tuple(rows),
        f"A rescan takes {1_000 * scan:,.0f} ms an image. A description has {sum(sizes) / len(sizes):,.0f} bytes, "
        f"{max(sizes):,} at most.",
    )


def _kind(results: Results, pair: tuple[int, str]) -> ReferenceKind:
    return ReferenceKind.PHOTO if "-photo-" in pair[1] else ReferenceKind.LOGO
