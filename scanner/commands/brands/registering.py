"""Registers the images and words that the command register was given, and prints what became of each."""

import os
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from brand_index.errors import MarkscanError, UsageError
from brand_index.store import Store
from brand_index.types import Brand, Form, ReferenceKind, SourceRegion
from scanner.commands.brands.digest import Digest, Topic
from scanner.commands.shell import cluster_installed, counted, progress_bar, say

if TYPE_CHECKING:
    from brand_index.csv_files import BadRow
    from brand_index.features.describing import Describer
    from brand_index.registration import MarkFields, Reading, Registered
    from brand_index.registry import Registry

WORTH_A_PROCESS: Final = 10  # images that take about as long to describe as a process takes to start


@dataclass(frozen=True, slots=True)
class NewReference:
    """An image or word to register: it has a path or a word."""

    label: str  # the path or word, or the CSV row, for messages
    brand: Brand
    kind: ReferenceKind
    mark: "MarkFields"
    path: Path | None = None
    word: str | None = None
    fault: str | None = None  # why the path is not opened; None: it is
    form: Form | None = None  # None: as check_form says
    region: SourceRegion | None = None  # of the image, to be registered; None: all of it


class _PartsOf(Enum):
    """Of which artwork the parts are found."""

    NONE = "none"
    NEW = "what is new"
    ALL = "what is registered already, too"


class _Suggestions:
    """The words that logos were read to show, each said or registered once for a brand."""

    def __init__(self, asked: "Iterable[NewReference | BadRow]") -> None:
        from brand_index.features.words import folded

        self._folded = folded
        self._known = {  # those that are registered anyway, in a later row too
            (each.brand.brand_id, folded(each.word))
            for each in asked
            if isinstance(each, NewReference) and each.word is not None
        }

    def new(self, done: "Registered") -> tuple[str, ...]:
        """Those of a logo's words that were not there yet."""
        brand, found = done.reference.brand_id, list[str]()
        for word in done.reads:
            if (brand, self._folded(word)) not in self._known:
                self._known.add((brand, self._folded(word)))
                found.append(word)
        return tuple(found)


@contextmanager
def describing(
    cluster: str | None, wanted: "Sequence[NewReference | BadRow]", manifest: Path
) -> "Iterator[Sequence[Describer]]":
    """What describes the images of `wanted`: a cluster at this address; None: processes of this machine."""
    from brand_index.features.describing import BoundedDescriber

    images = [each for each in wanted if isinstance(each, NewReference) and each.path is not None]
    with ExitStack() as stack:
        if cluster is None:
            yield [stack.enter_context(BoundedDescriber(manifest)) for _ in range(_processes(len(images)))]
            return
        with cluster_installed():
            from scanner.bulk.cluster.describing import FileToDescribe, describing_on

        files = [
            FileToDescribe(each.path.absolute(), each.kind, each.form)
            for each in images
            if each.path is not None and each.region is None
        ]
        local = stack.enter_context(BoundedDescriber(manifest))
        yield [stack.enter_context(describing_on(cluster, files, local, manifest))]


