"""Scans with their verdicts, kept in the store so that a case can be opened later."""

from scanner.records.keeping import UNRECORDED, Records
from scanner.records.scans import Outcome, Picture, PictureRecord, Purged, Scan, SeenBefore, begin

__all__ = ["UNRECORDED", "Outcome", "Picture", "PictureRecord", "Purged", "Records", "Scan", "SeenBefore", "begin"]
