"""An image is drawn once for all who ask for it, and one that kills the process is not tried at every call."""

import asyncio
import io
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from scanner.service.problems import Problem
from scanner.service.workers.drawing import CHECKER, DrawingRequest, thumbnail
from scanner.service.workers.drawn_images import REMEMBERED, DrawnImages
from scanner.service.workers.fair_queue import Tenant
from scanner.service.workers.side_process import SideProcess
from scanner.settings import Settings
from tests.conftest import draw_logo, jpeg, png

Result = TypeVar("Result")
IMAGE = jpeg(np.asarray(photographs.astronaut(), np.uint8)[::4, ::4])
ANN, BOB, SELLER = Tenant("users", "ann"), Tenant("users", "bob"), Tenant("sellers", "S1")


class Requests:
    """Counts how often a request is prepared, which is once for each drawing."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self) -> DrawingRequest:
        self.number += 1
        return DrawingRequest(IMAGE, None, None, None)


def length(request: DrawingRequest) -> int:
    """In the process: a drawing, as far as these tests care."""
    return len(request.listing or b"")


def die(request: DrawingRequest) -> int:
    """In the process: what a poisonous image does."""
    os._exit(3)


def used(use: Callable[[SideProcess], Awaitable[Result]]) -> Result:
    async def opened() -> Result:
        side_process = SideProcess(30.0)
        try:
            return await asyncio.wait_for(use(side_process), 60)
        finally:
            await side_process.close()

    return asyncio.run(opened())


def test_many_who_ask_at_once_and_later_get_one_drawing() -> None:
    async def use(side_process: SideProcess) -> tuple[set[int], int]:
        images, request = DrawnImages(side_process, length, 9), Requests()
        asked = (images.image("case/1", tenant, request) for tenant in (ANN, SELLER, BOB, ANN, SELLER) * 4)
        outcomes = set(await asyncio.gather(*asked))
        outcomes.add(await images.image("case/1", BOB, request))
        return outcomes, request.number

    assert used(use) == ({len(IMAGE)}, 1)


def test_who_asks_for_a_waiting_image_gets_it_at_its_own_turn() -> None:
    async def use(side_process: SideProcess) -> list[str]:
        images, order = DrawnImages(side_process, length, 99), list[str]()

        async def ask(key: str, tenant: Tenant) -> None:
            await images.image(key, tenant, Requests())
            order.append(f"{tenant.name} {key}")

        sellers = [asyncio.create_task(ask(f"case/{number}", SELLER)) for number in range(9)]
        await asyncio.sleep(0)
        await asyncio.gather(ask("case/8", ANN), *sellers)
        return order

    assert used(use).index("ann case/8") <= 2


def test_a_caller_that_is_gone_takes_the_drawing_from_nobody() -> None:
    async def use(side_process: SideProcess) -> int:
        images, request = DrawnImages(side_process, length, 9), Requests()
        gone = asyncio.create_task(images.image("case/1", ANN, request))
        stays = asyncio.create_task(images.image("case/1", BOB, request))
        await asyncio.sleep(0)
        gone.cancel()
        return await stays

    assert used(use) == len(IMAGE)


def test_an_image_that_kills_the_process_is_tried_again_after_a_while_only() -> None:
    async def use(side_process: SideProcess) -> list[int]:
        now, deaths = 0.0, []
        images = DrawnImages(side_process, die, 9, lambda: now)
        for later in (0.0, 1.0, REMEMBERED):
            now += later
            with pytest.raises(Problem) as refused:
                await images.image("case/1", SELLER, Requests())
            assert refused.value.status == 422
            deaths.append(side_process.deaths)
        return deaths

    assert used(use) == [2, 2, 4]


def test_a_file_that_is_lost_today_is_looked_for_again() -> None:
    async def use(side_process: SideProcess) -> int:
        images = DrawnImages(side_process, length, 9)

        def lost() -> DrawingRequest:
            return DrawingRequest(Path("/nowhere/at all").read_bytes(), None, None, None)

        with pytest.raises(FileNotFoundError):
            await images.image("case/1", ANN, lost)
        return await images.image("case/1", ANN, Requests())

    assert used(use) == len(IMAGE)


def test_a_light_mark_on_transparency_is_drawn_on_a_light_checker_and_not_on_black() -> None:
    logo = png(draw_logo("ACME", (255, 255, 255)))
    drawn = thumbnail(DrawingRequest(logo, None, None, None, vector=True), Settings())
    assert drawn is not None
    pixels = np.asarray(Image.open(io.BytesIO(drawn)).convert("L"), np.int64)
    assert pixels.min() > min(CHECKER) - 20
    assert pixels.max() > 240  # the mark itself
