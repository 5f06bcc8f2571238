"""The commands webhooks list and retry: messages to the marketplace."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from scanner.commands.shell import RegistryOption, StoreOption, open_registry, plain_errors, say
from scanner.moderation.delivery_states import DeliveryState

webhooks = typer.Typer(
    name="webhooks", help="Messages to the marketplace: finished scans, seller notices.", no_args_is_help=True
)


@webhooks.command("list")
def webhooks_list(
    *,
    state: Annotated[
        DeliveryState | None, typer.Option(help="State of the messages; dead: the service gave up on them.")
    ] = DeliveryState.DEAD,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """List messages of one state as JSON lines.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.moderation.deliveries import list_deliveries

    with plain_errors(), open_registry(store, registry_url) as registry:
        for each in list_deliveries(registry.database, state):
            message = {"delivery_id": each.delivery_id, "scan_id": each.scan_id, "state": each.state}
            say(json.dumps(message | {"attempts": each.attempts, "last_error": each.last_error}))


@webhooks.command("retry")
def webhooks_retry(
    delivery_id: Annotated[str, typer.Argument(help="Identifier of the message. `markscan webhooks list` shows it.")],
    *,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Retry a message that the service gave up on.

    A running service sends it within seconds.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.moderation.deliveries import retry_delivery

    with plain_errors(), open_registry(store, registry_url) as registry:
        retry_delivery(registry.database, delivery_id, datetime.now(UTC))
        say(f"message {delivery_id} is queued again")
