"""Turns an error of the database into one line: what failed, and what to do about it."""

from typing import Final

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

_ADVICE: Final = {  # beginning of SQLite's name of an error → what to do
    "SQLITE_FULL": "free some space on its disk, and give the command again",
    "SQLITE_IOERR": "check its disk, which failed or has no space left, and that it is a local one",
    "SQLITE_BUSY": "another process has been writing for long: try again once it is done",
    "SQLITE_CORRUPT": "restore a backup of the store with `markscan store restore`",
    "SQLITE_NOTADB": "the file is no registry: restore a backup of the store, or name another store",
    "SQLITE_CANTOPEN": "check that the file and its folder may be read and written",
    "SQLITE_READONLY": "check that the file and its folder may be written",
}
_SERVER: Final = "check that the server runs, its address, and the name and password"


def line_of(error: SQLAlchemyError) -> str:
    """The cause, and what to do where that is known; SQLAlchemy's own text has several lines and the statement."""
    cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    advice = _advice(error)
    return cause if advice is None else f"{cause}: {advice}"


def _advice(error: SQLAlchemyError) -> str | None:
    if not isinstance(error, DBAPIError):
        return None
    name = str(getattr(error.orig, "sqlite_errorname", ""))
    if not name:
        return _SERVER if isinstance(error, OperationalError) and error.statement is None else None
    return next((advice for begin, advice in _ADVICE.items() if name.startswith(begin)), None)
