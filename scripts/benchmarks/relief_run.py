"""The relief benchmark from folder to outcome: marks of chrome, leather, metal and light beside the same in ink."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from training.grounds import learnt_garments, split_clean
from training.photo_tasks import save_jpeg

from benchmarks.copy_task import read_image, short_name
from benchmarks.datasets import MarkPhoto, clothing_photos, evenly_spaced, other_logos, registered_logos
from benchmarks.gallery import Exhibit, Outlined, Section
from benchmarks.logos import COMPARED, RATES, Asked, by_query, clean_scores, first_at_true_boxes, outcomes_of
from benchmarks.material.lettering import latin_fonts
from benchmarks.measures import MarkOutcome, Share, found_at_flag_rate, others_claimed
from benchmarks.options import WORST, Options, Outcome
from benchmarks.peers import Labelled
from benchmarks.product import Entry
from benchmarks.records import Prediction, Truth
from benchmarks.relief.composites import compose
from benchmarks.relief.finishes import FINISHES, FLAT
from benchmarks.relief.invented import invent_marks
from benchmarks.runs import Query, imagenet_peer, occasion, run_peer, run_product, sift_peer
from benchmarks.tables import Table, percent
from brand_index.features.description import describe_reference
from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.weights import read_manifest
from brand_index.images import decode, read_bytes
from brand_index.store import Store
from brand_index.types import ReferenceKind

PARTS: Final = ("sign of sign and word", "word of sign and word")  # printed flat: only that part of a mark is shown
CLEAN: Final = 400  # photos
TILES_ACROSS: Final = (1, 2, 3)


@dataclass(frozen=True, slots=True, eq=False)
class Artwork:
    """A mark to register, as RGBA, and its sign and its word where it has both."""

    brand: str
    path: Path
    rgba: NDArray[np.uint8]
    parts: tuple[NDArray[np.uint8], ...]


@dataclass(frozen=True, slots=True)
class FinishResult:
    """One system on one finish."""

    system: str
    finish: str
    found: tuple[Share, ...]  # one for each of RATES; the threshold is that of the same clean photos for all finishes
    others: Share  # photos on which another mark is claimed, at COMPARED
    first_at_true_boxes: Share | None  # R@1 of the embedding; None: a peer's


def run_relief(options: Options, marks: int, folder: Path) -> Outcome:
    """Register `marks` invented marks and the logos of logos_in_photos/ in the empty `folder`, and find them."""
    artworks = _artworks(options.data, marks, options.seed, folder)
    composed = draw_composites(options, artworks, folder)
    others = other_logos(options.data)[: options.limit]
    logos = [(each.path, each.brand) for each in artworks] + [(logo.path, logo.brand) for logo in others]
    unseen = split_clean(sorted(clothing_photos(options.data)))[1]
    clean = evenly_spaced(unseen, CLEAN if options.limit is None else options.limit)
    queries = [
        Query(each.truth.query, each.photo.path) for each in (one for group in composed.values() for one in group)
    ]
    plain = [Query(short_name(path), path) for path in clean]
    entries = [Entry(path, brand, ReferenceKind.LOGO, brand) for path, brand in logos]
    runs = [run_product(Store(folder / "store"), [*queries, *plain], entries, options.workers)]
    names = [query.name for query in plain]
    results = finish_results(runs[0].system, runs[0].predictions, composed, names, retrieval(logos, composed))
    if options.peers:
        images = [Labelled(brand, read_image(path)) for path, brand in logos]
        runs.append(run_peer(imagenet_peer(TILES_ACROSS), images, [*queries, *plain]))
        results += finish_results(runs[1].system, runs[1].predictions, composed, names)
        few = {finish: evenly_spaced(group, options.sift_queries // 16) for finish, group in composed.items()}
        some = evenly_spaced(plain, options.sift_queries // 2)
        wanted = {*(each.truth.query for group in few.values() for each in group), *(query.name for query in some)}
        runs.append(run_peer(sift_peer(), images, [query for query in [*queries, *plain] if query.name in wanted]))
        for run in (runs[0], runs[2]):
            kept = [found for found in run.predictions if found.query in wanted]
            system = f"{run.system}, {len(wanted)} of them"
            results += finish_results(system, kept, few, [query.name for query in some])
    truths = [each.truth for group in composed.values() for each in group]
    return Outcome(
        occasion=occasion("relief"),
        options=options,
        results=results,
        missing=(),
        tables=relief_tables(results, len(clean), len(logos)),
        truths=[*truths, *(Truth(name) for name in names)],
        runs=runs,
        sections=_sections(runs[0].predictions, composed, names, {brand: path for path, brand in logos}),
    )


def _artworks(data: Path, marks: int, seed: int, folder: Path) -> list[Artwork]:
    """Invented marks, and the clean logos of the brands that no model was trained on."""
    kept = folder / "artwork"
    kept.mkdir()
    artworks = []
    for mark in invent_marks(marks, seed, latin_fonts()):
        path = kept / f"{mark.name}.png"
        Image.fromarray(mark.rgba).save(path)
        artworks.append(Artwork(mark.name, path, mark.rgba, mark.parts))
    real = (Artwork(logo.brand, logo.path, without_ground(logo.path), ()) for logo in registered_logos(data))
    return [*artworks, *real]


def without_ground(path: Path) -> NDArray[np.uint8]:
    """The visible part of a logo as (H, W, 4); on an opaque image the background is what its corners show."""
    image = decode(read_bytes(path), name=str(path), vector=True)
    pixels, alpha = image.frames[0], image.alpha
    if alpha is None or alpha.min() > 128:
        away = np.abs(pixels.astype(np.int16) - pixels[0, 0].astype(np.int16)).max(axis=2)
        alpha = np.clip(away * 4, 0, 255).astype(np.uint8)
    rows, columns = (np.flatnonzero(alpha.max(axis=axis) > 64) for axis in (1, 0))
    return np.ascontiguousarray(np.dstack([pixels, alpha])[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def draw_composites(options: Options, artworks: Sequence[Artwork], folder: Path) -> dict[str, list[Asked]]:
    """One photo of each mark in each finish, and of each part that it has, by finish."""
    drawn = folder / "photos"
    drawn.mkdir()
    grounds = learnt_garments(options.data)
    composed: dict[str, list[Asked]] = defaultdict(list)
    for number, artwork in enumerate(artworks):
        seed = (options.seed, number)
        chance = np.random.default_rng(seed)
        ground, surroundings = (read_image(grounds[int(row)]) for row in chance.choice(len(grounds), 2, replace=False))
        shown: list[tuple[str | None, NDArray[np.uint8], tuple[str, ...]]] = [(None, artwork.rgba, tuple(FINISHES))]
        shown += [(name, part, (FLAT,)) for name, part in zip(PARTS, artwork.parts, strict=False)]
        for part_name, rgba, finishes in shown:
            for each in compose(rgba, ground, surroundings, seed, finishes):
                finish = part_name or each.finish
                name = f"{finish.replace(' ', '-')}-{number:03}.jpg"
                save_jpeg(drawn / name, each.image)
                photo = MarkPhoto(drawn / name, artwork.brand, (each.box,), is_photo=True)
                truth = Truth(name, "", frozenset({artwork.brand}), photo.boxes)
                composed[finish].append(Asked(photo, truth, each.image.shape[1], each.image.shape[0]))
    return composed


def retrieval(logos: Sequence[tuple[Path, str]], composed: Mapping[str, Sequence[Asked]]) -> dict[str, Share]:
    """R@1 of the embedding at the true boxes, by finish."""
    embedder = OnnxEmbedder(read_manifest())
    files = (decode(read_bytes(path), name=str(path)) for path, _ in logos)
    described = [describe_reference(file, ReferenceKind.LOGO, embedder).views.vectors for file in files]
    brands = [brand for (_, brand), views in zip(logos, described, strict=True) for _ in views]
    shares = {}
    for finish, group in composed.items():
        crops = []
        for each in group:
            (box,) = each.photo.boxes
            crops.append(read_image(each.photo.path)[box.top : box.bottom, box.left : box.right])
        vectors = embedder.embed(crops).vectors
        own = [each.photo.brand for each in group]
        shares[finish] = first_at_true_boxes(vectors, own, np.concatenate(described), brands)
    return shares


def finish_results(
    system: str,
    predictions: Sequence[Prediction],
    composed: Mapping[str, Sequence[Asked]],
    clean: Sequence[str],
    first: Mapping[str, Share] | None = None,
) -> list[FinishResult]:
    """The results of one system, by finish."""
    of_query = by_query(predictions)
    scores = clean_scores(of_query, clean)
    results = []
    for finish, group in composed.items():
        outcomes = outcomes_of(of_query, group)
        points = [found_at_flag_rate(outcomes, scores, rate) for rate in RATES]
        claimed = others_claimed(outcomes, points[COMPARED].threshold)
        retrieved = None if first is None else first[finish]
        results.append(FinishResult(system, finish, tuple(point.found for point in points), claimed, retrieved))
    return results


def relief_tables(results: Sequence[FinishResult], clean: int, marks: int) -> list[Table]:
    """All systems on all finishes."""
    columns = (
        *("system", "finish", "photos"),
        *(f"found at {rate:.1%} flagged".replace("%", " %") for rate in RATES),
        f"another mark claimed at {RATES[COMPARED]:.0%}".replace("%", " %"),
        "R@1 at true boxes, embedding",
    )
    rows = tuple(
        (
            each.system,
            each.finish,
            str(each.others.whole),
            *map(percent, each.found),
            percent(each.others),
            "-" if each.first_at_true_boxes is None else percent(each.first_at_true_boxes),
        )
        for each in results
    )
    note = f"{clean} clean photos set the threshold of all finishes. The marks lie in the same places in all of them."
    return [Table(f"Marks of metal, leather and light, {marks} logos registered", columns, rows, note)]


def _sections(
    predictions: Sequence[Prediction],
    composed: Mapping[str, Sequence[Asked]],
    clean: Sequence[str],
    paths: Mapping[str, Path],
) -> tuple[Section, ...]:
    """The missed of each finish, those of marks that are found flat first."""
    of_query = by_query(predictions)
    scores = clean_scores(of_query, clean)
    sections = []
    for finish, group in composed.items():
        outcomes = outcomes_of(of_query, group)
        threshold = found_at_flag_rate(outcomes, scores, RATES[COMPARED]).threshold
        missed = [pair for pair in zip(group, outcomes, strict=True) if not pair[1].found_above(threshold)]
        shown = tuple(
            Exhibit(
                _said(outcome),
                (Outlined(each.photo.path, None, each.photo.boxes), Outlined(paths[each.photo.brand])),
            )
            for each, outcome in missed[:WORST]
        )
        sections.append(Section(f"Missed, {finish}", shown))
    return tuple(sections)


def _said(outcome: MarkOutcome) -> str:
    return f"{outcome.query}: {max(outcome.own, 0):.3f}, best other {max(outcome.other, 0):.3f}"
