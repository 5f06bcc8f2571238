"""Registers words, one or thousands at once, with every check before the registry; it reads no image and no index."""

import contextlib
import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from brand_index import fields
from brand_index.errors import InvalidField, RegistrationError, UnrecognizableReference
from brand_index.features.words.limits import letter_count, limits_of_word, script_of_texts_alone
from brand_index.registration.checking import MarkFields, check_brand, check_mark
from brand_index.registration.preparing.recording import Registered
from brand_index.registration.preparing.standing import check_same_fields, differing_fields
from brand_index.registry import RegistrationOutcome, Registry
from brand_index.registry.conflicts import as_one_word, record_conflict
from brand_index.registry.contradictions import MARK_FIELDS
from brand_index.registry.reading import mark_in, reference_in, words_in_force
from brand_index.registry.recording import record_brand, record_mark, record_reference
from brand_index.registry.transaction import Write
from brand_index.store import Store
from brand_index.types import Brand, Mark, ReferenceImage, ReferenceKind, reference_id

SUFFIX: Final = ".txt"  # of a word's file
LONGEST: Final = 100  # characters
FEWEST_LETTERS: Final = 2
AT_ONCE: Final = 500  # words in one transaction, which keeps other writes waiting
_PARTING: Final = {"\t": "a tab", **dict.fromkeys("\r\n\v\f\x85\u2028\u2029", "a line break")}
_JOINERS: Final = "\u200c\u200d"  # which some scripts need within a word
_UNSEEN: Final = frozenset({"Cf", "Co", "Cn"})  # format characters, and those without a meaning
_WRITERS: Final = 16  # files at a time: a disk that syncs one by one takes many times as long
_SHOWN: Final = 40  # characters of a word in a message


@dataclass(frozen=True, slots=True)
class NewWord:
    """A word to register, with the mark that it is."""

    brand: Brand
    word: str
    mark: MarkFields


def register_word(
    registry: Registry, *, store: Store, brand: Brand, word: str, mark: MarkFields | None = None, now: datetime
) -> Registered:
    """Register a word of a brand, and the brand itself if it is new.

    `mark` None: no mark is recorded. A word that reads as one that this brand has in force is registered already,
    though it is spelled otherwise. Raises InvalidField or UnrecognizableReference, and Contradictory where the brand
    or the mark is registered with other values; then nothing is recorded.
    """
    (done,) = register_words(registry, store, [NewWord(brand, word, mark or MarkFields())], now)
    if isinstance(done, RegistrationError):
        raise done
    return done


def register_words(
    registry: Registry, store: Store, wanted: Iterable[NewWord], now: datetime
) -> Iterator[Registered | RegistrationError]:
    """Register many words, AT_ONCE in a transaction, and yield for each what became of it or why it is refused."""
    left = iter(wanted)
    while some := tuple(islice(left, AT_ONCE)):
        yield from _register_some(registry, store, some, now)


def check_word(word: str) -> str:
    """The word in the form that is recorded: NFC, with single spaces.

    Raises InvalidField for what is no text that people see, and UnrecognizableReference for too few letters.
    """
    text = unicodedata.normalize("NFC", word.strip())
    if parting := next((each for each in text if each in _PARTING), None):
        raise InvalidField(f"word {word!r:.{_SHOWN}} has {_PARTING[parting]} in it: give each word by itself")
    if found := fields.CONTROLS.search(text):
        raise InvalidField(f"word {word!r:.{_SHOWN}} has a control character (U+{ord(found[0]):04X}): remove it")
    text = " ".join(text.split())
    if not text:
        raise InvalidField("word is empty: give it")
    if len(text) > LONGEST:
        raise InvalidField(f"word {text[:_SHOWN]!r}… has {len(text):,} characters: give at most {LONGEST}")
    if unseen := next((each for each in text if unicodedata.category(each) in _UNSEEN and each not in _JOINERS), None):
        name = unicodedata.name(unseen, f"U+{ord(unseen):04X}")
        raise InvalidField(f"word {text!r} has a character that nobody sees ({name}): type it anew")
    count = letter_count(text)
    if count == 0 and any(each.isdigit() for each in text):
        raise UnrecognizableReference(
            f"word {text!r} is digits alone, which sizes, prices and codes have too: give a word"
        )
    if count < FEWEST_LETTERS:
        number = "1 letter" if count else "no letter"
        raise UnrecognizableReference(
            f"word {text!r} has {number}: give at least {FEWEST_LETTERS}, or register its logo"
        )
    return text


