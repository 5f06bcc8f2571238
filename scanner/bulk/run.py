"""One run of scan-images: scans the images found and writes the results; it parses no arguments and prints nothing."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from brand_index import fields
from brand_index.errors import UsageError
from brand_index.images.finding import FoundImage
from brand_index.index.published import current_folder, read_manifest
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import Brand, ReferenceImage
from scanner.bulk.batch import Examined, examine_batch
from scanner.bulk.listings import ListingOf
from scanner.bulk.report import VerdictWriter, read_rows, write_csv, write_html
from scanner.bulk.tally import Tally
from scanner.engine.examiner import program_fingerprint
from scanner.engine.types import FailedImage
from scanner.engine.worker import file_sha256
from scanner.moderation.judging import Judge
from scanner.moderation.records.scans import ScanOutcome, UploadedImage, begin
from scanner.moderation.store import Records
from scanner.settings import Settings
from scanner.verdicts.judgement import judge_listing
from scanner.verdicts.policy import Policy
from scanner.verdicts.rows import Row, ScannedImage
from scanner.verdicts.types import Decision, Listing

VERDICTS: Final = "verdicts.jsonl"
EARLIER: Final = "verdicts.previous.jsonl"
TABLE: Final = "verdicts.csv"
REPORT: Final = "report.html"


class OutputUnusable(UsageError):
    """The folder of the results cannot be written, or its rows cannot be read."""

    code = "output_unusable"


def scan_into(
    out: Path,
    images: Iterable[FoundImage],
    listing_of: ListingOf,
    *,
    store: Store,
    registry: Registry,
    policy: Policy,
    settings: Settings,
    workers: int | None,
    resume: bool,
    min_confidence: float,
    records: Records | None,
    done: Callable[[Row], None],
) -> Tally:
    """Scan `images` and write a row for each to OUT/verdicts.jsonl as it is ready; `done` is called with the row.

    With `resume`, images that the file already has (same path, same bytes) keep their rows and are not scanned again;
    without, an earlier file is renamed and kept. `records` also keep each scan with its evidence (None: nothing does).
    Raises OutputUnusable, and what opening the index raises.
    """
    path = out / VERDICTS
    tally, judge = Tally(), Judge(registry, policy)
    program = program_fingerprint(read_manifest(current_folder(store)).fingerprint, settings)
    try:
        out.mkdir(parents=True, exist_ok=True)
        if path.exists() and not resume:
            path.replace(out / EARLIER)
        with VerdictWriter(path, resume=resume, min_confidence=min_confidence) as writer:
            earlier = _scanned_earlier(path, tally) if resume else {}
            waiting: dict[Path, list[Listing]] = {}
            for examined in examine_batch(
                _not_yet_scanned(images, listing_of, earlier, waiting), store, settings, workers=workers
            ):
                listing = waiting[examined.path].pop(0)
                row = _row(examined, listing, judge)
                writer.write(row)
                if records is not None:
                    _record(records, examined, listing, row, policy, program)
                tally.add(row)
                done(row)
    except OSError as error:
        raise OutputUnusable(
            f"{out}: cannot be written ({error.strerror or error}). Choose another --out, or make room."
        ) from error
    return tally


def write_reports(
    out: Path, formats: frozenset[str], *, store: Store, registry: Registry, shown_from: float, now: datetime
) -> tuple[Path, ...]:
    """Write the other files that `formats` names, from verdicts.jsonl. Returns all files. `now` is aware UTC."""
    written = [out / VERDICTS]
    if "csv" in formats:
        write_csv(out / TABLE, read_rows(out / VERDICTS))
        written.append(out / TABLE)
    if "html" in formats:
        references = {each.reference_id: each for each in registry.references(include_withdrawn=True)}
        brands = {brand.brand_id: brand for brand in registry.brands()}

        def reference_of(identity: str) -> tuple[ReferenceImage, Brand] | None:
            reference = references.get(identity)
            return None if reference is None else (reference, brands[reference.brand_id])

        write_html(
            out / REPORT,
            read_rows(out / VERDICTS),
            reference_of=reference_of,
            store=store,
            made_at=now,
            shown_from=shown_from,
        )
        written.append(out / REPORT)
    return tuple(written)


def _scanned_earlier(path: Path, tally: Tally) -> dict[str, str | None]:
    """The sha256 (None: it was unreadable) by path of images that an earlier run scanned; they are added to `tally`."""
    earlier: dict[str, str | None] = {}
    try:
        for row in read_rows(path):
            earlier[row.image] = row.image_sha256 if isinstance(row, FailedImage) else row.verdict.image_sha256
            tally.add(row)
            tally.resumed += 1
    except ValueError as error:
        raise OutputUnusable(f"{path}, {error}, choose another --out, or scan without --resume.") from error
    return earlier


def _not_yet_scanned(
    images: Iterable[FoundImage],
    listing_of: ListingOf,
    earlier: dict[str, str | None],
    waiting: dict[Path, list[Listing]],
) -> Iterator[Path]:
    """The paths that are not scanned yet. Adds the listing of each to `waiting`."""
    for image in images:
        if str(image.path) in earlier and earlier[str(image.path)] == file_sha256(image.path):
            continue
        waiting.setdefault(image.path, []).append(listing_of(image))
        yield image.path


def _row(examined: Examined, listing: Listing, judge: Judge) -> Row:
    outcome = examined.outcome
    if isinstance(outcome, FailedImage):
        return outcome
    return ScannedImage(str(examined.path), judge.verdict(listing, outcome, datetime.now(UTC)))


def _record(records: Records, examined: Examined, listing: Listing, row: Row, policy: Policy, program: str) -> None:
    """Record one image as a scan of its own, unless its bytes could not be read."""
    failed = isinstance(row, FailedImage)
    sha256 = row.image_sha256 if isinstance(row, FailedImage) else row.verdict.image_sha256
    if sha256 is None:
        return
    reason, decision = judge_listing(() if isinstance(row, FailedImage) else (row.verdict,), policy, unread=int(failed))
    now, image = datetime.now(UTC), UploadedImage(fields.printable(row.image), sha256, b"")
    kept: tuple[UploadedImage, ...] = ()
    if decision is not Decision.CLEAR and file_sha256(examined.path) == sha256:  # else the file changed after the scan
        kept = (replace(image, data=examined.path.read_bytes()),)
    scan = begin(listing, (image,), now)
    pdq = None if isinstance(examined.outcome, FailedImage) else examined.outcome.pdq
    outcome = ScanOutcome((row,), (pdq,), reason, decision, program)
    records.finish(scan, outcome, now, images=kept, reviews_a_day=policy.automatic.reviews_a_day)
