"""Idempotency: a call sent again with the same Idempotency-Key gets the same answer and does nothing."""

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Header

from brand_index.errors import RegistryError
from scanner.moderation.records.scans import Scan
from scanner.service.problems import Problem
from scanner.service.service import Service

_DESCRIPTION: Final = "A call sent again with the same key gets the same answer and does nothing."
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=200, description=_DESCRIPTION)]


async def earlier_scan(service: Service, scan: Scan) -> Scan | None:
    """The scan that an earlier call with this key made; None: the key is new. Raises Problem for a different call."""
    if scan.idempotency_key is None or scan.key_id is None:
        return None
    earlier = await asyncio.to_thread(service.records.retried, scan.key_id, scan.idempotency_key)
    if earlier is not None and earlier.request_sha256 != scan.request_sha256:
        detail = f"Idempotency-Key {scan.idempotency_key!r} belongs to another listing or other images: use a new one"
        raise Problem(HTTPStatus.CONFLICT, "idempotency_key_reused", detail)
    return earlier


async def run_once(service: Service, scan: Scan, work: Awaitable[Scan]) -> Scan:
    """The result of `work`; if the same call finished first on another connection, the result of that."""
    try:
        return await work
    except RegistryError:
        earlier = await earlier_scan(service, scan)
        if earlier is None:
            raise
        return earlier
