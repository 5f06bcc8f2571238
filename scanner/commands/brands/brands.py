"""The commands brands and index: lists what is registered, and builds the index that scans search."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from brand_index.store import Store
from scanner.commands.shell import (
    ModelOption,
    RegistryOption,
    StoreOption,
    chosen_settings,
    open_registry,
    plain_errors,
    progress_bar,
    say,
    say_not_searched,
)


def brands(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything that is registered, as JSON.")] = False,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """List the brands and how much each has registered.

    The table counts what is in force. --json also shows what was withdrawn or revoked. A warning names each reference
    that the index lacks because it cannot be described.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from rich.console import Console

    from brand_index.registry.overview import as_json_value, as_table

    with plain_errors(), open_registry(store, registry_url) as registry:
        if as_json:
            say(json.dumps(as_json_value(registry), ensure_ascii=False, indent=2))
        else:
            Console().print(as_table(registry, datetime.now(UTC)))
        say_not_searched(Store.locate(store))


def index(
    *,
    model: ModelOption = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Build the index that scans search.

    A scan builds it by itself if the registry has changed.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from brand_index.features.describing import BoundedDescriber
    from brand_index.index.building import build_index
    from brand_index.index.published import current_folder
    from scanner.engine.examiner import open_embedder

    place = Store.locate(store)
    with plain_errors(), open_registry(store, registry_url) as registry:
        settings = chosen_settings(model_manifest=model)
        embedder = open_embedder(settings)
        with (
            BoundedDescriber(settings.model_manifest) as describer,
            progress_bar("describing references") as advance,
        ):
            revision = build_index(place, registry, embedder, advance, describer)
        say_not_searched(place)
        say(f"index of revision {revision}: {current_folder(place)}")
