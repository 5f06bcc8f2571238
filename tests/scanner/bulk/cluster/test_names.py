"""Rows of a scan on a cluster call files as those of a scan on this machine do, wherever nodes work."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from brand_index.limits import DEFAULT_LIMITS
from scanner.bulk.listings import no_listings
from scanner.commands.scans.scanning import found_images
from tests.conftest import jpeg, rocket_with_sticker

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """The names of the images that a place leads to, from the folder that holds the folder `shop`."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "a.jpg").write_bytes(jpeg(rocket_with_sticker()))
    (tmp_path / "shop" / "day.csv").write_text("uri,seller_id\na.jpg,S1\n")
    monkeypatch.chdir(tmp_path)

    def named(place: str, *, cluster: bool) -> list[str]:
        images, _, _ = found_images([place], no_listings, Path("out"), cluster=cluster, resume=False)
        return [image.name for image in images]

    return named


@pytest.mark.parametrize("place", ["shop", "./shop", "shop/a.jpg"])
def test_a_file_has_the_same_name_in_a_scan_here_and_on_a_cluster(names: Callable[..., list[str]], place: str) -> None:
    assert names(place, cluster=True) == names(place, cluster=False) == ["shop/a.jpg"]


def test_a_file_that_a_table_names_is_called_as_in_a_scan_of_the_tables_folder(names: Callable[..., list[str]]) -> None:
    assert names("shop/day.csv", cluster=True) == ["shop/a.jpg"]


def test_a_node_reads_a_file_of_a_relative_path_from_another_folder_under_the_same_name(
    names: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from scanner.bulk.cluster.examining import for_nodes  # noqa: PLC0415 - where it is installed

    assert names("shop", cluster=True)
    (image,), _, _ = found_images(["shop"], no_listings, Path("out"), cluster=True, resume=False)
    here = image.read(DEFAULT_LIMITS)
    packed = pickle.dumps(for_nodes(image))
    monkeypatch.chdir("/")
    there: Any = pickle.loads(packed)
    assert (there.name, there.read(DEFAULT_LIMITS)) == ("shop/a.jpg", here)
    assert there.sha256() is not None
