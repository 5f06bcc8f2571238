"""Registers references and authorizations, edits, revokes and withdraws, with every check before the registry."""

from brand_index.registration.authorizing import (
    Document,
    authorize,
    remarks_on,
    revoke,
)
from brand_index.registration.checking import MarkFields, check_brand, check_form, check_mark, check_mark_of
from brand_index.registration.documents import MAX_DOCUMENT_BYTES
from brand_index.registration.editing import BrandChanges, MarkChanges, edit_brand, edit_mark, edit_mark_of
from brand_index.registration.preparing.new_image import NewImage
from brand_index.registration.preparing.recording import Registered
from brand_index.registration.registering import register_many, register_reference, suggest, withdraw
from brand_index.registration.suggesting import Reading
from brand_index.registration.words import NewWord, register_word, register_words

__all__ = [
    "MAX_DOCUMENT_BYTES",
    "BrandChanges",
    "Document",
    "MarkChanges",
    "MarkFields",
    "NewImage",
    "NewWord",
    "Reading",
    "Registered",
    "authorize",
    "check_brand",
    "check_form",
    "check_mark",
    "check_mark_of",
    "edit_brand",
    "edit_mark",
    "edit_mark_of",
    "register_many",
    "register_reference",
    "register_word",
    "register_words",
    "remarks_on",
    "revoke",
    "suggest",
    "withdraw",
]
