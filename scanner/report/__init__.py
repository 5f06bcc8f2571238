"""What a scan leaves behind: rows as JSON lines, a table for spreadsheets, a page for people; it decides nothing."""

from scanner.report.files import COLUMNS, VerdictWriter, read_rows, write_csv
from scanner.report.html import ReferenceLookup, write_html
from scanner.report.rows import FailedImage, Row, ScannedImage, failed, from_json, to_json

__all__ = [
    "COLUMNS",
    "FailedImage",
    "ReferenceLookup",
    "Row",
    "ScannedImage",
    "VerdictWriter",
    "failed",
    "from_json",
    "read_rows",
    "to_json",
    "write_csv",
    "write_html",
]
