"""The commands keys create, list and revoke: API keys of the service."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from brand_index import fields
from scanner.commands.new_store import registry_to_fill
from scanner.commands.shell import (
    RegistryOption,
    StoreOption,
    open_registry,
    plain_errors,
    say,
    show_table,
    text_option,
)
from scanner.service.accounts.roles import Role

keys = typer.Typer(name="keys", help="API keys of the service.", no_args_is_help=True)


@keys.command("create")
def keys_create(
    *,
    role: Annotated[Role, typer.Option(help="Role of the key: what its holder may do.")],
    name: Annotated[str, text_option(help="Name of the key, such as that of the system that uses it.")],
    brands: Annotated[str, text_option(help="Brands of a brand owner's key, such as acme,acme-kids.")] = "",
    new_brands: Annotated[
        str, text_option(help="Brands that its holder may register: identifiers that no brand has yet.")
    ] = "",
    calls_a_minute: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Calls that the key allows. Default: service.calls_a_minute of the settings."
        ),
    ] = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Create an API key and print it.

    It is shown only once: the registry keeps its hash alone.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.service.accounts.grants import granted
    from scanner.service.accounts.keys import create_key

    with plain_errors(), registry_to_fill(store, registry_url) as registry:
        for_brands, now = granted(registry, fields.split(brands), fields.split(new_brands)), datetime.now(UTC)
        key, text = create_key(
            registry.database, role=role, name=name, brands=for_brands, calls_a_minute=calls_a_minute, now=now
        )
        say(f"key {key.key_id} with role {key.role.value}. Save it now, it is not shown again:", error=True)
        say(text)


@keys.command("list")
def keys_list(*, store: StoreOption = None, registry_url: RegistryOption = None) -> None:
    """List all API keys, without their secrets.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.service.accounts.keys import list_keys

    with plain_errors(), open_registry(store, registry_url) as registry:
        rows = [
            (
                key.key_id,
                key.role.value,
                key.name,
                ",".join(sorted(key.brands)),
                "" if key.calls_a_minute is None else str(key.calls_a_minute),
                f"{key.created_at:%Y-%m-%d %H:%M}",
                "" if key.revoked_at is None else f"{key.revoked_at:%Y-%m-%d %H:%M}",
            )
            for key in list_keys(registry.database)
        ]
        show_table(("key", "role", "name", "brands", "calls a minute", "created", "revoked"), rows)


@keys.command("revoke")
def keys_revoke(
    key_id: Annotated[str, typer.Argument(help="Identifier of the key. `markscan keys list` shows it.")],
    *,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Revoke an API key, so that the next call with it is refused.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.service.accounts.keys import revoke_key

    with plain_errors(), open_registry(store, registry_url) as registry:
        key = revoke_key(registry.database, key_id, datetime.now(UTC))
        say(f"key {key.key_id} ({key.name}) is revoked since {key.revoked_at:%Y-%m-%d %H:%M} UTC")
