"""Messages that the service sends about scans, cases, notices, appeals and its audit log: checks their signatures.

They are those of Standard Webhooks 1.0.
"""

from collections.abc import Mapping
from typing import Final

from pydantic_core import from_json
from standardwebhooks import Webhook, WebhookVerificationError

from brand_index.errors import InvalidField, MarkscanError
from brand_index.registry.checkpoints import TYPE as CHECKPOINT
from brand_index.registry.checkpoints import Checkpoint, read_checkpoint
from scanner.service.answers import CaseMessage, ScanAnswer
from scanner.service.seller_notice_answers import SellerNoticeMessage
from scanner.settings import check_secret

SCAN_DONE: Final = "scan.done"
OF_CASES: Final = "case."


class MessageUnsigned(MarkscanError):
    """The service did not sign this message, or not within the last five minutes."""

    code = "message_unsigned"


def read_message(
    secret: str, headers: Mapping[str, str], body: bytes
) -> ScanAnswer | CaseMessage | SellerNoticeMessage | Checkpoint:
    """The content of a message that the service sent: a finished scan, a case, a notice or appeal, or a checkpoint.

    `secret` as in the service's settings: `whsec_…`. `headers` by name, in any case. The same message may come twice:
    `webhook-id` identifies it. Raises MessageUnsigned, and InvalidField when the secret is not in that form.
    """
    try:
        check_secret(secret)
    except ValueError as error:
        raise InvalidField(f"webhook secret: {error}") from error
    identity = headers.get("webhook-id", "")
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:  # ValueError: a header or a body that is no text
        raise MessageUnsigned(f"message {identity!r} is not signed with this secret ({error}): ignore it") from error
    content = from_json(body)
    if isinstance(content, dict) and content.get("type") == CHECKPOINT:
        return read_checkpoint(body)
    if isinstance(content, dict) and str(content.get("type", "")).startswith(OF_CASES):
        return CaseMessage.model_validate(content)
    if isinstance(content, dict) and content.get("type", SCAN_DONE) != SCAN_DONE:
        return SellerNoticeMessage.model_validate(content)
    return ScanAnswer.model_validate(content)
