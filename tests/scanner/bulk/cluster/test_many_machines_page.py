"""The commands of docs/guide/many-machines.md run as they stand."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest
from benchmarks.servers import answers

from brand_index.store import DEFAULT_STORE, Store
from tests.conftest import draw_logo, png
from tests.servers import wait_for
from tests.shown_commands import ROOT, Shell, shell, shown_in

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]
PAGE = (ROOT / "docs/guide/many-machines.md").read_text("utf-8")
SHOWN = shown_in(PAGE.partition("## A store that several")[0])
READING: Final = 100.0  # seconds
PORTS: Final = {6379: "the cluster", 8265: "its dashboard", 10001: "Ray's client"}  # that `ray start --head` takes


def test_the_commands_of_the_page_run_as_they_stand(s3: Any, store: Store, tmp_path: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415 - where it is installed
    from pyarrow import parquet  # noqa: PLC0415 - likewise

    shutil.copytree(store.root, tmp_path / DEFAULT_STORE)
    uris = [f"s3://shop/listings/{name}" for name in ("S1/L1/sticker.jpg", "S1/L2/copy.jpg")]
    parquet.write_table(pa.table({"uri": uris, "seller_id": ["S1", "S1"]}), tmp_path / "day.parquet")
    s3.put_file(str(tmp_path / "day.parquet"), "shop/day.parquet")
    (tmp_path / "logo.png").write_bytes(png(draw_logo("MILLION", (10, 90, 40))))
    (tmp_path / "million.csv").write_text(
        "brand,name,owner,contact,kind,path\nmill,Mill,Mill Ltd,ip@mill.example,logo,logo.png\n"
    )
    assert [command.split()[0] for command in SHOWN] == ["pip", "ray", "scan-images", "scan-images", "markscan"]
    with ray_shell(tmp_path) as commands:
        # The packages are installed; the bucket has two images that cannot be read.
        for command, expected in zip(SHOWN[1:], (0, 3, 0, 0), strict=True):
            code, printed = commands.run(command)
            assert code == expected, f"{command}\n{printed}"
    assert s3.exists("shop/verdicts-day/verdicts.jsonl")


@contextmanager
def ray_shell(folder: Path) -> Iterator[Shell]:
    """A shell for `ray start --head`: the cluster has one processor and folders of its own, and ends with the block."""
    read_packages()
    for port, use in PORTS.items():
        wait_for(partial(is_free, port), 30, what=f"port {port}, of {use}, is free")
    with tempfile.TemporaryDirectory(prefix="mk-", dir="/tmp", ignore_cleanup_errors=True) as short:  # for sockets
        variables = {
            "RAY_TMPDIR": short,
            "RAY_OVERRIDE_RESOURCES": json.dumps({"CPU": 1}),  # on a machine with many it would start as many actors
            "RAY_DEFAULT_OBJECT_STORE_MAX_MEMORY_BYTES": str(200 * 2**20),
            "OMP_NUM_THREADS": "1",
        }
        with shell(folder, **variables) as commands:
            try:
                yield commands
            except BaseException as error:
                error.add_note(ray_errors(Path(short)))
                raise


def is_free(port: int) -> bool:
    return not answers(port)


def read_packages() -> None:
    """Read the files that Ray's processes will, since it gives them 15 to 30 s to start, and no more on a slow disk."""
    end = time.monotonic() + READING
    for name in ("ray", "pyarrow", "pandas"):
        spec = find_spec(name)
        assert spec is not None
        for place in spec.submodule_search_locations or ():
            for path in Path(place).rglob("*"):
                if path.is_file():
                    assert time.monotonic() < end, f"the disk takes more than {READING:g} s for the files of {name}"
                    path.read_bytes()


def ray_errors(folder: Path) -> str:
    """The ends of what Ray's processes wrote before they ended, and of the log of Ray Data."""
    logs = folder / "ray/session_latest/logs"
    found = [*sorted(logs.glob("*.err")), logs / "ray-data/ray-data.log"]
    return "\n".join(
        "\n".join([f"{path.name}:", *path.read_text("utf-8", "replace").splitlines()[-8:]])
        for path in found
        if path.is_file() and path.stat().st_size
    )
