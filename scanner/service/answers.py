"""The answers of the API as models, for JSON and OpenAPI. Decides nothing."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from brand_index.features.photos.nature import Nature
from brand_index.registry import RegistrationOutcome
from brand_index.types import Form as MarkForm
from brand_index.types import ReferenceKind
from scanner.moderation.records.scans import ImageRecord, Scan
from scanner.moderation.records.tables import ScanState
from scanner.moderation.searching import FoundScan
from scanner.moderation.seller_notices.statuses import CaseStatus
from scanner.verdicts.case_states import CaseState, Ground, Scope
from scanner.verdicts.rows import FORMAT, RowFields, json_fields, moment_text
from scanner.verdicts.types import Decision, Reason


def _in_order(values: Any) -> Any:
    return sorted(values) if isinstance(values, frozenset) else values


Listed = BeforeValidator(_in_order)
"""A set of the registry as a sorted list."""


class CaseAnswer(BaseModel):
    """What became of the case that a scan opened. Its id is the scan's."""

    case_id: str
    state: CaseState
    ground: Ground | None = Field(description="Of a dismissal: why the listing may be shown.")
    decided_at: datetime | None = Field(description="Null: nobody has confirmed or dismissed it.")
    decision: Decision = Field(
        description="What to do with the listing now: `block` once a person confirmed the violation, `clear` once one "
        "dismissed the case or a counter-notice put the listing back, until then as the policy decided."
    )


class CaseMessage(CaseAnswer):
    """A message about a case: a person decided it, or undid that. It names no reviewer."""

    type: Literal["case.decided", "case.undone", "case.suppressed", "case.suppression_ended", "case.put_back"]
    at: datetime = Field(description="Messages may come in another order: the newest holds.")
    listing_id: str | None
    seller_id: str | None
    market: str | None
    brand_id: str | None = Field(description="Null, as kind: no brand's reference was matched or named.")
    reference_id: str | None
    kind: ReferenceKind | None
    scope: Scope | None = Field(
        default=None, description="This and the next: of case.suppressed. Such matches of the reference are ignored."
    )
    suppressed_until: datetime | None = Field(default=None, description="Null: for good.")


_EXAMPLE: dict[str, Any] = {
    "scan_id": "cb57a9a9d8334ccc997e86e615d1a944",
    "state": "done",
    "listing_id": "L-1",
    "seller_id": "S123",
    "market": "DE",
    "category": "clothing",
    "title": None,
    "condition": None,
    "description": None,
    "decision": "block",
    "reason": "photo_copied",
    "accepted_at": "2026-03-01T12:00:00Z",
    "finished_at": "2026-03-01T12:00:00.180000Z",
    "case": {
        "case_id": "cb57a9a9d8334ccc997e86e615d1a944",
        "state": "dismissed",
        "ground": "authorized",
        "decided_at": "2026-03-01T14:05:00Z",
        "decision": "clear",
    },
    "images": [
        {
            "image": "front.jpg",
            "image_sha256": "d615d1088a74c012e34237b8543fc822b9f882a36c80a6d3d3b1b7351e14aa01",
            "decision": "block",
            "reason": "photo_copied",
            "evidence": [],
            "authorization_ids": [],
            "unmet_authorizations": [],
            "index_revision": 20,
            "policy": "markscan-default-3",
            "scanned_at": "2026-03-01T12:00:00.180000Z",
            "counted": ["acme-photo-1f2e3d4c5b6a7988"],
        },
        {
            "image": "back.jpg",
            "image_sha256": "0b8a7a4d3c7b9bd3f5f7a5d1f0d25a9c0f58ce2c7f6e3f5a44c7f2b1f9f3aa10",
            "error": {"code": "truncated_image", "message": "back.jpg: breaks off; save it anew"},
        },
    ],
}


class ScanSummary(BaseModel):
    """A scan of one listing without its images, as a search gives it."""

    scan_id: str
    state: ScanState
    listing_id: str | None
    seller_id: str | None
    market: str | None
    category: str | None
    title: str | None
    condition: str | None
    description: str | None
    decision: Decision | None = Field(description="The strictest decision on an image; null until the scan is done.")
    reason: Reason | None
    accepted_at: datetime
    finished_at: datetime | None
    case: CaseAnswer | None = Field(default=None, description="Its case; null: it was cleared, or is not done.")


