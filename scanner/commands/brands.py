"""The commands brands and index: what the registry holds as a whole, and the index that scans search."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from brand_index.registry.overview import as_json_value, as_table
from brand_index.store import Store
from scanner.commands.shell import ModelOption, RegistryOption, StoreOption, plain_errors, say
from scanner.service.accounts.registry import open_registry


def brands(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON, with identifiers.")] = False,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """List what is registered. The table counts what is in force; the JSON also has what was withdrawn or revoked.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    with plain_errors(), open_registry(Store.locate(store), registry_url, create=False) as registry:
        if as_json:
            say(json.dumps(as_json_value(registry), ensure_ascii=False, indent=2))
        else:
            Console().print(as_table(registry, datetime.now(UTC)))


def index(
    *,
    model: ModelOption = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Build the index that scans search. A scan does so itself if the registry has changed.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    # The models and faiss are for this command alone, and take a second to load.
    from brand_index.features.embedding import OnnxEmbedder  # noqa: PLC0415
    from brand_index.features.weights import MANIFEST, read_manifest  # noqa: PLC0415
    from brand_index.index.building import build_index  # noqa: PLC0415
    from brand_index.index.published import current_folder  # noqa: PLC0415

    place = Store.locate(store)
    with (
        plain_errors(),
        open_registry(place, registry_url, create=False) as registry,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        embedder = OnnxEmbedder(read_manifest(model or MANIFEST))
        task = progress.add_task("describing", total=None)
        revision = build_index(
            place, registry, embedder, lambda done, total: progress.update(task, completed=done, total=total)
        )
        say(f"index of revision {revision}: {current_folder(place)}")
