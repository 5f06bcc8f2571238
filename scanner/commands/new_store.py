"""Opens the registry for a command that may be the first of a store: where it records nothing, no store is left."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from brand_index.errors import MarkscanError, RegistryMissing
from brand_index.store import Store
from scanner.commands.shell import chosen_settings, open_registry_of, say

if TYPE_CHECKING:
    from brand_index.registry import Registry


@contextmanager
def registry_to_fill(store: Store | None, registry_url: str | None) -> Iterator["Registry"]:
    """The registry as open_registry opens it, made where there is none: its name may be mistyped.

    One that was made is named if something was recorded in it, and else removed; the error says so.
    """
    from brand_index.registry.unused import absent, remove_unused

    place, settings = Store.locate(store), chosen_settings(registry_url=registry_url)
    missing = absent(place)
    try:
        open_registry_of(place, settings).close()
    except RegistryMissing:
        is_new = settings.registry_url is None
    else:
        is_new = False
    if not is_new:
        with open_registry_of(place, settings, create=True) as registry:
            yield registry
        return
    unused = f"{place.root.absolute()} would be a new store, and nothing was recorded, so none was made: check --store"
    error: MarkscanError | None = None
    made = open_registry_of(place, settings, create=True, quiet=True)
    try:
        with made as registry:
            yield registry
    except MarkscanError as raised:
        error = raised
        raise
    finally:
        if not remove_unused(place, missing):
            say(f"made a new store at {place.root.absolute()}", error=True)
        elif error is not None:
            error.add_note(unused)
        else:
            say(unused, error=True)
