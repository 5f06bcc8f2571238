"""The phrases that say something about the use of a mark, read from a TOML file; not where they stand in a text."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

from brand_index.errors import UsageError
from brand_index.files import open_regular
from scanner.verdicts.context.undisguising import misspellings_of, vocabulary_of

DEFAULT_CONTEXT: Final = Path(__file__).with_name("phrases.toml")
# ISO 639 codes; `mul`: what several of them write alike.
LANGUAGES: Final = ("mul", "en", "de", "fr", "es", "it", "pt", "nl", "pl", "zh", "ja", "ru")
SHORT: Final = 4  # up to so many characters the accents count: "fur" is no "für"

# What is written without spaces between words has no word borders: Han, kana, hangul.
UNSPACED: Final = "\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
SPACED: Final = re.compile(rf"[^\W_{UNSPACED}]")  # a letter or digit of the other scripts
START: Final = re.compile(rf"(?<![^\W_{UNSPACED}])[^\W_{UNSPACED}]|[{UNSPACED}]")  # where a phrase may begin
_VOICED: Final = "\u3099\u309a"  # the marks that make カ a ガ
_SIGNS: Final = "®™℠©"  # beside a mark, no letters of it
_ALIKE: Final = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "∶": ":", "’": "'", "‘": "'", "ʼ": "'", "_": " "})


class ContextUnusable(UsageError):
    """A file of phrases that cannot be read, or is not valid."""

    code = "context_unusable"


class Use(StrEnum):
    """What a phrase says about the use of a mark, from the one that counts most."""

    REPLICA = "replica"  # the goods are an imitation
    UNAFFILIATED = "unaffiliated"  # the goods are not the brand's
    STYLE = "style"  # the goods are like the brand's
    COMPATIBLE = "compatible"  # the goods fit the brand's
    USED = "used"  # the goods were somebody's before, or are the packaging alone


# What sellers disguise: who says that the goods fit wants to be understood.
_HIDDEN: Final = frozenset({Use.REPLICA, Use.UNAFFILIATED, Use.STYLE})


class Aid(StrEnum):
    """What a phrase does to other phrases."""

    NEGATION = "negation"  # beside a phrase of REPLICA, STYLE or USED: it does not count
    ARTICLE = "article"  # may stand between a negation and the phrase, as the mark's own words may
    FALSE_FRIEND = "false_friend"  # phrases within it do not count
    FILLER = "filler"  # may stand between a phrase and the mark right after it
    CONJUNCTION = "conjunction"  # joins the last of several marks to those before it


class Position(StrEnum):
    """Where a phrase must stand."""

    BEFORE = "before"  # at most MOST_WORDS words before the mark, in the same sentence
    AFTER = "after"
    RIGHT_BEFORE = "right_before"  # nothing between but fillers or the first marks of a list
    RIGHT_AFTER = "right_after"
    ANYWHERE = "anywhere"  # the mark may be in the image alone
    BETWEEN = "between"  # two of a phrase, a negation and the mark: fillers, conjunctions and articles


_USE_POSITIONS: Final = frozenset(Position) - {Position.BETWEEN}
_POSITIONS: Final[Mapping[Use | Aid, frozenset[Position]]] = {
    **dict.fromkeys(Use, _USE_POSITIONS),
    Aid.NEGATION: frozenset({Position.BEFORE, Position.RIGHT_BEFORE, Position.AFTER}),
    Aid.ARTICLE: frozenset({Position.BETWEEN}),
    Aid.FALSE_FRIEND: frozenset({Position.ANYWHERE}),
    Aid.FILLER: frozenset({Position.BETWEEN}),
    Aid.CONJUNCTION: frozenset({Position.BETWEEN}),
}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of the file."""

    language: str
    meaning: Use | Aid
    position: Position
    phrase: str
    folded: str  # the letters that are compared
    exact: str | None  # with accents, if they count


@dataclass(frozen=True, slots=True)
class Context:
    """The phrases of a file, in its order, arranged for reading a text."""

    phrases: tuple[Phrase, ...]
    heads: Mapping[str, tuple[Phrase, ...]]  # by their first two folded characters; one: a phrase of one character
    fillers: frozenset[str]  # folded, of all languages
    articles: frozenset[str]  # likewise
    lists: Mapping[str, re.Pattern[str]]  # by language: the first marks of a list, the last conjunction included
    disguised: Mapping[str, tuple[str, ...]]  # words that somebody may disguise, as of vocabulary_of
    misspelt: Mapping[str, str]  # words that say something alone, as of misspellings_of


@lru_cache(maxsize=8192)
def _folded(character: str, accents: bool) -> str:
    if character in _SIGNS:
        return " "
    letters = []
    for part in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold().translate(_ALIKE)):
        category = unicodedata.category(part)
        if category in {"Zs", "Zl", "Zp", "Cc", "Pd"}:
            letters.append(" ")
        elif category != "Cf" and (accents or category != "Mn" or part in _VOICED):
            letters.append(part)
    return "".join(letters)


