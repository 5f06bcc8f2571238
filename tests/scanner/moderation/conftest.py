"""Tests of moderation have a registry with all tables."""

import pytest


@pytest.fixture
def address(migrated_address: str) -> str:
    """The URL of a database of the test's own."""
    return migrated_address
