"""Services on several machines, all on this one: one PostgreSQL, one S3 server, and a folder for each service."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import httpx
import pytest
from benchmarks.servers import PostgreSQL, free_port, postgresql_programs, postgresql_server

from tests.servers import s3_server, wait_for

ROOT: Final = Path(__file__).parents[4]
LEASE: Final = 3  # seconds


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests that need the servers where they are not installed, with a sentence."""
    missing = [name for name in ("s3fs", "moto", "psycopg") if find_spec(name) is None]
    missing += ["PostgreSQL"] if postgresql_programs() is None else []
    for item in items:
        if missing and item.get_closest_marker("cluster"):
            item.add_marker(pytest.mark.skip(reason=f"{', '.join(missing)}: pip install '.[test-cluster]'"))


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    """A database server of the module's own."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a store in a bucket; the test itself is one of the machines, with a cache of its own."""
    with ExitStack() as stack:
        stack.enter_context(s3_server())
        patched = stack.enter_context(pytest.MonkeyPatch.context())
        patched.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        import fsspec  # noqa: PLC0415 - where it is installed

        fsspec.filesystem("s3", skip_instance_cache=True).mkdir("shop")
        yield "s3://shop/markscan"


@dataclass(frozen=True)
class Host:
    """A service, as a process with a folder of its own."""

    process: "subprocess.Popen[bytes]"
    url: str
    log: Path

    def is_ready(self) -> bool:
        """Whether it answers, and scans."""
        assert self.process.poll() is None, self.log.read_text()[-4_000:]
        try:
            return httpx.get(f"{self.url}/readyz", timeout=10).is_success
        except httpx.TransportError:
            return False

    def revision(self) -> int:
        """The revision of the index that it searches."""
        return int(httpx.get(f"{self.url}/readyz", timeout=10).json()["index_revision"])


@contextmanager
def host(name: str, address: str, url: str, folder: Path) -> Iterator[Host]:
    """`markscan serve` on a machine called `name`, until the block ends; it may not be ready yet."""
    port, log = free_port(), folder / f"{name}.log"
    code = "from scanner.commands.main import markscan_main; markscan_main()"
    options = ["--store", address, "--registry-url", url, "--port", str(port), "--workers", "1"]
    environment = os.environ | {
        "SCANNER_SERVICE__LEASE_SECONDS": str(LEASE),
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(folder / name),
        "OMP_NUM_THREADS": "1",
    }
    with log.open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code, "serve", *options], env=environment, stderr=printed
        )
    try:
        yield Host(process, f"http://127.0.0.1:{port}", log)
    finally:
        process.kill()
        process.wait()


def wait_until_ready(*hosts: Host) -> None:
    """Wait until all answer that they are ready."""
    for each in hosts:
        wait_for(each.is_ready)
