"""The results of a scan as files: JSON lines, a CSV table and an HTML report; it decides nothing."""

from scanner.bulk.report.cards import ReferenceLookup
from scanner.bulk.report.files import COLUMNS, VerdictWriter, read_rows, write_csv
from scanner.bulk.report.html import write_html

__all__ = ["COLUMNS", "ReferenceLookup", "VerdictWriter", "read_rows", "write_csv", "write_html"]
