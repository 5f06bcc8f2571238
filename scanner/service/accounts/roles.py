"""The roles of keys and users, without the database: commands offer them as choices."""

from enum import StrEnum


class Role(StrEnum):
    """What the bearer of a key, or a person, may do."""

    PIPELINE = "pipeline"  # has listings scanned
    BRAND_OWNER = "brand-owner"  # sees and changes its own brands
    REVIEWER = "reviewer"  # sees scans and brands
    ADMIN = "admin"  # all of it
