"""Marks of icon sets of the npm registry, drawn; brands of public benchmarks are left out in every variant."""

import json
import re
import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from training.drawings import Mark, drawn_svg

# The packages of `npm pack` and their licences: material for training only, no drawing ships.
PACKAGES: Final = {
    "simple-icons@16.37.0": "CC0-1.0",
    "@iconify-json/logos@1.2.19": "CC0-1.0",
    "@iconify-json/cib@1.2.3": "CC0-1.0",
    "@iconify-json/cryptocurrency-color@1.2.4": "CC0-1.0",
    "@iconify-json/devicon@1.2.68": "MIT",
    "@iconify-json/token-branded@1.2.45": "MIT",
    "@iconify-json/vscode-icons@1.2.97": "MIT",
    "@iconify-json/skill-icons@1.2.4": "MIT",
    "@iconify-json/fluent-emoji-flat@1.2.6": "MIT",
    "@iconify-json/mdi@1.2.3": "Apache-2.0",
    "@iconify-json/game-icons@1.2.4": "CC-BY-3.0",
}
# Of packages whose drawings differ little (an icon and its outlined twin, skin tones), only so many are taken.
MOST: Final = {"mdi": 1200, "fluent-emoji-flat": 900, "token-branded": 1800, "vscode-icons": 900}
# Brands of FlickrLogos-27, FlickrLogos-32 and what is close to them: none may be learnt.
LEFT_OUT: Final = frozenset(
    """adidas apple bmw citroen citroën cocacola dhl fedex ferrari ford google heineken hp intel mcdonalds mini nbc nike
    pepsi porsche puma redbull sprite starbucks texaco unicef vodafone yahoo lexus asahi kirin goldenstatewarriors aldi
    becks carlsberg chimay corona erdinger esso fosters guinness milka nvidia paulaner rittersport shell singha
    stellaartois tsingtao ups""".split()  # noqa: SIM905 - a paragraph of names reads better than a page of quotes
)
LEFT_OUT_PARTS: Final = ("macos", "ios", "osx", "gmail", "chrome", "chromium", "appstore", "hewlett")
TWIN_WORDS: Final = re.compile(
    r"^(file-type|folder-type|default)-|-(icon|original|plain|line|wordmark|dark|light|alt|color|opened|square|circle|"
    r"outline|variant|box|off|fill|\d+)(?=-|$)"
)


def is_left_out(name: str) -> bool:
    """Whether a mark of this name may be of a benchmark's brand: a whole word of it, or any part if it is long."""
    words = re.split(r"[^\w]+|_", name.lower())
    joined = "".join(words)
    return (
        not LEFT_OUT.isdisjoint(words)
        or joined in LEFT_OUT
        or any(brand in joined for brand in LEFT_OUT if len(brand) >= 6 or brand in {"apple", "adidas", "pepsi"})
        or any(part == word for part in LEFT_OUT_PARTS for word in words)
    )


def drawn_icons(packages: Path) -> Iterator[Mark]:
    """The icons that are marks by themselves."""
    tasks = [icon for path in sorted(packages.glob("*.tgz")) for icon in _taken(path, list(icons_of(path)))]
    with ProcessPoolExecutor() as pool:
        drawings = pool.map(drawn_svg, (svg for _, svg in tasks), chunksize=64)
        for (name, _), rgba in zip(tasks, drawings, strict=True):
            if rgba is not None:
                yield Mark(name, _group(name), rgba)


def spare_signs(packages: Path) -> list[str]:
    """SVGs of those that are none, because only so many are taken of their package: signs for emblems."""
    signs = []
    for path in sorted(packages.glob("*mdi*.tgz")):
        found = list(icons_of(path))
        taken = {name for name, _ in _taken(path, found)}
        signs += [svg for name, svg in found if name not in taken]
    return signs


def _taken(path: Path, found: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of what a package has as many as MOST says, evenly."""
    limit = MOST.get(next((part for part in MOST if part in path.name), ""), len(found))
    return [found[step * len(found) // limit] for step in range(min(limit, len(found)))]


def icons_of(path: Path) -> Iterator[tuple[str, str]]:
    """(name, SVG) of each drawing of one package."""
    with tarfile.open(path) as archive:
        if path.name.startswith("simple-icons"):
            data = json.load(archive.extractfile("package/data/simple-icons.json"))  # type: ignore[arg-type]
            colours = {_slug(entry): entry["hex"] for entry in data}
            for member in archive.getmembers():
                if member.name.startswith("package/icons/") and not is_left_out(Path(member.name).stem):
                    slug = Path(member.name).stem
                    svg = archive.extractfile(member).read().decode("utf-8")  # type: ignore[union-attr]
                    yield slug, svg.replace("<path", f'<path fill="#{colours.get(slug, "000000")}"', 1)
            return
        icons = json.load(archive.extractfile("package/icons.json"))  # type: ignore[arg-type]
    for name, icon in icons["icons"].items():
        skin_tone = re.search(r"-(light|medium|dark|medium-light|medium-dark)(-|$)", name) and "emoji" in path.name
        twin = path.name.startswith("iconify-json-mdi") and name.endswith(("-outline", "-off", "-variant"))
        if is_left_out(name) or skin_tone or twin or icon.get("hidden"):
            continue
        width, height = icon.get("width", icons.get("width", 16)), icon.get("height", icons.get("height", 16))
        left, top = icon.get("left", 0), icon.get("top", 0)
        yield (
            name,
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{left} {top} {width} {height}" color="#111">{icon["body"]}</svg>',
        )


def _slug(entry: dict[str, str]) -> str:
    return entry.get("slug") or re.sub(
        r"[^a-z0-9]", "", entry["title"].lower().replace("+", "plus").replace(".", "dot")
    )


def _group(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", TWIN_WORDS.sub("", TWIN_WORDS.sub("", name))) or name
