"""Ways in which a word is spelled so that a search misses it, from mild to severe; nothing is searched here."""

import random
from collections.abc import Callable, Mapping
from typing import Final

Respell = Callable[[random.Random, str], str | None]
"""A word spelled otherwise; None: this word cannot be spelled that way."""

ALL: Final = 99  # letters: as many as the word has
CYRILLIC: Final = dict(zip("abcehijkmopstxyABCEHIJKMOPSTXY", "аьсеһіјкморѕтхуАВСЕНІЈКМОРЅТХУ", strict=True))
GREEK: Final = dict(zip("abeiknoptuvxyABEHIKMNOPTXYZ", "αβεικηορτυνχγΑΒΕΗΙΚΜΝΟΡΤΧΥΖ", strict=True))
ACCENTED: Final = dict(zip("aceginosuyzACEGINOSUYZ", "áçêğïñøšüýžÁÇÊĞÏÑØŠÜÝŽ", strict=True))
LEET: Final = {"a": "4", "b": "8", "e": "3", "g": "9", "i": "1", "l": "1", "o": "0", "s": "5", "t": "7", "z": "2"}
SIGNS: Final = {"a": "@", "s": "$", "i": "!", "e": "€", "c": "¢", "l": "|"}
MISREAD: Final = {
    **{"m": "rn", "rn": "m", "w": "vv", "d": "cl", "cl": "d", "l": "I", "i": "l", "o": "0", "O": "0", "0": "O"},
    **{"e": "c", "c": "e", "h": "b", "u": "v", "v": "u", "n": "ri", "g": "q", "q": "g", "s": "5", "S": "5", "B": "8"},
    **{"z": "2", "Z": "2", "f": "t", "t": "f", "a": "o", "I": "l", "k": "lc"},
}
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


def replaced(chance: random.Random, word: str, table: Mapping[str, str], count: int) -> str | None:
    """`count` letters replaced by what `table` has for them, or as many as it has; None: it has none for any."""
    places = [place for place, letter in enumerate(word) if letter in table or letter.lower() in table]
    if not places or (count < ALL and len(places) < count):
        return None
    letters = list(word)
    for place in chance.sample(places, min(count, len(places))):
        letters[place] = table.get(word[place]) or table[word[place].lower()]
    return "".join(letters)


def from_alphabet(first_capital: int, first_small: int, count: int) -> Respell:
    """Letters replaced by those of another row of Unicode, such as fullwidth ones."""
    table = {letter: chr(first_small + number) for number, letter in enumerate(LETTERS)}
    table |= {letter.upper(): chr(first_capital + number) for number, letter in enumerate(LETTERS)}
    return _with(table, count)


def set_apart(chance: random.Random, word: str, signs: tuple[str, ...], count: int) -> str | None:
    """One of `signs` at `count` places between letters; None: there are fewer places."""
    places = range(1, len(word))
    if count < ALL and len(places) < count:
        return None
    chosen, sign = set(chance.sample(places, min(count, len(places)))), chance.choice(signs)
    return "".join((sign if place in chosen else "") + letter for place, letter in enumerate(word))


def drawn_out(chance: random.Random, word: str, letters: int, times: int) -> str:
    """`letters` of the word `times` times each."""
    chosen = set(chance.sample(range(len(word)), min(letters, len(word))))
    return "".join(letter * (times if place in chosen else 1) for place, letter in enumerate(word))


def misread(chance: random.Random, word: str, count: int) -> str | None:
    """`count` confusions as readers of images make them, at different places; None: too few can be confused."""
    places = [(place, key) for key in MISREAD for place in range(len(word)) if word.startswith(key, place)]
    chance.shuffle(places)
    letters, taken = list(word), set[int]()
    for place, key in places:
        span = set(range(place, place + len(key)))
        if count and not span & taken:
            taken |= span
            letters[place : place + len(key)] = [MISREAD[key], *[""] * (len(key) - 1)]
            count -= 1
    return None if count else "".join(letters)


