"""Names to register, real ones from a package or made of syllables, and dictionary words; nothing is registered here.

The package is name-suggestion-index of npm (BSD-3-Clause): brands of shops and goods from all over the world, as
OpenStreetMap's mappers record them. Names of the public benchmarks are left out, as the README of the data asks.
"""

import json
import random
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import typer
from training.words import LETTERS, VOWELS
from wordfreq import get_frequency_dict

from brand_index.errors import RegistrationError
from brand_index.features.words import folded, is_dictionary_word, letters
from brand_index.registration.words import check_word

PACKED: Final = ("dist/json/nsi.min.json", "dist/json/nsi.json")  # in the package
LISTED: Final = re.compile(r"benchmarks use these brands:(.*?)\.\s", re.DOTALL)  # in the README of the data
BEFORE_A_NAME: Final = re.compile(r"^(and )?(\S*\d\S*'s )?")
ALPHABETIC: Final = ("en", "de", "fr", "es", "it", "pt", "nl", "pl")  # languages of wordfreq in Latin letters
LATIN: Final = re.compile(r"[a-zà-žß]+")
MOST_FREQUENT: Final = 12_000  # words of a language, those that ordinary texts have
TWO_WORDS: Final = 0.2  # share of coined names that have two


def names_for(package: Path | None, data: Path, count: int, seed: int) -> list[str]:
    """At most `count` different names in random order: those of `package`; None: made of syllables."""
    if package is None:
        return coined_names(count, seed)
    names = real_names(package, left_out_names(data))
    random.Random(seed).shuffle(names)
    return names[:count]


def real_names(package: Path, left_out: Collection[str]) -> list[str]:
    """The brands of the unpacked package or of its JSON file that can be registered, sorted, one of each spelling.

    Without those that have one of `left_out`, folded, as words in them. Raises BadParameter.
    """
    path = next((package / name for name in PACKED if (package / name).is_file()), package)
    try:
        trees = json.loads(path.read_text("utf-8"))["nsi"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise typer.BadParameter(f"{package}: no package name-suggestion-index, and no JSON of one: {error}") from error
    found = {
        item["tags"].get("brand") or item["displayName"]
        for path_of_tree, tree in trees.items()
        if path_of_tree.startswith("brands/")
        for item in tree["items"]
    }
    hidden = [f" {name} " for name in left_out]
    kept: dict[str, str] = {}
    for name in sorted(found):
        stands = f" {' '.join(words_of(name))} "
        if not any(each in stands for each in hidden) and can_be_registered(name):
            kept.setdefault(letters(name), name)
    return list(kept.values())


def left_out_names(data: Path) -> frozenset[str]:
    """The names that the README of the data lists, folded; empty: it lists none."""
    readme = data / "README.md"
    listed = LISTED.search(readme.read_text("utf-8")) if readme.is_file() else None
    if listed is None:
        return frozenset()
    names = (BEFORE_A_NAME.sub("", " ".join(each.split())) for each in listed[1].split(","))
    return frozenset(" ".join(words_of(name)) for name in names if name)


def coined_names(count: int, seed: int) -> list[str]:
    """`count` different names that can be said, of 5 to 12 letters, a fifth of them of two words; no ordinary word."""
    chance = random.Random(f"names-{seed}")
    found: dict[str, None] = {}
    for name in _coined(chance):
        if len(found) >= count:
            break
        found[name] = None
    return list(found)


def _coined(chance: random.Random) -> Iterator[str]:
    while True:
        name = _said(chance, 2, 4)
        if is_dictionary_word(name):
            continue
        if chance.random() < TWO_WORDS:
            name = f"{name} {_said(chance, 1, 2)}"
        yield name.title()


def _said(chance: random.Random, low: int, high: int) -> str:
    syllables = (
        chance.choice(LETTERS) + chance.choice(VOWELS) + (chance.choice(LETTERS) if chance.random() < 0.4 else "")
        for _ in range(chance.randint(low, high))
    )
    word = "".join(syllables)
    return word if len(word) >= 5 or high < 3 else _said(chance, low, high)


def can_be_registered(name: str) -> bool:
    """Whether registering `name` as a word is not refused."""
    try:
        check_word(name)
    except RegistrationError:
        return False
    return True


def words_of(text: str) -> list[str]:
    """The words of a text, folded, without punctuation."""
    return [word for word in re.split(r"[\W_]+", folded(text)) if word]


def contains_as_words(text: Sequence[str], name: Sequence[str]) -> bool:
    """Whether the words of a name stand in a text in their order, each as a word; both as `words_of` gives them."""
    return any(list(text[start : start + len(name)]) == list(name) for start in range(len(text) - len(name) + 1))


@cache
def dictionary_words(language: str) -> tuple[str, ...]:
    """The words that a language of wordfreq uses most, most frequent first, of three Latin letters or more."""
    frequencies = get_frequency_dict(language, wordlist="small")
    ranked = sorted(frequencies, key=lambda word: (-frequencies[word], word))
    return tuple(word for word in ranked if len(word) > 2 and LATIN.fullmatch(word))[:MOST_FREQUENT]
