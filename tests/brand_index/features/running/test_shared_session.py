"""A session on a GPU joins what several threads ask for; each gets its own rows of what comes out."""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from brand_index.features.running.shared_session import MOST, SharedSession

SECONDS = 30.0  # after which a test fails


class Device:
    """Stands for a session of ONNX Runtime: it doubles numbers, and waits for leave before each run."""

    def __init__(self, rows: object = "batch") -> None:
        self.rows, self.runs, self.begun, self.leave = rows, list[int](), threading.Event(), threading.Event()

    def get_inputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name="numbers", shape=[self.rows, 2])]

    def run(self, outputs: object, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        del outputs
        self.begun.set()
        assert self.leave.wait(SECONDS)
        self.runs.append(len(inputs["numbers"]))
        if np.isnan(inputs["numbers"]).any():
            raise ValueError("not a number")
        return [inputs["numbers"] * 2]


def asked(device: Device, inputs: list[NDArray[np.float32]]) -> list[NDArray[Any] | Exception]:
    """What each call gets, where all but the first come while the first one runs."""
    session = SharedSession(device)

    def one(numbers: NDArray[np.float32]) -> NDArray[Any] | Exception:
        try:
            return session.run(None, {"numbers": numbers})[0]
        except ValueError as error:
            return error

    with ThreadPoolExecutor(len(inputs)) as threads:
        first = threads.submit(one, inputs[0])
        assert device.begun.wait(SECONDS)
        others = [threads.submit(one, each) for each in inputs[1:]]
        until = time.monotonic() + SECONDS
        while sum(map(len, session._waiting.values())) < len(others) and session._joins:
            assert time.monotonic() < until
            time.sleep(0.001)
        device.leave.set()
        return [first.result(), *(each.result() for each in others)]


def numbers(*rows: float) -> NDArray[np.float32]:
    return np.array([[each, each] for each in rows], np.float32)


def test_calls_that_come_while_the_device_is_busy_are_one_run() -> None:
    device = Device()
    asked(device, [numbers(1), numbers(2), numbers(3, 4), numbers(5)])
    assert device.runs == [1, 4]


def test_each_call_gets_its_own_rows() -> None:
    given = [numbers(1), numbers(2), numbers(3, 4), numbers(5)]
    for inputs, output in zip(given, asked(Device(), given), strict=True):
        assert np.array_equal(np.asarray(output), inputs * 2)


def test_no_run_has_more_rows_than_fit_the_device() -> None:
    device = Device()
    asked(device, [numbers(0), *(numbers(*range(MOST // 2 + 1)) for _ in range(3))])
    assert device.runs == [1, *[MOST // 2 + 1] * 3]


def test_calls_of_another_shape_are_another_run() -> None:
    device, wide = Device(), np.ones((1, 3), np.float32)
    outputs = asked(device, [numbers(1), numbers(2), wide])
    assert sorted(device.runs) == [1, 1, 1]
    assert np.array_equal(np.asarray(outputs[2]), wide * 2)


def test_an_error_of_a_run_is_raised_to_all_that_it_served() -> None:
    outputs = asked(Device(), [numbers(1), numbers(2), numbers(np.nan)])
    assert [isinstance(each, ValueError) for each in outputs] == [False, True, True]


def test_a_network_of_one_image_at_a_time_is_run_for_each_call() -> None:
    device = Device(rows=1)
    asked(device, [numbers(1), numbers(2), numbers(3)])
    assert device.runs == [1, 1, 1]


def test_what_else_a_session_offers_is_that_of_onnx_runtime() -> None:
    with pytest.raises(AttributeError):
        SharedSession(Device()).no_such_thing()
    assert SharedSession(Device()).get_inputs()[0].name == "numbers"
