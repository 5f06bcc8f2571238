"""The benchmark of concealed marks from folder to outcome: covers marks on clean photos, and counts what is found."""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from training.concealment.scenes import goods_on
from training.drawings import drawn_svg
from training.grounds import split_clean
from training.icons import icons_of
from training.words import FONTS, wordmarks

from benchmarks.concealed.covering import (
    EMOJI,
    HELD_OUT,
    KNOWN,
    Chance,
    Cutter,
    Drawing,
    Strength,
    covered,
    marked,
    pasted,
)
from benchmarks.concealed.innocent import KINDS, Beside
from benchmarks.concealed.peers import found_by_sharpness
from benchmarks.copy_task import read_image
from benchmarks.datasets import clothing_photos, evenly_spaced, mark_photos, other_logos
from benchmarks.measures import Share
from benchmarks.options import Options, Outcome
from benchmarks.runs import occasion
from benchmarks.tables import Table, percent
from brand_index.features.weights import read_manifest
from brand_index.images import RGBImage, decode, read_bytes
from scanner.engine.boxes import Box, overlap
from scanner.engine.regions import OnnxRegionFinder
from scanner.settings import read_settings
from scanner.verdicts.policy import read_policy

SHARES: Final = (0.001, 0.01, 0.05)  # of clean photos flagged
SAME: Final = 0.2  # intersection over union with the patch, from which it is found
EACH_KIND: Final = 60  # innocent images
QUALITIES: Final = (70, 96)  # of the JPEG that a covered photo is saved as
SIZES: Final = {"6 to 10 %": (0.06, 0.10), "10 to 18 %": (0.10, 0.18), "18 to 32 %": (0.18, 0.32)}  # of the long side
POLICY: Final = "at the policy's threshold: found, clean photos flagged"
Scored = tuple[float, Box]


@dataclass(frozen=True, slots=True)
class Covered:
    """One covered photo: how it was covered, and what each system says of the patch."""

    photo: str
    sort: str
    strength: Strength
    size: str
    scores: dict[str, float]  # by system; minus infinity: nothing was seen there


def run_concealed(options: Options, packages: Path | None) -> Outcome:
    """Cover a mark on each clean photo. `packages`: with @iconify-json/twemoji of npm, for emoji; None: without."""
    photos = evenly_spaced(split_clean(clothing_photos(options.data))[1], options.limit)
    systems = _Systems(peers=options.peers)
    cutters = {**KNOWN, **HELD_OUT}
    emoji = () if packages is None else _emoji(packages)
    beside = Beside([_mark(each.path) for each in evenly_spaced(other_logos(options.data), 300)], _words())
    begun = time.monotonic()
    clean: dict[str, list[float]] = {name: [] for name in systems.names}
    for photo in photos:
        for name, (score, _) in systems.of(read_image(photo)).items():
            clean[name].append(score)
    sys.stderr.write(f"clean photos: {time.monotonic() - begun:.0f} s\n")
    found = list(_cover_all(photos, cutters, emoji, beside, systems, options.seed))
    sys.stderr.write(f"covered photos: {time.monotonic() - begun:.0f} s\n")
    innocent = _innocent(photos, beside, systems, options)
    labelled = list(_cover_labelled(options, cutters, emoji, systems))
    least = {name: {share: float(np.quantile(clean[name], 1 - share)) for share in SHARES} for name in systems.names}
    return Outcome(
        occasion=occasion("concealed"),
        options=options,
        results=[*found, *labelled],
        missing=[] if emoji else [(EMOJI, "its drawings: give --packages")],
        tables=[
            _whole(found, least, clean),
            _by(found, least, "Found at 1 % of clean photos flagged, by sort of patch", _sort_of),
            _by(found, least, "Found at 1 % of clean photos flagged, by how far the patch hides", _strength_of),
            _by(found, least, "Found at 1 % of clean photos flagged, by the patch's long side", _size_of),
            _flagged(innocent, least),
            _by(labelled, least, "Labelled marks of logos_in_photos covered, at the same threshold", _sort_of),
        ],
        truths=(),
        runs=(),
        sections=(),
    )


