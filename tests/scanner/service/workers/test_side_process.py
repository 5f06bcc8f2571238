"""The side process is replaced when an image kills it, and later calls do not replace it again."""

import asyncio
import os

import pytest

from scanner.service.problems import Problem
from scanner.service.workers.side_process import SideProcess


def test_what_kills_the_process_fails_and_what_comes_after_does_not() -> None:
    async def use() -> list[object]:
        side_process = SideProcess()
        died = await asyncio.gather(*(side_process.run(os._exit, 3) for _ in range(2)), return_exceptions=True)
        after = await side_process.run(int, "7")
        await side_process.close()
        return [*died, after]

    *died, after = asyncio.run(use())
    assert [isinstance(each, Problem) for each in died] == [True, True]
    assert after == 7


def test_what_the_work_raises_is_raised() -> None:
    async def use() -> None:
        side_process = SideProcess()
        try:
            await side_process.run(int, "no number")
        finally:
            await side_process.close()

    with pytest.raises(ValueError, match="no number"):
        asyncio.run(use())
