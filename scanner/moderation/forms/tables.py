"""The table of proposed forms, and the record of one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text

from brand_index.registry.schema import Collection, UTCDateTime, Word, metadata, sealed


class FormState(StrEnum):
    """What became of a proposed form."""

    PROPOSED = "proposed"  # nobody has decided
    ACCEPTED = "accepted"  # it is a reference of its mark, unless its owner withdrew that
    REFUSED = "refused"  # by a person, or by its test
    TAKEN_BACK = "taken_back"  # the confirmation that it rested on is undone, or an appeal succeeded


HELD: Final = (FormState.PROPOSED, FormState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class ProposedForm:
    """A region of a confirmed case's listing, proposed as a form of the mark that was matched there."""

    form_id: int
    brand_id: str
    reference_id: str  # that was matched; the form is one of this reference's mark
    case_id: str
    position: int  # of the image in the listing, from 0
    image_sha256: str
    region: tuple[int, int, int, int]  # left, top, right, bottom in pixels of that image
    embedding: str | None  # of the region, as crop_embedding packs it; None: it was not compared
    proposed_by: str
    proposed_at: datetime  # UTC
    state: FormState
    reason: str  # of its state, in a sentence; empty: none is needed
    decided_by: str | None  # who made it what it is: accepted, refused or took it back; None, as the next: it waits
    decided_at: datetime | None
    form_reference_id: str | None  # of the reference that it became; None: it was never accepted

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision."""
        return self.state is FormState.PROPOSED


proposed_forms = Table(
    "proposed_forms",
    metadata,
    Column("form_id", Integer, primary_key=True, autoincrement=False),
    Column("brand_id", Text, nullable=False),
    Column("reference_id", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("image_sha256", Text, nullable=False),
    Column("region", Collection(tuple, int), nullable=False),
    Column("embedding", Text),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", UTCDateTime, nullable=False),
    Column("state", Word(FormState), nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", UTCDateTime),
    Column("form_reference_id", Text),
    Index("proposed_forms_by_brand", "brand_id", "state"),
    Index("proposed_forms_by_case", "case_id"),
    Index("proposed_forms_by_reference", "form_reference_id"),
    info=sealed(),
)