class _Systems:
    """The finder in force, and its peer."""

    def __init__(self, *, peers: bool) -> None:
        manifest = read_manifest(read_settings().model_manifest)
        self._finder = OnnxRegionFinder(manifest.finder, concealed=manifest.concealed)
        self.names = ("Markscan", *(("sharpness and blocks (OpenCV)",) if peers else ()))

    def of(self, image: RGBImage, patch: Box | None = None) -> dict[str, Scored]:
        """The surest of each system, or its surest at the patch."""
        found = self._finder.find(image, 1).concealed
        each = (
            []
            if found is None
            else [(item.confidence, item.box) for item in found.patches(image.shape[1::-1], least=0)]
        )
        scored = {self.names[0]: _best(each, patch)}
        if len(self.names) > 1:
            scored[self.names[1]] = _best([found_by_sharpness(image)], patch)
        return scored


def _best(found: Sequence[Scored], patch: Box | None) -> Scored:
    fitting = [each for each in found if patch is None or overlap(each[1], patch) >= SAME]
    return max(fitting, default=(-np.inf, Box(0, 0, 0, 0)))


def _cover_all(
    photos: Sequence[Path],
    cutters: dict[str, Cutter],
    emoji: Sequence[Drawing],
    beside: Beside,
    systems: _Systems,
    seed: int,
) -> Iterator[Covered]:
    sorts = [*cutters, *([EMOJI] if emoji else [])]
    for number, photo in enumerate(photos):
        chance = np.random.default_rng([seed, number, 24])
        image, sort = read_image(photo), sorts[number % len(sorts)]
        strength, size = tuple(Strength)[number // len(sorts) % 3], tuple(SIZES)[number // len(sorts) // 3 % 3]
        box = _place(image, SIZES[size], chance)
        pool = beside.words if chance.random() < 0.4 else beside.marks
        if chance.random() < 0.85:  # else somebody covers goods that show nothing
            image = marked(image, box, pool[int(chance.integers(len(pool)))], chance)
        cutter = pasted(emoji[int(chance.integers(len(emoji)))]) if sort == EMOJI else cutters[sort]
        image = _saved(covered(image, box, cutter, strength, chance), chance)
        scores = {name: score for name, (score, _) in systems.of(image, box).items()}
        yield Covered(photo.name, sort, strength, size, scores)


def _place(image: RGBImage, sizes: tuple[float, float], chance: Chance) -> Box:
    """A box of that size on the goods, rather in the middle; in the middle where nobody knows where they are."""
    height, width = image.shape[:2]
    goods = goods_on(image)
    long = float(chance.uniform(*sizes)) * max(height, width)
    short = long * float(chance.uniform(0.45, 1.0))
    wide, high = (long, short) if chance.random() < 0.7 else (short, long)
    box = Box(0, 0, 1, 1)
    for attempt in range(30):
        x, y = chance.normal(0.5, 0.1 + 0.004 * attempt, 2) * [width, height]
        left, top = np.clip([x - wide / 2, y - high / 2], 0, [width - wide - 1, height - high - 1])
        box = Box(int(left), int(top), int(left + wide), int(top + high))
        if goods is None or goods[box.top : box.bottom, box.left : box.right].mean() > 0.9:
            break
    return box


def _saved(image: RGBImage, chance: Chance) -> RGBImage:
    _, packed = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(*QUALITIES))])
    return np.asarray(cv2.cvtColor(np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)), cv2.COLOR_BGR2RGB), np.uint8)


def _innocent(
    photos: Sequence[Path], beside: Beside, systems: _Systems, options: Options
) -> dict[str, list[dict[str, float]]]:
    """By kind: what each system says of images without a concealed mark."""
    scored: dict[str, list[dict[str, float]]] = {}
    count = EACH_KIND if options.limit is None else min(EACH_KIND, options.limit)
    for rank, (kind, draw) in enumerate(KINDS.items()):
        scored[kind] = []
        for number, photo in enumerate(evenly_spaced(photos, count)):
            chance = np.random.default_rng([options.seed, rank, number, 25])
            image = _saved(draw(read_image(photo), beside, chance), chance)
            scored[kind].append({name: score for name, (score, _) in systems.of(image).items()})
    return scored


