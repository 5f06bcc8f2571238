"""Which brands a key or a user of a brand owner may be given: those registered, and new ones only if called so."""

from collections.abc import Iterable

from brand_index import fields
from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registry import Registry


def granted(registry: Registry, brands: Iterable[str], new_brands: Iterable[str] = ()) -> frozenset[str]:
    """The brands to grant: `brands` that are registered, and `new_brands` that their holder may register.

    A slip in a name would give the holder nothing, and a new brand's name that is taken would give another's brand
    away. Raises UnknownRecord, which names those that are near, and InvalidField.
    """
    for brand in (known := frozenset(brands)):
        try:
            registry.brand(fields.slug(brand))
        except UnknownRecord as error:
            raise UnknownRecord(f"{error}. For one that its holder is to register: --new-brands {brand}") from error
    registered = {brand.brand_id for brand in registry.brands()}
    for brand in (new := frozenset(map(fields.slug, new_brands))):
        if brand in registered:
            raise InvalidField(f"brand {brand} is registered already: grant it with --brands, if it is the holder's")
    return known | new
