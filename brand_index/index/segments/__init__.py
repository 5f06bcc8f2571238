"""Segments: the immutable folders of which an index consists, each with a catalog and parts of its own."""

from brand_index.index.segments.segment import Segment
from brand_index.index.segments.writing import SegmentWriter

__all__ = ["Segment", "SegmentWriter"]