@dataclass(frozen=True, slots=True)
class _Checked:
    """A word that can be registered, unless the registry contradicts it."""

    brand: Brand
    word: str
    mark: MarkFields
    limits: tuple[str, ...]  # as of limits_of_word

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to say of it, whether it is limited or not."""
        return (*self.limits, *script_of_texts_alone(self.word))


class _Held:
    """The words in force, of all brands, during one write."""

    def __init__(self, write: Write) -> None:
        self._held = defaultdict[str, dict[str, dict[str, str]]](lambda: defaultdict(dict))  # as one word: brand: words
        for identity, brand, word in words_in_force(write.connection):
            self._note(identity, brand, word)

    def own(self, brand: str, word: str) -> str | None:
        """The id of the brand's word that reads as this one; None: it has none."""
        found = self._held[as_one_word(word)][brand]
        return found.get(word) or next(iter(found.values()), None)

    def others(self, brand: str, word: str) -> list[tuple[str, str]]:
        """The other brands whose word reads as this one and is spelled otherwise, with how they spell it."""
        found = self._held[as_one_word(word)].items()
        return sorted(
            (other, next(iter(words))) for other, words in found if other != brand and words and word not in words
        )

    def add(self, reference: ReferenceImage) -> None:
        """Note a word that this write puts in force."""
        self._note(reference.reference_id, reference.brand_id, reference.source_name)

    def _note(self, identity: str, brand: str, word: str) -> None:
        self._held[as_one_word(word)][brand][word] = identity  # its spelling: its id


def _register_some(
    registry: Registry, store: Store, some: tuple[NewWord, ...], now: datetime
) -> list[Registered | RegistrationError]:
    checked = [_checked(each) for each in some]  # before the write: it reads word lists
    done = list[Registered | RegistrationError]()
    files = dict[Path, bytes]()
    with registry.database.write(now) as write:
        held = _Held(write)
        for each in checked:
            try:
                done.append(each if isinstance(each, RegistrationError) else _record(write, held, store, each, files))
            except RegistrationError as error:
                done.append(error)
        with ThreadPoolExecutor(_WRITERS) as pool:  # before the rows are there: none is ever without its file
            for written in [pool.submit(store.keep, path, data) for path, data in files.items()]:
                written.result()
    return [each if isinstance(each, RegistrationError) else _with_conflicts(registry, each) for each in done]


def _checked(each: NewWord) -> _Checked | RegistrationError:
    try:
        word = check_word(each.word)
        return _Checked(check_brand(each.brand), word, check_mark(each.mark), limits_of_word(word))
    except RegistrationError as error:
        return error


def _record(write: Write, held: _Held, store: Store, new: _Checked, files: dict[Path, bytes]) -> Registered:
    """Record a word in an open write, and add to `files` what media/ lacks. Raises Contradictory, recording nothing."""
    record_brand(write, new.brand)
    brand, data = new.brand.brand_id, new.word.encode("utf-8")
    identity = held.own(brand, new.word)
    known = None if identity is None else reference_in(write.connection, identity)
    if known is not None:
        recorded = mark_in(write.connection, known.mark_id)
        if new.mark != MarkFields():
            check_same_fields(known, recorded, new.mark)
        is_restored = _keep(store, known, files)
        return Registered(known, RegistrationOutcome.ALREADY_REGISTERED, new.warnings, (), is_restored=is_restored)
    sha256 = hashlib.sha256(data).hexdigest()
    withdrawn = reference_in(write.connection, reference_id(brand, ReferenceKind.WORD, sha256))
    asked = ReferenceImage(
        reference_id=reference_id(brand, ReferenceKind.WORD, sha256),
        brand_id=brand,
        kind=ReferenceKind.WORD,
        sha256=sha256,
        suffix=SUFFIX,
        mark_id=_mark_id(write, brand, new.mark, withdrawn),
        source_name=new.word,
        width=0,
        height=0,
        warnings=new.limits,
        registered_at=write.now,
        withdrawn_at=None,
    )
    reference, outcome = record_reference(write, asked)
    is_new_file = _keep(store, reference, files)
    others = held.others(brand, new.word)
    for other, _ in others:
        record_conflict(write, ReferenceKind.WORD, sha256, other, brand)
    if others and outcome is RegistrationOutcome.ADDED:
        outcome = RegistrationOutcome.REGISTERED_WITH_CONFLICT
    spellings = tuple(f"{other} has {word!r} registered: a match may be of either" for other, word in others)
    held.add(reference)
    is_restored = withdrawn is not None and is_new_file
    return Registered(reference, outcome, (*new.warnings, *spellings), (), is_restored=is_restored)


def _mark_id(write: Write, brand: str, mark: MarkFields, withdrawn: ReferenceImage | None) -> int | None:
    """The mark to record with a word; None: none, or a `withdrawn` one has it already."""
    if mark == MarkFields():
        return None
    if withdrawn is not None and not differing_fields(mark_in(write.connection, withdrawn.mark_id), mark):
        return None
    return record_mark(write, Mark(0, brand, **{name: getattr(mark, name) for name in MARK_FIELDS})).mark_id


def _keep(store: Store, reference: ReferenceImage, files: dict[Path, bytes]) -> bool:
    """Add the file of a word to those to be written; False: media/ has it, or it is among them."""
    path, data = store.media_path(reference.sha256, reference.suffix), reference.source_name.encode("utf-8")
    with contextlib.suppress(OSError):  # the write says what is wrong there
        if path in files or store.read(path) == data:
            return False
    files[path] = data
    return True


def _with_conflicts(registry: Registry, done: Registered) -> Registered:
    if done.outcome is RegistrationOutcome.ADDED:  # no other brand has the word
        return done
    reference = done.reference
    conflicts = tuple(
        conflict
        for conflict in registry.conflicts(sha256=reference.sha256)
        if conflict.kind is reference.kind and conflict.resolved_at is None and reference.brand_id in conflict.brands
    )
    return replace(done, conflicts=conflicts)
