"""Accepts proposed forms of marks in the side process that registers, for people and by the policy."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from brand_index.store import Store
from scanner.moderation.forms.accepting import FormAcceptance
from scanner.moderation.forms.proposing import BY_POLICY
from scanner.moderation.forms.tables import ProposedForm
from scanner.service.accounts.registry import open_registry
from scanner.service.workers.fair_queue import Tenant
from scanner.service.workers.registering import describer_of
from scanner.service.workers.side_process import SideProcess
from scanner.settings import Settings
from scanner.verdicts.policy import read_policy

_POLICY = Tenant("service", "forms")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A person's request to accept a form."""

    form_id: int
    author: str  # the user, or the key's name


class FormAcceptor:
    """Accepts forms in a side process that is fair to brands."""

    def __init__(self, process: SideProcess, store: Store, settings: Settings) -> None:
        self._process, self._store, self._settings = process, store, settings

    async def accept(self, brand: str, asked: Accepted, actor: str) -> ProposedForm:
        """Accept a form of a brand, as `actor`, unless its test refuses it. Raises as FormAcceptance, and Problem."""
        work = partial(accept_form, self._store, self._settings, actor)
        return await self._process.run(Tenant("brands", brand), work, lambda: asked)

    async def accept_confirmed(self) -> tuple[ProposedForm, ...]:
        """Accept what enough reviewers proposed alike, as the policy says. Raises Problem."""
        work = partial(accept_confirmed, self._store, self._settings)
        return await self._process.run(_POLICY, work, lambda: datetime.now(UTC))


def accept_form(store: Store, settings: Settings, actor: str, asked: Accepted) -> ProposedForm:
    """In the process: accept a form for a person."""
    policy = read_policy(settings.policy)
    with open_registry(store, settings.registry_url, create=False) as opened:
        acceptance = FormAcceptance(opened.acting(actor), store, describer_of(settings.model_manifest), policy)
        return acceptance.accept(asked.form_id, asked.author, datetime.now(UTC))


def accept_confirmed(store: Store, settings: Settings, now: datetime) -> tuple[ProposedForm, ...]:
    """In the process: accept what the policy says."""
    policy = read_policy(settings.policy)
    with open_registry(store, settings.registry_url, create=False) as opened:
        registry = opened.acting(f"{BY_POLICY}{policy.name}")
        return FormAcceptance(registry, store, describer_of(settings.model_manifest), policy).accept_confirmed(now)
