"""Which files in a folder are images, and what a walk says of the others."""

import os
from pathlib import Path

import pytest

from brand_index.images.finding import find_images
from tests.conftest import draw_logo, png

IMAGE = png(draw_logo("x", (0, 0, 0)))


def found(folder: Path) -> list[str]:
    return [image.inside.as_posix() for image in find_images([folder])]


def test_folders_are_walked_in_order_with_names_of_every_script(tmp_path: Path) -> None:
    for name in ("b/ключ.jpg", "a/写真.png", "a/with space.webp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(IMAGE)
    assert found(tmp_path) == ["a/with space.webp", "a/写真.png", "b/ключ.jpg"]


def test_a_file_that_only_claims_to_be_an_image_is_found_so_that_it_is_reported(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_text("no image")
    assert found(tmp_path) == ["broken.jpg"]


def test_an_image_without_a_suffix_is_found_and_other_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(IMAGE)
    (tmp_path / "labels.csv").write_text("a,b")
    (tmp_path / "empty").touch()
    assert found(tmp_path) == ["photo"]


def test_a_file_that_is_named_is_always_tried(tmp_path: Path) -> None:
    assert [each.path.name for each in find_images([tmp_path / "gone.txt"])] == ["gone.txt"]


@pytest.mark.skipif(os.name != "posix", reason="only POSIX lets anybody make links")
def test_links_are_followed_and_a_circle_ends(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "a.png").write_bytes(IMAGE)
    (tmp_path / "shop" / "round").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "link.png").symlink_to(tmp_path / "shop" / "a.png")
    assert found(tmp_path) == ["link.png", "shop/a.png"]


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX alone")
def test_a_name_that_is_no_unicode_is_found(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png")).write_bytes(IMAGE)
    assert len(found(tmp_path)) == 1
