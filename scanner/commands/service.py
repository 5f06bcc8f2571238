"""The commands serve, keys, audit, purge and webhooks: parse, call, print, exit code; no rule of their own."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from brand_index import fields
from brand_index.errors import InvalidField
from brand_index.store import Store
from scanner.commands.evidence import evidence
from scanner.commands.shared import ServiceMissing, open_registry, settings_of
from scanner.commands.shell import ExitCode, RegistryOption, StoreOption, plain_errors, say
from scanner.commands.statements import statements
from scanner.commands.users import users
from scanner.moderation.deliveries import DeliveryState
from scanner.moderation.seller_notices.queries import seller_notice_faults
from scanner.moderation.store import Records
from scanner.service.accounts.keys import create_key, list_keys, revoke_key
from scanner.service.accounts.tables import Role

keys = typer.Typer(help="API keys of the service.", no_args_is_help=True)
audit = typer.Typer(help="The audit log.", no_args_is_help=True)
webhooks = typer.Typer(help="Messages to the marketplace: finished scans, seller notices.", no_args_is_help=True)


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on; behind a proxy leave it as it is.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")] = 8000,
    workers: Annotated[int | None, typer.Option(min=1, help="Number of processes; else as in the settings.")] = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Run the service. SIGTERM stops it after it has answered the calls in progress.

    Exit codes: 0 stopped, 1 internal error, 2 usage.
    """
    with plain_errors():
        try:
            from scanner.service.serving import serve_for_ever  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise ServiceMissing(f"{error}: install what the service needs: pip install 'markscan[service]'") from error
        settings = settings_of(registry_url)
        if workers is not None:
            bounds = settings.service.model_copy(update={"workers": workers})
            settings = settings.model_copy(update={"service": bounds})
        serve_for_ever(Store.locate(store), settings, host, port)