def fold(text: str, *, accents: bool = False) -> tuple[str, list[int]]:
    """The letters that are compared, and for each of them its place in the text.

    Case, width and accents are gone, and what nobody sees; runs of spaces and dashes are one space.
    """
    letters: list[str] = []
    places: list[int] = []
    spaced = False
    for place, character in enumerate(text):
        for letter in (
            character.lower() if "!" <= character <= "z" and character not in "-_" else _folded(character, accents)
        ):
            if letter == " " and spaced:
                continue
            spaced = letter == " "
            letters.append(letter)
            places.append(place)
    return "".join(letters), places


def read_context(path: Path = DEFAULT_CONTEXT) -> Context:
    """The phrases of a TOML file. Raises ContextUnusable with the file, the table and the error."""
    try:
        with open_regular(path) as file:
            content = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContextUnusable(f"{path}: cannot be read as phrases ({error}).") from error
    try:
        return arranged(_phrases(content))
    except ValueError as error:
        raise ContextUnusable(f"{path}: {error}. Compare it with the shipped {DEFAULT_CONTEXT.name}.") from error


@lru_cache(maxsize=1)
def shipped_context() -> Context:
    """The phrases that ship, read once."""
    return read_context()


def _phrases(content: Mapping[str, object]) -> Iterator[Phrase]:
    seen: dict[tuple[str, Position, Use | Aid | None], str] = {}
    meanings: dict[str, Use | Aid] = {each.value: each for each in (*Use, *Aid)}
    for language, by_meaning in _table("", content, LANGUAGES):
        for word, by_position in _table(language, by_meaning, meanings):
            meaning = meanings[word]
            for position, phrases in _table(f"{language}.{word}", by_position, sorted(_POSITIONS[meaning])):
                where = f"[{language}.{word}] {position}"
                if not isinstance(phrases, list) or not all(isinstance(phrase, str) for phrase in phrases):
                    raise ValueError(f"{where} is not a list of phrases")
                for phrase in phrases:
                    folded, accented = fold(phrase.strip())[0], fold(phrase.strip(), accents=True)[0]
                    if not START.match(folded):
                        raise ValueError(f"{where}: {phrase!r} is empty, or does not begin with a letter or digit")
                    exact = accented if len(folded) <= SHORT else None
                    key = (exact or folded, Position(position), meaning if position == Position.BETWEEN else None)
                    if key in seen:
                        raise ValueError(f"{where}: {phrase!r} stands in {seen[key]} already")
                    seen[key] = where
                    yield Phrase(language, meaning, Position(position), phrase, folded, exact)


def _table(name: str, content: object, known: Iterable[str]) -> Iterable[tuple[str, object]]:
    """The items of a table. Raises ValueError for what is no table, and for a key that is not in `known`."""
    if not isinstance(content, dict):
        raise ValueError(f"[{name}] is not a table")
    for key in content:
        if key not in (choices := tuple(known)):
            raise ValueError(f"[{name}{'.' * bool(name)}{key}] is unknown; choose from {', '.join(choices)}")
    return content.items()


def arranged(phrases: Iterable[Phrase]) -> Context:
    """The same phrases, in their order, arranged for reading a text."""
    kept = tuple(phrases)
    heads: dict[str, tuple[Phrase, ...]] = {}
    conjunctions: dict[str, tuple[str, ...]] = dict.fromkeys(LANGUAGES, ())
    for phrase in kept:
        if phrase.meaning is Aid.CONJUNCTION:
            conjunctions[phrase.language] = (*conjunctions[phrase.language], phrase.folded)
        elif phrase.meaning not in {Aid.FILLER, Aid.ARTICLE}:
            heads[phrase.folded[:2]] = (*heads.get(phrase.folded[:2], ()), phrase)
    fillers = frozenset(phrase.folded for phrase in kept if phrase.meaning is Aid.FILLER)
    articles = frozenset(phrase.folded for phrase in kept if phrase.meaning is Aid.ARTICLE)
    lists = {language: _list_pattern((*own, *conjunctions["mul"])) for language, own in conjunctions.items()}
    hidden = [phrase for phrase in kept if phrase.meaning in _HIDDEN]
    words = vocabulary_of(frozenset(word for phrase in hidden for word in phrase.folded.split()))
    alone = misspellings_of(phrase.folded for phrase in hidden if phrase.position is Position.ANYWHERE)
    return Context(kept, heads, fillers, articles, lists, words, alone)


def _list_pattern(conjunctions: Iterable[str]) -> re.Pattern[str]:
    """What the first marks of "Orlanda, Veltro and Tarnvik" look like, each of one word."""
    joints = [re.escape(word) if not SPACED.match(word) else f" {re.escape(word)} " for word in conjunctions]
    last = f"(?: ?[&+] ?|/|{'|'.join(joints) or '/'})"
    return re.compile(rf"\W*(?:\w+?(?: ?[,、] ?|{last}))*\w+?{last}")
