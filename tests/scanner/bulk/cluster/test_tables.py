"""Tables of images and their listings on an object store: what is matched, and what is said of a table."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]
TABLE = "memory://shop/x/day.csv"


@pytest.fixture
def written() -> Iterator[Callable[[str], None]]:
    """Writes the table."""
    import fsspec  # noqa: PLC0415 - where it is installed

    store = fsspec.filesystem("memory")
    yield lambda text: store.pipe_file("/shop/x/day.csv", text.encode())
    if store.exists("/shop"):
        store.rm("/shop", recursive=True)


def sellers(place: str) -> dict[str, str | None]:
    """The seller of each image of a table, by the image's name."""
    from scanner.bulk.cluster.tables import read_image_table  # noqa: PLC0415 - where it is installed

    images, table = read_image_table(place)
    listing_of: Any = table.match(images)
    return {image.name: listing_of(image).seller_id for image in images}


def test_images_of_a_table_that_share_a_file_name_have_each_their_own_listing(
    written: Callable[[str], None],
) -> None:
    rows = {f"memory://shop/listings/{seller}/copy.jpg": seller for seller in ("S1", "S2")}
    written("\n".join(["uri,seller_id", *(",".join(row) for row in rows.items()), "copy.jpg,S3"]))
    assert sellers(TABLE) == {**rows, "memory://shop/x/copy.jpg": "S3"}
