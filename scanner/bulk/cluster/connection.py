"""Connects to a Ray cluster that somebody runs, and says plainly what keeps that from working."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Final

import ray
import ray.data

from brand_index.errors import UsageError

_SECONDS: Final = 20.0  # for an answer of the cluster's first machine


class ClusterUnavailable(UsageError):
    """The cluster cannot be reached, or its machines cannot do the work."""

    code = "cluster_unavailable"


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Within the block this process may use the cluster at `address`: auto, HOST:PORT, or ray://HOST:PORT.

    "auto" is the cluster that RAY_ADDRESS names, else the one that runs on this machine; none is started. Raises
    ClusterUnavailable.
    """
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # it says of each actor what could happen to it
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # else Ray Data starts an actor that collects them
    try:
        _knock(address)
        ray.init(address=address, log_to_driver=False, configure_logging=False, logging_level=logging.WARNING)
    except (OSError, RuntimeError, ValueError) as error:
        raise ClusterUnavailable(
            f"--cluster {address}: no Ray cluster answers ({_first_line(error)}). Start one with `ray start --head`, "
            "and join each other machine with the command that it prints"
        ) from error
    try:
        logging.getLogger("ray.data").setLevel(logging.ERROR)  # it would print its plan
        yield
    finally:
        ray.shutdown()


def processors() -> int:
    """How many processors the cluster has for work now, and 1 at least: one that grows by itself may have none yet."""
    return max(1, int(ray.cluster_resources().get("CPU", 1)))


def check_version(wanted: str) -> None:
    """On a node: raises ClusterUnavailable unless its Markscan is that of the machine that gave the command."""
    if (found := version("markscan")) != wanted:
        node = ray.util.get_node_ip_address()
        raise ClusterUnavailable(
            f"the node {node} has Markscan {found}, and this machine {wanted}: install the same on all machines"
        )


def _knock(address: str) -> None:
    """Raises OSError where nothing listens at HOST:PORT; Ray would try for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdigit():
        socket.create_connection((host, int(port)), timeout=_SECONDS).close()


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".:") if lines else type(error).__name__
