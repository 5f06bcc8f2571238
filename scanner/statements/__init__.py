"""What the EU's Digital Services Act asks for after a decision: its statement of reasons, and the yearly counts."""

from scanner.statements.building import puid_of, statement_of
from scanner.statements.counts import Appeal, Count, Counts, Outcome, as_json_value, counts_of
from scanner.statements.statement import Statement, StatementUnusable, as_json
from scanner.statements.words import (
    EEA,
    EU,
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
    "EEA",
    "EU",
    "Account",
    "AccountType",
    "Appeal",
    "Automation",
    "Category",
    "ContentType",
    "Count",
    "Counts",
    "Ground",
    "Keyword",
    "Monetary",
    "Outcome",
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