def _processes(images: int) -> int:
    """In how many processes so many images are described: one for each processor, if each has enough to do."""
    return max(1, min(os.cpu_count() or 1, images // WORTH_A_PROCESS))


def register_each(
    registry: "Registry",
    store: Store,
    wanted: "Iterable[NewReference | BadRow]",
    describers: "Sequence[Describer]",
    *,
    with_words: bool,
    with_parts: bool,
    manifest: Path,
    quiet: bool,
) -> tuple[Counter[str], "list[Registered]"]:
    """Register each and print its outcome. Returns counts by outcome, and what is new, without its parts.

    As many images are described at once as there are `describers`. The networks of `manifest` read the logos:
    `with_words` registers what they show, otherwise new ones are suggested. `with_parts`: likewise of parts of artwork.
    """
    from brand_index.registration import Reading
    from brand_index.registry import RegistrationOutcome

    tally: Counter[str] = Counter()
    new: list[Registered] = []
    asked = tuple(wanted)
    suggestions = _Suggestions(asked)
    reading = Reading(manifest, known_too=with_words) if with_words or not quiet else None
    digest, kept = Digest(len(asked)), 0
    parts = _PartsOf.ALL if with_parts else _PartsOf.NONE if quiet else _PartsOf.NEW
    with (
        closing(_images(registry, store, asked, describers, reading, parts, with_words=with_words)) as images,
        progress_bar("registering", len(asked)) as advance,
    ):
        for is_word, group in groupby(asked, lambda each: isinstance(each, NewReference) and each.word is not None):
            some = tuple(group)
            if is_word:
                found = _words(registry, store, some)
            else:
                found = _others(registry, store, some, images, suggestions if with_words else None)
            for label, done in found:
                advance(min(tally.total() + 1, len(asked)), len(asked))
                if isinstance(done, str):
                    tally["refused"] += 1
                    digest.say(Topic.REFUSED, f"{label}: refused: {done}")
                    continue
                tally[done.outcome.value] += 1
                kept += done.keeps_mark
                if done.outcome is not RegistrationOutcome.ALREADY_REGISTERED:
                    new.append(replace(done, parts=()))  # their pixels are not needed any more
                if not quiet:
                    _say_done(label, done, digest)
                    if not with_words and (words := suggestions.new(done)):
                        word = "word" if len(words) == 1 else "words"
                        asks = f"register the {word} too? --with-words does it"
                        digest.say(Topic.READ, f"{label}: reads {', '.join(words)}: {asks}")
                if with_parts:
                    forms = _parts(registry, store, label, done, describers[0], digest, quiet=quiet)
                    tally.update(each.outcome.value for each in forms)
                    new += [each for each in forms if each.outcome is not RegistrationOutcome.ALREADY_REGISTERED]
                elif done.parts:
                    _say_parts(label, done, digest)
    digest.say_rest()
    if kept:
        say(
            f"{counted(kept, 'logo')} registered before: nothing of their marks is changed, and their words get what "
            "is given here; `markscan marks edit` changes a mark"
        )
    if not tally:
        raise UsageError("there is nothing to register: the table is empty")
    return tally, new


def _words(
    registry: "Registry", store: Store, some: "Iterable[NewReference | BadRow]"
) -> "Iterator[tuple[str, Registered | str]]":
    """The label of each word, and what became of it or why it is refused. Many are recorded in one write."""
    from brand_index.registration import NewWord, register_words

    asked = [each for each in some if isinstance(each, NewReference)]
    words = (NewWord(each.brand, each.word or "", each.mark) for each in asked)
    for each, done in zip(asked, register_words(registry, store, words, datetime.now(UTC)), strict=True):
        if isinstance(done, MarkscanError):
            yield each.label, str(done)
        elif done.reference.word != each.word:
            yield f"{each.label} (reads as {done.reference.word})", done
        else:
            yield each.label, done


def _images(
    registry: "Registry",
    store: Store,
    asked: "Iterable[NewReference | BadRow]",
    describers: "Sequence[Describer]",
    reading: "Reading | None",
    parts: _PartsOf,
    *,
    with_words: bool,
) -> "Generator[Registered | MarkscanError, None, None]":
    """What became of each image that can be opened, in order: several are described ahead, across rows of words too."""
    from brand_index.registration import NewImage, register_many

    images = (
        NewImage(each.brand, each.kind, each.path, mark=each.mark, form=each.form, region=each.region)
        for each in asked
        if isinstance(each, NewReference) and each.fault is None and each.path is not None
    )
    yield from register_many(
        *(registry, store, images, describers),
        reading=reading,
        find_parts=parts is not _PartsOf.NONE,
        known_too=with_words or parts is _PartsOf.ALL,
    )


def _others(
    registry: "Registry",
    store: Store,
    some: "Iterable[NewReference | BadRow]",
    images: "Iterator[Registered | MarkscanError]",
    to_register: _Suggestions | None,
) -> "Iterator[tuple[str, Registered | str]]":
    """As _words, of images and bad rows, and of the words `to_register` that images show; None: of none."""
    from brand_index.csv_files import BadRow

    for each in some:
        if isinstance(each, BadRow):
            yield f"line {each.line}", str(each.error)
            continue
        if each.fault is not None or each.path is None:
            yield each.label, f"cannot be read ({each.fault})"
            continue
        done = next(images)
        if isinstance(done, MarkscanError):
            yield each.label, str(done).removeprefix(f"{each.path}: ").removeprefix(f"{each.path.name}: ")
            continue
        yield each.label, done
        if to_register is not None:
            read = [replace(each, label=f"{each.label}: reads {word}", word=word) for word in to_register.new(done)]
            yield from _words(registry, store, read)


def _parts(
    registry: "Registry",
    store: Store,
    label: str,
    done: "Registered",
    describer: "Describer",
    digest: Digest,
    *,
    quiet: bool,
) -> "tuple[Registered, ...]":
    """Register the parts of an image that was registered, as forms of the same mark, and print what became of each."""
    from brand_index.registration.forms import register_parts

    registered = tuple(register_parts(registry, store, done.reference, done.parts, describer, datetime.now(UTC)))
    if not quiet:
        for part in registered:
            _say_done(f"{label}: part {','.join(map(str, part.reference.source_region or ()))}", part, digest)
        _say_unfit(label, done, digest)
    return registered


def _say_parts(label: str, done: "Registered", digest: Digest) -> None:
    """Say which parts an image seems to have, and which of them cannot stand alone."""
    fit = [part.place for part in done.parts if part.refused is None]
    forms = "a form of its own" if len(fit) == 1 else "forms of their own"
    asks = f"register {' and '.join(fit)} as {forms} too? --with-parts does it"
    digest.say(Topic.PART, f"{label}: seems to have {len(done.parts)} parts: {asks}")
    _say_unfit(label, done, digest)


def _say_unfit(label: str, done: "Registered", digest: Digest) -> None:
    for part in done.parts:
        if part.refused is not None:
            digest.say(Topic.PART, f"its part {part.place} cannot stand alone: {part.refused}", under=label)


def _say_done(label: str, done: "Registered", digest: Digest) -> None:
    from brand_index.registration.examining import LOOKS_LIKE
    from brand_index.registry import RegistrationOutcome

    reference = done.reference
    what = "file" if reference.word is None else "word"
    digest.say(Topic.DONE, f"{label}: {done.result}: {reference.reference_id}")
    for conflict in done.conflicts:
        (other,) = set(conflict.brands) - {reference.brand_id}
        number = conflict.conflict_id
        see = f"see `markscan conflicts resolve {number}`"
        digest.say(Topic.CONFLICT, f"conflict {number}: {other} registered the same {what}; {see}", under=label)
    if done.outcome is not RegistrationOutcome.ALREADY_REGISTERED:
        for warning in done.warnings:
            if warning not in LOOKS_LIKE.values():  # one message says that of all of them
                digest.say(Topic.WARNING, f"warning: {warning}", under=label)
