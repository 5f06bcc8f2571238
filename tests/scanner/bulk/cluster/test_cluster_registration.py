"""A registration whose images a cluster describes, and a node that does not see the store."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from skimage import data as photographs

from brand_index.features.weights import MANIFEST
from brand_index.index.published import current_folder
from brand_index.store import Store
from scanner.engine.examiner import Examiner
from scanner.settings import Settings
from tests.conftest import draw_logo, jpeg, png
from tests.scanner.bulk.cluster.conftest import IMAGES, Commands, Nodes

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]


def registered(root: Path) -> list[tuple[Any, ...]]:
    """Each reference with its description."""
    with sqlite3.connect(root / "registry.db") as registry:
        return registry.execute("SELECT * FROM descriptors ORDER BY 1, 2").fetchall()


def said(printed: str) -> str:
    """What Markscan printed; Ray's own lines begin with a bracket."""
    return "".join(line for line in printed.splitlines(keepends=True) if not line.startswith("["))


def test_a_cluster_describes_what_this_machine_would(nodes: Nodes, commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(png(draw_logo("ACME", (200, 30, 40))))
    (tmp_path / "photo.jpg").write_bytes(jpeg(photographs.coffee()))
    (tmp_path / "flat.png").write_bytes(png(draw_logo("", (0, 0, 0)).crop((0, 0, 8, 8))))
    lines = ["brand,name,owner,contact,kind,path", "acme,Acme,Acme Ltd,ip@acme.example,logo,logo.png"]
    lines += ["acme,Acme,Acme Ltd,ip@acme.example,photo,photo.jpg", "acme,Acme,Acme Ltd,ip@acme.example,logo,flat.png"]
    (tmp_path / "many.csv").write_text("\n".join(lines))
    here = commands.run("register", "--csv", "many.csv", "--quiet", "--no-audit", "--store", "here")
    there = commands.run(
        *("register", "--csv", "many.csv", "--quiet", "--no-audit", "--store", "there", "--cluster", nodes.address)
    )
    assert here[0] == there[0] == 3  # one is refused
    assert said(there[1]).replace("there", "here") == said(here[1])
    assert len(registered(tmp_path / "here")) == 2
    assert registered(tmp_path / "there") == registered(tmp_path / "here")


def test_a_node_that_does_not_see_the_store_examines_with_a_copy_of_its_index(
    nodes: Nodes, store: Store, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray  # noqa: PLC0415 - where it is installed

    from scanner.bulk.cluster.connection import connected  # noqa: PLC0415 - likewise
    from scanner.bulk.cluster.shipping import ShippedEngine, ShippedFolder, index_files  # noqa: PLC0415 - likewise

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with connected(nodes.address):
        engine = ShippedEngine.of(store, settings)
        assert engine.index.files == ()  # all nodes are on this machine, and see it
        names = index_files(current_folder(store))
        chunks = tuple((name, (ray.put((store.index / name).read_bytes()),)) for name in names)
        sent = ShippedFolder(tmp_path / "elsewhere", engine.index.key, engine.index.digest, chunks)
        place, chosen = ShippedEngine(sent, engine.models, engine.settings, engine.version).here()
    assert (tmp_path / "cache") in place.root.parents
    image = IMAGES["S1/L1/sticker.jpg"]
    assert (
        Examiner.open(place, chosen).examine(image).evidence == Examiner.open(store, settings).examine(image).evidence
    )


def test_the_weights_that_ship_are_those_of_the_node(nodes: Nodes) -> None:
    from scanner.bulk.cluster.connection import connected  # noqa: PLC0415 - where Ray is installed
    from scanner.bulk.cluster.shipping import models_here, ship_models  # noqa: PLC0415 - likewise

    with connected(nodes.address):
        assert models_here(ship_models(MANIFEST)) == MANIFEST
