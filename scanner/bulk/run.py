"""One run of scan-images: scans the images found and writes the results; it parses no arguments and prints nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256 as sha256_of
from itertools import islice
from pathlib import Path
from typing import Final

from brand_index import fields
from brand_index.errors import ImageError, IndexDamaged, UnreadableFile
from brand_index.images import Limits
from brand_index.images.listed import ListedImage
from brand_index.index.published import check_digests, current_folder, read_manifest
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import Brand, ReferenceImage
from scanner.bulk.batch import Examine, Examined
from scanner.bulk.kept_rows import RowNotes
from scanner.bulk.listings import ImageListings, ListingOf
from scanner.bulk.report import read_rows, write_csv
from scanner.bulk.results import REPORT, TABLE, VERDICTS, Kept, Results, report_faults
from scanner.bulk.resuming import Resumption, resume_rows
from scanner.bulk.run_records import made_with
from scanner.bulk.tally import Tally
from scanner.engine.examiner import program_fingerprint
from scanner.engine.types import FailedImage
from scanner.moderation.forms.overview import learnt_from
from scanner.moderation.judging import Judge
from scanner.moderation.listing_words import ListingWords
from scanner.moderation.records.scans import ScanOutcome, UploadedImage, begin
from scanner.moderation.store import Records
from scanner.settings import Settings
from scanner.verdicts.judgement import judge_listing
from scanner.verdicts.policy import Policy
from scanner.verdicts.rows import Row, ScannedImage
from scanner.verdicts.types import Decision, Listing

UNREADABLE_FOLDER: Final = "unreadable_folder"


def scan_into(
    out: Path,
    images: Sequence[ListedImage],
    listings: ImageListings,
    *,
    examine: Examine,
    store: Store,
    registry: Registry,
    policy: Policy,
    settings: Settings,
    resume: bool,
    shown_from: float,
    min_confidence: float,
    records: Records | None,
    kept: Kept,
    resumed: Callable[[Iterable[str]], None],
    done: Callable[[Row], None],
) -> Tally:
    """Scan `images` and write a row for each to OUT/verdicts.jsonl as it is ready; `done` is called with the row.

    `examine` says where: on this machine or on others, against the published index of `store`.
    With `resume`, rows whose evidence holds are kept and judged anew, and `resumed` gets sentences about them and the
    others before any image is scanned; without, earlier results get other names once the first image is examined, and
    `kept` gets these. `shown_from`: confidence, 0..1, from which evidence counts. `records` also keep each scan with
    its evidence (None: nothing does). Raises OutputUnusable, and what opening the index raises.
    """
    tally, now = Tally(), datetime.now(UTC)
    judge = Judge(registry, policy, ListingWords(store, searches=settings.words))
    index = current_folder(store)
    program = program_fingerprint(read_manifest(index).evidence_fingerprint, settings)
    made = made_with(store, registry, settings, policy, listings, min_confidence=min_confidence, now=now)
    plan = Resumption(tuple(image for image in images if image.fault is None))
    if resume:
        plan, made = resume_rows(out, images, listings, judge, registry, made, shown_from, tally)
        resumed(plan.sentences)
    with Results(out, resume=resume, made=made, kept=kept) as results:
        waiting: dict[ListedImage, list[tuple[Listing, RowNotes]]] = {}
        coming = _waiting(plan.images, listings, waiting)
        outcomes = naming_damage(examine(coming), out)
        for examined in _with_faults(outcomes, images):
            listing, notes = waiting[examined.image].pop(0) if examined.image in waiting else (Listing(), RowNotes())
            row = _row(examined, listing, judge)
            if records is not None:  # before the row: with it the image would not be scanned again to record it
                _record(records, examined, listing, row, policy, program, settings.limits)
            results.write(row, notes.model_copy(update={"pdq": _pdq(examined)}))
            tally.add(row)
            done(row)
        _check_index(index, out)
        if resume:
            results.drop_superseded()
    return tally


def _check_index(index: Path, out: Path) -> None:
    """Raises IndexDamaged where the index is not what it was when the scan began; a newer one has its own folder."""
    try:
        if index.exists():
            check_digests(index)
    except IndexDamaged as error:
        raise _damaged_meanwhile(error, out) from error


def naming_damage(outcomes: Iterable[Examined[ListedImage]], out: Path) -> Iterator[Examined[ListedImage]]:
    """The outcomes. Raises IndexDamaged as _check_index does, where no further image can be examined."""
    try:
        yield from outcomes
    except IndexDamaged as error:
        raise _damaged_meanwhile(error, out) from error


def _damaged_meanwhile(error: IndexDamaged, out: Path) -> IndexDamaged:
    how = f"{error.how}; it was damaged while images were scanned, so do not rely on the rows of this scan in {out}"
    return IndexDamaged(error.path, f"{how}: scan again with --resume, which builds the index")


def write_reports(
    out: Path,
    formats: frozenset[str],
    *,
    store: Store,
    registry: Registry,
    shown_from: float,
    limits: Limits,
    now: datetime,
) -> tuple[tuple[Path, ...], list[str]]:
    """Write the other files that `formats` names, from verdicts.jsonl. `now` is aware UTC.

    Returns all files that are written, and a sentence for each that could not be.
    """
    written, faults = [out / VERDICTS], list[str]()
    if "csv" in formats:
        with report_faults(out / TABLE, faults):
            write_csv(out / TABLE, read_rows(out / VERDICTS))
            written.append(out / TABLE)
    if "html" in formats:
        from scanner.bulk.report.html import write_html  # noqa: PLC0415 - what draws it is of no use before the end

        references = {each.reference_id: each for each in registry.references(include_withdrawn=True)}
        brands = {brand.brand_id: brand for brand in registry.brands()}

        def reference_of(identity: str) -> tuple[ReferenceImage, Brand] | None:
            reference = references.get(identity)
            return None if reference is None else (reference, brands[reference.brand_id])

        with report_faults(out / REPORT, faults):
            write_html(
                out / REPORT,
                read_rows(out / VERDICTS),
                reference_of=reference_of,
                store=store,
                made_at=now,
                shown_from=shown_from,
                limits=limits,
                learnt=learnt_from(registry.database),
            )
            written.append(out / REPORT)
    return tuple(written), faults


def _waiting(
    images: Iterable[ListedImage], listing_of: ListingOf, waiting: dict[ListedImage, list[tuple[Listing, RowNotes]]]
) -> Iterator[ListedImage]:
    """The images. Adds the listing of each to `waiting`, and what its file is before it is read."""
    for image in images:
        notes = RowNotes(inside=image.inside.as_posix(), file=image.stamp())
        waiting.setdefault(image, []).append((listing_of(image), notes))
        yield image


def _with_faults(
    outcomes: Iterable[Examined[ListedImage]], images: Iterable[ListedImage]
) -> Iterator[Examined[ListedImage]]:
    """The outcomes, and after the first of them a failure for each image that must not be opened.

    The first outcome shows that the workers have started, so that the run has begun well.
    """
    coming = iter(outcomes)
    yield from islice(coming, 1)
    for image in images:
        if image.fault is not None:
            code = UNREADABLE_FOLDER if image.is_folder else UnreadableFile.code
            why = f"{image.name}: cannot be read ({image.fault}); "
            advice = "nothing in it was scanned: check who may read it" if image.is_folder else "replace it by a file"
            yield Examined(image, FailedImage(image.name, code, why + advice))
    yield from coming


def _row(examined: Examined[ListedImage], listing: Listing, judge: Judge) -> Row:
    outcome = examined.outcome
    if isinstance(outcome, FailedImage):
        return outcome
    return ScannedImage(examined.image.name, judge.verdict(listing, outcome, datetime.now(UTC)))


def _pdq(examined: Examined[ListedImage]) -> str | None:
    return None if isinstance(examined.outcome, FailedImage) else examined.outcome.pdq


def _record(
    records: Records,
    examined: Examined[ListedImage],
    listing: Listing,
    row: Row,
    policy: Policy,
    program: str,
    limits: Limits,
) -> None:
    """Record one image as a scan of its own, unless its bytes could not be read."""
    failed = isinstance(row, FailedImage)
    sha256 = row.image_sha256 if isinstance(row, FailedImage) else row.verdict.image_sha256
    if sha256 is None:
        return
    reason, decision = judge_listing(() if isinstance(row, FailedImage) else (row.verdict,), policy, unread=int(failed))
    now, image = datetime.now(UTC), UploadedImage(fields.printable(row.image), sha256, b"")
    kept: tuple[UploadedImage, ...] = ()
    if decision is not Decision.CLEAR and (data := _unchanged(examined.image, sha256, limits)) is not None:
        kept = (replace(image, data=data),)
    scan = begin(listing, (image,), now)
    left = None if isinstance(examined.outcome, FailedImage) else examined.outcome.left
    outcome = ScanOutcome((row,), (_pdq(examined),), reason, decision, program, (left,))
    records.finish(scan, outcome, now, images=kept, reviews_a_day=policy.automatic.reviews_a_day)


def _unchanged(image: ListedImage, sha256: str, limits: Limits) -> bytes | None:
    """The bytes of a scanned image; None: it changed after the scan, or is gone."""
    try:
        data = image.read(limits)
    except ImageError:
        return None
    return data if sha256_of(data).hexdigest() == sha256 else None
