"""The evasion benchmark: marks hidden in photos and copied photos altered, each from mild to severe, with peers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from training.grounds import split_clean

from benchmarks.copy_task import read_image, short_name
from benchmarks.datasets import (
    Logo,
    MarkPhoto,
    clothing_photos,
    evenly_spaced,
    mark_photos,
    other_logos,
    registered_logos,
)
from benchmarks.evasion.mark_edits import CONCEALMENTS, EditMark
from benchmarks.evasion.photo_edits import EVASIONS
from benchmarks.measures import MarkOutcome, Share, found_at_flag_rate, mark_outcome
from benchmarks.options import Options, Outcome
from benchmarks.peers import EmbeddingPeer, Labelled, Peer, PeerUnavailable, available, pdq, phash
from benchmarks.product import Entry
from benchmarks.records import Prediction, Truth, best_of_each
from benchmarks.runs import Query, Run, occasion, run_peer
from benchmarks.strengths import scan_families
from benchmarks.tables import Table, percent, ratio
from benchmarks.words.scanning import BrandWord, Seen, claims, fill, scan
from benchmarks.words.task import By
from brand_index.features.description import describe_reference
from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.weights import read_manifest
from brand_index.images import RGBImage, decode, read_bytes
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.settings import read_settings
from scanner.verdicts.policy import read_policy

PHOTOS: Final = 100  # of marks, unless --limit says less
CLEAN: Final = 400  # photos without a registered mark
NOISY: Final = 40  # photos of marks that noise is computed for: it takes seconds each
COPIED: Final = 30  # registered photos that are edited
RATE: Final = 0.01  # of the clean photos flagged
QUALITY: Final = 92  # of the JPEG that an edited photo is uploaded as; noise is kept as PNG, its best case
UNEDITED: Final = ("unedited", "-")
SSCD_SIDE: Final = 288  # pixels, as its authors measured it
OURS: Final = {By.LOGOS: "logos alone", By.BOTH: "logos and words"}  # of the product: what it finds by
OR_PATCH: Final = "logos and words, or a patch"  # over the policy's threshold, for which a person looks at the image
CERTAIN: Final = 2.0  # over every confidence
NOISE: Final = ("noise against the networks (PGD)", (2.0, 4.0, 8.0))  # of 255


@dataclass(frozen=True, slots=True)
class Hidden:
    """One photo of a mark as it was edited: the images of one listing."""

    attack: str
    strength: str
    photo: MarkPhoto
    images: tuple[Query, ...]

    @property
    def name(self) -> str:
        """The name of the listing in truth and predictions."""
        return f"{self.attack} {self.strength}/{self.photo.path.name}"


@dataclass(frozen=True, slots=True)
class EvasionPoint:
    """What one system found of one attack at one strength."""

    system: str
    attack: str
    strength: str
    found: Share  # found and first at RATE
    unedited: Share  # the same photos without an edit


def run_evasion(options: Options, parts: Sequence[str], sscd: Path | None, folder: Path) -> Outcome:
    """Measure the named `parts` of PARTS, or all; `sscd` is a TorchScript file of SSCD, which is a peer then."""
    wanted = parts or tuple(PARTS)
    outcomes = [PARTS[part](options, sscd, folder / part) for part in wanted]
    return replace(
        outcomes[0],
        results=[result for each in outcomes for result in each.results],
        missing=[peer for each in outcomes for peer in each.missing],
        tables=[table for each in outcomes for table in each.tables],
        truths=[truth for each in outcomes for truth in each.truths],
        runs=[run for each in outcomes for run in each.runs],
    )


def hide_marks(options: Options, sscd: Path | None, folder: Path) -> Outcome:
    """Edit photos of registered marks, and count which of the marks that were found are found still.

    Each image is scanned once, with logos and words registered; what logos alone find is counted of the same scan, and
    what a person sees at last, since a patch seems to conceal a mark.
    """
    folder.mkdir(parents=True)
    own = registered_logos(options.data)
    logos = [*own, *other_logos(options.data)[: options.limit]]
    photos = [each for each in mark_photos(options.data) if each.is_photo]
    photos = evenly_spaced(photos, min(PHOTOS, options.limit or PHOTOS))
    unseen = split_clean(sorted(clothing_photos(options.data)))[1]
    clean = [Query(short_name(path), path) for path in evenly_spaced(unseen, min(CLEAN, options.limit or CLEAN))]
    missing: list[tuple[str, str]] = []
    hidden = list(_hidden(photos, folder, options.seed))
    try:
        hidden += _noisy(evenly_spaced(photos, NOISY), own, folder, options.seed)
    except ImportError as error:
        missing.append((NOISE[0], f"{error.name} is not installed"))
    queries = [*(image for each in hidden for image in each.images), *clean]
    entries = [Entry(logo.path, logo.brand, ReferenceKind.LOGO, logo.brand) for logo in logos]
    store, words = Store(folder / "store"), [BrandWord(brand, brand) for brand in sorted({logo.brand for logo in own})]
    refused = fill(store, words, entries)
    scanned = scan(store, queries, options.workers)
    runs = [scanned.run(system, claims(scanned.seen, by)) for by, system in OURS.items()]
    runs.append(scanned.run(OR_PATCH, [*runs[-1].predictions, *_for_patches(scanned.seen, hidden)]))
    if options.peers:
        peers, lacking = available([("pHash (imagehash)", phash), ("PDQ", pdq), *_sscd(sscd)])
        missing += lacking
        references = [Labelled(logo.brand, read_image(logo.path)) for logo in logos]
        runs += [run_peer(peer, references, queries) for peer in peers]
    points = [point for run in runs for point in _points(run, hidden, clean)]
    return Outcome(
        occasion=occasion("evasion"),
        options=options,
        results=[*points, *refused],
        missing=missing,
        tables=[_table(points, len(logos), len(words), len(clean))],
        truths=[Truth(each.name, each.attack, frozenset({each.photo.brand})) for each in hidden],
        runs=runs,
        sections=(),
    )


def alter_photos(options: Options, sscd: Path | None, folder: Path) -> Outcome:
    """Edit registered photos, and count which copies are found among photos that nobody copied."""
    folder.mkdir(parents=True)
    curves = scan_families(options, EVASIONS, folder, originals=COPIED, more_peers=_sscd(sscd))
    return Outcome(
        occasion=occasion("evasion"),
        options=options,
        results=curves.results,
        missing=curves.missing,
        tables=curves.tables,
        truths=curves.truths,
        runs=curves.runs,
        sections=(),
    )


PARTS: Final[dict[str, Callable[[Options, Path | None, Path], Outcome]]] = {
    "marks": hide_marks,
    "photos": alter_photos,
}


def _hidden(photos: Sequence[MarkPhoto], folder: Path, seed: int) -> Iterator[Hidden]:
    """Each photo as it is, and in each strength of each of CONCEALMENTS."""
    for photo in photos:
        yield Hidden(*UNEDITED, photo, (Query(f"{UNEDITED[0]}/{photo.path.name}", photo.path),))
    for each in CONCEALMENTS:
        for strength in each.strengths:
            edit = each.edit(strength)
            yield from _edited([(photo, edit) for photo in photos], each.name, f"{strength:g}", folder, seed)


def _noisy(photos: Sequence[MarkPhoto], logos: Sequence[Logo], folder: Path, seed: int) -> list[Hidden]:
    """Each photo in each strength of NOISE. Raises ImportError without the packages that train."""
    from benchmarks.evasion.noise import Attacker  # noqa: PLC0415 - imports torch

    attacker, embedder = Attacker(), OnnxEmbedder(read_manifest())
    vectors: dict[str, list[NDArray[np.float32]]] = {}
    for logo in logos:
        described = describe_reference(decode(read_bytes(logo.path), name=str(logo.path)), ReferenceKind.LOGO, embedder)
        vectors.setdefault(logo.brand, []).extend(described.views.vectors)
    made: list[Hidden] = []
    for strength in NOISE[1]:
        edits = [(photo, attacker.noise(strength, vectors[photo.brand])) for photo in photos]
        made += _edited(edits, NOISE[0], f"{strength:g}", folder, seed, suffix=".png")
    return made


def _edited(
    photos: Sequence[tuple[MarkPhoto, EditMark]],
    attack: str,
    strength: str,
    folder: Path,
    seed: int,
    *,
    suffix: str = ".jpg",
) -> Iterator[Hidden]:
    """Each photo edited, its images written into `folder`."""
    for number, (photo, edit) in enumerate(photos):
        images = edit(read_image(photo.path), photo.boxes, np.random.default_rng([seed, number]))
        listing = Hidden(attack, strength, photo, ())
        queries = []
        for place, image in enumerate(images):
            name = f"{listing.name}#{place}"
            path = folder / "".join(letter if letter.isalnum() else "-" for letter in name)
            path = path.with_suffix(suffix)
            Image.fromarray(image).save(path, quality=QUALITY)
            queries.append(Query(name, path))
        yield replace(listing, images=tuple(queries))


def _for_patches(seen: Sequence[Seen], hidden: Sequence[Hidden]) -> Iterator[Prediction]:
    """A claim for each image that goes to review for a patch, as if it named the brand that the image shows."""
    brands = {image.name: each.photo.brand for each in hidden for image in each.images}
    policy = read_policy(read_settings().policy)
    for each in seen:
        if policy.counts_concealed(each.concealed):
            yield Prediction(each.query, brands.get(each.query, "concealed"), CERTAIN)


def _points(run: Run, hidden: Sequence[Hidden], clean: Sequence[Query]) -> list[EvasionPoint]:
    """What a system found of each attack and strength; the images of one listing count as one."""
    listing_of = {image.name: each.name for each in hidden for image in each.images}
    grouped: dict[str, list[Prediction]] = {}
    for found in run.predictions:
        grouped.setdefault(listing_of.get(found.query, found.query), []).append(found)
    scores = [max((each.score for each in grouped.get(query.name, ())), default=-np.inf) for query in clean]
    outcomes: dict[tuple[str, str], dict[Path, MarkOutcome]] = {}
    for each in hidden:
        surest = best_of_each(replace(one, query=each.name, box=None) for one in grouped.get(each.name, ()))
        truth = Truth(each.name, each.attack, frozenset({each.photo.brand}))
        outcomes.setdefault((each.attack, each.strength), {})[each.photo.path] = mark_outcome(
            surest, truth, width=1, height=1
        )
    plain = outcomes[UNEDITED]
    return [
        EvasionPoint(
            run.system,
            attack,
            strength,
            found_at_flag_rate(list(photos.values()), scores, RATE).found,
            found_at_flag_rate([plain[path] for path in photos], scores, RATE).found,
        )
        for (attack, strength), photos in outcomes.items()
    ]


def _table(points: Sequence[EvasionPoint], logos: int, words: int, clean: int) -> Table:
    systems, ours = list(dict.fromkeys(point.system for point in points)), {*OURS.values(), OR_PATCH}
    axes = {each.name: each.axis for each in CONCEALMENTS} | {NOISE[0]: "of 255"}
    rows: dict[tuple[str, str], list[str]] = {}
    for point in points:
        row = rows.setdefault((point.attack, point.strength), [])
        row.append(percent(point.found))
        if point.system in ours:
            row.append(ratio(point.found.value, point.unedited.value))
    named = [(system, "beside unedited") if system in ours else (system,) for system in systems]
    columns = ("attack", "strength", *(column for columns in named for column in columns))
    return Table(
        f"Hidden marks found and first at {RATE:.0%} of {clean} clean photos flagged, "
        f"{logos} logos and {words} words registered".replace("%", " %"),
        columns,
        tuple(
            (attack if strength == "-" else f"{attack}: {axes[attack]}", strength, *cells)
            for (attack, strength), cells in rows.items()
        ),
        "Beside unedited: what is found, as a share of what is found of the same photos without an edit. Or a patch: "
        "the brand is found, or a patch anywhere in the photo sends it to review as one that conceals a mark.",
    )


def _sscd(weights: Path | None) -> list[tuple[str, Callable[[], Peer]]]:
    """SSCD (Pizzi et al. 2022) from its authors' TorchScript file; without the file it is named as missing."""

    def make() -> Peer:
        if weights is None:
            raise PeerUnavailable("its weights are not given: --sscd FILE")
        try:
            import torch  # noqa: PLC0415 - of an extra
        except ImportError as error:
            raise PeerUnavailable(f"{error.name} is not installed") from error
        network = torch.jit.load(str(weights)).eval()
        mean, deviation = (torch.tensor(each)[:, None, None] for each in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))

        def embed(images: Sequence[RGBImage]) -> NDArray[np.float32]:
            vectors = []
            for image in images:
                small = cv2.resize(image, (SSCD_SIDE, SSCD_SIDE), interpolation=cv2.INTER_AREA)
                pixels = (torch.from_numpy(small).permute(2, 0, 1).float() / 255 - mean) / deviation
                with torch.inference_mode():
                    vectors.append(torch.nn.functional.normalize(network(pixels[None]), dim=1).numpy())
            return np.concatenate(vectors)

        return EmbeddingPeer("SSCD", embed, tiles_across=(1,), operating_point=0.75)

    return [("SSCD", make)]
