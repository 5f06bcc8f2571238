"""The commands about a shared store in docs/guide/many-machines.md run as they stand."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from brand_index.store import Store
from tests.scanner.service.shared.conftest import ROOT
from tests.servers import PostgreSQL, wait_for

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]
PAGE = (ROOT / "docs/guide/many-machines.md").read_text("utf-8")
SHOWN = re.findall(r"^    (\S.*)$", PAGE.partition("## A store that several machines share")[2], re.MULTILINE)


def test_the_commands_of_the_page_run_as_they_stand(
    address: str, postgresql: PostgreSQL, store: Store, tmp_path: Path
) -> None:
    assert [" ".join(each.split()[:3]) for each in SHOWN] == [
        "pip install 'markscan[service,cluster,postgresql]'",
        "markscan serve --create",
        "markscan store copy",
        "markscan store backup",
    ]
    shutil.copytree(store.root, tmp_path / "old-store")
    command = tmp_path / "bin" / "markscan"
    command.parent.mkdir()
    code = "from scanner.commands.main import markscan_main; markscan_main()"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -W ignore -c "{code}" "$@"\n')
    command.chmod(0o755)
    environment = os.environ | {
        "PATH": os.pathsep.join([str(command.parent), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "MARKSCAN_STORE": f"{address}-page",
        "SCANNER_REGISTRY_URL": postgresql.make_database("page"),
        "NEW_REGISTRY_URL": postgresql.make_database("moved"),
    }
    serving = subprocess.Popen(["bash", "-c", f"exec {SHOWN[1]}"], cwd=tmp_path, env=environment)
    try:
        wait_for(lambda: _answers("http://127.0.0.1:8001/readyz"))
        for shown in SHOWN[2:]:
            done = subprocess.run(
                ["bash", "-c", shown], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
    finally:
        serving.terminate()
        serving.wait(60)
    assert (tmp_path / "backup-of-today" / "SHA256SUMS").is_file()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10).is_success
    except httpx.TransportError:
        return False
