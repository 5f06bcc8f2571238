"""The commands users add, list, brands, password, logout and disable: who may log in to the console."""

import sys
from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from brand_index import fields
from brand_index.errors import UsageError
from scanner.commands.new_store import registry_to_fill
from scanner.commands.shell import (
    RegistryOption,
    StoreOption,
    open_registry,
    plain_errors,
    say,
    service_installed,
    show_table,
    text_option,
)
from scanner.service.accounts.roles import Role

if TYPE_CHECKING:
    from brand_index.registry import Registry

users = typer.Typer(name="users", help="Users of the console.", no_args_is_help=True)
Password = Annotated[
    str | None,
    typer.Option(envvar="MARKSCAN_PASSWORD", help="Password of the user. Default: you are asked for it."),
]


NewBrands = Annotated[str, text_option(help="Brands that the user may register: identifiers that no brand has yet.")]


@users.command("add")
def users_add(
    name: Annotated[str, typer.Argument(help="Login name: lower-case letters, digits and hyphens.")],
    *,
    role: Annotated[Role, typer.Option(help="Role of the user: reviewer, brand-owner or admin.")],
    brands: Annotated[str, text_option(help="Brands of a brand owner, such as acme,acme-kids.")] = "",
    new_brands: NewBrands = "",
    password: Password = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Add a user of the console.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    with plain_errors(), registry_to_fill(store, registry_url) as registry:
        accounts, for_brands = _accounts(), _granted(registry, brands, new_brands)
        user = accounts.add_user(registry.database, name, _chosen(password), role, datetime.now(UTC), brands=for_brands)
        say(f"{user.user_id} can log in as {user.role.value}")


@users.command("list")
def users_list(*, store: StoreOption = None, registry_url: RegistryOption = None) -> None:
    """List all users of the console.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    with plain_errors(), open_registry(store, registry_url) as registry:
        rows = []
        for user in _accounts().list_users(registry.database):
            disabled = "" if user.disabled_at is None else f"{user.disabled_at:%Y-%m-%d %H:%M}"
            of_brands = ",".join(sorted(user.brands))
            rows.append((user.user_id, user.role.value, of_brands, f"{user.created_at:%Y-%m-%d}", disabled))
        show_table(("name", "role", "brands", "since", "disabled"), rows)


@users.command("brands")
def users_brands(
    name: Annotated[str, typer.Argument(help="Login name of a brand owner.")],
    *,
    brands: Annotated[str, text_option("--grant", help="Registered brands to grant, such as acme,acme-kids.")] = "",
    new_brands: NewBrands = "",
    remove: Annotated[str, text_option(help="Brands to take from the user.")] = "",
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Grant brands to a brand owner, or take them back. It acts at once.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    with plain_errors(), open_registry(store, registry_url) as registry:
        accounts, less = _accounts(), frozenset(fields.split(remove))
        user = next((each for each in accounts.list_users(registry.database) if each.user_id == name), None)
        if user is None:
            raise UsageError(f"there is no user {name!r}: `markscan users list` shows all")
        if absent := sorted(less - user.brands):
            raise UsageError(f"{name} has not {', '.join(absent)}, but {', '.join(sorted(user.brands))}")
        wanted = (user.brands - less) | _granted(registry, brands, new_brands)
        done = accounts.set_brands(registry.database, name, wanted, datetime.now(UTC))
        say(f"{name} has {', '.join(sorted(done.brands))}")


@users.command("password")
def users_password(
    name: Annotated[str, typer.Argument(help="Login name.")],
    *,
    password: Password = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Change a user's password and end all of the user's sessions.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    with plain_errors(), open_registry(store, registry_url) as registry:
        _accounts().set_password(registry.database, name, _chosen(password), datetime.now(UTC))
        say(f"the password of {name} is changed, and every session of {name} has ended")


@users.command("logout")
def users_logout(
    name: Annotated[str | None, typer.Argument(help="Login name.")] = None,
    *,
    everybody: Annotated[bool, typer.Option("--everybody", help="All users.")] = False,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """End all sessions of a user, or of everybody. They can log in again.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    with plain_errors(), open_registry(store, registry_url) as registry:
        if (name is None) != everybody:
            raise UsageError("name a user, or give --everybody")
        ended = _accounts().end_sessions(registry.database, name, datetime.now(UTC))
        say(f"sessions ended: {ended}")


@users.command("disable")
def users_disable(
    name: Annotated[str, typer.Argument(help="Login name.")],
    *,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Disable a user, and end all of the user's sessions.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    with plain_errors(), open_registry(store, registry_url) as registry:
        user = _accounts().disable_user(registry.database, name, datetime.now(UTC))
        say(f"{user.user_id} is disabled and cannot log in")


def _granted(registry: "Registry", brands: str, new_brands: str) -> frozenset[str]:
    with service_installed():
        from scanner.service.accounts.grants import granted
    return granted(registry, fields.split(brands), fields.split(new_brands))


def _chosen(password: str | None) -> str:
    """The password that was given, else one that is asked for twice. Raises UsageError where nobody can be asked."""
    if password is not None:
        return password
    if not sys.stdin.isatty():
        raise UsageError("no password is given, and nobody can be asked here: set MARKSCAN_PASSWORD")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _accounts() -> ModuleType:
    with service_installed():
        from scanner.service.accounts import users as accounts
    return accounts
