"""One row for each image of a scan, to JSON and back; no file and no decision."""

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from brand_index.errors import MarkscanError
from brand_index.types import AuthorizationField, ReferenceKind
from scanner.engine.stages import Stage
from scanner.engine.types import Alteration, Box, Evidence, Quad
from scanner.verdicts.types import Decision, Listing, Reason, UnmetAuthorization, Verdict


@dataclass(frozen=True, slots=True)
class ScannedImage:
    """An image and what was decided on it."""

    image: str  # the path as it was given; bytes of a name that are no UTF-8 are lone surrogates (PEP 383)
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class FailedImage:
    """An image that could not be scanned, and why."""

    image: str
    code: str  # of the error, a stable snake_case word
    message: str
    image_sha256: str | None = None  # None: its bytes could not be had


Row = ScannedImage | FailedImage

_SURROGATES = re.compile("[\ud800-\udfff]")


def failed(image: str, error: MarkscanError, image_sha256: str | None = None) -> FailedImage:
    """The row of an image on which `error` was raised."""
    return FailedImage(image, error.code, str(error), image_sha256)


def to_json(row: Row, min_confidence: float = 0.0) -> str:
    """The row as one line of JSON without its newline, encodable as UTF-8.

    Evidence under `min_confidence` is left out, and still named in `counted` if it counted. The listing's category,
    title and condition, the stages that were skipped and what counted appear only where there are some, so that a row
    written before there was such a key is written again as it was; every other key is always there. Lone surrogates of
    a file name are written as JSON escapes, which any JSON reader takes and Python's gives back as they were.
    """
    return json_text(fields_of(row, min_confidence))


def fields_of(row: Row, min_confidence: float = 0.0) -> dict[str, Any]:
    """What `to_json` writes, as values of JSON."""
    return _failed_fields(row) if isinstance(row, FailedImage) else _scanned_fields(row, min_confidence)


