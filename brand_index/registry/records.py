"""What the registry says besides the records themselves."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from brand_index.types import ReferenceKind, Resolution


class RegistrationOutcome(StrEnum):
    """What became of an image or word that was registered."""

    ADDED = "registered"
    ALREADY_REGISTERED = "already registered"  # by this brand: nothing changed
    REGISTERED_WITH_CONFLICT = (
        "registered with conflict"  # another brand holds the same file or word: a person must decide
    )
    REINSTATED = "reinstated"  # it had been withdrawn, and is in force again


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two brands registered the same file as the same kind, or the same word. Both stay until a person decides."""

    conflict_id: int
    kind: ReferenceKind
    sha256: str
    earlier_brand_id: str
    later_brand_id: str
    detected_at: datetime  # UTC
    resolved_at: datetime | None = None  # None, as the next three: open
    resolved_by: str | None = None  # as the history names the actor
    resolution: Resolution | None = None
    resolution_note: str | None = None

    @property
    def brands(self) -> tuple[str, str]:
        """The two brands, the earlier first."""
        return self.earlier_brand_id, self.later_brand_id
