"""Messages that the service sends of scans, notices and appeals: whether to believe them (Standard Webhooks 1.0)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic_core import from_json

from brand_index.errors import MarkscanError
from scanner.service.answers import ScanAnswer
from scanner.service.seller_notice_answers import NoticeMessage

SCAN_DONE: Final = "scan.done"
TOLERANCE: Final = timedelta(minutes=5)  # by which the clock of whoever signed a message may differ


class MessageUnsigned(MarkscanError):
    """A message that the service did not sign, or too long ago."""

    code = "message_unsigned"


def read_message(
    secret: str, headers: Mapping[str, str], body: bytes, now: datetime | None = None
) -> ScanAnswer | NoticeMessage:
    """What a message of the service's tells of: a scan that is done, or a notice. Raises MessageUnsigned.

    `now` None: the present.

    `headers` by lower-case name. A message may come twice: `webhook-id` says which it is.
    """
    identity, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signed = f"{identity}.{moment}.".encode() + body
    digest = hmac.digest(secret.encode(), signed, hashlib.sha256)
    given = [_decoded(each) for each in headers.get("webhook-signature", "").split()]
    if not any(hmac.compare_digest(digest, each) for each in given):
        raise MessageUnsigned(f"message {identity!r} is not signed with this secret: do not believe it")
    sent = datetime.fromtimestamp(int(moment), UTC)
    if abs((now or datetime.now(UTC)) - sent) > TOLERANCE:
        raise MessageUnsigned(f"message {identity!r} was signed at {sent}: somebody may be sending it again")
    told = from_json(body)
    if isinstance(told, dict) and told.get("type", SCAN_DONE) != SCAN_DONE:
        return NoticeMessage.model_validate(told)
    return ScanAnswer.model_validate(told)


def _decoded(signature: str) -> bytes:
    version, _, text = signature.partition(",")
    try:
        return base64.b64decode(text, validate=True) if version == "v1" else b""
    except binascii.Error:
        return b""
