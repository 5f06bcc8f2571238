"""The commands about a shared store in docs/guide/many-machines.md run as they stand."""

import shutil
from pathlib import Path

import httpx
import pytest
from benchmarks.servers import PostgreSQL

from brand_index.store import Store
from tests.servers import wait_for
from tests.shown_commands import ROOT, SECONDS, shell, shown_in

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]
PAGE = (ROOT / "docs/guide/many-machines.md").read_text("utf-8")
SHOWN = shown_in(PAGE.partition("## A store that several machines share")[2])


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
    variables = {
        "MARKSCAN_STORE": f"{address}-page",
        "SCANNER_REGISTRY_URL": postgresql.make_database("page"),
        "NEW_REGISTRY_URL": postgresql.make_database("moved"),
    }
    with shell(tmp_path, **variables) as commands:
        printed = tmp_path / "served.txt"
        serving = commands.start(SHOWN[1], printed)
        wait_for(
            lambda: serving.poll() is not None or is_ready("http://127.0.0.1:8001/readyz"),
            SECONDS,
            what=f"{SHOWN[1]} is ready",
        )
        assert serving.poll() is None, printed.read_text("utf-8", "replace")
        for shown in SHOWN[2:]:
            code, said = commands.run(shown)
            assert code == 0, said
        serving.terminate()
        serving.wait(60)
    assert (tmp_path / "backup-of-today" / "SHA256SUMS").is_file()


def is_ready(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10).is_success
    except httpx.TransportError:
        return False
