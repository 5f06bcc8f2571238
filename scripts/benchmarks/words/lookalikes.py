"""Part lookalikes: prints of drawn marks and of marks that resemble them, and which of both are called lookalikes."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image
from training.artwork import recoloured
from training.drawings import Mark
from training.emblems import LAYOUTS, Emblem, drawn, some_colours
from training.grounds import calibration_photos
from training.lookalikes import EDITS, RGBA, other_count
from training.photo_tasks import save_jpeg
from training.printing import photographed, print_mark
from training.samples import placement
from training.words import FONTS, font_files, invented_word, near_miss

from benchmarks.copy_task import read_image
from benchmarks.materials import pick
from benchmarks.measures import Share
from benchmarks.product import Entry, id_of, register_all
from benchmarks.tables import Table, percent
from benchmarks.words.task import Measured, WordsTask
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.bulk.batch import examine_batch
from scanner.engine.examiner import Examination
from scanner.engine.types import Evidence
from scanner.settings import read_settings
from scanner.verdicts.likeness import LEAST_LOGIT, is_lookalike_logo
from scanner.verdicts.policy import read_policy

MARKS: Final = 120
PRINTS: Final = 2  # of each mark, and as many lookalikes at most
TRUE: Final = "the mark itself"
BARS: Final = 4  # every fourth mark is a few bars
# Signs of the emblems: none is of a package that anything was trained on.
SIGNS: Final = (
    '<circle cx="12" cy="12" r="9"/><circle cx="12" cy="12" r="4" fill="#fff"/>',
    '<path d="M12 2l3 7h7l-6 5 2 8-6-5-6 5 2-8-6-5h7z"/>',
    '<path d="M3 20L12 3l9 17h-5l-4-8-4 8z"/>',
    '<path d="M4 4h7v7H4zM13 13h7v7h-7zM13 4h7v4h-7zM4 13h7v4H4z"/>',
    '<path d="M2 14c4-10 8 6 12-3s6-6 8-5v4c-4-2-5 8-10 8S6 12 2 18z"/>',
)
CURVE: Final = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)  # of true prints: renamed


@dataclass(frozen=True, slots=True)
class LookalikeShare:
    """Prints of one edit: found over the policy's threshold, and of these called a lookalike."""

    edit: str
    found: Share
    named: Share


@dataclass(frozen=True, slots=True, eq=False)
class AlikeMarks:
    """A mark and what resembles it, by the name of the edit."""

    mark: Mark
    alike: dict[str, RGBA]


def invented(count: int, seed: int, fonts: Path = FONTS) -> Iterator[AlikeMarks]:
    """`count` marks that nothing was trained on: emblems and bars, with their lookalikes."""
    chance, coin = np.random.default_rng([seed, 11]), random.Random(f"lookalikes-{seed}")
    files, bars, others, made = font_files(fonts), other_count(chance), list[Mark](), 0
    while made < count:
        if made % BARS == 0:
            mark, other = next(bars)
            alike = {"other count": other}
        else:
            emblem = _emblem(coin, files)
            rgba = drawn(emblem)
            if rgba is None:
                continue
            mark = Mark(f"emblem-{made}", f"emblem-{made}", rgba)
            alike = _near(emblem, rgba, coin)
        alike |= {
            name: edited
            for name, edit in EDITS.items()
            if others and (edited := edit(mark.rgba, others, chance)) is not None
        }
        others.append(mark)
        made += 1
        yield AlikeMarks(mark, alike)


def _emblem(coin: random.Random, fonts: Sequence[Path]) -> Emblem:
    words = invented_word(coin), invented_word(coin)
    both = coin.choice(fonts), coin.choice(fonts)
    return Emblem(coin.choice(LAYOUTS), coin.randrange(10**6), words, _sign(coin), both, some_colours(coin))


def _sign(coin: random.Random) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">{coin.choice(SIGNS)}</svg>'


def _near(emblem: Emblem, rgba: RGBA, coin: random.Random) -> dict[str, RGBA]:
    """The emblem with another sign, and with another letter."""
    twins = {
        "another sign": replace(emblem, sign=_sign(coin)),
        "a letter changed": replace(emblem, words=(near_miss(emblem.words[0], coin), emblem.words[1])),
    }
    made = {name: drawn(twin) for name, twin in twins.items()}
    return {name: other for name, other in made.items() if other is not None and not _is_same(other, rgba)}


def _is_same(one: RGBA, other: RGBA) -> bool:
    return one.shape == other.shape and float(np.abs(one.astype(int) - other).mean()) < 1


