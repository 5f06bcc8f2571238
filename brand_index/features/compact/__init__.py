"""Compact descriptions of listing images: what a scan leaves, so that later references can be looked for in it."""

from brand_index.features.compact.codes import compact_keypoints, region_codes
from brand_index.features.compact.description import (
    MOST_BYTES,
    CompactDescription,
    CompactKeypoints,
    CompactLine,
    CompactRegions,
    compact_recipe,
    readable_recipes,
)

__all__ = [
    "MOST_BYTES",
    "CompactDescription",
    "CompactKeypoints",
    "CompactLine",
    "CompactRegions",
    "compact_keypoints",
    "compact_recipe",
    "readable_recipes",
    "region_codes",
]
