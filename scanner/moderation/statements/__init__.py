"""Statements of reasons and the yearly counts that the EU's Digital Services Act (DSA) requires."""

from scanner.moderation.statements.building import puid_of, statement_of
from scanner.moderation.statements.counts import Complaint, ComplaintOutcome, Count, Counts, as_json_value, counts_of
from scanner.moderation.statements.statement import Statement, StatementUnusable, as_json
from scanner.moderation.statements.words import (
    Account,
    AccountType,
    Automation,
    Category,
    ContentType,
    Ground,
    Keyword,
    Monetary,
    Provision,
    Source,
    Visibility,
)

__all__ = [
    "Account",
    "AccountType",
    "Automation",
    "Category",
    "Complaint",
    "ComplaintOutcome",
    "ContentType",
    "Count",
    "Counts",
    "Ground",
    "Keyword",
    "Monetary",
    "Provision",
    "Source",
    "Statement",
    "StatementUnusable",
    "Visibility",
    "as_json",
    "as_json_value",
    "counts_of",
    "puid_of",
    "statement_of",
]
