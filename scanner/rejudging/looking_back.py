"""One run of looking back: finds which past listings change, and records a scan that judges each of them again.

Nothing is deleted or overwritten: the earlier scan stays as it was, and the new one names it. A listing that is flagged
now gets a case; one that was flagged and no longer is gets a scan that clears it, and its open case says so.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain

from brand_index.features.compact import readable_recipes
from brand_index.files import open_regular
from brand_index.index import BrandIndex
from brand_index.index.published import current_folder, read_manifest
from brand_index.registry import Registry
from brand_index.registry.database import Write
from brand_index.store import Store
from scanner.engine.examiner import Examiner, program_fingerprint
from scanner.engine.types import Evidence
from scanner.moderation.judging import Judge
from scanner.moderation.listing_words import ListingWords
from scanner.moderation.records.past import (
    LookBack,
    descriptions_of,
    has_past,
    last_look_back,
    number_of_images,
    record_look_back,
    scans_with_evidence,
)
from scanner.moderation.records.scans import Scan, ScanOutcome, UploadedImage, begin
from scanner.moderation.store import Records
from scanner.rejudging.again import JudgedAgain, Rejudge
from scanner.rejudging.other_forms import OtherForms
from scanner.rejudging.searching import NewReferences, Searched, search_past
from scanner.settings import Settings
from scanner.verdicts.policy import read_policy
from scanner.verdicts.types import Decision

ACTOR = "look back"  # in the history


@dataclass(frozen=True, slots=True)
class Change:
    """A past listing whose verdict is another now."""

    scan_id: str  # of the scan that judges it again; of the earlier one where nothing is recorded
    again: JudgedAgain


@dataclass(slots=True)
class LookedBack:
    """What a run found."""

    images: int  # in the latest scans of listings since then
    described: int  # of these, that have a description
    searched: Searched
    judged: int = 0  # scans that were judged again
    verified: int = 0  # images that were opened
    changes: list[Change] = field(default_factory=list)

    @property
    def likely(self) -> int:
        """How many of the listings that change are flagged for what is likely in an image that is no longer kept."""
        flagged = (each.again for each in self.changes if each.again.decision is not Decision.CLEAR)
        return sum(again.is_likely for again in flagged)

    @property
    def turns(self) -> Counter[tuple[Decision, Decision]]:
        """How many listings went from which decision to which."""
        return Counter((each.again.before.decision or Decision.CLEAR, each.again.decision) for each in self.changes)


def policy_digest(settings: Settings) -> str:
    """The SHA-256 of the policy's file."""
    with open_regular(settings.policy) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_due(registry: Registry, settings: Settings, references_revision: int) -> bool:
    """Whether something changed since the last look-back by which past listings may be judged otherwise.

    `references_revision`: of the published index.
    """
    last = last_look_back(registry.database)
    if last is None:
        return has_past(registry.database)
    if last.references_revision != references_revision or last.policy != policy_digest(settings):
        return True
    return registry.judged_otherwise_since(last.revision)


