"""The HTML report: one file that can be mailed, with images, explanations and filters; it decides nothing."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

import jinja2

from brand_index.fields import isolated
from brand_index.images import DEFAULT_LIMITS, Limits
from brand_index.store import Store
from scanner.bulk.report.cards import Cards, ReferenceLookup, name_of
from scanner.bulk.report.files import written_whole
from scanner.bulk.report.images import MissingImage
from scanner.bulk.tally import Tally
from scanner.engine.types import FailedImage
from scanner.verdicts import words
from scanner.verdicts.reasons import DECISIONS
from scanner.verdicts.rows import Row, ScannedImage
from scanner.verdicts.types import FOUND_NOTHING, Decision, Verdict

_TEMPLATE = "report.html.j2"
_SCRIPT = "report.js"
_FEW = 80  # cards up to which images are large
_ERRORS = 1000  # listed
_UNMATCHED = 48  # images without a match that are shown
NOTHING_LEARNT: Final[Mapping[str, str]] = MappingProxyType({})
_ALIKE = 24  # images that are like a registered photo and no copy, likewise


def write_html(
    out: Path,
    rows: Iterable[Row],
    *,
    reference_of: ReferenceLookup,
    store: Store,
    made_at: datetime,
    title: str = "Scan report",
    shown_from: float = 0.5,
    most_cards: int = 500,
    limits: Limits = DEFAULT_LIMITS,
    learnt: Mapping[str, str] = NOTHING_LEARNT,
) -> None:
    """Writes the report on `rows` to `out`, as one file that needs no other; an older report is replaced at the end.

    Listing images are read again from the paths in the rows; a placeholder stands for one that is missing or changed.
    Each card shows the evidence of confidence `shown_from` or more, and at least one; first the evidence that the
    decision rests on. Only the `most_cards` most severe images get a card, and a note says how many there are. Some
    images that are like a registered photo and no copy follow, with what was seen and why. `limits` are those of the
    scan. `learnt` says of each reference that was learnt from whom and from which case.
    """
    tally = Tally(shown_from)
    flagged: list[ScannedImage] = []
    unmatched: list[ScannedImage] = []
    alike: list[ScannedImage] = []
    errors: list[FailedImage] = []
    seen = alike_count = 0
    for row in rows:
        tally.add(row)
        if isinstance(row, FailedImage):
            if len(errors) < _ERRORS:
                errors.append(row)
        elif row.verdict.reason in FOUND_NOTHING and row.verdict.shared_evidence:
            alike_count += 1
            if len(alike) < _ALIKE:
                alike.append(row)
        elif row.verdict.reason in FOUND_NOTHING:
            if len(unmatched) < _UNMATCHED:
                unmatched.append(row)
        else:
            seen += 1
            flagged.append(row)
            if len(flagged) > 2 * most_cards:  # so that a scan of millions fits in memory
                flagged = _most_severe(flagged, most_cards)
    is_small = len(flagged) + len(alike) <= _FEW
    page = Cards(reference_of, store, shown_from, limits, large=is_small, learnt=learnt)
    cards = [page.card(row) for row in _most_severe(flagged, most_cards)]
    alike_cards = [page.card(row) for row in alike]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["isolated"] = isolated
    script = Path(__file__).with_name(_SCRIPT).read_text("utf-8")  # the policy of the page allows this one alone
    text = environment.get_template(_TEMPLATE).render(
        title=title,
        made_at=made_at,
        duration="" if tally.first is None or tally.last is None else words.duration(tally.last - tally.first),
        tally=tally,
        decisions=[(each, DECISIONS[each]) for each in (Decision.BLOCK, Decision.REVIEW, Decision.CLEAR)],
        brands=[(brand_id, page.brand_name(brand_id), count) for brand_id, count in tally.brands.most_common()],
        sellers=sorted({seller for card in cards + alike_cards if (seller := card.verdict.listing.seller_id)}),
        cards=cards,
        card_count=seen,
        alike=alike_cards,
        alike_count=alike_count,
        references=page.references,
        unmatched=[page.unmatched(row) for row in unmatched],
        unmatched_count=tally.decisions.total() - seen - alike_count,
        errors=[(name_of(row.image), row.image, words.code_in_words(row.code), row.message) for row in errors],
        is_missing=lambda image: isinstance(image, MissingImage),
        script=script,
        script_hash=f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}",
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(out) as file:
        file.write(text)


def _most_severe(rows: list[ScannedImage], most: int) -> list[ScannedImage]:
    return sorted(rows, key=lambda row: (-row.verdict.decision.severity, -_best(row.verdict)))[:most]


def _best(verdict: Verdict) -> float:
    found = [each.confidence for each in verdict.concealing] + [each.confidence for each in verdict.foremost]
    return next(iter(found), 0.0)
