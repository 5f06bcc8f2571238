"""Registry: what rights holders registered, by one implementation for SQLite and PostgreSQL."""

from brand_index.registry.records import Conflict, RegistrationOutcome
from brand_index.registry.writing import Registry

__all__ = ["Conflict", "RegistrationOutcome", "Registry"]
