"""The languages in which sellers are written to: their texts from data files, and which is usual in a market.

The texts that ship are in the folder wordings/, one file for each language. A marketplace replaces any of them by its
own: `wordings` in the settings names a folder with files of the same names, which hold the texts that are other.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from brand_index.errors import UsageError

ENGLISH: Final = "en"
LANGUAGES: Final = MappingProxyType(  # by code, in their own words
    {
        ENGLISH: "English",
        "de": "Deutsch",
        "es": "Español",
        "fr": "Français",
        "it": "Italiano",
        "pl": "Polski",
        "zh": "中文",
    }
)
FOLDER: Final = Path(__file__).parent / "wordings"
LONGEST_ACCEPT: Final = 200  # characters of Accept-Language that are read
# The languages of a market that there are texts in, the usual one first; elsewhere English.
_OF_MARKETS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("DE", "AT", "LI"), ("de",)),
    **dict.fromkeys(("FR", "MC"), ("fr",)),
    **dict.fromkeys(("IT", "SM", "VA"), ("it",)),
    **dict.fromkeys(("ES", "MX", "AR", "BO", "CL", "CO", "CR", "CU", "DO", "EC", "GT", "HN", "NI"), ("es",)),
    **dict.fromkeys(("PA", "PE", "PR", "PY", "SV", "UY", "VE"), ("es",)),
    "PL": ("pl",),
    **dict.fromkeys(("CN", "MO", "TW"), ("zh",)),
    "BE": ("fr", "de"),
    "CA": (ENGLISH, "fr"),
    "CH": ("de", "fr", "it"),
    "HK": ("zh", ENGLISH),
    "LU": ("fr", "de"),
    "SG": (ENGLISH, "zh"),
    "US": (ENGLISH, "es"),
}
_PLACEHOLDER: Final = re.compile(r"\{(\w*)\}")


class WordingUnusable(UsageError):
    """A folder of wordings with a file, a text or a placeholder that does not fit."""

    code = "wording_unusable"


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts in one language."""

    language: str  # of LANGUAGES
    texts: Mapping[str, str]  # by section and key, such as "notice.why_photo"
    locale: Locale  # how dates and numbers are written

    @property
    def tag(self) -> str:
        """The language for HTML (BCP 47)."""
        return "zh-Hans" if self.language == "zh" else self.language

    def say(self, key: str, /, **values: object) -> str:
        """A text with its values; dates, times and numbers are written as the language does."""
        return self.texts[key].format(**{name: self.written(value) for name, value in values.items()})

    def written(self, value: object) -> str:
        """A value as the language writes it; times in UTC."""
        if isinstance(value, datetime):
            utc = value.astimezone(UTC)
            return self.texts["page.moment"].format(day=self.written(utc.date()), time=f"{utc:%H:%M}")
        if isinstance(value, date):
            return format_date(value, "long", locale=self.locale)
        return format_decimal(value, locale=self.locale) if isinstance(value, int) else str(value)

    def percent(self, share: float) -> str:
        """A share of 0..1 as whole percent, rounded down."""
        return format_percent(int(share * 100) / 100, locale=self.locale)

    def country(self, market: str) -> str:
        """The name of a market with its code; the code alone where it is no country."""
        name = self.locale.territories.get(market.upper())
        return market if name is None else f"{name} ({market.upper()})"


@cache
def read_texts(folder: Path | None = None) -> Mapping[str, Mapping[str, str]]:
    """All texts by language, with those of a marketplace's own folder in place of ours.

    Raises WordingUnusable, naming the file and the key.
    """
    texts = {language: _read(FOLDER / f"{language}.toml") for language in LANGUAGES}
    if folder is not None:
        if not folder.is_dir():
            raise WordingUnusable(f"wordings {folder}: there is no such folder")
        known = {f"{language}.toml" for language in LANGUAGES}
        for path in sorted(folder.glob("*.toml")):
            if path.name not in known:
                raise WordingUnusable(f"{path}: there is no such language; files are {', '.join(sorted(known))}")
            ours = texts[path.stem]
            own = _read(path)
            for key, text in own.items():
                if key not in ours:
                    raise WordingUnusable(f"{path}: {key} is no text; {FOLDER / path.name} has all of them")
                if extra := placeholders(text) - placeholders(ours[key]):
                    raise WordingUnusable(f"{path}: {key} has {', '.join(sorted(extra))} in braces, which has no value")
            texts[path.stem] = ours | own
    return texts


def wording(language: str, market: str | None = None, *, folder: Path | None = None) -> Wording:
    """The texts in a language of LANGUAGES, with the dates and numbers of a market; `folder` as of read_texts."""
    return Wording(language, read_texts(folder)[language], _locale(language, market))


def languages_of(market: str | None) -> tuple[str, ...]:
    """The languages of a market that there are texts in, the usual one first; English where it is unknown."""
    return _OF_MARKETS.get((market or "").upper(), (ENGLISH,))


def choose_language(asked: str | None, accepted: str, market: str | None, usual: str | None) -> str:
    """The language of a page: the one asked for, or of the market's languages the one that the browser prefers.

    `accepted`: the header Accept-Language. `usual`: the one of the seller notice; None: it is older than languages.
    """
    if asked in LANGUAGES:
        return str(asked)
    possible = (ENGLISH,) if usual is None else (usual, *languages_of(market))
    return preferred(accepted, possible) or possible[0]


def english_name(language: str) -> str:
    """The name of a language of LANGUAGES for the console, whose users read English."""
    return Locale.parse(language).get_display_name(ENGLISH) or language


def preferred(accepted: str, possible: tuple[str, ...]) -> str | None:
    """The language that an Accept-Language header (RFC 9110, 12.5.4) prefers; None: none of the possible ones."""
    wanted: list[tuple[float, str]] = []
    for part in accepted[:LONGEST_ACCEPT].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((float(weight or 1), tag.partition("-")[0].lower()))
        except ValueError:
            continue
    fitting = [(weight, language) for weight, language in wanted if weight > 0 and language in possible]
    return max(fitting, key=lambda each: each[0])[1] if fitting else None


def placeholders(text: str) -> frozenset[str]:
    """The names in braces in a text."""
    return frozenset(_PLACEHOLDER.findall(text))


def _read(path: Path) -> dict[str, str]:
    try:
        sections = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WordingUnusable(f"{path} cannot be read: {error}") from error
    texts: dict[str, str] = {}
    for section, keys in sections.items():
        if not isinstance(keys, dict):
            raise WordingUnusable(f"{path}: {section} stands outside of a section such as [notice]")
        for key, text in keys.items():
            if not isinstance(text, str) or not text.strip():
                raise WordingUnusable(f"{path}: {section}.{key} is no text")
            if set(_PLACEHOLDER.sub("", text)) & {"{", "}"}:
                raise WordingUnusable(f"{path}: {section}.{key} has a brace that encloses no name")
            texts[f"{section}.{key}"] = text
    return texts


def _locale(language: str, market: str | None) -> Locale:
    if market is not None and market.isalpha():
        try:
            return Locale.parse(f"{language}_{market.upper()}")
        except (UnknownLocaleError, ValueError):
            pass
    return Locale.parse("en_GB" if language == ENGLISH else language)
