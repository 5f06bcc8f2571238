"""One row for each image of a scan, to JSON and back: row format 1; it opens no file and decides nothing.

The same fields are the rows of verdicts.jsonl, the rows that the store records, and the images of the service's
answers. A later program reads every earlier row: a field that format 1 gains has a default, and rows from before
format 1 go through `scanner.verdicts.legacy_rows`.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from brand_index.errors import MarkscanError
from scanner.engine.stages import Stage
from scanner.engine.types import ConcealedPatch, Coverage, Evidence, FailedImage
from scanner.verdicts.context import ContextWord
from scanner.verdicts.legacy_rows import upgraded
from scanner.verdicts.types import Decision, FirstSeen, Listing, Reason, UnmetAuthorization, Verdict

FORMAT: Final = 1
SHARED_WRITTEN: Final = 3  # of an image: evidence of a shared background or template that is written, however weak
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ScannedImage:
    """An image and what was decided on it."""

    image: str  # the path as it was given; bytes of a name that are no UTF-8 are lone surrogates (PEP 383)
    verdict: Verdict


Row = ScannedImage | FailedImage


class LaterFormat(ValueError):
    """A row that a later version wrote."""


class RowError(BaseModel):
    """Why an image has no verdict."""

    code: str = Field(description="A stable snake_case word.", examples=["truncated_image"])
    message: str = Field(description="What is wrong with the image, and what to do.")


class RowFields(BaseModel):
    """The fields of a row. A scanned image has all but `error`; an image that failed has `error` and no verdict."""

    model_config = ConfigDict(
        allow_inf_nan=False, frozen=True, json_schema_extra={"required": ["format", "image", "image_sha256"]}
    )

    format: Literal[1] = Field(default=FORMAT, description="The version of the row format.")
    image: str = Field(description="The path or file name as it was given.", examples=["front.jpg"])
    image_sha256: str | None = Field(
        default=None, description="SHA-256 of the file, hexadecimal; null: its bytes could not be read."
    )
    listing_id: str | None = None
    seller_id: str | None = None
    market: str | None = Field(default=None, description="ISO 3166-1 alpha-2.")
    category: str | None = None
    title: str | None = None
    condition: str | None = None
    description: str | None = None
    decision: Decision | None = Field(default=None, description="What to do about the image: clear, review or block.")
    reason: Reason | None = Field(default=None, description="Why.")
    evidence: tuple[Evidence, ...] = Field(default=(), description="References that were found, the surest first.")
    authorization_ids: tuple[int, ...] = Field(default=(), description="Authorizations that cover what was found.")
    unmet_authorizations: tuple[UnmetAuthorization, ...] = Field(
        default=(), description="Authorizations of this seller that do not cover it, and the first field that fails."
    )
    index_revision: int | None = Field(default=None, description="Revision of the index that was searched.")
    policy: str | None = Field(default=None, description="Name of the policy that decided.")
    scanned_at: datetime | None = Field(default=None, description="UTC.")
    skipped_stages: tuple[Stage, ...] = Field(default=(), description="Stages that the deadline left no time for.")
    frames_examined: int = Field(
        default=1,
        ge=1,
        description="Frames of an animation, or pages, that were examined, and those that equal one of them.",
    )
    frame_count: int = Field(default=1, ge=1, description="Frames or pages of the file.")
    truncated: bool = Field(
        default=False,
        description="The file is cut off or damaged, and only what could be read of it was examined.",
    )
    parts_examined: int = Field(
        default=0,
        ge=0,
        description="Panels, bands and tiles of the image that were examined at a size of their own.",
    )
    part_count: int = Field(
        default=0,
        ge=0,
        description="Panels, bands and tiles that need it, such as nine tiles of a large photo; "
        "0: none, as in a small photo of common proportions.",
    )
    lines_unread: int = Field(
        default=0,
        ge=0,
        description="Legible lines of text beyond what is read of one image.",
    )
    counted: tuple[str, ...] = Field(
        default=(),
        description="reference_id of each reference that reason and decision rest on, the surest first.",
    )
    concealed: tuple[ConcealedPatch, ...] = Field(
        default=(),
        description="Patches on the goods that seem to conceal a mark, the surest first: a box in pixels of the image, "
        "the frame of an animation or page, a calibrated confidence, and the reference_id of a match that it lies on, "
        "which it does not conceal; the width and height of that image, and whether a reviewer dismissed it. "
        "Which mark is not known.",
    )
    context: tuple[ContextWord, ...] = Field(
        default=(), description="Words around what was found that say of its use: a replica, compatible with, used."
    )
    first_seen: tuple[FirstSeen, ...] = Field(
        default=(),
        description="Of each photo that matches: when it was registered, in which listing it was seen first, and when "
        "a listing of this seller showed it, as far as scans know.",
    )
    error: RowError | None = Field(default=None, description="Why the image has no verdict; absent: it has one.")


def failed(image: str, error: MarkscanError, image_sha256: str | None = None) -> FailedImage:
    """The row of an image on which `error` was raised."""
    return FailedImage(image, error.code, str(error), image_sha256)


def to_json(row: Row, min_confidence: float = 0.0) -> str:
    """The row as one line of JSON without its newline, encodable as UTF-8.

    Evidence under `min_confidence` is left out, and still named in `counted` if it counted; not what says why an image
    is no copy: its first evidence of a shared background or template. Lone surrogates of a file
    name are written as JSON escapes, which any JSON reader takes and Python's gives back as they were. ValueError: a
    number is infinite or not a number.
    """
    return json_text(json_fields(row, min_confidence))


def json_fields(row: Row, min_confidence: float = 0.0) -> dict[str, Any]:
    """What `to_json` writes, as values of JSON."""
    return row_fields(row, min_confidence).model_dump(mode="json", exclude_unset=True)


def json_text(value: Any) -> str:
    """A value of JSON on one line that can be encoded as UTF-8, whatever file names are in it."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _SURROGATES.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def moment_text(at: datetime) -> str:
    """An aware time in UTC as every answer and message has it: 2026-03-01T12:00:00Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def row_fields(row: Row, min_confidence: float = 0.0) -> RowFields:
    """The fields that a row sets."""
    if isinstance(row, FailedImage):
        error = RowError(code=row.code, message=row.message)
        return RowFields(format=FORMAT, image=row.image, image_sha256=row.image_sha256, error=error)
    verdict, listing = row.verdict, row.verdict.listing
    return RowFields(
        format=FORMAT,
        image=row.image,
        image_sha256=verdict.image_sha256,
        listing_id=listing.listing_id,
        seller_id=listing.seller_id,
        market=listing.market,
        category=listing.category,
        title=listing.title,
        condition=listing.condition,
        description=listing.description,
        decision=verdict.decision,
        reason=verdict.reason,
        evidence=_written(verdict, min_confidence),
        authorization_ids=verdict.authorization_ids,
        unmet_authorizations=verdict.unmet_authorizations,
        index_revision=verdict.index_revision,
        policy=verdict.policy,
        scanned_at=verdict.scanned_at,
        skipped_stages=verdict.skipped,
        frames_examined=verdict.coverage.frames_examined,
        frame_count=verdict.coverage.frame_count,
        truncated=verdict.coverage.truncated,
        parts_examined=verdict.coverage.parts_examined,
        part_count=verdict.coverage.part_count,
        lines_unread=verdict.coverage.lines_unread,
        counted=verdict.counted,
        concealed=verdict.concealed,
        context=verdict.context,
        first_seen=verdict.first_seen,
    )


def _written(verdict: Verdict, min_confidence: float) -> tuple[Evidence, ...]:
    shared = [item for item in verdict.evidence if item.shared is not None][:SHARED_WRITTEN]
    return tuple(item for item in verdict.evidence if item.confidence >= min_confidence or item in shared)


def from_json(line: str) -> Row:
    """The row that one line of verdicts.jsonl says. ValueError: it is none; LaterFormat: of a later format."""
    try:
        fields = json.loads(line)
        if isinstance(fields.get("format"), int) and fields["format"] > FORMAT:
            raise LaterFormat(f"it has row format {fields['format']}, and this Markscan reads up to {FORMAT}")
        return _row(RowFields.model_validate(fields if "format" in fields else upgraded(fields)))
    except LaterFormat:
        raise
    except (AttributeError, KeyError, TypeError, ValueError, ValidationError) as error:
        raise ValueError(f"not a row of verdicts.jsonl ({_why(error)}): {line[:80]!r}") from error


def _row(fields: RowFields) -> Row:
    if fields.error is not None:
        return FailedImage(fields.image, fields.error.code, fields.error.message, fields.image_sha256)
    if (
        fields.image_sha256 is None
        or fields.decision is None
        or fields.reason is None
        or fields.index_revision is None
        or fields.policy is None
        or fields.scanned_at is None
    ):
        raise ValueError("it has neither a verdict nor an error")
    verdict = Verdict(
        listing=Listing(**{name: getattr(fields, name) for name in Listing.__dataclass_fields__}),
        image_sha256=fields.image_sha256,
        decision=fields.decision,
        reason=fields.reason,
        evidence=fields.evidence,
        authorization_ids=fields.authorization_ids,
        unmet_authorizations=fields.unmet_authorizations,
        index_revision=fields.index_revision,
        policy=fields.policy,
        scanned_at=fields.scanned_at,
        skipped=fields.skipped_stages,
        coverage=Coverage(
            fields.frames_examined,
            fields.frame_count,
            fields.truncated,
            fields.parts_examined,
            fields.part_count,
            fields.lines_unread,
        ),
        counted=fields.counted,
        concealed=fields.concealed,
        context=fields.context,
        first_seen=fields.first_seen,
    )
    return ScannedImage(fields.image, verdict)


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        problems = error.errors(include_url=False, include_input=False)
        return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problems)[:500]
    return f"it lacks {error}" if isinstance(error, KeyError) else str(error)
