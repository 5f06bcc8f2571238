"""Forged AVIFs: whatever the container says, the frames in the coded data are what is limited."""

import io
import struct
from collections.abc import Sequence
from typing import Any

import pytest
from PIL import Image
from skimage import data

from brand_index.errors import ImageTooLarge, TruncatedImage
from brand_index.images import Limits, decode
from brand_index.images.avif.av1 import coded_frames

PHOTO = Image.fromarray(data.coffee()).resize((60, 44))
SIDE = 1500  # pixels: of frames in a container that says 64 x 64
LIMITS = Limits(max_pixels=1_000_000)
TEMPORAL_DELIMITER, SEQUENCE_HEADER, FRAME, PADDING = 2, 1, 6, 15


def saved(image: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, "AVIF", speed=10, **options)
    return file.getvalue()


def turning(count: int) -> bytes:
    return saved(PHOTO, save_all=True, append_images=[PHOTO.rotate(90 * turn) for turn in range(1, count)])


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full_box(kind: bytes, version: int, *parts: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24), *parts)


def found(avif: bytes, kind: bytes) -> bytes:
    """The first box of a kind, with its header."""
    start = avif.index(kind) - 4
    return avif[start : start + int.from_bytes(avif[start : start + 4], "big")]


def units_of(avif: bytes) -> bytes:
    return found(avif, b"mdat")[8:]


def still(
    units: bytes,
    size: tuple[int, int] = (64, 64),
    extents: Sequence[tuple[int, int]] | None = None,
    *,
    location: bytes | None = None,
) -> bytes:
    """An AVIF of one image of that size with these coded bytes, in the order of `extents` (offset, length)."""
    configuration = [found(saved(PHOTO), kind) for kind in (b"pixi", b"av1C")]

    def meta(base: int) -> bytes:
        places = [struct.pack(">II", base + at, length) for at, length in extents or [(0, len(units))]]
        return full_box(
            b"meta",
            0,
            full_box(b"hdlr", 0, b"\0\0\0\0pict", bytes(13)),
            full_box(b"pitm", 0, b"\0\1"),
            location or full_box(b"iloc", 0, b"\x44\0", struct.pack(">HHHH", 1, 1, 0, len(places)), *places),
            full_box(b"iinf", 0, b"\0\1", full_box(b"infe", 2, b"\0\1\0\0av01\0")),
            box(
                b"iprp",
                box(b"ipco", full_box(b"ispe", 0, struct.pack(">II", *size)), *configuration),
                full_box(b"ipma", 0, struct.pack(">IHBBBB", 1, 1, 3, 1, 2, 0x83)),
            ),
        )

    brand = box(b"ftyp", b"avif\0\0\0\0avifmif1miaf")
    return brand + meta(len(brand) + len(meta(0)) + 8) + box(b"mdat", units)


def unit(kind: int, payload: bytes, *, sized: bool = True) -> bytes:
    """An open bitstream unit of under 128 bytes, or without a size."""
    return bytes([kind << 3 | 2, len(payload)]) + payload if sized else bytes([kind << 3]) + payload


LARGE = units_of(saved(Image.new("RGB", (SIDE, SIDE), (200, 30, 60))))
SMALL = units_of(saved(PHOTO))


def test_a_still_that_is_put_together_here_decodes() -> None:
    assert decode(still(SMALL, PHOTO.size)).frames[0].shape == (44, 60, 3)
    split = [(0, 7), (7, len(SMALL) - 7)]
    assert decode(still(SMALL, PHOTO.size, split)).frames[0].shape == (44, 60, 3)


@pytest.mark.parametrize("first", range(1, 20))
def test_a_header_that_lies_over_two_extents_is_read(first: int) -> None:
    rest = len(LARGE) - first
    with pytest.raises(ImageTooLarge, match="frames have 2,250,000 pixels, not 64 x 64"):
        decode(still(LARGE[first:] + LARGE[:first], extents=[(rest, first), (0, rest)]), LIMITS)


@pytest.mark.parametrize(
    "units",
    [
        bytes([LARGE[0] | 0x80]) + LARGE[1:],
        LARGE[:2] + bytes([LARGE[2] | 0x80]) + LARGE[3:],
        bytes([LARGE[0] | 1]) + LARGE[1:],
        SMALL + LARGE,
        LARGE[:2] + unit(PADDING, b"\0") * 1000 + LARGE[2:],
    ],
    ids=["forbidden bit", "of the header", "reserved bit", "second header", "padding"],
)
def test_units_that_the_decoder_passes_over_hide_no_header(units: bytes) -> None:
    with pytest.raises(ImageTooLarge, match="frames have 2,250,000 pixels, not 64 x 64"):
        decode(still(units), LIMITS)


def bits(number: int, count: int) -> str:
    return format(number, f"0{count}b")


def packed(text: str) -> bytes:
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def sequence(*, timing: str = "0") -> bytes:
    """A sequence header of 60 x 44 pixels whose frames may state 16 bits for either side."""
    start = "000" + "0" + "0" + timing + "0" + bits(0, 5) + bits(0, 12) + bits(8, 5) + "0"
    size = bits(15, 4) * 2 + bits(59, 16) + bits(43, 16)
    return packed(start + size + "0" + "000" + "0000" + "0" + "1" + "1" + "000" + "0" * 20)


