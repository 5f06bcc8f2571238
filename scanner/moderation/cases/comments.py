"""Comments of reviewers on cases; they are no decisions, and nobody outside the console reads them."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from brand_index import fields
from brand_index.errors import InvalidField
from brand_index.registry.database import Database, fetch
from scanner.moderation.cases.decisions import find_case
from scanner.moderation.cases.tables import case_comments

LONGEST_COMMENT: Final = 2_000  # characters
MOST_COMMENTS: Final = 500  # on one case


@dataclass(frozen=True, slots=True)
class CaseComment:
    """What one user says about one case."""

    comment_id: int
    case_id: str
    user_id: str
    at: datetime  # UTC
    comment: str


def add_comment(database: Database, case_id: str, user: str, comment: str, now: datetime) -> CaseComment:
    """Comment on a case, decided or not.

    The history says who commented and when, and not the text, which is deleted with its case. Raises UnknownRecord, and
    InvalidField for a text that is empty or too long, and where there are too many already.
    """
    text = fields.passage("comment", comment, LONGEST_COMMENT)
    if not text:
        raise InvalidField("the comment is empty: write something")
    with database.write(now) as write:
        find_case(write.connection, case_id)
        on_case = select(case_comments.c.comment_id).where(case_comments.c.case_id == case_id)
        if len(write.connection.execute(on_case).all()) >= MOST_COMMENTS:
            raise InvalidField(f"case {case_id} has {MOST_COMMENTS} comments, and no more are kept")
        made = CaseComment(write.next_number(case_comments.c.comment_id), case_id, user, now, text)
        write.add(case_comments, asdict(made))
        write.note("case commented", case_id, {"comment": made.comment_id, "user": user})
    return made


def comments_on(database: Database, case_id: str) -> tuple[CaseComment, ...]:
    """All comments on a case, the oldest first."""
    query = select(case_comments).where(case_comments.c.case_id == case_id).order_by(case_comments.c.comment_id)
    with database.read() as connection:
        return fetch(connection, CaseComment, query)
