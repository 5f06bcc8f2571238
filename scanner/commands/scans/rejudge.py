"""The command rejudge: finds which past listings change, by what is registered, authorized and decided now."""

import json
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brand_index.errors import UsageError
from brand_index.store import Store
from scanner.commands.interruption import stoppable
from scanner.commands.shell import (
    DAY,
    ModelOption,
    RegistryOption,
    StoreOption,
    chosen_settings,
    counted,
    given_day,
    given_path,
    open_registry_of,
    plain_errors,
    progress_bar,
    say,
    say_warnings,
    show_table,
)

if TYPE_CHECKING:
    from scanner.rejudging.looking_back import LookedBack


def _first_day(text: str) -> date:
    if not text.strip():  # given_day would say that the option may be left out
        raise typer.BadParameter("it is empty; write a day such as 2027-12-31")
    return given_day(text)


@stoppable(lambda: "What was judged again stays; the same command goes on")
def rejudge(
    *,
    since: Annotated[
        date, typer.Option(parser=_first_day, metavar=DAY, help="First day of the scans that are judged again (UTC).")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and record nothing. Images are verified, too.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON for each listing that changes.")
    ] = False,
    policy: Annotated[
        Path | None,
        typer.Option(parser=given_path, metavar="FILE", help="Policy to judge by. Default: as in scanner.toml."),
    ] = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
    model_manifest: ModelOption = None,
) -> None:
    """Find which past listings change by what is registered, authorized and decided now, and record that.

    New references are looked for in the descriptions that scans left. No image is opened but to verify the few in which
    something is likely; where one is no longer kept, its case says so. A listing that changes gets a new scan, which
    names the earlier one, and a case if it is flagged; looking back blocks nothing. A running service does this alone.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.rejudging.looking_back import look_back
    from scanner.walk import ensure_index

    with plain_errors():
        place = Store.locate(store)
        settings = chosen_settings(registry_url=registry_url, model_manifest=model_manifest, policy=policy)
        begin = datetime.combine(since, time(), UTC)
        if begin > datetime.now(UTC):
            raise UsageError(f"--since {since}: is in the future; give the first day of the scans")
        with open_registry_of(place, settings) as registry:
            if not dry_run:
                registry.database.refuse_read_only()
            ensure_index(place, registry, settings)
            with progress_bar("Descriptions") as advance:
                done = look_back(
                    place,
                    registry,
                    settings,
                    begin,
                    record=not dry_run,
                    progress=lambda images: advance(images, images),
                )
        _show(done, as_json=as_json, recorded=not dry_run)


def _show(done: "LookedBack", *, as_json: bool, recorded: bool) -> None:
    if as_json:
        for change in done.changes:
            before = change.again.before
            row = {
                "scan_id": change.scan_id if recorded else None,
                "rejudges": before.scan_id,
                "listing_id": before.listing.listing_id,
                "seller_id": before.listing.seller_id,
                "before": {"decision": before.decision, "reason": before.reason},
                "decision": change.again.decision,
                "reason": change.again.reason,
                "likely": change.again.is_likely,
            }
            say(json.dumps(row, ensure_ascii=False))
    else:
        say(
            f"{counted(done.images, 'image')} in past scans, {done.searched.images:,} compared by description; "
            f"{counted(done.judged, 'scan')} judged again, {counted(done.verified, 'image')} opened"
        )
        rows = [
            (before.value, after.value, f"{number}")
            for (before, after), number in sorted(done.turns.items(), key=lambda each: -each[1])
        ]
        if rows:
            show_table(("before", "now", "listings"), rows)
        else:
            say("no past listing changes")
    say_warnings(_limits(done, recorded=recorded))


def _limits(done: "LookedBack", *, recorded: bool) -> list[str]:
    """What could not be looked for, and what is only likely, a sentence each."""
    searched, said = done.searched, []
    if without := done.images - done.described:
        said.append(f"{counted(without, 'image')} left no description, so that nothing new can be found in them")
    if searched.other_recipe:
        said.append(
            f"{counted(searched.other_recipe, 'description')} of another version or model cannot be compared: scan "
            "those listings again"
        )
    if searched.not_sought:
        said.append(
            f"{counted(searched.not_sought, 'image')} {_were(searched.not_sought)} scanned before a logo or word was "
            "registered: of logos only copies of the whole and those with many keypoints are found in them"
        )
    if searched.not_read:
        said.append(
            f"{counted(searched.not_read, 'image')} {_were(searched.not_read)} scanned before a word was registered, "
            f"and {_were(searched.not_read)} not read"
        )
    if done.likely:
        one = done.likely == 1
        cases = (
            ("its case says" if one else "their cases say")
            if recorded
            else f"{'its case' if one else 'their cases'} would say"
        )
        said.append(
            f"{counted(done.likely, 'listing')} {'rests' if one else 'rest'} on what is likely in an image that is no "
            f"longer kept: {cases} so"
        )
    return said


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