def scan_prints(
    data: Path, folder: Path, marks: Sequence[AlikeMarks], seed: int, workers: int
) -> list[tuple[str, Evidence | None]]:
    """Each print's edit, TRUE for the mark itself, with the evidence of the mark that it is or resembles; None: none.

    Every other print is plain: flat, level and in focus.
    """
    photos = [path for path in calibration_photos(data) if "clothing" in path.parts]
    entries: list[Entry] = []
    queries: dict[Path, tuple[str, str]] = {}
    for number, each in enumerate(marks):
        chance = np.random.default_rng([seed, number])
        path = folder / f"mark-{number}.png"
        Image.fromarray(each.mark.rgba).resize((2 * each.mark.rgba.shape[1], 2 * each.mark.rgba.shape[0])).save(path)
        entries.append(Entry(path, f"mark-{number}", ReferenceKind.LOGO, path.name))
        names = sorted(each.alike)
        chosen = [names[position] for position in chance.permutation(len(names))[:PRINTS].tolist()]
        for count, (name, rgba) in enumerate(
            [*[(TRUE, each.mark.rgba)] * PRINTS, *((n, each.alike[n]) for n in chosen)]
        ):
            made = folder / f"print-{number}-{count}.jpg"
            save_jpeg(made, _printed(read_image(pick(chance, photos)), rgba, chance, plainly=count % 2 == 0))
            queries[made] = id_of(entries[-1]), name
    store = Store(folder / "store")
    register_all(store, entries)
    found = []
    for done in examine_batch(queries, store, read_settings(), workers=workers):
        if isinstance(done.outcome, Examination):
            wanted, name = queries[done.image.path]
            evidence = next((item for item in done.outcome.evidence if item.reference_id == wanted), None)
            found.append((name, evidence))
    return found


def _printed(photo: np.ndarray, rgba: RGBA, chance: np.random.Generator, *, plainly: bool) -> np.ndarray:
    height, width = photo.shape[:2]
    rgba = recoloured(rgba, chance, plainly=0.8)
    long = max(rgba.shape[:2])
    room = min(width * long / rgba.shape[1], height * long / rgba.shape[0])
    side = float(np.exp(chance.uniform(np.log(0.2), np.log(0.95)))) * room
    x, y = (
        size / 2 + float(chance.uniform(-0.5, 0.5)) * (size - side * own / long)
        for size, own in ((width, rgba.shape[1]), (height, rgba.shape[0]))
    )
    pose = placement(chance, rgba, x, y, side, mild=plainly)
    return photographed(print_mark(photo, rgba, pose, chance, mild=plainly).image, chance, mild=plainly)


def measure_lookalikes(task: WordsTask) -> Measured:
    """Register drawn marks, and scan prints of them and of marks that resemble them."""
    folder = task.folder / "lookalikes"
    folder.mkdir()
    marks = list(invented(task.count(MARKS), task.options.seed))
    prints = scan_prints(task.options.data, folder, marks, task.options.seed, task.options.workers)
    least = read_policy().thresholds.logo
    results = []
    for edit in sorted({name for name, _ in prints}, key=lambda name: (name != TRUE, name)):
        found = [item for name, item in prints if name == edit]
        counted = [item for item in found if item is not None and item.confidence >= least]
        named = Share(sum(map(is_lookalike_logo, counted)), len(counted))
        results.append(LookalikeShare(edit, Share(len(counted), len(found)), named))
    return Measured(results=results, tables=[_table(results), curve_table(prints, least)])


def curve_table(prints: Sequence[tuple[str, Evidence | None]], least: float) -> Table:
    """At rising bounds of the matcher's logit, the shares of true prints and of lookalikes below them."""
    counted = [(name, item) for name, item in prints if item is not None and item.confidence >= least]
    true, alike = (
        sorted(_logit(item) for name, item in counted if (name == TRUE) is is_true) for is_true in (True, False)
    )
    rows = []
    for share in CURVE:
        bound = true[min(int(share * len(true)), len(true) - 1)] if true else LEAST_LOGIT
        named = (Share(sum(value < bound for value in values), len(values)) for values in (true, alike))
        rows.append((f"{bound:.2f}", *map(percent, named)))
    return Table(
        "The matcher's logit of what is found: shares below a bound",
        ("bound", "marks themselves", "lookalikes"),
        tuple(rows),
        f"The product's bound is {LEAST_LOGIT}.",
    )


def _logit(item: Evidence) -> float:
    logit = None if item.logo is None else item.logo.match_logit
    return float("inf") if logit is None else logit


def _table(results: Sequence[LookalikeShare]) -> Table:
    rows = tuple((each.edit, percent(each.found), str(each.found.whole), percent(each.named)) for each in results)
    return Table(
        "Prints of drawn marks and of what resembles them",
        ("print", "found", "of", "of those found, called a lookalike"),
        rows,
        "Found: over the policy's threshold. Half of the prints are plain, half bent, worn and photographed.",
    )
