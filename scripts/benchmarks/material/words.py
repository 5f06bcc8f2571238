"""Names, headings and phrases that drawings show; made up, so that no brand is among them."""

from typing import Final

import numpy as np

from benchmarks.materials import pick

STARTS: Final = ("Al", "Bre", "Cor", "Da", "El", "Fi", "Gal", "Hu", "Ivo", "Jas", "Kel", "Lu", "Mor", "Ni", "Or", "Pel")
MIDDLES: Final = ("va", "ri", "mo", "ta", "lu", "ne", "sa", "do", "ki", "ze", "bra", "fi", "go", "pe", "xi", "wo")
ENDS: Final = ("n", "ra", "x", "lis", "dor", "ta", "nix", "m", "vo", "s", "ley", "tek", "nia", "go", "berg", "ly")
SHOP_WORDS: Final = ("Store", "Outlet", "Studio", "Home", "Living", "Market", "Shop", "Official", "Direct", "Goods")
ADJECTIVES: Final = (
    *("Soft", "Classic", "Urban", "Light", "Pure", "Daily", "Bold", "Warm", "Fresh", "Slim", "Royal", "Wild"),
    *("Summer", "Nordic", "Active", "Vintage", "Cosy", "Modern"),
)
GARMENTS: Final = (
    *("T-Shirt", "Hoodie", "Dress", "Jacket", "Trousers", "Blouse", "Skirt", "Coat", "Leggings", "Polo", "Shorts"),
    *("Cardigan", "Swimsuit", "Pyjamas", "Vest", "Sweater", "Jeans", "Tunic"),
)
FLAVOURS: Final = (
    *("Strawberry", "Lemon", "Mango", "Blueberry", "Cherry", "Vanilla", "Mint", "Peach", "Cocoa", "Hazelnut", "Apple"),
    *("Raspberry", "Orange", "Coconut", "Ginger", "Honey", "Almond", "Grape"),
)
TALENTS: Final = ("durable", "water-repellent", "breathable", "easy to clean", "non-slip", "foldable", "BPA free")


def coined(chance: np.random.Generator) -> str:
    """A made-up name."""
    middle = "".join(pick(chance, MIDDLES) for _ in range(int(chance.integers(0, 3))))
    return pick(chance, STARTS) + middle + pick(chance, ENDS)


def product(chance: np.random.Generator) -> str:
    """A made-up article of clothing."""
    return f"{pick(chance, ADJECTIVES)} {pick(chance, GARMENTS)}"


def model(chance: np.random.Generator) -> str:
    """A model number."""
    letters = "".join(pick(chance, "ABCDEFGHKLMNPRSTVWXZ") for _ in range(int(chance.integers(2, 4))))
    return f"{letters}{pick(chance, ('-', ' ', ''))}{int(chance.integers(100, 99999))}"


def person(chance: np.random.Generator) -> str:
    """A made-up name of a person."""
    return f"{pick(chance, STARTS)}{pick(chance, ENDS)} {coined(chance)}"
