"""The commands keys create, list and revoke: API keys of the service."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from brand_index import fields
from scanner.commands.shell import RegistryOption, StoreOption, open_registry, plain_errors, say
from scanner.service.accounts.tables import Role

keys = typer.Typer(name="keys", help="API keys of the service.", no_args_is_help=True)


@keys.command("create")
def keys_create(
    *,
    role: Annotated[Role, typer.Option(help="What the key allows.")],
    name: Annotated[str, typer.Option(help="A name for people.")],
    brands: Annotated[str, typer.Option(help="A brand owner's brands, such as acme,acme-kids.")] = "",
    calls_a_minute: Annotated[
        int | None, typer.Option(min=1, help="Limit of the key; else as in the settings.")
    ] = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Create an API key and print it. It is not shown again.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.service.accounts.keys import create_key

    with plain_errors(), open_registry(store, registry_url, create=True) as registry:
        owned, now = frozenset(fields.split(brands)), datetime.now(UTC)
        key, text = create_key(
            registry.database, role=role, name=name, brands=owned, calls_a_minute=calls_a_minute, now=now
        )
        say(f"key {key.key_id}, role {key.role.value}: it is shown this once and kept nowhere", error=True)
        say(text)


@keys.command("list")
def keys_list(*, store: StoreOption = None, registry_url: RegistryOption = None) -> None:
    """List all keys, without their secrets.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from rich.console import Console
    from rich.table import Table

    from scanner.service.accounts.keys import list_keys

    with plain_errors(), open_registry(store, registry_url) as registry:
        table = Table()
        for column in ("key", "role", "name", "brands", "calls a minute", "created", "revoked"):
            table.add_column(column, no_wrap=column == "key", overflow="fold")
        for key in list_keys(registry.database):
            table.add_row(
                key.key_id,
                key.role.value,
                key.name,
                ",".join(sorted(key.brands)),
                "" if key.calls_a_minute is None else str(key.calls_a_minute),
                f"{key.created_at:%Y-%m-%d %H:%M}",
                "" if key.revoked_at is None else f"{key.revoked_at:%Y-%m-%d %H:%M}",
            )
        Console().print(table)


@keys.command("revoke")
def keys_revoke(
    key_id: Annotated[str, typer.Argument(help="As `markscan keys list` shows it.")],
    *,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Revoke a key. The next call with it is refused.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.service.accounts.keys import revoke_key

    with plain_errors(), open_registry(store, registry_url) as registry:
        ended = revoke_key(registry.database, key_id, datetime.now(UTC))
        say(f"key {ended.key_id} ({ended.name}) is revoked since {ended.revoked_at:%Y-%m-%d %H:%M} UTC")