def mistyped(chance: random.Random, word: str, count: int) -> str:
    """`count` letters dropped, added, swapped with the next or replaced."""
    for _ in range(count):
        place, letter = chance.randrange(len(word)), chance.choice(LETTERS)
        word = chance.choice(
            (
                word[:place] + word[place + 1 :],
                word[:place] + letter + word[place:],
                word[:place] + word[place + 1 : place + 2] + word[place : place + 1] + word[place + 2 :],
                word[:place] + letter + word[place + 1 :],
            )
        )
    return word


def joined(chance: random.Random, word: str, sides: int) -> str:
    """An ordinary word before, and with two `sides` another after, without a space."""
    before, after = (
        chance.choice(("new", "super", "original", "best", "my")),
        chance.choice(("shop", "style", "bag", "24")),
    )
    return f"{before}{word}{after}" if sides == 2 else chance.choice((f"{before}{word}", f"{word}{after}"))


def _with(table: Mapping[str, str], count: int) -> Respell:
    return lambda chance, word: replaced(chance, word, table, count)


def _apart(signs: tuple[str, ...], count: int) -> Respell:
    return lambda chance, word: set_apart(chance, word, signs, count)


def _drawn_out(letters: int, times: int) -> Respell:
    return lambda chance, word: drawn_out(chance, word, letters, times)


def _misread(count: int) -> Respell:
    return lambda chance, word: misread(chance, word, count)


def _mistyped(count: int) -> Respell:
    return lambda chance, word: mistyped(chance, word, count)


def _joined(sides: int) -> Respell:
    return lambda chance, word: joined(chance, word, sides)


SPELLINGS: Final[dict[str, dict[str, Respell]]] = {
    "as registered": {"in title case": lambda _, word: word, "in capitals": lambda _, word: word.upper()},
    "homoglyphs": {
        **{f"Cyrillic, {_said}": _with(CYRILLIC, count) for count, _said in ((1, "1"), (2, "2"), (ALL, "all it has"))},
        **{f"Greek, {_said}": _with(GREEK, count) for count, _said in ((1, "1"), (2, "2"), (ALL, "all it has"))},
        "Cyrillic and Greek, all": _with({**CYRILLIC, **GREEK}, ALL),
        "accents, all": _with(ACCENTED, ALL),
        "fullwidth": from_alphabet(0xFF21, 0xFF41, ALL),
        "mathematical bold": from_alphabet(0x1D400, 0x1D41A, ALL),
        "circled": from_alphabet(0x24B6, 0x24D0, ALL),
    },
    "leetspeak": {
        **{f"digits, {_said}": _with(LEET, count) for count, _said in ((1, "1"), (2, "2"), (3, "3"), (ALL, "all"))},
        "signs, 1": _with(SIGNS, 1),
        "digits and signs, all": _with({**LEET, **SIGNS}, ALL),
    },
    "spacing": {
        **{f"spaces, {_said}": _apart((" ",), count) for count, _said in ((1, "1"), (2, "2"), (ALL, "all"))},
        **{
            f"punctuation, {_said}": _apart((".", "-", "_", "*", "·", "/"), count)
            for count, _said in ((1, "1"), (2, "2"), (ALL, "all"))
        },
        "invisible, all": _apart(("\u200b", "\u00ad", "\u2060"), ALL),
    },
    "repeated letters": {
        "1 doubled": _drawn_out(1, 2),
        "2 doubled": _drawn_out(2, 2),
        "1 five times": _drawn_out(1, 5),
        "all three times": _drawn_out(ALL, 3),
    },
    "misreadings": {f"{count}": _misread(count) for count in (1, 2, 3, 4)},
    "typing errors": {f"{count}": _mistyped(count) for count in (1, 2, 3)},
    "joined": {"on one side": _joined(1), "on both": _joined(2)},
}
