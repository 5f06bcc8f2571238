"""One scan: finds the images, says what is odd, scans here or on a cluster, prints the summary."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from brand_index.allocator import collecting_nothing
from brand_index.errors import UsageError
from brand_index.store import Store
from scanner.commands.reference_warnings import say_lost_files, say_not_searched, say_nothing_searched
from scanner.commands.scans.scan_summary import print_summary, say_each, say_kept
from scanner.commands.shell import cluster_installed, open_registry_of, progress_bar, say, say_warnings

if TYPE_CHECKING:
    from brand_index.images.listed import ListedImage
    from scanner.bulk.batch import Examine
    from scanner.bulk.cluster.kept_results import KeptResults
    from scanner.bulk.listings import ListingSource
    from scanner.bulk.tally import Tally
    from scanner.settings import Settings


def refuse_addresses(places: Sequence[str]) -> None:
    """Raise UsageError for an address of an object store or a table, which a scan of this machine does not read."""
    from brand_index.object_stores import is_address
    from scanner.bulk.listing_table import is_table

    if addresses := [place for place in places if is_address(place)]:
        raise UsageError(f"{addresses[0]} is an address of an object store: give --cluster auto, too")
    if tables := [place for place in places if is_table(place) and Path(place).is_file()]:
        raise UsageError(
            f"{tables[0]} is a table of images: give --cluster auto, too, or the folder of the images, and the table "
            "as --listings"
        )


def listing_source(listings: Path | None, path_pattern: str) -> "ListingSource":
    """The listings of the table or the pattern that was given."""
    from scanner.bulk.listing_table import read_listings
    from scanner.bulk.listings import no_listings
    from scanner.bulk.path_pattern import listings_by_pattern

    if listings is not None:
        return read_listings(listings).match
    return listings_by_pattern(path_pattern) if path_pattern else no_listings


def scan(
    places: Sequence[str],
    source: "Callable[[], ListingSource]",
    store: Store,
    settings: "Settings",
    *,
    out: str,
    cluster: str | None,
    workers: int | None,
    min_confidence: float | None,
    formats: frozenset[str],
    resume: bool,
    record: bool,
) -> "tuple[Tally, bool]":
    """Scan and print the summary. Returns the counts, and whether a report could not be written.

    `source` is called once, for the listings.
    """
    from scanner.bulk.starting import started_early

    with ExitStack() as opened:
        started = None if cluster else opened.enter_context(started_early(places, store, settings, workers))
        # Imported while the workers start, which takes them longer than this process.
        with collecting_nothing():
            from scanner.bulk.listing_doubts import doubts
            from scanner.bulk.listings import LEFT_OVER, write_left_over
            from scanner.bulk.results import check_out, report_faults
            from scanner.bulk.resuming import absent_images
            from scanner.bulk.run import scan_into, write_reports
            from scanner.moderation.store import Records
            from scanner.verdicts.policy import read_policy
            from scanner.walk import ensure_index

        policy = read_policy(settings.policy)
        folder, kept = opened.enter_context(_results(out, cluster))
        resume = resume or kept is not None
        images, listings_of, passed_over = found_images(
            places, source(), folder, cluster=cluster is not None, resume=resume
        )
        shown_from = min(policy.thresholds.logo, policy.thresholds.photo_suspected)
        absent = absent_images(folder, images) if resume else ()
        listings = listings_of([*(image for image in images if image.fault is None), *absent])
        say_warnings(listings.sentences())
        registry = opened.enter_context(open_registry_of(store, settings))
        if record:
            registry.database.refuse_read_only()
        check_out(folder)
        became: list[str] = []
        with progress_bar("describing references") as advance:
            ensure_index(store, registry, settings, advance, became.append)
        say_warnings(became)
        say_not_searched(store)
        say_lost_files(store, registry)
        say_warnings(doubts(listings, policy, registry.authorizations()))
        say_nothing_searched(store)
        with (
            progress_bar("scanning", len(images)) as advance,
            _examining(cluster, store, settings, workers, started) as examine,
        ):
            count = iter(range(1, len(images) + 1))

            def done(_: object) -> None:
                advance(next(count), len(images))
                if kept is not None:
                    kept.keep_up()

            tally = scan_into(
                folder,
                images,
                listings,
                examine=examine,
                store=store,
                registry=registry,
                policy=policy,
                settings=settings,
                resume=resume,
                shown_from=shown_from,
                min_confidence=shown_from if min_confidence is None else min_confidence,
                records=Records(registry.database, store) if record else None,
                kept=say_kept,
                resumed=say_each,
                done=done,
            )
        files, faults = write_reports(
            folder,
            formats,
            store=store,
            registry=registry,
            shown_from=shown_from,
            limits=settings.limits,
            now=datetime.now(UTC),
        )
        with report_faults(folder / LEFT_OVER, faults):
            left_over = write_left_over(folder, listings)
            files = files if left_over is None else (*files, left_over)
        if kept is not None:
            kept.finish(files)
        print_summary(tally, listings, [str(file) if kept is None else kept.name_of(file) for file in files])
    for sentence in passed_over:
        say(sentence)
    for fault in faults:
        say(fault, label="error", error=True)
    return tally, bool(faults)


def found_images(
    places: Sequence[str], source: "ListingSource", out: Path, *, cluster: bool, resume: bool
) -> "tuple[tuple[ListedImage, ...], ListingSource, tuple[str, ...]]":
    """The images, their listings, and what was passed over. Raises FileUnusable where a place leads to none.

    On a cluster a table names images and listings.
    """
    from brand_index.images.finding import find_images
    from brand_index.images.remote import find_remote
    from brand_index.object_stores import is_address
    from scanner.bulk.listing_table import is_table
    from scanner.bulk.listings import no_listings
    from scanner.bulk.results import scanned_below

    if cluster:
        with cluster_installed():
            from scanner.bulk.cluster.tables import read_image_table
        if tables := [place for place in places if is_table(place)]:
            if len(places) > 1 or source is not no_listings:
                raise UsageError(f"{tables[0]} names all images and their listings: give it alone")
            images, table = read_image_table(tables[0])
            return images, table.match, ()
    local = [Path(place) for place in places if not is_address(place)]
    found = find_images(local)  # as they are given, on a cluster, too: rows have the same names
    remote = find_remote([place for place in places if is_address(place)])
    for each in (found, remote):
        each.refuse_empty(but=scanned_below(out, [empty.path for empty in each.empty]) if resume else frozenset())
    sentences = (*found.passed_over.sentences(), *remote.passed_over.sentences())
    return (*found.images, *remote.images), source, sentences


@contextmanager
def _results(out: str, cluster: str | None) -> "Iterator[tuple[Path, KeptResults | None]]":
    """The folder that rows are written into, and what copies them to `out`; None: nothing does, they stay there."""
    from brand_index.object_stores import is_address
    from scanner.bulk.results import check_out

    if cluster is None:
        yield Path(out), None
        return
    with cluster_installed():
        from scanner.bulk.cluster.kept_results import KeptResults
    with ExitStack() as opened:
        if is_address(out):
            folder = Path(opened.enter_context(TemporaryDirectory(prefix="markscan-")))
        else:
            folder = Path(out)
            check_out(folder)
        kept = opened.enter_context(KeptResults(out, folder))
        kept.restore()
        yield folder, kept


@contextmanager
def _examining(
    cluster: str | None, store: Store, settings: "Settings", workers: int | None, started: ProcessPoolExecutor | None
) -> "Iterator[Examine]":
    """What examines images: processes of this machine, of which some may have `started`, or actors of a cluster."""
    from functools import partial

    from scanner.bulk.batch import examine_images

    if cluster is None:
        yield partial(examine_images, store=store, settings=settings, workers=workers, started=started)
        return
    from scanner.bulk.cluster.connection import connected
    from scanner.bulk.cluster.examining import ClusterExaminer
    from scanner.bulk.cluster.shipping import ShippedEngine

    with connected(cluster):
        yield ClusterExaminer(ShippedEngine.of(store, settings), workers)
