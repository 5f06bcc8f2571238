"""The address of a live listing on its marketplace, made from a template that the settings give."""

import string
from typing import Final, Protocol
from urllib.parse import quote, urlsplit

NAMES: Final = ("listing_id", "seller_id", "market")
LONGEST: Final = 500  # characters of a template
EXAMPLE: Final = "https://market.example/item/{listing_id}"


class Listed(Protocol):
    """Whatever names a listing; None: unknown."""

    @property
    def listing_id(self) -> str | None:
        """The marketplace's id of the listing."""

    @property
    def seller_id(self) -> str | None:
        """Likewise of its seller."""

    @property
    def market(self) -> str | None:
        """ISO 3166-1 alpha-2."""


def check_template(template: str) -> str:
    """The template. Raises ValueError unless it is of http or https, and has known names after its host alone."""
    try:
        parts = list(string.Formatter().parse(template))
        address = urlsplit(template)
        host = address.hostname
    except ValueError as error:
        raise ValueError(f"{template!r} is no template: {error}; give one such as {EXAMPLE}") from error
    names = [(name, bool(form or conversion)) for _, name, form, conversion in parts if name is not None]
    if unknown := [name for name, formatted in names if formatted or name not in NAMES]:
        raise ValueError(f"{{{unknown[0]}}} in {template!r}: name {', '.join(f'{{{each}}}' for each in NAMES)} alone")
    if "listing_id" not in {name for name, _ in names}:
        raise ValueError(f"{template!r} does not name {{listing_id}}: give a template such as {EXAMPLE}")
    if address.scheme not in ("http", "https") or not host:
        raise ValueError(f"{template!r} is no address of http or https: give a template such as {EXAMPLE}")
    if "{" in address.netloc:
        raise ValueError(f"{template!r}: names go after the host, or a listing could lead to any other")
    if len(template) > LONGEST or not template.isprintable() or " " in template:
        raise ValueError(f"a template has {LONGEST} printable characters at most, and no space")
    return template


def listing_address(template: str | None, listed: Listed) -> str | None:
    """The address of a listing; None: there is no template, or what it names is unknown."""
    if template is None:
        return None
    values = {name: getattr(listed, name) for _, name, _, _ in string.Formatter().parse(template) if name is not None}
    if any(value is None for value in values.values()):
        return None
    return template.format_map({name: quote(str(value), safe="") for name, value in values.items()})
