"""The results of a scan as files: JSON lines, a CSV table and an HTML report, in html beside; it decides nothing."""

from scanner.bulk.report.files import COLUMNS, VerdictWriter, read_rows, write_csv

__all__ = ["COLUMNS", "VerdictWriter", "read_rows", "write_csv"]
