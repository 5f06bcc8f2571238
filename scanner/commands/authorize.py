"""The command authorize: a brand's leave for a seller, given or ended."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from brand_index import fields, registration
from brand_index.errors import InvalidField
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.commands.shell import RegistryOption, StoreOption, plain_errors, say
from scanner.service.accounts.registry import open_registry


def authorize(
    *,
    brand: Annotated[str, typer.Option(help="The brand that authorizes.")] = "",
    seller_id: Annotated[str, typer.Option("--seller", help="The seller's identifier at the marketplace.")] = "",
    kinds: Annotated[
        str, typer.Option(help="logo, photo or logo,photo. Permission to show a logo is no licence for photos.")
    ] = ReferenceKind.LOGO.value,
    markets: Annotated[str, typer.Option(help="Countries, ISO 3166-1, such as DE,FR; else everywhere.")] = "",
    nice: Annotated[str, typer.Option(help="Nice classes, such as 25; else all goods.")] = "",
    first_day: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day (UTC); else today.")
    ] = None,
    last_day: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day; else until revoked.")
    ] = None,
    grantor: Annotated[
        list[str] | None, typer.Option(help="Who authorized whom, from the owner down; repeat the option for each.")
    ] = None,
    document: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Document that proves it; the store keeps a copy.")
    ] = None,
    revoke: Annotated[
        int | None, typer.Option(metavar="ID", help="Revoke the authorization with this number instead.")
    ] = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Authorize a seller to show a brand's logos or photos, or revoke an authorization.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    now = datetime.now(UTC)
    with plain_errors():
        if revoke is not None and (brand or seller_id):
            raise InvalidField("--revoke takes the number alone: leave out --brand and --seller")
        if revoke is None and not (brand and seller_id):
            raise InvalidField("say --brand and --seller, or --revoke ID")
        place = Store.locate(store)
        with open_registry(place, registry_url, create=False) as registry:
            if revoke is not None:
                ended = registration.revoke(registry, revoke, now)
                when = "" if ended.revoked_at == now else f" since {ended.revoked_at:%Y-%m-%d %H:%M} UTC"
                say(f"authorization {revoke} of {ended.brand_id} for {ended.seller_id} is revoked{when}")
                return
            given = registration.authorize(
                registry,
                place,
                brand=brand,
                seller_id=seller_id,
                kinds=_kinds(kinds),
                markets=fields.split(markets) or None,
                nice=fields.nice_classes(fields.split(nice)) or None,
                first_day=_day(first_day),
                last_day=_day(last_day),
                grantors=tuple(grantor or ()),
                document=document,
                now=now,
            )
            repeated = "" if given.granted_at == now else ", and was before"
            number = given.authorization_id
            say(f"authorization {number} of {given.brand_id} for {given.seller_id} is in force{repeated}")


def _kinds(text: str) -> frozenset[ReferenceKind]:
    asked = fields.split(text)
    if unknown := [word for word in asked if word not in set(ReferenceKind)]:
        raise InvalidField(f"kind {', '.join(unknown)}: give logo, photo or logo,photo")
    return frozenset(map(ReferenceKind, asked))


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()
