"""The commands scan-images and markscan: parse, call, print, exit code; no rule of their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import IntEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from brand_index.allocator import keep_freed_memory
from brand_index.errors import MarkscanError, RegistryError
from brand_index.store import Store
from scanner.bulk.listings import ListingOf, ListingsUnusable, find_images, no_listing, read_listings, read_path_pattern
from scanner.bulk.run import REPORT, scan_into, write_reports
from scanner.bulk.tally import Tally
from scanner.commands import brand_owner as commands
from scanner.commands import service as service_commands
from scanner.demo import make_demo, register_demo
from scanner.moderation.store import Records
from scanner.service.accounts.registry import open_registry
from scanner.settings import Settings, SettingsUnusable, read_settings
from scanner.verdicts.policy import PolicyUnusable, read_policy
from scanner.verdicts.types import Decision
from scanner.walk import ensure_index

FORMATS: Final = ("jsonl", "csv", "html")
DEFAULT_OUT: Final = Path("markscan-results")
_USAGE_ERRORS: Final = (ListingsUnusable, PolicyUnusable, SettingsUnusable, RegistryError)
_COLOURS: Final = {Decision.CLEAR: "green", Decision.REVIEW: "yellow", Decision.BLOCK: "red"}


class ExitCode(IntEnum):
    """What scan-images leaves to the shell; the gravest that applies."""

    DONE = 0
    INTERNAL_ERROR = 1
    USAGE = 2
    SOME_UNREADABLE = 3
    FAIL_ON_MET = 4


def scan_images(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH…", help="Images or folders.", show_default=False)
    ] = None,
    store: commands.StoreOption = None,
    listings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="CSV: image, and any of listing_id, seller_id, market, category, title, condition."
        ),
    ] = None,
    path_pattern: Annotated[
        str, typer.Option(metavar="PATTERN", help="How paths name the listing: '{seller_id}/{listing_id}/{name}'.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help=f"Folder for the results; else ./{DEFAULT_OUT}.", show_default=False),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Number of processes; else one for each processor.")
    ] = None,
    policy: Annotated[Path | None, typer.Option(metavar="FILE", help="Policy file; else as in the settings.")] = None,
    min_confidence: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            metavar="X",
            help="Show evidence with this confidence or more; 0 shows all. Else the policy's thresholds.",
        ),
    ] = None,
    fail_on: Annotated[
        Decision | None, typer.Option(help="Exit with 4 if an image gets this decision or a stricter one.")
    ] = None,
    formats: Annotated[
        str,
        typer.Option("--format", metavar="LIST", help="Any of jsonl, csv, html. The JSON lines are always written."),
    ] = ",".join(FORMATS),
    resume: Annotated[bool, typer.Option("--resume", help="Skip images that the results already contain.")] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Keep verdicts and flagged images in the store, as the service does.")
    ] = False,
    demo: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Draw fictional brands, sellers and photos into DIR, register and scan them."),
    ] = None,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Scan images for registered logos and copied photos, with a verdict and its evidence for each.

    Exit codes: 0 done, 1 internal error, 2 usage, 3 some images unreadable, 4 --fail-on met.
    """
    console = Console(stderr=True)
    if show_version:
        typer.echo(f"markscan {version('markscan')}")
        return
    with _plain_errors(console):
        settings = read_settings()
        if policy is not None:
            settings = settings.model_copy(update={"policy": policy})
        chosen = frozenset(word.strip() for word in formats.split(",") if word.strip())
        if unknown := sorted(chosen - set(FORMATS)):
            raise ListingsUnusable(f"--format {', '.join(unknown)}: choose of {', '.join(FORMATS)}")
        if demo is not None:
            if paths or listings or path_pattern or store:
                raise ListingsUnusable("--demo DIR brings its own photos, listings and store: leave the others out")
            place, paths, listing_of = _prepare_demo(demo, settings, console)
            out = out or demo
        else:
            if not paths:
                raise ListingsUnusable("name images or folders to scan, or try: scan-images --demo DIR")
            if listings and path_pattern:
                raise ListingsUnusable("give --listings or --path-pattern, not both")
            place, listing_of = Store.locate(store), _listing_source(listings, path_pattern)
        code = _scan(
            paths,
            listing_of,
            place,
            settings,
            console,
            out=out or DEFAULT_OUT,
            workers=workers,
            min_confidence=min_confidence,
            fail_on=fail_on,
            formats=chosen,
            resume=resume,
            record=record,
        )
    raise typer.Exit(code)


