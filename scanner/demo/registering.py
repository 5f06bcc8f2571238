"""Puts the demo's brands and leaves into a registry; it draws and scans nothing."""

from datetime import UTC, datetime

from brand_index.registration import authorize, register_reference
from brand_index.store import Store
from scanner.demo.plan import DemoPlan
from scanner.service.accounts.registry import open_registry


def register_demo(plan: DemoPlan, store: Store, now: datetime | None = None) -> None:
    """Registers the plan's references and authorizations in `store`; what is there already is left as it is.

    `now` is aware UTC; None: the clock's.
    """
    now = now or datetime.now(UTC)
    with open_registry(store) as registry:
        for reference in plan.references:
            register_reference(
                registry,
                store,
                brand=reference.brand,
                kind=reference.kind,
                image=reference.path,
                name=f"{reference.brand.brand_id}/{reference.path.name}",
                now=now,
            )
        for leave in plan.authorizations:
            authorize(
                registry,
                store,
                brand=leave.brand,
                seller_id=leave.seller,
                kinds=leave.kinds,
                markets=leave.markets,
                first_day=leave.first_day,
                last_day=leave.last_day,
                now=now,
            )