@keys.command("create")
def keys_create(
    *,
    role: Annotated[Role, typer.Option(help="What the key allows.")],
    name: Annotated[str, typer.Option(help="A name for people.")],
    brands: Annotated[str, typer.Option(help="A brand owner's brands, such as acme,acme-kids.")] = "",
    calls_a_minute: Annotated[
        int | None, typer.Option(min=1, help="Limit of the key; else as in the settings.")
    ] = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Create an API key and print it. It is not shown again.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    with plain_errors(), open_registry(store, registry_url, create=True) as registry:
        owned, now = frozenset(fields.split(brands)), datetime.now(UTC)
        key, text = create_key(
            registry.database, role=role, name=name, brands=owned, calls_a_minute=calls_a_minute, now=now
        )
        say(f"key {key.key_id}, role {key.role.value}: it is shown this once and kept nowhere", error=True)
        say(text)


@keys.command("list")
def keys_list(*, store: StoreOption = None, registry_url: RegistryOption = None) -> None:
    """List all keys, without their secrets.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    with plain_errors(), open_registry(store, registry_url) as registry:
        table = Table()
        for column in ("key", "role", "name", "brands", "calls a minute", "created", "revoked"):
            table.add_column(column, no_wrap=column == "key", overflow="fold")
        for key in list_keys(registry.database):
            table.add_row(
                key.key_id,
                key.role.value,
                key.name,
                ",".join(sorted(key.brands)),
                "" if key.calls_a_minute is None else str(key.calls_a_minute),
                f"{key.created_at:%Y-%m-%d %H:%M}",
                "" if key.revoked_at is None else f"{key.revoked_at:%Y-%m-%d %H:%M}",
            )
        Console().print(table)


@keys.command("revoke")
def keys_revoke(
    key_id: Annotated[str, typer.Argument(help="As `markscan keys list` shows it.")],
    *,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Revoke a key. The next call with it is refused.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    with plain_errors(), open_registry(store, registry_url) as registry:
        ended = revoke_key(registry.database, key_id, datetime.now(UTC))
        say(f"key {ended.key_id} ({ended.name}) is revoked since {ended.revoked_at:%Y-%m-%d %H:%M} UTC")


@audit.command("verify")
def audit_verify(
    *,
    since: Annotated[
        str, typer.Option(metavar="NUMBER:DIGEST", help="What an earlier run printed: the log must continue from it.")
    ] = "",
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Find events of the audit log that were changed, dropped or moved, and altered scans, notices and appeals.

    Exit codes: 0 all intact, 1 internal error, 2 usage, 3 something was altered.
    """
    with plain_errors(), open_registry(store, registry_url) as registry:
        found = [
            *registry.history_faults(since=_since(since)),
            *Records(registry.database, Store.locate(store)).faults(),
            *seller_notice_faults(registry.database),
        ]
        for fault in found:
            say(fault, error=True)
        count, digest = registry.history_digest()
        if found:
            raise typer.Exit(ExitCode.SOME_REFUSED)
        say(f"{count} events, each as it was written. Keep this elsewhere, and give it to --since next time:")
        say(f"{count}:{digest}")


@audit.command("show")
def audit_show(
    *,
    last: Annotated[int, typer.Option(min=1, help="Number of the newest events.")] = 50,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Print events of the audit log as JSON lines, oldest first.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    with plain_errors(), open_registry(store, registry_url) as registry:
        for event in registry.history()[-last:]:
            told = {"event": event.event_id, "at": event.at.isoformat(), "actor": event.actor, "what": event.what}
            more = {"subject": event.subject, **json.loads(event.details), "earlier": json.loads(event.earlier)}
            say(json.dumps(told | more, ensure_ascii=False))


def purge(
    *,
    image_days: Annotated[
        float | None, typer.Option(min=0, help="Days to keep images; else as in the settings.")
    ] = None,
    verdict_days: Annotated[
        float | None, typer.Option(min=0, help="Days to keep verdicts; else as in the settings.")
    ] = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Delete listing images and verdicts that are older than the settings allow. The service does it hourly.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.moderation.purging import purge_old  # noqa: PLC0415

    with plain_errors(), open_registry(store, registry_url) as registry:
        bounds = settings_of(registry_url).service
        asked = {"keep_image_days": image_days, "keep_verdict_days": verdict_days}
        bounds = bounds.model_copy(update={name: days for name, days in asked.items() if days is not None})
        done = purge_old(registry.database, Store.locate(store), bounds, datetime.now(UTC))
        say(f"{done.images} images and {done.scans} scans are taken away")


@webhooks.command("list")
def webhooks_list(
    *,
    state: Annotated[DeliveryState | None, typer.Option(help="Only messages in this state.")] = DeliveryState.DEAD,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """List messages as JSON lines; without --state those that the service gave up.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.moderation.deliveries import list_deliveries  # noqa: PLC0415

    with plain_errors(), open_registry(store, registry_url) as registry:
        for each in list_deliveries(registry.database, state):
            told = {"delivery_id": each.delivery_id, "scan_id": each.scan_id, "state": each.state}
            say(json.dumps(told | {"attempts": each.attempts, "last_error": each.last_error}))


@webhooks.command("retry")
def webhooks_retry(
    delivery_id: Annotated[str, typer.Argument(help="As `markscan webhooks list` shows it.")],
    *,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Retry a message that the service gave up; a running service sends it within seconds.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.moderation.deliveries import retry_delivery  # noqa: PLC0415

    with plain_errors(), open_registry(store, registry_url) as registry:
        retry_delivery(registry.database, delivery_id, datetime.now(UTC))
        say(f"message {delivery_id} is tried again")


def mount(app: typer.Typer) -> None:
    """Give `app` these commands."""
    app.command("serve")(serve)
    app.command("purge")(purge)
    for group, name in (
        (keys, "keys"),
        (audit, "audit"),
        (users, "users"),
        (webhooks, "webhooks"),
        (evidence, "evidence"),
        (statements, "statements"),
    ):
        app.add_typer(group, name=name)


def _since(text: str) -> tuple[int, str] | None:
    if not text:
        return None
    number, _, digest = text.partition(":")
    if not (number.isascii() and number.isdigit() and digest):
        raise InvalidField(f"--since {text!r}: give NUMBER:DIGEST, as an earlier run printed it")
    return int(number), digest