def _scan(
    paths: list[Path],
    listing_of: ListingOf,
    place: Store,
    settings: Settings,
    console: Console,
    *,
    out: Path,
    workers: int | None,
    min_confidence: float | None,
    fail_on: Decision | None,
    formats: frozenset[str],
    resume: bool,
    record: bool,
) -> ExitCode:
    judged_by = read_policy(settings.policy)
    thresholds = judged_by.thresholds
    shown_from = min(thresholds.logo, thresholds.photo_suspected) if min_confidence is None else min_confidence
    images = list(find_images(paths))
    with open_registry(place, settings.registry_url, create=False) as registry:
        with _progress(console, "describing references", None) as advance:
            ensure_index(place, registry, settings, advance)
        with _progress(console, "scanning", len(images)) as advance:
            count = iter(range(1, len(images) + 1))
            tally = scan_into(
                out,
                images,
                listing_of,
                store=place,
                registry=registry,
                policy=judged_by,
                settings=settings,
                workers=workers,
                resume=resume,
                min_confidence=shown_from,
                records=Records(registry.database, place) if record else None,
                done=lambda _: advance(next(count), len(images)),
            )
        files = write_reports(
            out,
            formats,
            store=place,
            registry=registry,
            shown_from=min(thresholds.logo, thresholds.photo_suspected),
            now=datetime.now(UTC),
        )
    _print_summary(Console(), tally, files)
    if fail_on is not None and any(
        count and decision.severity >= fail_on.severity for decision, count in tally.decisions.items()
    ):
        return ExitCode.FAIL_ON_MET
    return ExitCode.SOME_UNREADABLE if tally.failed else ExitCode.DONE


def _prepare_demo(folder: Path, settings: Settings, console: Console) -> tuple[Store, list[Path], ListingOf]:
    with console.status("drawing the demo's brands and photos"):
        plan = make_demo(folder)
        place = Store(plan.store)
        register_demo(plan, place)
    return place, [plan.listing_photos], read_listings(plan.listings_csv)


def _listing_source(listings: Path | None, path_pattern: str) -> ListingOf:
    if listings is not None:
        return read_listings(listings)
    return read_path_pattern(path_pattern) if path_pattern else no_listing


@contextmanager
def _progress(console: Console, what: str, total: int | None) -> Iterator[Callable[[int, int], None]]:
    """A bar with rate and time left on a terminal, and nothing anywhere else."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total, rate="")

        def advance(done: int, of: int) -> None:
            speed = progress.tasks[0].speed
            progress.update(task, completed=done, total=of, rate=f"{speed:.1f}/s" if speed else "")

        yield advance


def _print_summary(console: Console, tally: Tally, files: tuple[Path, ...]) -> None:
    table = Table(show_header=False, box=None)
    for decision in Decision:
        table.add_row(f"[{_COLOURS[decision]}]{decision.value}[/]", str(tally.decisions[decision]))
    if tally.failed:
        table.add_row("[magenta]unreadable[/]", str(tally.failed))
    if tally.resumed:
        table.add_row("of these kept from before", str(tally.resumed))
    console.print(f"{tally.images} images scanned")
    console.print(table)
    for file in files:
        console.print(f"{'report' if file.name == REPORT else 'rows'}: {file}", soft_wrap=True, highlight=False)


@contextmanager
def _plain_errors(console: Console) -> Iterator[None]:
    """One line on standard error instead of a traceback, for what Markscan raises on purpose."""
    try:
        yield
    except MarkscanError as error:
        console.print(f"error: {error}", style="red", soft_wrap=True, highlight=False, markup=False)
        raise typer.Exit(ExitCode.USAGE if isinstance(error, _USAGE_ERRORS) else ExitCode.INTERNAL_ERROR) from error


markscan = typer.Typer(
    name="markscan",
    help="Register brands, logos and photos, authorize sellers, and run the service. To scan a folder: scan-images.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
commands.mount(markscan)
service_commands.mount(markscan)


scan_images_app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
scan_images_app.command(name="scan-images")(scan_images)


def scan_images_main() -> None:
    """The console script scan-images."""
    keep_freed_memory()
    scan_images_app()


def markscan_main() -> None:
    """The console script markscan."""
    keep_freed_memory()
    markscan()
