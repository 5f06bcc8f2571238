"""The commands of docs/guide/many-machines.md run as they stand."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil
import pytest

from brand_index.store import DEFAULT_STORE, Store
from tests.conftest import draw_logo, png
from tests.scanner.bulk.cluster.conftest import ROOT

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]
PAGE = (ROOT / "docs/guide/many-machines.md").read_text("utf-8")
SHOWN = re.findall(r"^    (\S.*)$", PAGE.partition("## A store that several")[0], re.MULTILINE)


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
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for name, main in (("scan-images", "scan_images_main"), ("markscan", "markscan_main")):
        code = f"from scanner.commands.main import {main}; {main}()"
        (bin_folder / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -W ignore -c "{code}" "$@"\n')
        (bin_folder / name).chmod(0o755)
    with tempfile.TemporaryDirectory(prefix="mk-", dir="/tmp") as short:
        environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(bin_folder), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            "RAY_TMPDIR": short,
            "RAY_DEFAULT_OBJECT_STORE_MAX_MEMORY_BYTES": str(200 * 2**20),
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
        }
        codes = {}
        try:
            for command in SHOWN[1:]:  # the packages are installed
                done = subprocess.run(
                    ["bash", "-c", command],
                    cwd=tmp_path,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    check=False,
                    timeout=300,
                )
                codes[command] = done.returncode
                assert done.returncode in {0, 3}, done.stdout
        finally:
            for process in psutil.process_iter(["cmdline"]):  # `ray stop` would end other clusters, too
                if any(short in argument for argument in process.info["cmdline"] or ()):
                    process.kill()
    assert list(codes.values()) == [0, 3, 0, 0]  # the bucket has two images that cannot be read
    assert s3.exists("shop/verdicts-day/verdicts.jsonl")
