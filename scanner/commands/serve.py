"""The commands serve and purge: run the service, and delete old images and verdicts as it does every hour."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from brand_index.errors import RegistryMissing
from brand_index.store import Store
from scanner.commands.shell import (
    ModelOption,
    RegistryOption,
    StoreOption,
    chosen_settings,
    open_registry,
    open_registry_of,
    plain_errors,
    say,
    service_installed,
)


def serve(
    *,
    host: Annotated[
        str, typer.Option(help="Address to listen on. Keep the default behind a reverse proxy.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")] = 8000,
    workers: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Number of worker processes. Default: service.workers of the settings."),
    ] = None,
    create: Annotated[bool, typer.Option("--create", help="Make the store if it is not there.")] = False,
    model: ModelOption = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Run the service: the HTTP API and the console.

    SIGTERM stops it once it has answered the calls in progress.

    Exit codes: 0 stopped, 1 internal error, 2 usage.
    """
    with plain_errors():
        with service_installed():
            from scanner.service.service import check_usable
            from scanner.service.serving import check_address, serve_for_ever
        settings = chosen_settings(registry_url=registry_url, model_manifest=model, service={"workers": workers})
        place = Store.locate(store)
        check_address(host, port)
        if create:
            open_registry_of(place, settings, create=True).close()
        try:
            check_usable(place, settings)  # fails before the service starts: it would try for ever
        except RegistryMissing as error:
            raise RegistryMissing(f"{error}, or with --create") from error
        serve_for_ever(place, settings, host, port)


def purge(
    *,
    image_days: Annotated[
        float | None,
        typer.Option(
            min=0, metavar="DAYS", help="Days to keep images. Default: service.keep_image_days of the settings."
        ),
    ] = None,
    verdict_days: Annotated[
        float | None,
        typer.Option(
            min=0, metavar="DAYS", help="Days to keep verdicts. Default: service.keep_verdict_days of the settings."
        ),
    ] = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Delete listing images and verdicts that are older than the settings allow.

    A running service does this every hour.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.moderation.purging import purge_old

    with plain_errors(), open_registry(store, registry_url) as registry:
        days = {"keep_image_days": image_days, "keep_verdict_days": verdict_days}
        bounds = chosen_settings(service=days).service
        done = purge_old(registry.database, Store.locate(store), bounds, datetime.now(UTC))
        say(f"images deleted: {done.images}, scans deleted: {done.scans}")
