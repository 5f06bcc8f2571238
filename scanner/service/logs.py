"""Logs as JSON lines on standard error, each with its moment in UTC and its request id."""

import logging
import re
import sys
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final

from pythonjsonlogger.json import JsonFormatter

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
_GIVEN: Final = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


def request_id_of(given: str) -> str:
    """The id that the caller sent, if it is well formed, else a new one."""
    return given if _GIVEN.fullmatch(given) else uuid.uuid4().hex


class _WithRequest(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = REQUEST_ID.get()
        return True


class _Lines(JsonFormatter):
    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        """In UTC with its offset, so that logs of several machines can be put together."""
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def log_as_json(level: int = logging.INFO) -> None:
    """Make all loggers write JSON lines; the service's own log of calls replaces uvicorn's access log."""
    lines = logging.StreamHandler(sys.stderr)
    names = {"asctime": "at", "levelname": "level", "name": "logger"}
    lines.setFormatter(_Lines("%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s", rename_fields=names))
    lines.addFilter(_WithRequest())
    root = logging.getLogger()
    root.handlers = [lines]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], name != "uvicorn.access"
    logging.getLogger("httpx").setLevel(logging.WARNING)
