"""Registers references and authorizations, revokes and withdraws them, with every check before the registry."""

from brand_index.registration.registering import (
    MAX_DOCUMENT_BYTES,
    Document,
    MarkFields,
    Registered,
    authorize,
    check_brand,
    check_mark,
    register_reference,
    revoke,
    withdraw,
)

__all__ = [
    "MAX_DOCUMENT_BYTES",
    "Document",
    "MarkFields",
    "Registered",
    "authorize",
    "check_brand",
    "check_mark",
    "register_reference",
    "revoke",
    "withdraw",
]
