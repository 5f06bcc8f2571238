"""The commands brand add and edit: the words about a brand; its references are registered by another command."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from scanner.commands.new_store import registry_to_fill
from scanner.commands.shell import RegistryOption, StoreOption, open_registry, plain_errors, say, text_option

brand = typer.Typer(name="brand", help="The name, owner and contact of a brand.", no_args_is_help=True)
BrandArgument = Annotated[str, typer.Argument(metavar="BRAND", help="Identifier of the brand, such as acme.")]


@brand.command("add")
def brand_add(
    brand_id: BrandArgument,
    *,
    name: Annotated[str, text_option(help="The brand's name.")],
    owner: Annotated[str, text_option(help="The brand's owner.")],
    contact: Annotated[str, text_option(help="Contact of the brand.")],
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Register a brand before its first reference.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from brand_index.registration import check_brand
    from brand_index.types import Brand

    with plain_errors():
        wanted = check_brand(Brand(brand_id, name, owner, contact))
        with registry_to_fill(store, registry_url) as registry:
            is_new = wanted not in registry.brands()
            registry.add_brand(wanted, datetime.now(UTC))
            state = "registered" if is_new else "registered already"
            say(_described(wanted.brand_id, wanted.name, wanted.owner, wanted.contact, state=state))


@brand.command("edit")
def brand_edit(
    brand_id: BrandArgument,
    *,
    name: Annotated[str | None, text_option(help="The new name. Default: as it is.")] = None,
    owner: Annotated[str | None, text_option(help="The new owner. Default: as it is.")] = None,
    contact: Annotated[str | None, text_option(help="The new contact. Default: as it is.")] = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Change the name, owner or contact of a brand. The audit log keeps the earlier values.

    Its identifier stays: references, authorizations and cases are recorded under it.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from brand_index.registration import BrandChanges, edit_brand

    with plain_errors(), open_registry(store, registry_url) as registry:
        now = datetime.now(UTC)
        before = registry.brand(brand_id)
        done = edit_brand(registry, brand_id, BrandChanges(name, owner, contact), now)
        if done == before:
            say(f"brand {brand_id} is so already")
        else:
            say(_described(brand_id, done.name, done.owner, done.contact, state=None))


def _described(brand_id: str, name: str, owner: str, contact: str, *, state: str | None) -> str:
    return f"brand {brand_id}{'' if state is None else f' is {state}'}: name {name}, owner {owner}, contact {contact}"
