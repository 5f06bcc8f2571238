"""The command scan-images: scans files and folders, and writes verdicts and a report."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from brand_index.errors import UsageError
from brand_index.store import Store
from scanner.commands.interruption import resumable
from scanner.commands.reference_warnings import say_nothing_searched
from scanner.commands.scans.scanning import listing_source, refuse_addresses, scan
from scanner.commands.shell import (
    ExitCode,
    ModelOption,
    RegistryOption,
    StoreOption,
    VersionOption,
    chosen_settings,
    given_path,
    given_place,
    plain_errors,
    progress_bar,
    say,
    text_option,
)
from scanner.verdicts.types import Decision

if TYPE_CHECKING:
    from collections.abc import Callable

    from scanner.bulk.listings import ListingSource
    from scanner.bulk.tally import Tally
    from scanner.settings import Settings

FORMATS: Final = ("jsonl", "csv", "html")
DEFAULT_OUT: Final = Path("markscan-results")


def scan_images(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            parser=given_place,
            metavar="PATH…",
            help="Images or folders. With --cluster also addresses such as s3://bucket/listings, globs of them, or one "
            "table (CSV or Parquet) of images and listings.",
            show_default=False,
        ),
    ] = None,
    *,
    store: StoreOption = None,
    listings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV file of the listings. Columns: image, and any of listing_id, seller_id, market, category, title, "
            "condition, description; registered words are searched for in title and description.",
        ),
    ] = None,
    path_pattern: Annotated[
        str,
        typer.Option(
            metavar="PATTERN",
            help="Where each image's path names its listing, such as '{seller_id}/{listing_id}/{name}'.",
        ),
    ] = "",
    out: Annotated[
        str | None,
        typer.Option(
            parser=given_place,
            metavar="DIR",
            help=f"Folder for the results, with --cluster also an address such as s3://bucket/verdicts. Default: "
            f"./{DEFAULT_OUT}.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Number of processes, with --cluster on all its machines. Default: one for each processor.",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        text_option(
            metavar="ADDRESS",
            help="Scan on this Ray cluster: auto for the one that runs here or that RAY_ADDRESS names, HOST:PORT, or "
            "ray://HOST:PORT. It goes on with what is in --out.",
            show_default=False,
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Policy file. Default: SCANNER_POLICY, else policy of scanner.toml, else the policy that ships.",
        ),
    ] = None,
    min_confidence: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            metavar="X",
            help="Lowest confidence of the evidence to write; 0 writes all. Default: the policy's thresholds.",
        ),
    ] = None,
    fail_on: Annotated[
        Decision | None,
        typer.Option(
            help="Exit with 4 if an image gets this decision or a stricter one, or if there was no reference to search."
        ),
    ] = None,
    formats: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="LIST",
            help="Results to write: any of jsonl, csv, html. jsonl is always written.",
        ),
    ] = ",".join(FORMATS),
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with the results in --out: judge them anew, scan what is missing."),
    ] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Also keep verdicts and flagged images in the store, for reviewers.")
    ] = False,
    demo: Annotated[
        Path | None,
        typer.Option(
            parser=given_path,
            metavar="DIR",
            help="Draw fictional brands and listing photos into DIR, register the brands and scan the photos.",
        ),
    ] = None,
    model: ModelOption = None,
    registry_url: RegistryOption = None,
    show_version: VersionOption = False,
) -> None:
    """Scan images for registered logos and words and for copied photos.

    Each image gets a verdict (clear, review or block) with its evidence. The results are in --out.

    Exit codes: 0 done, 1 internal error, 2 usage, 3 some images unreadable, 4 --fail-on met, or nothing to search for,
    130 or 143 stopped by a signal.
    """
    with plain_errors():
        chosen = _chosen_formats(formats)
        if demo is not None:
            excluded = {"PATH": paths, "--listings": listings, "--path-pattern": path_pattern, "--store": store}
            excluded |= {"--registry-url": registry_url}
            if given := [name for name, value in excluded.items() if value]:
                raise UsageError(f"--demo {demo} makes its own store and listing photos: leave out {', '.join(given)}")
        elif not paths:
            raise UsageError("PATH is missing: name images or folders to scan, or try scan-images --demo DIR")
        elif listings and path_pattern:
            raise UsageError("--listings and --path-pattern exclude each other: leave one out")
        given = paths or []
        if cluster is None:
            refuse_addresses([*given, *([out] if out else [])])
        settings = chosen_settings(policy=policy, model_manifest=model, registry_url=registry_url)
        if demo is not None:
            settings = settings.model_copy(update={"registry_url": None})  # the demo's registry is in its store
            place, given, source = _make_demo(demo, settings)
        else:
            place, source = Store.locate(store), partial(listing_source, listings, path_pattern)
        results = out or str(demo or DEFAULT_OUT)
        with resumable(results, again="the same command" if cluster else "the same command with --resume"):
            tally, unwritten = scan(
                given,
                source,
                place,
                settings,
                out=results,
                cluster=cluster,
                workers=workers,
                min_confidence=min_confidence,
                formats=chosen,
                resume=resume,
                record=record,
            )
        raise typer.Exit(max(_exit_code(tally, fail_on, place), ExitCode.USAGE if unwritten else ExitCode.DONE))


def _chosen_formats(text: str) -> frozenset[str]:
    chosen = frozenset(word.strip() for word in text.split(",") if word.strip())
    if unknown := sorted(chosen - set(FORMATS)):
        raise UsageError(f"--format {', '.join(unknown)}: there is no such format; choose from {', '.join(FORMATS)}")
    return chosen


def _make_demo(folder: Path, settings: "Settings") -> "tuple[Store, list[str], Callable[[], ListingSource]]":
    from scanner.bulk.results import check_out
    from scanner.demo import DemoPlan, learn_form, make_demo, register_demo

    check_out(folder, "--demo")
    plan = DemoPlan(folder)
    brands = {each.brand.brand_id for each in plan.references}
    say(f"drawing {len(brands)} fictional brands and {len(plan.listings)} listing photos into {folder}", error=True)
    with progress_bar("drawing") as advance:
        make_demo(folder, advance)
    number = len(plan.references) + len(plan.words)
    say(f"registering {number} logos, photos and words of these brands", error=True)
    place = Store(plan.store)
    with progress_bar("registering") as advance:
        register_demo(plan, place, progress=advance)
    say(f"confirming a case of the day before, {plan.confirmed.name}, to learn what it shows", error=True)
    learnt = learn_form(plan, place, settings)
    why = f"{plan.confirmed.name} was not flagged" if learnt is None else learnt.reason
    if learnt is None or learnt.form_reference_id is None:
        say(f"no form is learnt, so that {plan.missed} may be missed: {why}", error=True)
    say(f"scanning {len(plan.listings)} listing photos", error=True)
    return place, [str(plan.listing_photos)], partial(listing_source, plan.listings_csv, "")


def _exit_code(tally: "Tally", fail_on: Decision | None, place: Store) -> ExitCode:
    if fail_on is not None and say_nothing_searched(place, f"--fail-on {fail_on.value} is met: "):
        return ExitCode.FAIL_ON_MET
    if fail_on is not None and any(
        count and decision.severity >= fail_on.severity for decision, count in tally.decisions.items()
    ):
        return ExitCode.FAIL_ON_MET
    return ExitCode.SOME_FAILED if tally.failed else ExitCode.DONE