def look_back(
    store: Store,
    registry: Registry,
    settings: Settings,
    since: datetime,
    *,
    record: bool = True,
    everything: bool = True,
    also: Callable[[Write, Scan], None] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> LookedBack:
    """Look back at the scans since then, by an index that is up to date; `since` is aware UTC.

    `record` False: nothing is written. `everything` False: what an earlier look-back over these scans has done is left
    out. `also` writes more with each scan that is recorded. Raises IndexUnusable, ModelUnusable, PolicyUnusable.
    """
    now, revision, digest = datetime.now(UTC), registry.revision(), policy_digest(settings)
    examiner, policy = Examiner.open(store, settings), read_policy(settings.policy)
    records, words = Records(registry.database.acting(ACTOR), store), ListingWords(store, searches=settings.words)
    last = None if everything else last_look_back(registry.database)
    last = last if last is not None and last.since <= since else None
    beyond = 0 if last is None else last.references_revision
    new = NewReferences(examiner.index, registry.registered_in(), beyond)
    images, described = number_of_images(registry.database, since)
    searched = search_past(registry.database, new, readable_recipes(examiner.embedder), since, progress)
    done = LookedBack(images, described, searched)
    judges = (Judge(registry, policy, words), Judge(registry, policy.without_blocks(), words))
    present = _Present(store, registry, records, judges, examiner)
    is_otherwise = last is None or last.policy != digest or registry.judged_otherwise_since(last.revision)
    stored = scans_with_evidence(registry.database, since) if is_otherwise else ()
    fingerprint = program_fingerprint(read_manifest(current_folder(store)).evidence_fingerprint, settings)
    for scan_id in dict.fromkeys(chain(searched.likely, searched.texts, stored)):
        scan = records.scan(scan_id)
        if scan is None:  # purged meanwhile
            continue
        again = present.judged(scan, searched.likely.get(scan_id, {}), now)
        if again is None:  # the next look-back, which is due, has the index that it needs
            continue
        done.judged += 1
        done.verified += len(again.verified)
        if again.is_changed:
            made = _record(records, registry, again, fingerprint, also) if record else scan
            done.changes.append(Change(made.scan_id, again))
    if record:
        run = LookBack(0, now, since, examiner.index.revision, revision, digest, done.judged, len(done.changes))
        record_look_back(registry.database.acting(ACTOR), run)
    return done


class _Present:
    """Judges by what is in force at the moment: a look-back takes minutes, and a form may be withdrawn meanwhile."""

    def __init__(
        self, store: Store, registry: Registry, records: Records, judges: tuple[Judge, Judge], examiner: Examiner
    ) -> None:
        self._store, self._registry, self._records, self._judges = store, registry, records, judges
        self._marks: dict[str, int | None] = {}
        self._rejudge, self._revision = self._of(examiner), examiner.index.revision

    def judged(self, scan: Scan, likely: Mapping[int, Sequence[Evidence]], now: datetime) -> JudgedAgain | None:
        """The scan judged again; None: the index is not yet of what is in force."""
        while True:
            again = self._rejudge.judged(scan, likely, now)
            rests_on = {item.reference_id for item in again.counted}
            if not rests_on & self._registry.references_changed_since(self._revision):
                return again
            self._revision = self._registry.references_revision()
            examiner = self._rejudge.examiner
            examiner = examiner.over(BrandIndex.open(self._store, examiner.embedder, examiner.index))
            if examiner.index.revision < self._revision:
                self._revision = self._rejudge.examiner.index.revision
                return None
            self._rejudge = self._of(examiner)

    def _of(self, examiner: Examiner) -> Rejudge:
        in_force = frozenset(each.reference_id for each in self._registry.references())
        forms = OtherForms(self._registry.database, examiner.index, readable_recipes(examiner.embedder))
        return Rejudge(self._records, *self._judges, examiner, forms, in_force, self._mark_of)

    def _mark_of(self, reference_id: str) -> int | None:
        if reference_id not in self._marks:
            known = self._registry.reference(reference_id)
            self._marks[reference_id] = None if known is None else known.mark_id
        return self._marks[reference_id]


def _record(
    records: Records,
    registry: Registry,
    again: JudgedAgain,
    fingerprint: str,
    also: Callable[[Write, Scan], None] | None,
) -> Scan:
    """Record a scan that judges an earlier one again, with those of its images that are still kept.

    What is no news gets no case, and `also` nothing to write: the earlier scan's case says all that there is to decide.
    """
    before, now = again.before, datetime.now(UTC)
    left = descriptions_of(registry.database, before.scan_id)
    images = []
    for place, image in enumerate(before.images):
        data = records.image_once_kept(before, place)
        images.append(UploadedImage(image.name, image.sha256, data or b"", is_gone=data is None))
    outcome = ScanOutcome(
        again.rows,
        tuple(image.pdq for image in before.images),
        again.reason,
        again.decision,
        fingerprint,
        tuple(left.get(place) for place in range(len(before.images))),
    )
    scan = begin(before.listing, images, now, rejudges=before.scan_id)
    seen_at = records.first_accepted(before.scan_id)
    if not again.is_news:
        return records.finish(scan, outcome, now, images=images, seen_at=seen_at, has_case=True)
    return records.finish(scan, outcome, now, images=images, also=also, seen_at=seen_at)