def json_text(value: Any) -> str:
    """A value of JSON on one line that can be encoded as UTF-8, whatever file names are in it."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _SURROGATES.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def from_json(line: str) -> Row:
    """The row that one line of verdicts.jsonl says; ValueError when it is none."""
    try:
        fields = json.loads(line)
        if "error" in fields:
            error = fields["error"]
            return FailedImage(fields["image"], error["code"], error["message"], fields.get("image_sha256"))
        return ScannedImage(fields["image"], _verdict(fields))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a row of verdicts.jsonl ({error!r}): {line[:80]!r}") from error


def _failed_fields(row: FailedImage) -> dict[str, Any]:
    fields: dict[str, Any] = {"image": row.image, "error": {"code": row.code, "message": row.message}}
    if row.image_sha256 is not None:
        fields["image_sha256"] = row.image_sha256
    return fields


def _scanned_fields(row: ScannedImage, min_confidence: float) -> dict[str, Any]:
    verdict, listing = row.verdict, row.verdict.listing
    optional = {"category": listing.category, "title": listing.title, "condition": listing.condition}
    return {
        "image": row.image,
        "image_sha256": verdict.image_sha256,
        "listing_id": listing.listing_id,
        "seller_id": listing.seller_id,
        "market": listing.market,
        **{key: value for key, value in optional.items() if value is not None},
        "decision": verdict.decision.value,
        "reason": verdict.reason.value,
        "evidence": [_evidence_fields(e) for e in verdict.evidence if e.confidence >= min_confidence],
        "authorization_ids": list(verdict.authorization_ids),
        "unmet_authorizations": [
            {"authorization_id": unmet.authorization_id, "field": unmet.field.value}
            for unmet in verdict.unmet_authorizations
        ],
        "index_revision": verdict.index_revision,
        "policy": verdict.policy,
        "scanned_at": verdict.scanned_at.isoformat(),
        **({"skipped_stages": [stage.value for stage in verdict.skipped]} if verdict.skipped else {}),
        **({"counted": list(verdict.counted)} if verdict.counted else {}),
    }


def _evidence_fields(evidence: Evidence) -> dict[str, Any]:
    return {
        "reference_id": evidence.reference_id,
        "brand_id": evidence.brand_id,
        "kind": evidence.kind.value,
        "box": [int(side) for side in evidence.box],
        "quad": None if evidence.quad is None else [[float(x), float(y)] for x, y in evidence.quad],
        "reference_box": None if evidence.reference_box is None else [int(side) for side in evidence.reference_box],
        "hash_distance": None if evidence.hash_distance is None else int(evidence.hash_distance),
        "cosine": None if evidence.cosine is None else float(evidence.cosine),
        "rarity": None if evidence.rarity is None else float(evidence.rarity),
        "margin": None if evidence.margin is None else float(evidence.margin),
        "steadiness": None if evidence.steadiness is None else float(evidence.steadiness),
        "log_odds": None if evidence.log_odds is None else float(evidence.log_odds),
        "colour": None if evidence.colour is None else float(evidence.colour),
        "likelihood": None if evidence.likelihood is None else float(evidence.likelihood),
        "inliers": None if evidence.inliers is None else int(evidence.inliers),
        "correlation": None if evidence.correlation is None else float(evidence.correlation),
        "agreeing": None if evidence.agreeing is None else float(evidence.agreeing),
        "coarse": None if evidence.coarse is None else float(evidence.coarse),
        "covered": None if evidence.covered is None else float(evidence.covered),
        "review_only": bool(evidence.review_only),
        "mirrored": bool(evidence.mirrored),
        "alteration": None if evidence.alteration is None else _alteration_fields(evidence.alteration),
        "frame": int(evidence.frame),
        "confidence": float(evidence.confidence),
    }


def _verdict(fields: dict[str, Any]) -> Verdict:
    return Verdict(
        listing=Listing(
            listing_id=fields["listing_id"],
            seller_id=fields["seller_id"],
            market=fields["market"],
            category=fields.get("category"),
            title=fields.get("title"),
            condition=fields.get("condition"),
        ),
        image_sha256=fields["image_sha256"],
        decision=Decision(fields["decision"]),
        reason=Reason(fields["reason"]),
        evidence=tuple(_evidence(each) for each in fields["evidence"]),
        authorization_ids=tuple(fields["authorization_ids"]),
        unmet_authorizations=tuple(
            UnmetAuthorization(unmet["authorization_id"], AuthorizationField(unmet["field"]))
            for unmet in fields["unmet_authorizations"]
        ),
        index_revision=fields["index_revision"],
        policy=fields["policy"],
        scanned_at=datetime.fromisoformat(fields["scanned_at"]),
        skipped=tuple(Stage(word) for word in fields.get("skipped_stages", ())),
        counted=tuple(fields.get("counted", ())),
    )


def _evidence(fields: dict[str, Any]) -> Evidence:
    return Evidence(
        reference_id=fields["reference_id"],
        brand_id=fields["brand_id"],
        kind=ReferenceKind(fields["kind"]),
        box=Box(*fields["box"]),
        quad=None if fields["quad"] is None else _quad(fields["quad"]),
        reference_box=None if fields["reference_box"] is None else Box(*fields["reference_box"]),
        hash_distance=fields["hash_distance"],
        cosine=fields["cosine"],
        rarity=fields["rarity"],
        margin=fields["margin"],
        steadiness=fields["steadiness"],
        log_odds=fields["log_odds"],
        colour=fields["colour"],
        likelihood=fields["likelihood"],
        inliers=fields["inliers"],
        correlation=fields["correlation"],
        agreeing=fields["agreeing"],
        coarse=fields["coarse"],
        covered=fields["covered"],
        review_only=fields["review_only"],
        mirrored=fields["mirrored"],
        alteration=None if fields["alteration"] is None else _alteration(fields["alteration"]),
        frame=fields["frame"],
        confidence=fields["confidence"],
    )


def _alteration_fields(altered: Alteration) -> dict[str, Any]:
    return asdict(altered) | {"part": [[float(x), float(y)] for x, y in altered.part]}


def _alteration(fields: dict[str, Any]) -> Alteration:
    return Alteration(**fields | {"part": tuple((float(x), float(y)) for x, y in fields["part"])})


def _quad(corners: list[list[float]]) -> Quad:
    a, b, c, d = ((float(x), float(y)) for x, y in corners)
    return a, b, c, d