OWN_SIZE = "0" + "00" + "1" + "0" + "0" + "1" + bits(19_999, 16) * 2 + "0" * 40
CONTAINERS_SIZE = "0" + "00" + "1" + "0" + "0" + "0" + "0" * 40
HIDDEN = "0" + "00" + "0" + "0" + "1" + "0" + "0" + "0" + "0" * 40


def coded(*frames: str, header: bytes | None = None) -> bytes:
    units = unit(TEMPORAL_DELIMITER, b"") + unit(SEQUENCE_HEADER, header or sequence())
    return units + b"".join(unit(FRAME, packed(frame)) for frame in frames)


def test_a_frame_that_states_its_own_size_is_as_large_as_it_can_be() -> None:
    assert coded_frames(still(coded(CONTAINERS_SIZE))).largest == 60 * 44
    assert coded_frames(still(coded(OWN_SIZE))).largest == 2**32
    with pytest.raises(ImageTooLarge, match="not 64 x 64"):
        decode(still(coded(OWN_SIZE)))


def test_all_frames_of_a_still_are_counted() -> None:
    assert coded_frames(still(coded(*[HIDDEN] * 9, CONTAINERS_SIZE))).of_items == 10 * 60 * 44


def test_a_still_of_many_hidden_frames_is_refused() -> None:
    with pytest.raises(ImageTooLarge, match="memory"):
        decode(still(coded(*[HIDDEN] * 99, CONTAINERS_SIZE), PHOTO.size), Limits(max_pixels=60 * 44 * 9))


def test_a_film_of_more_hidden_frames_than_shown_ones_is_refused() -> None:
    film = turning(3)
    table = found(film, b"stsz")
    units = units_of(film)
    hidden = units[:2] + units[2 : units.index(units[:2], 2)] * 100  # of the first sample, its header and its frame
    forged = film.replace(table, table[:20] + struct.pack(">I", len(hidden)) + table[24:])
    with pytest.raises(ImageTooLarge, match="frames that shows"):
        decode(forged.replace(units, hidden + units))


def test_a_film_passes() -> None:
    film = turning(30)
    assert coded_frames(film).largest == 60 * 44
    assert decode(film).frames_covered == 30


def test_each_sample_of_a_film_is_read_by_itself() -> None:
    """A unit without a size ends with its sample and not with the chunk."""
    film = turning(3)
    first = unit(TEMPORAL_DELIMITER, b"", sized=False)  # the first sample, and nothing else in it
    table = found(film, b"stsz")
    forged = film.replace(table, table[:20] + struct.pack(">II", len(first), len(LARGE)) + table[28:])
    with pytest.raises(ImageTooLarge, match="frames have 2,250,000 pixels"):
        decode(forged.replace(units_of(film), first + LARGE + units_of(film)), LIMITS)


def test_a_film_that_claims_millions_of_samples_is_refused() -> None:
    film = turning(3)
    sizes, chunks = found(film, b"stsz"), found(film, b"stsc")
    forged = film.replace(sizes, sizes[:12] + struct.pack(">II", 1, 2_500_000) + sizes[20:])
    with pytest.raises(ImageTooLarge, match="parts"):
        decode(forged.replace(chunks, chunks[:20] + struct.pack(">I", 2_500_000) + chunks[24:]))


@pytest.mark.parametrize("into", [b"", b"meta"], ids=["file", "meta"])
def test_a_file_of_endless_boxes_is_refused(into: bytes) -> None:
    whole, boxes = still(SMALL, PHOTO.size), box(b"free") * 200_000
    if into:
        parent = found(whole, into)
        forged = whole.replace(parent, struct.pack(">I", len(parent) + len(boxes)) + parent[4:] + boxes)
    else:
        forged = whole + boxes
    with pytest.raises(ImageTooLarge, match="parts"):
        decode(forged)


def test_a_file_of_endless_empty_units_is_refused() -> None:
    with pytest.raises(ImageTooLarge, match="parts"):
        decode(still(unit(TEMPORAL_DELIMITER, b"") * 200_000 + SMALL, PHOTO.size))


def test_extents_that_repeat_the_same_bytes_are_refused() -> None:
    with pytest.raises(ImageTooLarge, match="overlap"):
        decode(still(SMALL, PHOTO.size, [(0, len(SMALL))] * 60_000))


@pytest.mark.parametrize(
    ("forged", "words"),
    [
        (still(SMALL[:2]), "without a sequence header"),
        (still(SMALL[:2] + unit(FRAME, b"\0" * 9) + SMALL[2:]), "frame before"),
        (still(coded(CONTAINERS_SIZE, header=sequence(timing="1" + "0" * 64 + "1" + "0" * 32))), "malformed"),
        (still(SMALL, location=full_box(b"iloc", 1, b"\x44\x04", struct.pack(">H", 0))), "indexed extents"),
        (still(SMALL, location=full_box(b"iloc", 0, b"\x44\0", bytes(2)) * 2), "two boxes iloc"),
        (still(SMALL, location=full_box(b"iloc", 0, b"\x44\0", struct.pack(">HHHH", 1, 1, 0, 9))), "cut off"),
    ],
)
def test_what_the_decoder_may_read_in_another_way_is_refused(forged: bytes, words: str) -> None:
    with pytest.raises(TruncatedImage, match=words):
        decode(forged)
