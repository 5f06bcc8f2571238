"""Accepts the forms of marks that enough reviewers proposed alike, as the policy says."""

import asyncio
import logging
from typing import Final

from brand_index.registry.database import Database
from scanner.moderation.forms.proposing import list_forms
from scanner.moderation.forms.tables import FormState
from scanner.service.tasks.index_keeper import IndexKeeper
from scanner.service.tasks.periodic_task import PeriodicTask
from scanner.service.workers.accepting import FormAcceptor
from scanner.verdicts.policy import LearntForms

EVERY: Final = 60.0  # seconds
_log = logging.getLogger(__name__)


class FormKeeper:
    """Looks at the proposed forms now and then, and at once when woken by a confirmation that proposes one."""

    def __init__(self, database: Database, acceptor: FormAcceptor, keeper: IndexKeeper, policy: LearntForms) -> None:
        self._database, self._acceptor, self._keeper, self._policy = database, acceptor, keeper, policy
        self.task = PeriodicTask("forms", self._accept, EVERY)

    async def _accept(self) -> None:
        if not await asyncio.to_thread(self._is_enough):  # so that the side process is not started for nothing
            return
        for form in await self._acceptor.accept_confirmed():
            _log.info("form %s by the policy", form.state.value, extra={"form_id": form.form_id})
            self._keeper.task.wake()

    def _is_enough(self) -> bool:
        least = self._policy.confirmations
        waiting = list_forms(self._database, state=FormState.PROPOSED)
        return 0 < least <= len({each.proposed_by for each in waiting})
