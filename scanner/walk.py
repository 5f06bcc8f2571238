"""The walk of one listing image: decode, describe, match, verify, judge. Read this file first.

The first four verbs are the Examiner's (scanner.engine); the last is `judge` (scanner.verdicts).
"""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from brand_index.errors import IndexDamaged, IndexUnusable
from brand_index.features.describing import BoundedDescriber
from brand_index.images import read_bytes
from brand_index.index import BrandIndex
from brand_index.index.building import build_index
from brand_index.index.catalog import SetAside
from brand_index.index.described import SegmentDescriptions
from brand_index.index.describing_all import is_due_again, try_again
from brand_index.index.merging import merge_due
from brand_index.index.published import PublishedIndex, check_current, current_folder, published_index, read_manifest
from brand_index.index.publishing import take_over
from brand_index.index.reading import open_references
from brand_index.registry import Registry
from brand_index.registry.kept_files import lost_files
from brand_index.store import Store
from brand_index.types import ReferenceImage, ReferenceKind
from scanner.engine.examiner import Examination, Examiner, open_embedder
from scanner.moderation.building_lease import lease_held, lease_holder
from scanner.moderation.judging import Judge
from scanner.moderation.listing_words import ListingWords
from scanner.moderation.registry import open_registry
from scanner.settings import Settings, read_settings
from scanner.verdicts.policy import read_policy
from scanner.verdicts.types import Listing, Verdict

UNKNOWN_LISTING: Final = Listing()
MERGED_BEFORE_A_SCAN: Final = 500  # references whose segments are made one while a scan waits: some seconds
BUILT_WITHIN: Final = 900.0  # seconds that a command waits for the index that another process builds
_log = logging.getLogger(__name__)


class Scanner:
    """The whole walk, for one process: an Examiner, the registry's authorizations and a policy."""

    def __init__(self, examiner: Examiner, registry: Registry, settings: Settings, words: ListingWords) -> None:
        self._examiner, self._registry = examiner, registry
        self._judge = Judge(registry, read_policy(settings.policy), words)

    @classmethod
    def open(cls, store: Store | Path | str, settings: Settings | None = None) -> Self:
        """A scanner over a store; its index is built first where the registry is newer.

        `settings` None: as read_settings gives them. Raises RegistryError, ModelUnusable, PolicyUnusable.
        """
        place = store if isinstance(store, Store) else Store.at(str(store))
        chosen = settings or read_settings()
        registry = open_registry(place, chosen.registry_url, create=False)
        try:
            for each in ensure_index(place, registry, chosen):
                _log.warning("%s", not_searched(each))
            for lost in lost_files(place, registry.references()):
                _log.warning("%s", without_file(lost, place))
            if (sentence := nothing_searched(published_index(place))) is not None:
                _log.warning("%s", sentence)
            return cls(Examiner.open(place, chosen), registry, chosen, ListingWords(place, searches=chosen.words))
        except BaseException:
            registry.close()
            raise

    def scan(
        self, image: bytes | Path | str, listing: Listing = UNKNOWN_LISTING, *, now: datetime | None = None
    ) -> Verdict:
        """The verdict on one image, given as bytes or as a path. `now` None: the present.

        Raises ImageError, and InvalidField for a market that is no country's code.
        """
        listing.checked()  # before the work
        if isinstance(image, bytes):
            examination = self._examiner.examine(image)
        else:
            data = read_bytes(Path(image), self._examiner.settings.limits)
            examination = self._examiner.examine(data, name=str(image))
        return self.judge(examination, listing, now or datetime.now(UTC))

    def judge(self, examination: Examination, listing: Listing, now: datetime) -> Verdict:
        """The verdict on what was examined, by the authorizations that the registry holds now.

        Raises InvalidField for a market that is no country's code.
        """
        return self._judge.verdict(listing.checked(), examination, now)

    def close(self) -> None:
        """Close the registry."""
        self._registry.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


def ensure_index(
    store: Store,
    registry: Registry,
    settings: Settings,
    progress: Callable[[int, int], None] | None = None,
    announce: Callable[[str], None] | None = None,
) -> tuple[SetAside, ...]:
    """As bring_up_to_date; where other machines share the store and one of them builds, wait for what it publishes.

    Raises IndexUnusable where it publishes nothing for BUILT_WITHIN seconds.
    """
    end = time.monotonic() + BUILT_WITHIN
    while store.objects is not None:
        take_over(store)
        if _is_current(store, registry, settings):
            return published_index(store).set_aside
        with building_alone(store, registry) as alone:
            if alone:
                take_over(store)
                return bring_up_to_date(store, registry, settings, progress, announce)
        if time.monotonic() > end:
            raise IndexUnusable(
                f"{store.address}: {lease_holder(registry.database) or 'another process'} builds its index, and has "
                f"published none of the newest references for {BUILT_WITHIN:.0f} s: see its log, or stop it"
            )
        time.sleep(1.0)
    return bring_up_to_date(store, registry, settings, progress, announce)