def _cover_labelled(
    options: Options, cutters: dict[str, Cutter], emoji: Sequence[Drawing], systems: _Systems
) -> Iterator[Covered]:
    """The largest labelled mark of each photo of logos_in_photos, covered; only measured."""
    sorts = [*cutters, *([EMOJI] if emoji else [])]
    shown = [each for each in mark_photos(options.data) if each.is_photo]
    for number, photo in enumerate(evenly_spaced(shown, options.limit)):
        chance = np.random.default_rng([options.seed, number, 26])
        image = read_image(photo.path)
        height, width = image.shape[:2]
        box = max(photo.boxes, key=lambda each: (each.right - each.left) * (each.bottom - each.top))
        grown = float(chance.uniform(0.0, 0.12))
        across, down = grown * (box.right - box.left), grown * (box.bottom - box.top)
        box = Box(
            max(0, int(box.left - across)), max(0, int(box.top - down)),
            min(width, int(box.right + across) + 1), min(height, int(box.bottom + down) + 1),
        )  # fmt: skip
        if min(box.right - box.left, box.bottom - box.top) < 8:
            continue
        sort, strength = sorts[number % len(sorts)], tuple(Strength)[number // len(sorts) % 3]
        cutter = pasted(emoji[int(chance.integers(len(emoji)))]) if sort == EMOJI else cutters[sort]
        image = _saved(covered(image, box, cutter, strength, chance), chance)
        scores = {name: score for name, (score, _) in systems.of(image, box).items()}
        share = max((box.right - box.left) / width, (box.bottom - box.top) / height)
        yield Covered(photo.path.name, sort, strength, f"{share:.2f}", scores)


def _emoji(packages: Path) -> list[Drawing]:
    """Every fortieth drawing of twemoji."""
    paths = sorted(packages.glob("*twemoji*.tgz"))
    drawings = [drawn_svg(svg) for path in paths for _, svg in list(icons_of(path))[::40]]
    return [each for each in drawings if each is not None]


def _mark(path: Path) -> Drawing:
    image = decode(read_bytes(path), name=str(path))
    alpha = image.alpha if image.alpha is not None else np.full(image.frames[0].shape[:2], 255, np.uint8)
    return np.dstack([image.frames[0], alpha]).astype(np.uint8)


def _words() -> list[Drawing]:
    return [mark.rgba for mark, _ in zip(wordmarks(FONTS), range(200), strict=False)]


def _sort_of(item: Covered) -> str:
    return f"{item.sort} (held out)" if item.sort in HELD_OUT or item.sort == EMOJI else item.sort


def _strength_of(item: Covered) -> str:
    return item.strength.value


def _size_of(item: Covered) -> str:
    return item.size


def _share(items: Sequence[Covered], system: str, least: float) -> Share:
    return Share(sum(each.scores[system] > least for each in items), len(items))


def _whole(found: Sequence[Covered], least: dict[str, dict[float, float]], clean: dict[str, list[float]]) -> Table:
    ours, limit = next(iter(least)), read_policy(read_settings().policy).thresholds.concealed
    columns = ("system", *(f"{share:.1%} of clean photos flagged".replace("%", " %") for share in SHARES), POLICY)
    at_policy = Share(sum(each.scores[ours] >= limit for each in found), len(found))
    flagged = Share(sum(score >= limit for score in clean[ours]), len(clean[ours]))
    rows = tuple(
        (
            name,
            *(percent(_share(found, name, limits[share])) for share in SHARES),
            f"{percent(at_policy)}, {percent(flagged)}" if name == ours else "-",
        )
        for name, limits in least.items()
    )
    note = f"{len(found)} covered photos, {len(clean[ours])} clean ones; found: overlaps the patch by {SAME} or more."
    return Table("Concealed marks found", columns, rows, note)


def _by(found: Sequence[Covered], least: dict[str, dict[float, float]], title: str, key: object) -> Table:
    groups: dict[str, list[Covered]] = defaultdict(list)
    for each in found:
        groups[key(each)].append(each)  # type: ignore[operator]
    rows = [
        (group, *(percent(_share(items, name, limits[0.01])) for name, limits in least.items()))
        for group, items in groups.items()
    ]
    rows.append(("all", *(percent(_share(found, name, limits[0.01])) for name, limits in least.items())))
    return Table(title, ("", *least), tuple(rows))


def _flagged(innocent: dict[str, list[dict[str, float]]], least: dict[str, dict[float, float]]) -> Table:
    rows = tuple(
        (
            kind,
            *(
                percent(Share(sum(each[name] > limits[0.01] for each in scored), len(scored)))
                for name, limits in least.items()
            ),
        )
        for kind, scored in innocent.items()
    )
    return Table("Flagged at the same threshold, of images without a concealed mark", ("", *least), rows)
