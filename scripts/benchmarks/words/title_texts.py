"""Draws ordinary titles of listings: from templates, of dictionary words, and names of products; none is searched."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from benchmarks.datasets import read_rows
from benchmarks.material.text_words import LANGUAGES, LATIN
from benchmarks.words.names import ALPHABETIC, dictionary_words

PRODUCTS: Final = 0.05  # share of titles that name a product of grocery/
TEMPLATED: Final = 0.5  # of the others
COLOURS: Final[dict[str, tuple[str, ...]]] = {
    "en": ("black", "white", "navy blue", "red", "beige", "olive green"),
    "de": ("schwarz", "weiß", "dunkelblau", "rot", "beige", "grün"),
    "fr": ("noir", "blanc", "bleu marine", "rouge", "beige", "vert"),
    "es": ("negro", "blanco", "azul marino", "rojo", "beis", "verde"),
    "it": ("nero", "bianco", "blu", "rosso", "beige", "verde"),
    "pl": ("czarny", "biały", "granatowy", "czerwony", "beżowy", "zielony"),
}
GOODS: Final[dict[str, tuple[str, ...]]] = {
    "en": ("dress", "phone case", "running shoes", "table lamp", "backpack", "coffee mug", "socks", "wall clock"),
    "de": ("Kleid", "Handyhülle", "Laufschuhe", "Tischlampe", "Rucksack", "Kaffeebecher", "Socken", "Wanduhr"),
    "fr": ("robe", "coque de téléphone", "chaussures de course", "lampe", "sac à dos", "tasse", "chaussettes"),
    "es": ("vestido", "funda de móvil", "zapatillas", "lámpara de mesa", "mochila", "taza", "calcetines"),
    "it": ("vestito", "custodia per telefono", "scarpe da corsa", "lampada", "zaino", "tazza", "calzini"),
    "pl": ("sukienka", "etui na telefon", "buty do biegania", "lampka", "plecak", "kubek", "skarpety"),
}
FOR_WHOM: Final[dict[str, tuple[str, ...]]] = {
    "en": ("for women", "for men", "for kids", "unisex", "gift idea"),
    "de": ("für Damen", "für Herren", "für Kinder", "unisex", "Geschenkidee"),
    "fr": ("pour femme", "pour homme", "pour enfants", "mixte", "idée cadeau"),
    "es": ("para mujer", "para hombre", "para niños", "unisex", "idea de regalo"),
    "it": ("da donna", "da uomo", "per bambini", "unisex", "idea regalo"),
    "pl": ("damskie", "męskie", "dla dzieci", "unisex", "na prezent"),
}
TEMPLATES: Final = (
    "{goods} {colour} {size}",
    "{word} {goods} {colour}, {word} {whom}, {size}",
    "{goods} {whom} - {word} {word} - {measure}",
    "{count} x {goods} {measure} {colour}",
    "{word} {goods} {word} {size} {code}",
    "{colour} {goods}, {word}, {word}, {word} {whom}",
    "{GOODS} {word} {measure} {code}",
)
SIZES: Final = ("XS", "S", "M", "L", "XL", "XXL", "3XL", "36", "38", "42", "EU 41", "UK 8", "One Size")


def draw_titles(data: Path, count: int, seed: int) -> list[str]:
    """`count` different titles, of 2 to 14 words, in languages of Latin letters."""
    chance = random.Random(f"titles-{seed}")
    products = sorted({row["product"].replace("-", " ") for row in read_rows(data / "grocery" / "labels.csv")})
    found: dict[str, None] = {}
    while len(found) < count:
        found[_title(chance, products)] = None
    return list(found)


def _title(chance: random.Random, products: Sequence[str]) -> str:
    if products and chance.random() < PRODUCTS:
        return f"{chance.choice(products)} {chance.choice(('', _measure(chance), _code(chance)))}".strip()
    if chance.random() < TEMPLATED:
        return _templated(chance)
    words = dictionary_words(chance.choice(ALPHABETIC))
    said = " ".join(_frequent(chance, words) for _ in range(chance.randint(3, 10)))
    return _in_case(chance, f"{said} {chance.choice(('', '', _measure(chance), chance.choice(SIZES)))}".strip())


def _templated(chance: random.Random) -> str:
    language = chance.choice(sorted(GOODS))
    listed = [word for word in LANGUAGES[language].split() if len(word) > 2] if language in LATIN else []
    frequent = dictionary_words(language)
    fill: dict[str, Callable[[], str]] = {
        "goods": lambda: chance.choice(GOODS[language]),
        "GOODS": lambda: chance.choice(GOODS[language]).upper(),
        "colour": lambda: chance.choice(COLOURS[language]),
        "whom": lambda: chance.choice(FOR_WHOM[language]),
        "word": lambda: chance.choice(listed) if chance.random() < 0.5 else _frequent(chance, frequent),
        "size": lambda: chance.choice(SIZES),
        "measure": lambda: _measure(chance),
        "count": lambda: str(chance.randint(2, 24)),
        "code": lambda: _code(chance),
    }
    text = chance.choice(TEMPLATES)
    for name, make in fill.items():
        while f"{{{name}}}" in text:
            text = text.replace(f"{{{name}}}", make(), 1)
    return _in_case(chance, text)


def _frequent(chance: random.Random, words: Sequence[str]) -> str:
    """One of `words`, which are sorted; the more frequent, the likelier."""
    return words[int(len(words) * chance.random() ** 2)]


def _in_case(chance: random.Random, text: str) -> str:
    """As it stands, with capitals first or throughout."""
    return chance.choice((str, str, str.title, str.title, str.upper, str.capitalize))(text)


def _measure(chance: random.Random) -> str:
    unit = chance.choice(("cm", "mm", "ml", "l", "g", "kg", "m", "W", "V", "mAh", "GB", "pcs", "%"))
    return f"{chance.choice((chance.randint(1, 20), chance.randint(20, 999)))} {unit}"


def _code(chance: random.Random) -> str:
    letters = "".join(chance.choice("ABCDEFGHKLMNPRSTVWXZ") for _ in range(chance.randint(1, 3)))
    return f"{letters}{chance.choice(('-', '', ' '))}{chance.randint(10, 9999)}"
