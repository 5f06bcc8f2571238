"""Part grocery: the brands that are printed on packs in shop photos, found by their words; no logo is registered."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.copy_task import short_name
from benchmarks.datasets import evenly_spaced, read_rows
from benchmarks.logos import by_query
from benchmarks.measures import NEVER, OperatingPoint, Share, mark_outcome, recall_at_false_pairs
from benchmarks.records import Prediction, Truth
from benchmarks.runs import Query
from benchmarks.tables import Table, percent
from benchmarks.words.reading_peers import read_and_search
from benchmarks.words.scanning import BrandWord, claims, fill, scan
from benchmarks.words.task import By, Measured, WordsTask

FALSE_PAIRS: Final = 0.01  # of all pairs of a photo and another brand


@dataclass(frozen=True, slots=True)
class ShopPhoto:
    """A photo of a pack in the hand."""

    query: Query
    brand_id: str


@dataclass(frozen=True, slots=True)
class PackResult:
    """What was found of one brand, or of all; another brand may be on the shelf behind, and is not labelled."""

    system: str
    brand: str
    found: Share  # photos whose own brand is claimed
    first: Share  # and is ahead of all others
    others: Share  # photos of which another of the brands is claimed


def measure_grocery(task: WordsTask) -> Measured:
    """Register the brands' names as words and scan the shop photos that nothing was trained on."""
    photos, words = shop_photos(task.options.data)
    photos = evenly_spaced(photos, task.options.limit)
    queries = [photo.query for photo in photos]
    truths = [Truth(photo.query.name, "", frozenset({photo.brand_id})) for photo in photos]
    store = task.store("grocery")
    refused = fill(store, words)
    scanned = scan(store, queries, task.options.workers)
    ours = scanned.run("Markscan, packs", claims(scanned.seen, By.WORDS))
    acted = {ours.system: claims(scanned.seen, By.WORDS, acted_on=True)}
    peers = read_and_search(queries, words, "same reader, packs") if task.options.peers else []
    acted |= {run.system: list(run.predictions) for run in peers}
    brands = sorted({photo.brand_id for photo in photos})
    results = [
        pack_result(system, brand, found, [truth for truth in truths if brand is None or brand in truth.references])
        for system, found in acted.items()
        for brand in ((None, *brands) if system == ours.system else (None,))
    ]
    pairs = len(photos) * (len(words) - 1)
    points = {
        run.system: recall_at_false_pairs(run.predictions, truths, pairs=pairs, rate=FALSE_PAIRS)
        for run in (ours, *peers)
    }
    return Measured(
        results=[*results, *points.items(), *refused],
        tables=[_table(results, points, len(photos), len(words))],
        truths=truths,
        runs=[ours, *peers],
    )


def shop_photos(data: Path) -> tuple[list[ShopPhoto], list[BrandWord]]:
    """Every second shop photo of grocery/, which were not trained on, and the words of all its brands."""
    folder = data / "grocery"
    rows = {row["path"]: row["brand"] for row in read_rows(folder / "labels.csv") if row["kind"] == "photo"}
    kept = sorted(folder / path for path in rows)[1::2]
    brands = {path: rows[path.relative_to(folder).as_posix()] for path in kept}
    photos = [ShopPhoto(Query(short_name(path), path), brand.lower()) for path, brand in brands.items()]
    return photos, [BrandWord(brand.lower(), brand) for brand in sorted(set(rows.values()))]


def pack_result(system: str, brand: str | None, found: Sequence[Prediction], truths: Sequence[Truth]) -> PackResult:
    """What the claims `found` are worth on photos with these truths; `brand` None: of all."""
    of_query = by_query(found)
    outcomes = [mark_outcome(of_query.get(truth.query, ()), truth, width=1, height=1) for truth in truths]
    counts = [
        sum(outcome.own > NEVER for outcome in outcomes),
        sum(outcome.found_above(NEVER) for outcome in outcomes),
        sum(outcome.other > NEVER for outcome in outcomes),
    ]
    own, first, others = (Share(count, len(outcomes)) for count in counts)
    return PackResult(system, brand or "all", own, first, others)


def _table(results: Sequence[PackResult], points: dict[str, OperatingPoint], photos: int, words: int) -> Table:
    rows = tuple(
        (
            f"{each.system}: {each.brand}",
            percent(each.found),
            percent(each.first),
            percent(each.others),
            percent(points[each.system].found) if each.brand == "all" else "",
        )
        for each in results
    )
    return Table(
        f"Words on packs: {photos} shop photos, {words} words and no logo registered",
        (
            "system: brand",
            "found",
            "found and first",
            "another of the brands",
            f"found at {FALSE_PAIRS:.0%} false pairs",
        ),
        rows,
        "Ours at the policy's threshold, peers at theirs. Another brand may stand on the shelf behind. False pairs: of "
        "photos and brands that are not in the hand.",
    )