@contextlib.contextmanager
def building_alone(store: Store, registry: Registry) -> Iterator[bool]:
    """Whether this process may build and merge until the block ends: no other does of a store that machines share."""
    if store.objects is None:
        yield True
        return
    with lease_held(registry.database) as held:
        yield held


def _is_current(store: Store, registry: Registry, settings: Settings) -> bool:
    """Whether the index on this machine is of the registry's references and can be opened."""
    revision = registry.references_revision()
    with contextlib.suppress(IndexUnusable):
        return published_index(store).revision == revision == BrandIndex.open(store, open_embedder(settings)).revision
    return False


def bring_up_to_date(
    store: Store,
    registry: Registry,
    settings: Settings,
    progress: Callable[[int, int], None] | None = None,
    announce: Callable[[str], None] | None = None,
) -> tuple[SetAside, ...]:
    """Build the index if there is none, or if it is older than the registry's references or of another model.

    One that is damaged is named in the log and built again: its files are read and compared with what was written.
    Returns the references that could not be described, so that the index lacks them. They are tried again when
    is_due_again says so, unless the store may not be written. `progress` as in build_index. `announce` is called with
    a sentence if photos became review-only, None: the log has it.
    """
    may_mend = store.may_be_indexed and not registry.database.is_read_only
    embedder = open_embedder(settings)
    with BoundedDescriber(settings.model_manifest) as describer:
        try:
            is_current = BrandIndex.open(store, embedder).revision == registry.references_revision()
            if is_current:
                check_current(store)
            if is_current and not (may_mend and is_due_again(store) and try_again(store, registry, describer)):
                return published_index(store).set_aside
        except IndexDamaged as error:
            _log.warning("the index was damaged, and is built again: %s: %s", error.path, error.how)
        except IndexUnusable:
            pass  # there is none, or another program built it
        with announced_review_only(store, registry, announce):
            build_index(store, registry, embedder, progress, describer)
    while may_mend and merge_due(store, MERGED_BEFORE_A_SCAN):
        pass
    return published_index(store).set_aside


@contextlib.contextmanager
def announced_review_only(
    store: Store, registry: Registry, announce: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Announce which photos became review-only in an index that is built inside, as after an upgrade.

    `announce` as in ensure_index.
    """
    before = _photos(store)
    yield
    after = _photos(store)
    turned = [each for each in after if after[each] and before.get(each) is False]
    if turned:
        described = SegmentDescriptions.published(store, read_manifest(current_folder(store)).fingerprint)
        (announce or partial(_log.warning, "%s"))(_became_review_only(turned, registry, described))


def _photos(store: Store) -> dict[str, bool]:
    """Whether each photo in the published index is for review only, by its id; empty: no index can be read."""
    try:
        references = open_references(current_folder(store))
    except IndexUnusable:
        return {}
    return {each.reference_id: each.review_only for each in references if each.kind is ReferenceKind.PHOTO}


def _became_review_only(turned: Sequence[str], registry: Registry, described: SegmentDescriptions) -> str:
    example = registry.reference(turned[0])
    description = None if example is None else described.of(example)
    assessment = None if description is None else description.assessment
    known = [] if example is None else [example.source_name]
    known += [] if assessment is None else [limit.partition(": ")[0] for limit in assessment.limits[:1]]
    named = f"{turned[0]} ({'; '.join(known)})" if known else turned[0]
    many, them, their = ("1 photo", "it", "its") if len(turned) == 1 else (f"{len(turned)} photos", "them", "their")
    return (
        f"{many} became review-only, such as {named}: what describes photos has changed since the index was built, "
        f"and finds too little of {their} own in {them}. Matches with {them} go to review and block no listing by "
        "themselves. Register photos that show more of the goods; `markscan register` says what each cannot protect"
    )


def not_searched(reference: SetAside) -> str:
    """A sentence that says which reference scans do not find, and why."""
    return (
        f"{reference.brand_id}: reference {reference.reference_id} ({reference.source_name}) is not searched, "
        f"because it cannot be described: {reference.reason}"
    )


def without_file(reference: ReferenceImage, store: Store) -> str:
    """A sentence that says that a reference's file is lost, and what to do."""
    path = store.place_of(store.media_path(reference.sha256, reference.suffix))
    return (
        f"{reference.brand_id}: the file of reference {reference.reference_id} ({reference.source_name}) is gone: its "
        f"image cannot be shown, nor described for another model. Register the same file again, or restore {path} "
        "from a backup"
    )


def nothing_searched(published: PublishedIndex) -> str | None:
    """A sentence that says that no image can match, for want of references; None: there are some."""
    if published.references:
        return None
    lacking = len(published.set_aside)
    why = f"{lacking} cannot be described" if lacking else "none is registered, or all are withdrawn"
    return f"no reference is searched ({why}), so that no image can match: see `markscan brands`"
