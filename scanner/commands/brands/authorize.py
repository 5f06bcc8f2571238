"""The command authorize: authorizes a seller for a brand, or revokes an authorization."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from brand_index import fields
from brand_index.errors import FileUnusable, UsageError
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.commands.shell import (
    DAY,
    ExitCode,
    RegistryOption,
    StoreOption,
    given_day,
    given_path,
    open_registry,
    plain_errors,
    say,
    text_option,
)


def authorize(
    *,
    brand: Annotated[str, text_option(help="Identifier of the brand.")] = "",
    seller_id: Annotated[str, text_option("--seller", help="Identifier of the seller at the marketplace.")] = "",
    kinds: Annotated[
        str,
        text_option(
            help="What the seller may show: logo, photo or word, or several, such as logo,photo. Logos include the "
            "brand's words, and no photos.",
        ),
    ] = ReferenceKind.LOGO.value,
    markets: Annotated[
        str,
        text_option(help="Countries (ISO 3166-1), such as DE,FR. Default: all.", show_default=False),
    ] = "",
    nice: Annotated[
        str,
        text_option(help="Classes of goods (Nice), such as 25. Default: all.", show_default=False),
    ] = "",
    first_day: Annotated[
        date | None,
        typer.Option("--from", parser=given_day, metavar=DAY, help="First day (UTC). Default: today."),
    ] = None,
    last_day: Annotated[
        date | None,
        typer.Option("--until", parser=given_day, metavar=DAY, help="Last day. Default: until it is revoked."),
    ] = None,
    grantor: Annotated[
        list[str] | None,
        text_option(
            help="Who granted it. Repeat the option for each link of the chain, the brand's owner first.",
        ),
    ] = None,
    document: Annotated[
        Path | None,
        typer.Option(
            parser=given_path, metavar="FILE", help="Document that proves the authorization. The store keeps a copy."
        ),
    ] = None,
    revoke: Annotated[
        int | None, typer.Option(metavar="ID", help="Revoke the authorization of this number, and grant none.")
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            parser=given_path,
            metavar="FILE",
            help="CSV file of authorizations, as `markscan authorizations --csv` writes it. Columns: brand, seller; "
            "optional: kinds, markets, nice, from, until, grantors.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --csv: print what each row would do, and record nothing.")
    ] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="With --csv: record the good rows though others are wrong.")
    ] = False,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Authorize a seller to show a brand's logos, photos or words, or revoke an authorization.

    An authorization that is in force already is not recorded twice. Others that overlap it are named. With --csv, each
    row is reported; a wrong one keeps all from being recorded, unless --partial is given.

    Exit codes: 0 done, 1 internal error, 2 usage, 3 some rows were wrong, whether others were recorded or none.
    """
    from brand_index import registration
    from brand_index.registration.authorizing import in_words
    from scanner.moderation.records.known_sellers import unseen_sellers

    now = datetime.now(UTC)
    with plain_errors():
        if csv is not None:
            given: dict[str, object] = {
                "--brand": brand,
                "--seller": seller_id,
                "--markets": markets,
                "--nice": nice,
                "--from": first_day,
            }
            given |= {"--until": last_day, "--grantor": grantor, "--document": document, "--revoke": revoke}
            if named := [option for option, value in given.items() if value]:
                raise UsageError(f"--csv {csv} names brands and sellers itself: leave out {', '.join(named)}")
            return _authorize_rows(csv, store, registry_url, now, dry_run=dry_run, partial=partial)
        if dry_run or partial:
            raise UsageError(f"{'--dry-run' if dry_run else '--partial'} belongs to --csv FILE")
        if revoke is not None and (brand or seller_id):
            raise UsageError(f"--revoke {revoke} needs the number alone: leave out --brand and --seller")
        if revoke is None and not (brand and seller_id):
            missing = "--seller" if brand else "--brand"
            raise UsageError(f"{missing} is missing: give --brand and --seller, or --revoke ID")
        place, allowed_kinds = Store.locate(store), _kinds(kinds)
        with open_registry(store, registry_url) as registry:
            if revoke is not None:
                revoked = registration.revoke(registry, revoke, now)
                when = "" if revoked.revoked_at == now else f" since {revoked.revoked_at:%Y-%m-%d %H:%M} UTC"
                say(f"authorization {revoke} of {revoked.brand_id} for {revoked.seller_id} is revoked{when}")
                return
            authorization = registration.authorize(
                registry,
                place,
                brand=brand,
                seller_id=seller_id,
                kinds=allowed_kinds,
                markets=fields.split(markets) or None,
                nice=fields.nice_classes(fields.split(nice)) or None,
                first_day=first_day,
                last_day=last_day,
                grantors=tuple(grantor or ()),
                document=document,
                now=now,
            )
            number = authorization.authorization_id
            if authorization.granted_at != now:
                say(f"already authorized, authorization {number}: {in_words(authorization)}")
            else:
                say(f"authorization {number} of {brand} for {authorization.seller_id}: {in_words(authorization)}")
            unseen = unseen_sellers(registry.database, [authorization.seller_id], names_near=True).values()
            for remark in (*registration.remarks_on(registry, authorization, now), *unseen):
                say(f"  note: {remark}")


def _authorize_rows(
    csv: Path, store: Store | None, registry_url: str | None, now: datetime, *, dry_run: bool, partial: bool
) -> None:
    from brand_index.csv_files import read_csv
    from brand_index.registration.authorization_table import COLUMNS, RowState, import_rows, plan_import
    from scanner.moderation.records.known_sellers import unseen_sellers

    with open_registry(store, registry_url) as registry:
        plan = plan_import(registry, read_csv(csv, COLUMNS), now)
        for row in sorted(plan.rows, key=lambda each: each.state is RowState.WRONG):  # where they are seen: last
            say(row.sentence, error=row.state is RowState.WRONG)
        sellers = [row.asked.seller_id for row in plan.rows if row.asked]
        for sentence in unseen_sellers(registry.database, sellers, names_near=True).values():
            say(f"note: {sentence}")
        if dry_run:
            say(f"{plan.counts}; nothing was recorded")
        else:
            try:
                made = import_rows(registry, plan, now, partial=partial)
            except FileUnusable as error:  # exit code 3, as with --partial and --dry-run: the rows are wrong
                say(f"{plan.counts}; {error}", error=True)
            else:
                say(f"{plan.counts}; {len(made)} recorded")
        if plan.of(RowState.WRONG):
            raise typer.Exit(ExitCode.SOME_FAILED)


def _kinds(text: str) -> frozenset[ReferenceKind]:
    words = fields.split(text)
    if unknown := [word for word in words if word not in set(ReferenceKind)]:
        raise UsageError(f"--kinds {', '.join(unknown)}: there is no such kind; give logo, photo or word")
    return frozenset(map(ReferenceKind, words))
