"""What the service answers and sends of notices and appeals, as JSON and for OpenAPI; nothing is decided here."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from scanner.moderation.seller_notices.types import Form, Outcome, Track
from scanner.verdicts.policy import Restriction


class AppealAnswer(BaseModel):
    """What a seller says against a notice, and what became of it."""

    appeal_id: str
    form: Form
    received_at: datetime
    statement: str
    outcome: Outcome | None = Field(description="Null: undecided.")
    outcome_note: str
    decided_at: datetime | None
    standing: str = Field(description="How far it is, for the seller.")


class _SellerNoticeFields(BaseModel):
    """What every answer and message tells of a notice."""

    seller_notice_id: str
    case_id: str
    seller_id: str
    listing_id: str | None
    market: str | None
    brand_id: str
    restriction: Restriction
    points: int
    sent_at: datetime


class SellerNoticeAnswer(_SellerNoticeFields):
    """What a seller was told about one decision."""

    track: Track
    appeal_by: datetime
    ended_at: datetime | None = Field(description="Withdrawn, or an appeal succeeded; null: it stands.")
    link: str | None = Field(description="The seller's own page; null: the settings name no site.")
    text: str
    appeals: list[AppealAnswer]


class SellerNoticeMessage(_SellerNoticeFields):
    """What a message tells of a notice, or of an appeal against it."""

    type: Literal["seller_notice.sent", "seller_notice.withdrawn", "appeal.received", "appeal.decided"]
    appeal_by: datetime | None = Field(default=None, description="This and the next two: of seller_notice.sent.")
    link: str | None = None
    text: str | None = None
    appeal_id: str | None = Field(default=None, description="Of appeal.received and appeal.decided.")
    form: Form | None = Field(default=None, description="Of appeal.received.")
    outcome: Outcome | None = Field(default=None, description="This and the next: of appeal.decided.")
    note: str | None = None
