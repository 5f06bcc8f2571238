"""Images of an object store are found by name, read within limits, and known again; a store in memory stands for it."""

import io
from collections.abc import Iterator
from pathlib import PurePath

import fsspec
import pytest
from PIL import Image
from skimage import data as photographs

from brand_index.errors import FileUnusable, UnreadableFile
from brand_index.images import DEFAULT_LIMITS, Limits, decode
from brand_index.images.listed import FoundImage
from brand_index.images.remote import RemoteImage, find_remote, image_named
from brand_index.object_stores import StoreUnusable, is_address


def photo() -> bytes:
    file = io.BytesIO()
    Image.fromarray(photographs.coffee()[::4, ::4]).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def files() -> Iterator[fsspec.AbstractFileSystem]:
    """A store with two photos, a table and what a computer leaves behind."""
    store = fsspec.filesystem("memory")
    for name in ("S1/a.jpg", "S2/b.JPG", "S2/.DS_Store", "S2/listings.csv"):
        store.pipe_file(f"/shop/{name}", photo())
    yield store
    store.rm("/shop", recursive=True)


def test_a_folder_has_the_objects_with_the_suffix_of_an_image_and_counts_the_others(
    files: fsspec.AbstractFileSystem,
) -> None:
    found = find_remote(["memory://shop"])
    assert [(image.name, image.inside) for image in found.images] == [
        ("memory:///shop/S1/a.jpg", PurePath("S1/a.jpg")),
        ("memory:///shop/S2/b.JPG", PurePath("S2/b.JPG")),
    ]
    assert found.passed_over.others == {".csv": 1}
    assert found.passed_over.left_behind == [".DS_Store"]


def test_a_glob_names_images_below_its_fixed_part(files: fsspec.AbstractFileSystem) -> None:
    found = find_remote(["memory://shop/S*/*.jpg"])
    assert [image.inside for image in found.images] == [PurePath("S1/a.jpg")]


def test_an_object_that_is_named_itself_is_an_image_whatever_it_is_called(files: fsspec.AbstractFileSystem) -> None:
    (image,) = find_remote(["memory://shop/S2/listings.csv"]).images
    assert image.inside == PurePath("listings.csv")


def test_an_image_that_two_addresses_lead_to_is_found_once(files: fsspec.AbstractFileSystem) -> None:
    found = find_remote(["memory://shop/S1", "memory://shop/S1/a.jpg"])
    assert [image.name for image in found.images] == ["memory:///shop/S1/a.jpg"]
    assert found.passed_over.repeated == ["memory:///shop/S1/a.jpg"]


def test_an_address_without_images_is_refused_by_name(files: fsspec.AbstractFileSystem) -> None:
    with pytest.raises(FileUnusable, match="memory://shop/S9 is not there"):
        find_remote(["memory://shop/S9"]).refuse_empty()


@pytest.mark.parametrize("address", ["http://10.0.0.1/a.jpg", "nonsense://shop", "s3://shop::http://10.0.0.1/a.jpg"])
def test_an_address_of_anything_but_an_object_store_is_never_asked(address: str) -> None:
    with pytest.raises(StoreUnusable, match="is no address of an object store"):
        find_remote([address])


def test_its_bytes_are_those_of_the_object(files: fsspec.AbstractFileSystem) -> None:
    (image,) = find_remote(["memory://shop/S1"]).images
    assert decode(image.read(DEFAULT_LIMITS)).size == (150, 100)


def test_of_an_object_over_the_limit_no_more_is_read_than_shows_that(files: fsspec.AbstractFileSystem) -> None:
    (image,) = find_remote(["memory://shop/S1"]).images
    assert len(image.read(Limits(max_bytes=1000))) == 1001


def test_an_object_that_is_gone_is_an_error_of_the_image(files: fsspec.AbstractFileSystem) -> None:
    (image,) = find_remote(["memory://shop/S1"]).images
    files.rm("/shop/S1/a.jpg")
    with pytest.raises(UnreadableFile, match=r"memory:///shop/S1/a\.jpg: cannot be read"):
        image.read(DEFAULT_LIMITS)
    assert image.sha256() is None


def test_it_is_still_itself_by_the_stores_word_or_by_its_bytes(files: fsspec.AbstractFileSystem) -> None:
    (before,) = find_remote(["memory://shop/S1"]).images
    sha256 = before.sha256()
    assert before.is_still(before.stamp(), None)
    assert before.is_still((1, 1), sha256)
    files.pipe_file("/shop/S1/a.jpg", photo()[:-1])
    (after,) = find_remote(["memory://shop/S1"]).images
    assert not after.is_still(before.stamp(), sha256)


@pytest.mark.parametrize("name", ["a.jpg", "/photos/a.jpg", "C:/photos/a.jpg", "c://photos/a.jpg"])
def test_a_path_is_no_address(name: str) -> None:
    assert not is_address(name)
    assert isinstance(image_named(name), FoundImage)


def test_a_row_names_an_object_by_its_address() -> None:
    image = image_named("s3://shop/S1//a.jpg", "S1/a.jpg")
    assert isinstance(image, RemoteImage)
    assert (image.name, image.inside) == ("s3://shop/S1//a.jpg", PurePath("S1/a.jpg"))
    assert "s3://shop/S1" in image.folders
