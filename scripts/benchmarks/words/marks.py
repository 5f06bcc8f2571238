"""Part marks: photos of nine brands, found by their logos, by their words and by both; photos are scanned once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from training.grounds import split_clean

from benchmarks.copy_task import read_image, short_name
from benchmarks.datasets import clothing_photos, evenly_spaced, mark_photos, other_logos, read_rows, registered_logos
from benchmarks.gallery import Exhibit, Outlined, Section
from benchmarks.logos import RATES, Asked, LogoResult, by_query, clean_scores, evaluate_logos, outcomes_of
from benchmarks.logos_run import MARKED
from benchmarks.measures import NEVER, Share
from benchmarks.options import WORST
from benchmarks.product import Entry
from benchmarks.records import Prediction, Truth
from benchmarks.runs import Query
from benchmarks.tables import Table, number, percent
from benchmarks.words.pages import draw_pages
from benchmarks.words.reading_peers import read_and_search
from benchmarks.words.scanning import BrandWord, Seen, asked_of, claims, fill, scan
from benchmarks.words.task import By, Measured, WordsTask
from brand_index.features.words import letters
from brand_index.types import ReferenceKind

PAGES: Final = 400  # text-heavy pages
SHOWN: Final = 40  # clean photos that pages may show
EVERYTHING: Final = "clothing without marked, and pages"  # the set of the table by brand


@dataclass(frozen=True, slots=True)
class ActedOn:
    """What the policy in force acts on."""

    system: str
    found: Share  # photos whose own brand is acted on, and is the surest
    flagged: tuple[tuple[str, Share], ...]  # of each set of clean images


@dataclass(frozen=True, slots=True)
class CleanImages:
    """Images without a registered mark, and the sets that figures are given for."""

    queries: tuple[Query, ...]
    sets: dict[str, tuple[str, ...]]  # names of queries


def measure_marks(task: WordsTask) -> Measured:
    """Register the logos and words of the brands of logos_in_photos/, and the other logos; scan marks and clean."""
    options = task.options
    own = registered_logos(options.data)[: options.limit]
    logos = [*own, *other_logos(options.data)[: options.limit]]
    words = [BrandWord(brand, brand) for brand in sorted({logo.brand for logo in registered_logos(options.data)})]
    asked = [asked_of(photo) for photo in evenly_spaced(mark_photos(options.data), options.limit)]
    clean = clean_images(task)
    queries = [*(Query(each.truth.query, each.photo.path) for each in asked), *clean.queries]
    store = task.store("marks")
    refused = fill(store, words, [Entry(logo.path, logo.brand, ReferenceKind.LOGO, logo.brand) for logo in logos])
    scanned = scan(store, queries, options.workers)
    runs = [scanned.run(by, claims(scanned.seen, by)) for by in By]
    peers = read_and_search(queries, words, "same reader") if options.peers else []
    results = [
        (name, evaluate_logos(run.system, run.predictions, asked, names, marks=len(logos)))
        for name, names in clean.sets.items()
        for run in (*runs, *peers)
    ]
    acted = [_acted_on(by, scanned.seen, asked, clean) for by in By]
    last = [result for name, result in results if name == list(clean.sets)[-1]]
    return Measured(
        results=[*(result for _, result in results), *acted, *refused],
        tables=[_compared(results, len(asked), len(logos), len(words)), _policy_table(acted), _by_brand(last)],
        truths=[*(each.truth for each in asked), *(Truth(query.name) for query in clean.queries)],
        runs=[*runs, *peers],
        sections=_sections(asked, runs[1].predictions, runs[2].predictions, queries),
    )


def clean_images(task: WordsTask, *, garments: int | None = None, with_pages: bool = True) -> CleanImages:
    """The clothing photos kept for measuring, and drawn pages that have none of the nine brands as a word.

    `garments`: so many of the photos, evenly chosen; None: all, or as few as --limit says.
    """
    options = task.options
    left_out = frozenset(letters(logo.brand) for logo in registered_logos(options.data))
    unseen = split_clean(sorted(clothing_photos(options.data)))[1]
    paths = evenly_spaced(unseen, garments if options.limit is None else options.limit)
    clothing = [Query(short_name(path), path) for path in paths]
    marked = {row["photo"] for row in read_rows(MARKED)}
    unmarked = tuple(query.name for query in clothing if query.name not in marked)
    sets = {"clothing": tuple(query.name for query in clothing), "clothing without marked": unmarked}
    if not with_pages:
        return CleanImages(tuple(clothing), sets)
    photos = [read_image(path) for path in evenly_spaced(paths, SHOWN)]
    folder = task.folder / "pages"
    if not folder.exists():  # else an earlier part drew them
        draw_pages(folder, task.count(PAGES), options.seed, photos, left_out)
    pages = [Query(short_name(path), path) for path in sorted(folder.glob("*.jpg"))]
    return CleanImages((*clothing, *pages), {**sets, EVERYTHING: (*unmarked, *(query.name for query in pages))})


def _acted_on(by: By, seen: Sequence[Seen], asked: Sequence[Asked], clean: CleanImages) -> ActedOn:
    of_query = by_query(claims(seen, by, acted_on=True))
    outcomes = outcomes_of(of_query, asked)
    found = Share(sum(outcome.found_above(NEVER) for outcome in outcomes), len(outcomes))
    flagged = tuple(
        (name, Share(sum(score > NEVER for score in clean_scores(of_query, names)), len(names)))
        for name, names in clean.sets.items()
    )
    return ActedOn(by, found, flagged)


def _compared(results: Sequence[tuple[str, LogoResult]], photos: int, logos: int, words: int) -> Table:
    rates = tuple(f"found at {rate:.1%} flagged".replace("%", " %") for rate in RATES)
    rows = [
        (
            f"{result.system}; {name}",
            str(result.clean),
            *(percent(point.found) for point in result.points),
            percent(result.others[1]),
            number(result.points[0].threshold),
            number(result.points[1].threshold),
        )
        for name, result in results
    ]
    return Table(
        f"Words: {photos} photos of registered marks, {logos} logos and {words} words registered",
        ("found by; clean images", "clean", *rates, "another mark claimed at 1 %", "score at 0.1 %", "score at 1 %"),
        tuple(rows),
        "Found: the photo's own brand is over the threshold and ahead of all others. Ties count against each system.",
    )


def _policy_table(acted: Sequence[ActedOn]) -> Table:
    sets = [name for name, _ in acted[0].flagged]
    rows = tuple((each.system, percent(each.found), *(percent(share) for _, share in each.flagged)) for each in acted)
    columns = ("found by", "found and first", *(f"flagged: {name}" for name in sets))
    return Table("Words: at the thresholds of the policy in force", columns, rows)


def _by_brand(results: Sequence[LogoResult]) -> Table:
    """Found of each brand: a column for each way and rate."""
    chosen = results[: len(By)]
    shown = [(position, rate) for position, rate in enumerate(RATES[:2])][::-1]
    columns = tuple(f"{result.system} at {rate:.1%}".replace("%", " %") for _, rate in shown for result in chosen)
    rows = tuple(
        (group.name, *(percent(result.brands[row].found[position]) for position, _ in shown for result in chosen))
        for row, group in enumerate(chosen[0].brands)
    )
    return Table(f"Words: found by brand; {EVERYTHING}", ("brand", *columns), rows)


def _sections(
    asked: Sequence[Asked], by_words: Sequence[Prediction], by_both: Sequence[Prediction], queries: Sequence[Query]
) -> tuple[Section, ...]:
    """Photos of marks in which both say least of the own brand, and clean images of which a word says most."""
    outcomes = outcomes_of(by_query(by_both), asked)
    missed = sorted(zip(asked, outcomes, strict=True), key=lambda pair: pair[1].own - max(pair[1].other, 0.0))
    photos = {each.truth.query for each in asked}
    path_of = {query.name: query.path for query in queries}
    wrong = sorted((each for each in by_words if each.query not in photos), key=lambda each: -each.score)
    return (
        Section(
            "Found least surely by logos and words",
            tuple(
                Exhibit(
                    f"{each.photo.brand}, {outcome.own:.3f}; {outcome.other_brand}, {outcome.other:.3f}",
                    (Outlined(each.photo.path, None, each.photo.boxes),),
                )
                for each, outcome in missed[:WORST]
            ),
        ),
        Section(
            "Clean images of which a word says most",
            tuple(
                Exhibit(
                    f"{each.query} taken for {each.reference}, {each.score:.3f}",
                    (Outlined(path_of[each.query], each.box),),
                )
                for each in wrong[:WORST]
            ),
        ),
    )
