"""What a scan leaves behind: rows as JSON lines, a table for spreadsheets, a page for people; it decides nothing."""

from scanner.bulk.report.files import COLUMNS, VerdictWriter, read_rows, write_csv
from scanner.bulk.report.html import ReferenceLookup, write_html

__all__ = ["COLUMNS", "ReferenceLookup", "VerdictWriter", "read_rows", "write_csv", "write_html"]