class ScanAnswer(ScanSummary):
    """A scan of one listing, and its result."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    images: list[RowFields]


class ScanPageAnswer(BaseModel):
    """Some scans, the newest first."""

    scans: list[ScanSummary]
    cursor: str | None = Field(description="Send it as `cursor` for older scans; null: there are none.")


class BrandAnswer(BaseModel):
    """A brand."""

    brand_id: str = Field(examples=["acme"])
    name: str
    owner: str
    contact: str


class MarkAnswer(BaseModel):
    """A trade mark, as an office recorded it or as its owner names it."""

    mark_id: int
    brand_id: str
    name: str | None = Field(default=None, description="That its owner gives it; null: it has none.")
    feature: str | None
    office: str | None
    registration_number: str | None
    nice: Annotated[list[int], Listed]
    vienna: list[str]
    expires: date | None


class ReferenceAnswer(BaseModel):
    """A reference."""

    reference_id: str
    brand_id: str
    kind: ReferenceKind
    sha256: str
    mark_id: int | None
    source_name: str = Field(description="The name of its file; of a word the word.")
    width: int = Field(description="Pixels, as height; 0: a word.")
    height: int
    warnings: list[str]
    registered_at: datetime
    withdrawn_at: datetime | None
    form: MarkForm | None = Field(default=None, description="What a logo shows of its mark; null: a photo or word.")
    source_region: tuple[int, int, int, int] | None = Field(
        default=None,
        description="Left, top, right and bottom of the part of `source_name` that it is; null: it is all of it.",
    )
    word: str | None = Field(default=None, description="The registered word; null: it was registered as an image.")

    @model_validator(mode="after")
    def _name_the_word(self) -> Self:
        if self.kind is ReferenceKind.WORD:
            self.word = self.source_name
        return self


class AuditAnswer(BaseModel):
    """The audit of a logo or photo."""

    false_alarms: float = Field(description="Expected number of false alarms on 1,000 photos that do not show it.")
    material_false_alarms: float | None = Field(
        default=None, description="Likewise on 1,000 images of text and tables. Null: the models have no bank of them."
    )
    word_like: bool = Field(default=False, description="Among other words in such letters it counts as text.")
    confusable: list[str] = Field(description="Brands with a similar mark or photo, of photos also the brand itself.")
    review_only: bool = Field(description="Too plain for a block without a person.")
    nature: Nature | None = Field(default=None, description="What a photo is; null for a logo.")
    discriminating: float | None = Field(default=None, description="Share of a photo's keypoints that are its own.")
    limits: list[str] = Field(default=[], description="What a photo cannot protect, in words.")


class PartAnswer(BaseModel):
    """A part of artwork, such as a sign and the word beside it."""

    region: tuple[int, int, int, int] = Field(description="Left, top, right and bottom in pixels of the artwork.")
    refused: str | None = Field(description="Why it cannot be registered alone; null: it can.")


class RegisteredAnswer(BaseModel):
    """The result of a registration."""

    reference: ReferenceAnswer
    outcome: RegistrationOutcome
    warnings: list[str]
    conflicts: list[int] = Field(description="IDs of open conflicts: another brand registered the same file or word.")
    audit: AuditAnswer | None = Field(description="Null if none was asked for, or it is known already or a word.")
    is_restored: bool = Field(default=False, description="Its file had been lost, and is there again.")
    reads: list[str] = Field(
        default=[], description="Words that a new logo shows and the brand had not registered, the largest first."
    )
    words: list[ReferenceAnswer] = Field(default=[], description="Those of them that with_words registered.")
    parts: list[PartAnswer] = Field(default=[], description="Parts that artwork seems to have; empty: it is one.")
    part_references: list[ReferenceAnswer] = Field(default=[], description="Those of them that with_parts registered.")


class AuthorizationAnswer(BaseModel):
    """A brand's authorization of one seller."""

    authorization_id: int
    brand_id: str
    seller_id: str
    kinds: Annotated[list[ReferenceKind], Listed]
    markets: Annotated[list[str] | None, Listed]
    nice: Annotated[list[int] | None, Listed]
    first_day: date
    last_day: date | None
    grantors: list[str]
    document_sha256: str | None
    granted_at: datetime
    revoked_at: datetime | None
    remarks: list[str] = Field(
        default=[],
        description="Of a new one: others that it overlaps; whether no listing of the seller was scanned.",
    )


class TaskState(BaseModel):
    """How a background task fares."""

    last_success: datetime | None = Field(description="null: it has not succeeded yet.")
    failures: int = Field(description="Since the last success.")


class Ready(BaseModel):
    """Whether the service is ready, and the index and models that it scans with."""

    ready: bool
    problems: list[str] = Field(description="Why the service is not ready; empty if it is.")
    warnings: list[str] = Field(default=[], description="What fails, but leaves verdicts as they should be.")
    index_revision: int | None = Field(default=None, description="null, like all below, until the service is open.")
    index_age_seconds: float | None = Field(default=None, description="Age of the published index.")
    references: int | None = Field(
        default=None, description="How many the index holds; 0: nothing is found, whatever an image shows."
    )
    index_lag_seconds: float | None = Field(
        default=None, description="How long changed references have waited for an index; 0 if current."
    )
    models: dict[str, str] | None = Field(default=None, description="SHA-256 of each model file, by its name.")
    tasks: dict[str, TaskState] | None = Field(default=None, description="The background tasks, by name.")


def scan_answer(scan: Scan, shown_from: float, case: CaseStatus | None = None) -> dict[str, Any]:
    """A scan as JSON, with the evidence of at least this confidence, as in verdicts.jsonl; `case` None: it has none."""
    return summary_answer(scan, case) | {"images": [_image(image, shown_from) for image in scan.images]}


def summary_answer(scan: Scan | FoundScan, case: CaseStatus | None) -> dict[str, Any]:
    """A scan as JSON, without its images."""
    return {
        "scan_id": scan.scan_id,
        "state": scan.state.value,
        **asdict(scan.listing),
        "decision": scan.decision,
        "reason": scan.reason,
        "accepted_at": moment_text(scan.accepted_at),
        "finished_at": None if scan.finished_at is None else moment_text(scan.finished_at),
        "case": None if case is None else CaseAnswer.model_validate(asdict(case)).model_dump(mode="json"),
    }


def _image(image: ImageRecord, shown_from: float) -> dict[str, Any]:
    if image.row is None:
        return RowFields(format=FORMAT, image=image.name, image_sha256=image.sha256).model_dump(exclude_unset=True)
    return json_fields(image.row, shown_from) | {"image_sha256": image.sha256}
