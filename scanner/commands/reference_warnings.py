"""Warns on standard error of references that no scan finds, or whose files are lost; it changes nothing."""

from typing import TYPE_CHECKING, Final

from brand_index.errors import IndexUnusable
from brand_index.store import Store
from scanner.commands.shell import say_warnings

if TYPE_CHECKING:
    from brand_index.index.catalog import SetAside
    from brand_index.registry import Registry

NAMED: Final = 20  # references that a warning names


def say_not_searched(store: Store) -> None:
    """Print on standard error which references the published index lacks, because they cannot be described."""
    from scanner.walk import not_searched

    lacking = _set_aside(store)
    say_warnings(map(not_searched, lacking[:NAMED]))
    if (rest := len(lacking) - NAMED) > 0:
        say_warnings([f"and {rest} more {'is' if rest == 1 else 'are'} not searched"])


def say_lost_files(store: Store, registry: "Registry") -> None:
    """Print on standard error which references in force have lost their files, but those that are not searched."""
    from brand_index.registry.kept_files import lost_files
    from scanner.walk import without_file

    lacking = {each.reference_id for each in _set_aside(store)}
    lost = [each for each in lost_files(store, registry.references()) if each.reference_id not in lacking]
    say_warnings(without_file(each, store) for each in lost[:NAMED])
    if (rest := len(lost) - NAMED) > 0:
        gone = "file of 1 more reference is" if rest == 1 else f"files of {rest} more references are"
        say_warnings([f"and the {gone} gone: see `markscan audit verify`"])


def say_nothing_searched(store: Store, head: str = "") -> bool:
    """Warn on standard error where no image can match, for want of references, and return whether so."""
    from brand_index.index.published import published_index
    from scanner.walk import nothing_searched

    sentence = nothing_searched(published_index(store))
    say_warnings([] if sentence is None else [head + sentence])
    return sentence is not None


def _set_aside(store: Store) -> "tuple[SetAside, ...]":
    from brand_index.index.published import published_index
    from brand_index.index.publishing import take_over

    take_over(store)
    try:
        return published_index(store).set_aside
    except IndexUnusable:  # there is none yet: a scan builds it
        return ()
