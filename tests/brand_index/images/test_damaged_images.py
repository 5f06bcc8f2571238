"""Images that browsers show although they are cut off or damaged: what there is is decoded, and called truncated."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFile, PngImagePlugin
from skimage import data

from brand_index.errors import TruncatedImage
from brand_index.images import decode
from brand_index.images.decoding_cost import tiff_pages

PHOTO = Image.fromarray(data.coffee()).resize((120, 88))
PIXELS = np.asarray(PHOTO).astype(int)
TWO_MEGABYTES = 2 * 2**20


def saved(image: Image.Image, as_format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, as_format, **options)
    return file.getvalue()


def chunk(kind: bytes, body: bytes, *, is_right: bool = True) -> bytes:
    checksum = zlib.crc32(kind + body) ^ (not is_right)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def shown(found: np.ndarray[Any, Any]) -> float:
    """The share of rows that are as in the photo."""
    return float((np.abs(found - PIXELS).mean(axis=(1, 2)) < 20).mean())


@pytest.mark.parametrize("kept", [0.4, 0.9])
@pytest.mark.parametrize(
    ("as_format", "options"),
    [
        ("JPEG", {"quality": 95}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("PNG", {}),
        ("GIF", {}),
        ("WEBP", {"quality": 95}),
        ("WEBP", {"lossless": True}),
        ("BMP", {}),
    ],
)
def test_of_a_file_cut_short_the_rows_that_are_there_are_decoded(
    as_format: str, options: dict[str, Any], kept: float
) -> None:
    whole = saved(PHOTO, as_format, **options)
    decoded = decode(whole[: int(len(whole) * kept)])
    assert decoded.truncated
    assert not decode(whole).truncated
    assert shown(decoded.frames[0]) > kept - 0.2


@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_without_its_end_is_whole_in_its_pixels_and_truncated(missing: int) -> None:
    whole = saved(PHOTO, "JPEG", quality=95)
    decoded = decode(whole[:-missing])
    assert decoded.truncated
    assert np.array_equal(decoded.frames[0], decode(whole).frames[0])


@pytest.mark.parametrize("big", [False, True])
def test_a_tiff_cut_between_two_pages_is_truncated(big: bool) -> None:
    def pages(count: int) -> bytes:
        more = [PHOTO.rotate(90 * number) for number in range(1, count)]
        return saved(PHOTO, "TIFF", save_all=True, append_images=more, big_tiff=big)

    whole, one = pages(3), pages(1)
    assert (decode(whole).truncated, decode(one).truncated) == (False, False)
    at = tiff_pages(whole)[1]
    decoded = decode(whole[:at])
    assert (decoded.truncated, len(decoded.frames)) == (True, 1)


@pytest.mark.parametrize("as_format", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
def test_a_file_cut_before_its_pixels_stays_an_error(as_format: str) -> None:
    whole = saved(Image.new("RGB", (64, 64), (0, 0, 0)), as_format)
    with pytest.raises(TruncatedImage):
        decode(whole[:40] if as_format != "BMP" else whole[:60])


@pytest.mark.parametrize("as_format", ["GIF", "WEBP", "PNG"])
def test_of_a_film_cut_short_the_frames_that_are_there_are_decoded(as_format: str) -> None:
    turns = [PHOTO.rotate(36 * number) for number in range(1, 10)]
    whole = saved(PHOTO, as_format, save_all=True, append_images=turns)
    decoded = decode(whole[: len(whole) // 2])
    assert decoded.truncated
    assert 3 <= len(decoded.frames) <= 6
    assert shown(decoded.frames[0]) == 1.0


PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize(
    "extra",
    [
        chunk(b"tEXt", b"Comment\0hi", is_right=False),
        chunk(b"pHYs", struct.pack(">IIB", 2835, 2835, 1), is_right=False),
        chunk(b"iCCP", b"p\0\0" + zlib.compress(PROFILE), is_right=False),
        chunk(b"tRNS", struct.pack(">HHH", *PIXELS[0, 0]), is_right=False),
        chunk(b"zTXt", b"xmp\0\0" + zlib.compress(bytes(TWO_MEGABYTES))),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(TWO_MEGABYTES))),
        chunk(b"iCCP", b"p\0\0" + zlib.compress(PROFILE + bytes(TWO_MEGABYTES))),
        chunk(b"tRNS", b"\0"),
        chunk(b"gAMA", b"\0"),
    ],
    ids=["text", "density", "profile", "transparency", "long text", "XMP", "long profile", "short tRNS", "short gAMA"],
)
@pytest.mark.parametrize("place", ["before", "after"])
def test_what_is_beside_the_pixels_of_a_png_does_not_make_it_unreadable(extra: bytes, place: str) -> None:
    whole = saved(PHOTO, "PNG")
    at = 33 if place == "before" else len(whole) - 12
    decoded = decode(whole[:at] + extra + whole[at:])
    assert (decoded.truncated, decoded.alpha) == (False, None)
    assert np.array_equal(decoded.frames[0], PIXELS)


def test_a_png_cannot_hide_its_pixels_by_a_chunk_that_browsers_ignore() -> None:
    image = PHOTO.quantize(64)
    whole = saved(image, "PNG")
    found = decode(whole[:-12] + chunk(b"tRNS", bytes(64)) + whole[-12:])
    assert found.alpha is None
    assert np.array_equal(found.frames[0], np.asarray(image.convert("RGB")))


def test_a_long_profile_is_applied() -> None:
    exchanged = bytearray(PROFILE)
    entries = {exchanged[at : at + 4].decode(): at for at in range(132, 132 + 12 * exchanged[131], 12)}
    red, green = (slice(entries[name] + 4, entries[name] + 12) for name in ("rXYZ", "gXYZ"))
    exchanged[red], exchanged[green] = exchanged[green], exchanged[red]
    whole = saved(PHOTO, "PNG")
    long = chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(exchanged) + bytes(TWO_MEGABYTES)))
    assert np.abs(decode(whole[:33] + long + whole[33:]).frames[0] - PIXELS[..., [1, 0, 2]]).mean() < 7


def test_a_png_whose_pixels_are_damaged_is_truncated() -> None:
    whole = saved(PHOTO, "PNG")
    middle = len(whole) * 3 // 4
    decoded = decode(whole[:middle] + b"\x55" * 3 + whole[middle + 3 :])
    assert decoded.truncated
    assert shown(decoded.frames[0]) > 0.5


@pytest.mark.parametrize("kind", [b"IHDR", b"PLTE"])
def test_a_png_with_a_wrong_critical_chunk_stays_an_error(kind: bytes) -> None:
    whole = bytearray(saved(PHOTO.quantize(64), "PNG"))
    whole[whole.index(kind) + 4 + int.from_bytes(whole[whole.index(kind) - 4 : whole.index(kind)], "big")] ^= 1
    with pytest.raises(TruncatedImage):
        decode(bytes(whole))


def test_pillows_switches_stay_as_they_are() -> None:
    """They hold for the whole process, which may be somebody else's."""
    switches = (Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY)
    decode(saved(PHOTO, "JPEG")[:-2])
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
    assert switches == (Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY)


def test_a_jpeg_whose_middle_is_zeros_is_truncated_and_one_of_a_plain_area_is_not() -> None:
    whole = saved(PHOTO.resize((480, 352)), "JPEG", quality=90)
    third = len(whole) // 3
    zeroed = whole[:third] + bytes(third) + whole[2 * third :]
    assert (decode(whole).truncated, decode(zeroed).truncated) == (False, True)
    assert not decode(whole + bytes(4096)).truncated, "what follows the end is no part of it"
    plain = saved(Image.new("RGB", (2048, 2048), (200, 30, 40)), "JPEG", optimize=True)
    assert bytes(512) in plain
    assert not decode(plain).truncated
