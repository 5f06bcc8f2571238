"""What the registry tells besides the records themselves."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from brand_index.types import ReferenceKind


class Outcome(StrEnum):
    """What became of an image that was brought to the registry."""

    ADDED = "registered"
    ALREADY_REGISTERED = "already registered"  # by this brand: nothing was changed
    REGISTERED_WITH_CONFLICT = "registered with conflict"  # another brand holds the same file: a person must look
    REINSTATED = "reinstated"  # it had been withdrawn, and is in force again


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two brands registered the same file as the same kind; both stay in force until a person has looked."""

    conflict_id: int
    kind: ReferenceKind
    sha256: str
    earlier_brand_id: str
    later_brand_id: str
    noticed_at: datetime  # UTC
    resolved_at: datetime | None  # None: open
