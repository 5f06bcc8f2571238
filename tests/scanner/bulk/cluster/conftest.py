"""A real S3 server, a real Ray cluster of three nodes on this machine, and listing photos in a bucket."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from benchmarks.servers import free_port
from skimage import data as photographs

from brand_index.store import Store
from tests.conftest import jpeg, rocket_with_sticker
from tests.servers import s3_server

ROOT = Path(__file__).parents[4]
OBJECT_STORE = 100 * 2**20  # bytes of a node
IMAGES = {
    "S1/L1/sticker.jpg": jpeg(rocket_with_sticker()),
    "S1/L2/copy.jpg": jpeg(photographs.coffee()[20:380, 30:560]),
    "S2/L3/moon.png": jpeg(photographs.moon()),
    "S2/L3/broken.jpg": b"no image",
    "S2/L4/empty.jpg": b"",
    **{f"S3/L{number}/rocket.jpg": jpeg(photographs.rocket()[number:], 70) for number in range(5, 13)},
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests that need Ray or the S3 server where they are not installed, with a sentence."""
    missing = [name for name in ("ray", "s3fs", "moto") if find_spec(name) is None]
    for item in items:
        if missing and item.get_closest_marker("cluster"):
            item.add_marker(pytest.mark.skip(reason=f"{', '.join(missing)}: pip install '.[test-cluster]'"))


@dataclass(frozen=True)
class Commands:
    """Runs the commands of the product in a folder, each in a process of its own."""

    folder: Path

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        """Start scan-images, or markscan if the first argument names one of its commands."""
        main = "markscan_main" if arguments[0] in {"register"} else "scan_images_main"
        code = f"from scanner.commands.main import {main}; {main}()"
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: object) -> tuple[int, str]:
        """The exit code of a command, and what it printed."""
        process = self.start(*arguments)
        printed, _ = process.communicate(timeout=300)
        return process.returncode, printed


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    """In the folder of the test."""
    return Commands(tmp_path)


@pytest.fixture(scope="session")
def s3() -> Iterator[Any]:
    """The file system of an S3 server that runs here; variables name it to all processes."""
    with s3_server():
        import fsspec  # noqa: PLC0415 - where it is installed

        files, _ = fsspec.core.url_to_fs("s3://shop", use_listings_cache=False)
        files.mkdir("shop")
        for name, data in IMAGES.items():
            files.pipe_file(f"shop/listings/{name}", data)
        yield files


@dataclass
class Nodes:
    """A cluster whose head does no work, so that its nodes do."""

    cluster: Any
    cache: Path  # of what is sent to nodes
    client: str  # address for Ray's client

    @property
    def address(self) -> str:
        """As --cluster takes it."""
        return str(self.cluster.address)

    def add(self) -> Any:
        """Add a node with one processor."""
        return self.cluster.add_node(num_cpus=1, object_store_memory=OBJECT_STORE)


@pytest.fixture(scope="module")
def nodes(s3: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """A head and two nodes; they are started after the S3 server, and know its variables."""
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - where it is installed

    assert s3 is not None
    with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory(prefix="mk-", dir="/tmp") as short:
        cache = tmp_path_factory.mktemp("cache")
        variables = {
            "RAY_TMPDIR": short,  # names of sockets are short
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_CLIENT_SERVER_CHECK_CHANNEL_TIMEOUT_S": "120",  # 30 if nobody says so: too few on a busy machine
            "XDG_CACHE_HOME": str(cache),
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            "PYTHONWARNINGS": "ignore",
            "OMP_NUM_THREADS": "1",
        }
        for name, value in variables.items():
            patched.setenv(name, value)
        noticed_soon = {"health_check_period_ms": 1000, "health_check_failure_threshold": 5}
        port = free_port()
        head = {
            "num_cpus": 0,
            "ray_client_server_port": port,
            "object_store_memory": OBJECT_STORE,
            "_system_config": noticed_soon,
        }
        started = Nodes(Cluster(initialize_head=True, head_node_args=head), cache, f"ray://127.0.0.1:{port}")
        try:
            started.add()
            started.add()
            yield started
        finally:
            started.cluster.shutdown()


def rows(lines: str, folder: str) -> list[tuple[str, dict[str, Any]]]:
    """The rows of a verdicts.jsonl by their path below `folder`, sorted, without what differs from run to run."""
    found = []
    for line in lines.splitlines():
        row = json.loads(line)
        name = row.pop("image").partition(folder)[2]
        for key in ("scanned_at", "run", "judged_in", "file", "inside"):
            row.pop(key, None)
        if row.get("error"):
            row["error"].pop("message")  # it has the path
        found.append((name, row))
    return sorted(found, key=lambda each: each[0])


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same images as files."""
    made = tmp_path_factory.mktemp("images") / "listings"
    for name, data in IMAGES.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(data)
    return made


@pytest.fixture(scope="session")
def expected(store: Store, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, dict[str, Any]]]:
    """The rows of a scan of the files on this machine."""
    out = tmp_path_factory.mktemp("alone")
    code, printed = Commands(out).run(
        *(folder, "--path-pattern", PATTERN, "--store", store.root, "--out", out, "--format", "jsonl", "--workers", 1)
    )
    assert code == 3, printed  # two images cannot be read
    return rows((out / "verdicts.jsonl").read_text(), "listings/")


PATTERN = "{seller_id}/{listing_id}/{name}"
