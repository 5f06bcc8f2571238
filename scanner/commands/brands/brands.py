"""The commands brands and index: lists what is registered, and builds the index that scans search."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from brand_index.errors import IndexUnusable, UsageError
from brand_index.store import Store
from scanner.commands.interruption import stoppable
from scanner.commands.reference_warnings import say_lost_files, say_not_searched, say_nothing_searched
from scanner.commands.shell import (
    ModelOption,
    RegistryOption,
    StoreOption,
    chosen_settings,
    open_registry,
    plain_errors,
    progress_bar,
    say,
    say_warnings,
    show_table,
)


def brands(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything that is registered, as JSON.")] = False,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """List the brands and how much each has registered.

    The table counts what is in force. --json also shows what was withdrawn or revoked. A warning names each reference
    that the index lacks because it cannot be described, or whose file is lost.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from brand_index.registry.overview import COLUMNS, as_json_value, as_rows

    with plain_errors(), open_registry(store, registry_url) as registry:
        if as_json:
            say(json.dumps(as_json_value(registry), ensure_ascii=False, indent=2))
        else:
            show_table(COLUMNS, as_rows(registry, datetime.now(UTC)))
        say_not_searched(Store.locate(store))
        say_lost_files(Store.locate(store), registry)


@stoppable(lambda: "Scans search the index that was published before; the same command goes on")
def index(
    *,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Build it even if it is sound and up to date.")] = False,
    model: ModelOption = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Check the index that scans search, bring it up to date where it is damaged or out of date, and merge segments.

    A scan does so by itself, but merges small segments only.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from brand_index.features.describing import BoundedDescriber
    from brand_index.index.building import build_index
    from brand_index.index.merging import merge_due
    from brand_index.index.published import published_index
    from brand_index.index.publishing import take_over
    from scanner.engine.examiner import open_embedder
    from scanner.walk import announced_review_only, building_alone, ensure_index

    place = Store.locate(store)
    with plain_errors(), open_registry(store, registry_url) as registry:
        settings, before = chosen_settings(model_manifest=model), _index_folder(place)
        became: list[str] = []
        with progress_bar("describing references") as advance:
            if not rebuild:
                ensure_index(place, registry, settings, advance, became.append)
            with building_alone(place, registry) as alone:
                if rebuild and not alone:
                    raise UsageError(
                        f"another process builds the index of {place.name}: stop it, or leave --rebuild out"
                    )
                if rebuild:
                    take_over(place)
                    with (
                        BoundedDescriber(settings.model_manifest) as describer,
                        announced_review_only(place, registry, became.append),
                    ):
                        build_index(place, registry, open_embedder(settings), advance, describer, anew=True)
                while alone and place.may_be_indexed and merge_due(place):
                    pass
        say_warnings(became)
        say_not_searched(place)
        say_lost_files(place, registry)
        say_nothing_searched(place)
        kept = not rebuild and _index_folder(place) == before
        found = "is sound and up to date, so nothing was built" if kept else "was built"
        say(f"the index of revision {published_index(place).revision} {found}: {_index_folder(place)}")


def _index_folder(place: Store) -> Path | None:
    from brand_index.index.published import current_folder

    try:
        return current_folder(place)
    except IndexUnusable:
        return None
