"""The logos benchmark from folder to outcome: registers the logos and asks every system; logos.py measures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from training.grounds import split_clean

from benchmarks.calibration import calibration_table, calibrations_of
from benchmarks.copy_task import read_image, short_name
from benchmarks.coverage import boxed_images, coverage_table, coverages
from benchmarks.datasets import (
    Logo,
    MarkPhoto,
    clothing_photos,
    evenly_spaced,
    mark_photos,
    other_logos,
    read_rows,
    registered_logos,
)
from benchmarks.gallery import Exhibit, Outlined, Section
from benchmarks.logos import (
    COMPARED,
    Asked,
    LogoResult,
    by_query,
    evaluate_logos,
    first_at_true_boxes,
    logo_tables,
    outcomes_of,
)
from benchmarks.measures import NEVER, Share
from benchmarks.options import WORST, Options, Outcome
from benchmarks.peers import Labelled
from benchmarks.product import Entry, brand_at
from benchmarks.records import Truth
from benchmarks.runs import Query, Run, all_peers, occasion, run_peer, run_product, sift_peer
from brand_index.features.description import describe_reference
from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.weights import read_manifest
from brand_index.images import decode, read_bytes
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.examiner import Examiner
from scanner.settings import read_settings

TILES_ACROSS = (1, 2, 3)
# Clothing photos that turned out to show a registered mark when what was claimed of them was looked at by eye.
MARKED = Path(__file__).with_name("marked_clean_photos.csv")


def run_logos(options: Options, clean_count: int | None, folder: Path) -> Outcome:
    """Register the logos in the empty `folder`, scan photos with and without them, measure Markscan and its peers.

    `clean_count` None: all clean photos.
    """
    logos = [*registered_logos(options.data)[: options.limit], *other_logos(options.data)[: options.limit]]
    photos = evenly_spaced(mark_photos(options.data), options.limit)
    unseen = split_clean(sorted(clothing_photos(options.data)))[1]  # the others are training data
    clean = evenly_spaced(unseen, clean_count if options.limit is None else options.limit)
    asked = [_asked(photo) for photo in photos]
    queries = [
        *(Query(each.truth.query, each.photo.path) for each in asked),
        *(Query(short_name(path), path) for path in clean),
    ]
    names = [query.name for query in queries[len(asked) :]]
    entries = [Entry(logo.path, logo.brand, ReferenceKind.LOGO, logo.brand) for logo in logos]
    ours = run_product(Store(folder), queries, entries, options.workers)
    results = [
        evaluate_logos(
            ours.system,
            ours.predictions,
            asked,
            names,
            marks=len(logos),
            first_at_true_boxes=retrieval_at_true_boxes(logos, photos),
            named_at_true_boxes=named_at_true_boxes(Store(folder), photos),
            seconds=ours.seconds,
        )
    ]
    runs = [ours]
    sampled: list[LogoResult] = []
    missing: list[tuple[str, str]] = []
    if options.peers:
        images = [Labelled(logo.brand, read_image(logo.path)) for logo in logos]
        peers, missing = all_peers(TILES_ACROSS)
        for peer in peers:
            run = run_peer(peer, images, queries)
            runs.append(run)
            results.append(
                evaluate_logos(run.system, run.predictions, asked, names, marks=len(logos), seconds=run.seconds)
            )
        few, plain = evenly_spaced(asked, options.sift_queries // 2), evenly_spaced(names, options.sift_queries // 2)
        wanted = {*(each.truth.query for each in few), *plain}
        slow = run_peer(sift_peer(), images, [query for query in queries if query.name in wanted])
        runs.append(slow)
        same = [found for found in ours.predictions if found.query in wanted]
        sampled = [
            evaluate_logos(f"Markscan on {len(wanted)} of them", same, few, plain, marks=len(logos)),
            evaluate_logos(slow.system, slow.predictions, few, plain, marks=len(logos), seconds=slow.seconds),
        ]
    shown = {row["photo"] for row in read_rows(MARKED)}
    plain_names = [name for name in names if name not in shown]
    unmarked = [
        evaluate_logos(
            f"{run.system}, without {len(names) - len(plain_names)} that show a registered mark",
            run.predictions,
            asked,
            plain_names,
            marks=len(logos),
        )
        for run in runs[: len(results)]
    ]
    truths = [*(each.truth for each in asked), *(Truth(name) for name in names)]
    calibrations = calibrations_of(ours.predictions, truths, shown)
    covered = coverages(boxed_images(photos))
    return Outcome(
        occasion=occasion("logos"),
        options=options,
        results=[*results, *unmarked, *sampled, *calibrations, *covered],
        missing=missing,
        tables=[
            *logo_tables([group for group in (results, unmarked, sampled) if group], missing),
            calibration_table(calibrations),
            coverage_table(covered),
        ],
        truths=truths,
        runs=runs,
        sections=_sections(ours, results[0], asked, queries, logos) if options.misses is not None else (),
    )


def retrieval_at_true_boxes(logos: Sequence[Logo], photos: Sequence[MarkPhoto]) -> Share:
    """R@1 of the shipped embedder, references described as the index has them, at every true box."""
    embedder = OnnxEmbedder(read_manifest())
    files = (decode(read_bytes(logo.path), name=str(logo.path)) for logo in logos)
    described = [describe_reference(file, ReferenceKind.LOGO, embedder).views.vectors for file in files]
    brands = [logo.brand for logo, views in zip(logos, described, strict=True) for _ in views]
    crops, crop_brands = [], []
    for photo in photos:
        image = read_image(photo.path)
        for box in photo.boxes:
            crop = image[max(0, box.top) : box.bottom, max(0, box.left) : box.right]
            if crop.size:
                crops.append(embedder.embed([crop]).vectors)
                crop_brands.append(photo.brand)
    return first_at_true_boxes(np.concatenate(crops), crop_brands, np.concatenate(described), brands)


def named_at_true_boxes(store: Store, photos: Sequence[MarkPhoto]) -> Share:
    """Of the true boxes, how many the product, shown only that box of the photo, is surest are of their brand."""
    examiner = Examiner.open(store, read_settings())
    hits = total = 0
    for photo in photos:
        image = read_image(photo.path)
        for box in photo.boxes:
            if image[max(0, box.top) : box.bottom, max(0, box.left) : box.right].size:
                hits += brand_at(examiner, image, box) == photo.brand
                total += 1
    return Share(hits, total)


def _asked(photo: MarkPhoto) -> Asked:
    with Image.open(photo.path) as header:
        width, height = header.size
    truth = Truth(f"logos_in_photos/{photo.path.name}", "", frozenset({photo.brand}), photo.boxes)
    return Asked(photo, truth, width, height)


def _sections(
    ours: Run, result: LogoResult, asked: Sequence[Asked], queries: Sequence[Query], logos: Sequence[Logo]
) -> tuple[Section, ...]:
    threshold = result.points[COMPARED].threshold
    logo_of = {logo.brand: logo.path for logo in logos}
    path_of = {query.name: query.path for query in queries}
    photos_of_marks = {each.truth.query for each in asked}
    pairs = list(zip(asked, outcomes_of(by_query(ours.predictions), asked), strict=True))
    missed = sorted(
        (pair for pair in pairs if not pair[1].found_above(threshold)), key=lambda pair: -pair[1].area_share
    )
    misses = tuple(
        Exhibit(
            f"{each.photo.brand}: {_said(outcome.own)}; best other, {outcome.other_brand}: {_said(outcome.other)}",
            (Outlined(each.photo.path, None, each.photo.boxes), Outlined(logo_of[each.photo.brand])),
        )
        for each, outcome in missed[:WORST]
    )
    own = {(each.truth.query, each.photo.brand) for each in asked}
    wrong = sorted(
        (found for found in ours.predictions if (found.query, found.reference) not in own),
        key=lambda found: -found.score,
    )
    sections = [
        Section(f"Missed at {result.points[COMPARED].rate:.1%} of clean photos flagged, largest first", misses),
        *(
            Section(
                title,
                tuple(
                    Exhibit(
                        f"{found.query} taken for {found.reference}, {found.score:.2f}",
                        (Outlined(path_of[found.query], found.box), Outlined(logo_of[found.reference])),
                    )
                    for found in [found for found in wrong if (found.query in photos_of_marks) is of_marks][:WORST]
                ),
            )
            for title, of_marks in (("Clean photos that scored highest", False), ("Other marks claimed", True))
        ),
    ]
    return tuple(sections)


def _said(score: float) -> str:
    return "not weighed" if score == NEVER else f"{score:.3f}"
