"""What an uploaded form asks to register, and the answer to it; it registers nothing."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import PurePath
from typing import Any

from fastapi import UploadFile

from brand_index import fields
from brand_index.errors import InvalidField, RegistrationError
from brand_index.features.audit import Audit
from brand_index.registration import Registered
from brand_index.registration.photo_audit import PhotoAudit
from brand_index.types import ReferenceKind
from scanner.service.workers.registering import Upload


def registered_answer(
    done: Registered,
    audit: Audit | PhotoAudit | None,
    words: Iterable[Registered | RegistrationError],
    parts: Iterable[Registered],
    more_warnings: Iterable[str] = (),
) -> dict[str, Any]:
    """The answer about a reference that was registered, with the words and the parts that were registered with it."""
    return {
        "reference": asdict(done.reference),
        "outcome": done.outcome,
        "warnings": [*done.warnings, *more_warnings],
        "conflicts": [conflict.conflict_id for conflict in done.conflicts],
        "is_restored": done.is_restored,
        "audit": None if audit is None else _audit_answer(audit),
        "reads": list(done.reads),
        "words": [asdict(each.reference) for each in words if isinstance(each, Registered)],
        "parts": [{"region": each.region, "refused": each.refused} for each in done.parts],
        "part_references": [asdict(each.reference) for each in parts],
    }


def kind_of(kind: ReferenceKind | None, image: UploadFile | None, word: str | None) -> ReferenceKind:
    """The kind of what is sent. Raises InvalidField unless it is a word, or an image and its kind."""
    if word is not None:
        if image is not None or kind not in (None, ReferenceKind.WORD):
            raise InvalidField("word is sent beside an image or its kind: send one reference in a call")
        return ReferenceKind.WORD
    if kind is ReferenceKind.WORD:
        raise InvalidField("word is missing: send it as a field, without an image")
    if image is None:
        raise InvalidField("image is missing: send its file, or a word in the field word")
    if kind is None:
        raise InvalidField("kind is missing: send logo or photo")
    return kind


def upload_of(shape: Upload, image: UploadFile) -> Callable[[], Upload]:
    """What reads an uploaded file into `shape` when it is its turn."""
    name = fields.words("file name", PurePath(image.filename or "image").name[:255] or "image")

    def read() -> Upload:
        image.file.seek(0)
        return replace(shape, data=image.file.read(), name=name)

    return read


def _audit_answer(audit: Audit | PhotoAudit) -> dict[str, Any]:
    if isinstance(audit, Audit):
        return {
            "false_alarms": audit.false_alarms,
            "material_false_alarms": audit.material_alarms,
            "word_like": audit.word_like,
            "confusable": [each.brand_id for each in audit.confusable],
            "review_only": audit.review_only,
        }
    common = audit.assessment.commonness
    return {
        "false_alarms": common.false_alarms,
        "confusable": list(dict.fromkeys(each.brand_id for each in audit.alike)),
        "review_only": audit.review_only,
        "nature": audit.assessment.look.nature,
        "discriminating": common.discriminating,
        "material_false_alarms": common.material_alarms,
        "limits": list(audit.assessment.limits),
    }
