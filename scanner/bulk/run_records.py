"""What the rows of verdicts.jsonl were made with: runs.json, one record for each run that added to them."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from brand_index.index.published import current_folder, read_manifest
from brand_index.index.reading import references_digest
from brand_index.registry import Registry
from brand_index.store import Store
from scanner.bulk.listings import ImageListings
from scanner.bulk.report.files import written_whole
from scanner.engine.examiner import program_fingerprint
from scanner.engine.settings import EngineSettings
from scanner.verdicts.policy import Policy

RUNS: Final = "runs.json"
# Limits by which an image fails or is not examined whole, as its row says; other evidence does not depend on them.
_LIMITS: Final = ("max_bytes", "max_pixels", "max_frames", "max_seconds", "max_parts")


@dataclass(frozen=True, slots=True)
class MadeWith:
    """What the rows of one run were made with."""

    run: int  # from 1; each row names that in which its image was examined
    begun_at: datetime  # UTC
    markscan: str  # version
    policy: str  # its name
    policy_digest: str
    min_confidence: float  # 0..1: of the evidence that is written
    listings: str  # what listings were taken from; empty: nothing
    listings_digest: str
    registry_revision: int
    index_revision: int
    references_digest: str  # of the references that the index has
    program: str  # fingerprint of all else that evidence depends on: models, calibration, settings
    limits: dict[str, float]  # by which an image fails or is not examined whole


def made_with(
    store: Store,
    registry: Registry,
    settings: EngineSettings,
    policy: Policy,
    listings: ImageListings,
    *,
    min_confidence: float,
    now: datetime,
) -> MadeWith:
    """What a run that begins `now` makes rows with; its number is 0 until it is added. Raises IndexUnusable."""
    folder = current_folder(store)
    manifest, fields = read_manifest(folder), EngineSettings.model_fields
    usual = {name: fields[name].default for name in _LIMITS}
    judged = json.dumps(asdict(policy), sort_keys=True, default=sorted)
    by_image = sorted(listings.images.items(), key=lambda each: (each[0].inside.as_posix(), each[0].name))
    known = [(image.inside.as_posix(), asdict(listing)) for image, listing in by_image]
    return MadeWith(
        run=0,
        begun_at=now,
        markscan=version("markscan"),
        policy=policy.name,
        policy_digest=_digest(judged.encode()),
        min_confidence=min_confidence,
        listings=listings.source,
        listings_digest=_digest(json.dumps(known).encode()),
        registry_revision=registry.revision(),
        index_revision=manifest.revision,
        references_digest=references_digest(folder)[:16],
        program=program_fingerprint(manifest.evidence_fingerprint, settings.model_copy(update=usual)),
        limits={name: getattr(settings, name) for name in (*_LIMITS, "seconds_an_image")},
    )


def read_runs(out: Path) -> tuple[MadeWith, ...]:
    """The runs that added to the rows in the folder of the results; none if nothing is known. ValueError: damaged."""
    path = out / RUNS
    try:
        return tuple(_RUNS.validate_json(path.read_bytes()))
    except FileNotFoundError:
        return ()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{path.name} beside it is damaged ({where}: {first['msg']}): remove {path.name}") from error


def add_run(out: Path, made: MadeWith) -> MadeWith:
    """Write a run to runs.json before its first row, unless the last one is the same but for its time.

    Returns it with its number. Raises OSError; ValueError as read_runs does.
    """
    runs = read_runs(out)
    if runs and replace(runs[-1], run=made.run, begun_at=made.begun_at) == made:
        return runs[-1]
    added = replace(made, run=max((each.run for each in runs), default=0) + 1)
    with written_whole(out / RUNS) as file:
        file.write(_RUNS.dump_json([*runs, added], indent=2).decode() + "\n")
    return added


def changes(earlier: MadeWith, now: MadeWith) -> Iterator[str]:
    """What has changed between two runs, a clause each."""
    if earlier.markscan != now.markscan:
        yield f"Markscan {now.markscan} (was {earlier.markscan})"
    elif earlier.program != now.program:
        yield "models or settings of the engine"
    if earlier.policy != now.policy:
        yield f"policy {now.policy} (was {earlier.policy})"
    elif earlier.policy_digest != now.policy_digest:
        yield f"what the policy {now.policy} says"
    if earlier.min_confidence != now.min_confidence:
        yield f"lowest confidence to write {now.min_confidence:g} (was {earlier.min_confidence:g})"
    if earlier.listings_digest != now.listings_digest:
        yield f"listings: {now.listings or 'none'} (was {earlier.listings or 'none'})"
    if earlier.references_digest != now.references_digest:
        yield f"references: index of revision {now.index_revision} (was {earlier.index_revision})"
    elif earlier.registry_revision != now.registry_revision:
        registry = f"registry of revision {now.registry_revision} (was {earlier.registry_revision})"
        yield f"authorizations or brands: {registry}"
    for name, limit in now.limits.items():
        if (before := earlier.limits.get(name)) != limit:
            yield f"{name} {limit:,g} (was {before:,g})" if before is not None else f"{name} {limit:,g}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


_RUNS: Final = TypeAdapter(Sequence[MadeWith])
