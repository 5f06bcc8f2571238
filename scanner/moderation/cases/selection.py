"""Finds the cases that a reviewer names by pasted ids, and says what deciding them together would mean."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select

from brand_index.errors import InvalidField
from brand_index.registry.database import Database, fetch
from scanner.moderation.cases.cases import Case
from scanner.moderation.cases.decisions import refusal
from scanner.moderation.cases.tables import cases
from scanner.verdicts.types import Reason

MOST_CASES: Final = 200  # that are decided together: so many thumbnails a person still looks at
LEAST_PREFIX: Final = 8  # characters of a case's id, as pages show it
LONGEST_PASTE: Final = 50_000  # characters
_BETWEEN: Final = re.compile(r"[,;\s]+")


@dataclass(frozen=True, slots=True)
class Selection:
    """Cases to decide together, and what was named in vain."""

    cases: tuple[Case, ...]  # that can be decided, in the order in which they were named
    refused: tuple[tuple[Case, str], ...]  # that cannot, and why
    unknown: tuple[str, ...]  # names of no case

    def counted(self, column: str) -> tuple[tuple[str | Reason | None, int], ...]:
        """How many of the cases that can be decided have each value of a column; the most frequent first."""
        return tuple(Counter(getattr(case, column) for case in self.cases).most_common())


def select_cases(database: Database, names: Iterable[str], user: str, now: datetime) -> Selection:
    """The cases with these ids, with an id that begins so, or of these listings, as `user` would decide them.

    Raises InvalidField for no name, more than MOST_CASES names, or names of more cases than that.
    """
    wanted = tuple(dict.fromkeys(names))
    if not wanted:
        raise InvalidField("no case is named: tick cases in the queue, or paste ids of cases or listings")
    if len(wanted) > MOST_CASES:
        raise InvalidField(f"{len(wanted)} ids are named: {MOST_CASES} at most are decided together")
    found, unknown = dict[str, Case](), []
    with database.read() as connection:
        for name in wanted:
            named = or_(cases.c.case_id == name, cases.c.listing_id == name)
            if LEAST_PREFIX <= len(name) < 32:
                named = or_(named, cases.c.case_id.startswith(name.lower(), autoescape=True))
            query = select(cases).where(named).order_by(cases.c.opened_at, cases.c.case_id).limit(MOST_CASES + 1)
            these = fetch(connection, Case, query)
            found |= {case.case_id: case for case in these}
            if not these:
                unknown.append(name)
            if len(found) > MOST_CASES:
                raise InvalidField(f"more than {MOST_CASES} cases are named: select fewer")
    reasons = {case.case_id: refusal(case, user, now) for case in found.values()}
    return Selection(
        tuple(case for case in found.values() if reasons[case.case_id] is None),
        tuple((case, why) for case in found.values() if (why := reasons[case.case_id]) is not None),
        tuple(unknown),
    )


def pasted_ids(text: str) -> tuple[str, ...]:
    """The ids in a pasted text, separated by spaces, line breaks, commas or semicolons. Raises InvalidField."""
    if len(text) > LONGEST_PASTE:
        raise InvalidField(f"the text has {len(text)} characters: {LONGEST_PASTE} at most")
    return tuple(dict.fromkeys(part for part in _BETWEEN.split(text) if part))
