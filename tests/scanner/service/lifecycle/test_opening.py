"""The server answers while the service is being opened, tries again where that fails, and gives up when it stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.datastructures import State

from brand_index.errors import RegistryError
from scanner.service.lifecycle.opening import Opening, Say


class Parts:
    """Opens something after as many failures as there are errors; `slow`: never."""

    def __init__(self, *errors: BaseException, slow: bool = False) -> None:
        self.errors, self.slow, self.opened, self.closed, self.cancelled = list(errors), slow, 0, 0, False

    @asynccontextmanager
    async def __call__(self, say: Say) -> AsyncIterator[Any]:
        if self.errors:
            raise self.errors.pop(0)
        say("The first index is being built.")
        try:
            while self.slow:
                await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        self.opened += 1
        yield "a service"
        self.closed += 1


async def until_open(state: State) -> None:
    async with asyncio.timeout(60):
        while state.service is None:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "error", [RegistryError("the disk is full"), OSError("the disk is full"), SystemExit(3), asyncio.CancelledError()]
)
def test_a_service_that_cannot_be_opened_is_tried_again(error: BaseException) -> None:
    parts, state = Parts(error), State()

    async def go() -> None:
        async with Opening(state, parts):
            assert state.service is None
            await until_open(state)
            assert (parts.opened, parts.closed) == (1, 0)

    asyncio.run(go())
    assert (parts.closed, state.service) == (1, None)


def test_what_is_being_opened_is_given_up_when_the_server_stops() -> None:
    parts, state = Parts(slow=True), State()

    async def go() -> None:
        async with Opening(state, parts):
            assert state.why_closed == "The service starts."
            await asyncio.sleep(0.05)
            assert state.why_closed == "The first index is being built."

    asyncio.run(go())
    assert parts.cancelled
