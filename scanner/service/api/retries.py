"""A call that is sent again, under the same Idempotency-Key, is answered as before and does nothing."""

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Header

from brand_index.errors import RegistryError
from scanner.moderation.records.scans import Scan
from scanner.service.problems import Problem
from scanner.service.service import Service

_DESCRIPTION: Final = "The same call sent again is answered as before."
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=200, description=_DESCRIPTION)]


async def asked_before(service: Service, scan: Scan) -> Scan | None:
    """The scan that this call asked for before; None: it is new. Raises Problem when it asked for another."""
    if scan.idempotency_key is None or scan.key_id is None:
        return None
    known = await asyncio.to_thread(service.records.retried, scan.key_id, scan.idempotency_key)
    if known is not None and known.request_sha256 != scan.request_sha256:
        detail = f"Idempotency-Key {scan.idempotency_key!r} came with another listing or other images: use a new one"
        raise Problem(HTTPStatus.CONFLICT, "idempotency_key_reused", detail)
    return known


async def done_once(service: Service, scan: Scan, work: Awaitable[Scan]) -> Scan:
    """What `work` gives or, where the same call was quicker at it, what that gave."""
    try:
        return await work
    except RegistryError:
        known = await asked_before(service, scan)
        if known is None:
            raise
        return known
