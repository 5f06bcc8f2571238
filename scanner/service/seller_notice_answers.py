"""Seller notices and appeals in answers and messages, as models for JSON and OpenAPI. Decides nothing."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from scanner.moderation.seller_notices.types import AppealOutcome, Form, Track
from scanner.verdicts.policy import Restriction


class AppealDocumentAnswer(BaseModel):
    """A document of an appeal."""

    name: str
    sha256: str
    length: int = Field(description="In bytes.")
    added_at: datetime | None = Field(description="After the appeal was sent; null: it came with the appeal.")


class AppealAnswer(BaseModel):
    """A seller's appeal against a notice, and its outcome."""

    appeal_id: str
    form: Form
    received_at: datetime
    statement: str
    outcome: AppealOutcome | None = Field(description="Null while it is undecided.")
    outcome_note: str
    decided_at: datetime | None
    listing_first_day: date | None = Field(description="Since when the listing has shown the photo; null: unknown.")
    documents: list[AppealDocumentAnswer]
    status: str = Field(description="The state of the appeal as a sentence for the seller.")


class _SellerNoticeFields(BaseModel):
    """The fields of a notice in every answer and message."""

    seller_notice_id: str
    case_id: str
    seller_id: str
    listing_id: str | None
    market: str | None
    brand_id: str | None = Field(description="Null: the notice is about a concealed mark.")
    restriction: Restriction
    points: int
    language: str | None = Field(default=None, description="Of the texts for the seller; null: older, and English.")
    sent_at: datetime


class SellerNoticeAnswer(_SellerNoticeFields):
    """A notice to a seller about one decision."""

    track: Track
    forms: list[Form] = Field(description="Of appeal, that the law of the listing's market offers.")
    appeal_by: datetime
    ended_at: datetime | None = Field(description="When it was withdrawn or successfully appealed; null: in force.")
    link: str | None = Field(description="Address of the seller's page; null when the settings name no site.")
    text: str
    appeals: list[AppealAnswer]


class SellerNoticeMessage(_SellerNoticeFields):
    """A message about a notice or an appeal."""

    type: Literal[
        "seller_notice.sent", "seller_notice.withdrawn", "appeal.received", "appeal.documents_added", "appeal.decided"
    ]
    at: datetime | None = Field(default=None, description="Of the event; null: queued by an earlier version.")
    appeal_by: datetime | None = Field(default=None, description="This and the next two: of seller_notice.sent.")
    link: str | None = None
    text: str | None = Field(default=None, description="For the seller, also in appeal.decided.")
    appeal_id: str | None = Field(default=None, description="In each message about an appeal.")
    documents: int | None = Field(default=None, description="How many: in appeal.documents_added.")
    form: Form | None = Field(default=None, description="In appeal.received.")
    outcome: AppealOutcome | None = Field(default=None, description="This and the next: in appeal.decided.")
    note: str | None = None
