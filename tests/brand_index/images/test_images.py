"""Decoding to upright sRGB: every format, mode and orientation against a known image, and the errors and limits."""

import base64
import hashlib
import io
import os
import struct
import sys
import threading
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageDraw, JpegImagePlugin, MpoImagePlugin
from skimage import color, data

from brand_index.errors import (
    EmptyImage,
    ImageTooLarge,
    NotAnImage,
    TruncatedImage,
    UnreadableFile,
    UnsupportedImage,
)
from brand_index.images import Limits, decode, read_bytes
from brand_index.images.formats import open_header

PHOTO = Image.fromarray(data.astronaut()).resize((96, 80), Image.Resampling.LANCZOS)
GREY = PHOTO.convert("L")
NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="20" height="20" fill="#f00"/></svg>'


def saved(image: Image.Image, as_format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, as_format, **options)
    return file.getvalue()


def assert_shows(found: NDArray[np.uint8], expected: Image.Image, mean_levels: float) -> None:
    wanted = np.asarray(expected.convert("RGB")).astype(int)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).mean() <= mean_levels


@pytest.mark.parametrize(
    ("as_format", "options", "mean_levels"),
    [
        ("JPEG", {"quality": 95, "subsampling": 0}, 3),
        ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}, 3),
        ("PNG", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 6),
        ("GIF", {}, 12),
        ("AVIF", {"quality": 95}, 6),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("TIFF", {"compression": "tiff_adobe_deflate", "big_tiff": True}, 0),
        ("TIFF", {"compression": "jpeg", "quality": 95}, 6),
    ],
)
def test_a_photo_comes_back_from_each_format(as_format: str, options: dict[str, Any], mean_levels: float) -> None:
    decoded = decode(saved(PHOTO, as_format, **options))
    assert decoded.format == as_format
    assert_shows(decoded.frames[0], PHOTO, mean_levels)


def test_heic_is_read_where_its_package_is_installed() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    pillow_heif.from_pillow(PHOTO).save(file, quality=95)
    decoded = decode(file.getvalue())
    assert decoded.format == "HEIF"
    assert_shows(decoded.frames[0], PHOTO, 6)


def test_heic_without_its_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(UnsupportedImage, match=r"markscan\[heic\]"):
        decode(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64)


@pytest.mark.parametrize(
    ("mode", "as_format", "mean_levels"),
    [
        ("1", "PNG", 0),
        ("1", "TIFF", 0),
        ("L", "PNG", 0),
        ("L", "JPEG", 6),
        ("LA", "PNG", 0),
        ("LA", "TIFF", 0),
        ("P", "PNG", 0),
        ("P", "TIFF", 0),
        ("PA", "TIFF", 0),
        ("RGBA", "PNG", 0),
        ("RGBA", "TIFF", 0),
        ("RGBA", "WEBP", 6),
        ("RGBA", "AVIF", 6),
        ("RGBX", "TIFF", 0),
        ("CMYK", "TIFF", 0),
        ("CMYK", "JPEG", 6),
        ("YCbCr", "TIFF", 2),
        ("LAB", "TIFF", 3),
    ],
)
def test_each_mode_becomes_rgb(mode: str, as_format: str, mean_levels: float) -> None:
    if mode == "LAB":
        image = ImageCms.profileToProfile(
            PHOTO, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
        )
        assert image is not None
    else:
        image = PHOTO.convert("RGBA").convert(mode) if mode == "PA" else PHOTO.convert(mode)
    expected = PHOTO if mode in {"LAB", "CMYK", "YCbCr", "RGBX"} else image
    assert_shows(decode(saved(image, as_format)).frames[0], expected, mean_levels)


def test_lab_agrees_with_another_implementation() -> None:
    lab = color.rgb2lab(np.asarray(PHOTO))
    stored = np.rint(lab * (2.55, 1, 1)).astype(np.int16).astype(np.uint8)  # a* and b* in two's complement
    image = Image.frombytes("LAB", PHOTO.size, stored.tobytes())
    assert_shows(decode(saved(image, "TIFF")).frames[0], PHOTO, 6)


@pytest.mark.parametrize("as_format", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_not_clipped(as_format: str) -> None:
    image = Image.fromarray(np.asarray(GREY).astype(np.uint16) * 257)
    assert_shows(decode(saved(image, as_format)).frames[0], GREY, 0)


def test_big_endian_sixteen_bit_grey_is_scaled() -> None:
    levels = (np.asarray(GREY).astype(np.uint16) * 257).astype(">u2")
    image = Image.frombytes("I;16B", GREY.size, levels.tobytes())
    assert_shows(decode(saved(image, "TIFF")).frames[0], GREY, 0)


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *between: tuple[bytes, bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = [(b"IHDR", header), *between, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def test_sixteen_bit_colour_is_scaled_not_clipped() -> None:
    levels = (np.asarray(PHOTO).astype(np.uint16) * 257).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in levels)
    assert_shows(decode(png(*PHOTO.size, 16, 2, rows)).frames[0], PHOTO, 0)


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0])
def test_float_grey_is_scaled_by_its_range(top: float) -> None:
    levels = np.asarray(GREY).astype(np.float32) / 255 * top
    levels[0, 0] = top
    found = decode(saved(Image.fromarray(levels), "TIFF")).frames[0]
    found[0, 0] = np.asarray(GREY)[0, 0]
    assert_shows(found, GREY, 1)


def test_a_float_that_is_no_number_becomes_black() -> None:
    levels = np.full((4, 4), 0.5, np.float32)
    levels[1, 2] = np.nan
    assert decode(saved(Image.fromarray(levels), "TIFF")).frames[0][1, 2].tolist() == [0, 0, 0]


def test_negative_integers_are_stretched_over_the_greys() -> None:
    levels = np.array([[-100, 0, 155]], np.int32)
    found = decode(saved(Image.fromarray(levels), "TIFF")).frames[0]
    assert found[0, :, 0].tolist() == [0, 100, 255]


TRANSFORMS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("as_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_is_turned_upright(orientation: int, as_format: str) -> None:
    turn = TRANSFORMS[orientation]
    stored = PHOTO if turn is None else PHOTO.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options: dict[str, Any] = {"quality": 95} if as_format in {"JPEG", "WEBP", "AVIF"} else {}
    assert_shows(decode(saved(stored, as_format, exif=exif, **options)).frames[0], PHOTO, 7)


def test_alpha_is_turned_with_the_image() -> None:
    image = PHOTO.convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 96, 40))
    exif = Image.Exif()
    exif[0x0112] = 6
    alpha = decode(saved(image, "PNG", exif=exif)).alpha
    assert alpha is not None
    assert alpha.shape == (96, 80)
    assert np.array_equal(alpha, np.rot90(np.asarray(image)[..., 3], -1))


@pytest.mark.parametrize("exif", [b"Exif\0\0II*\0\xff\xff\xff\x7f", b"Exif\0\0", b"Exif\0\0garbage" * 20])
def test_damaged_exif_leaves_the_image_as_stored(exif: bytes) -> None:
    assert decode(saved(PHOTO, "JPEG", exif=exif)).frames[0].shape == (80, 96, 3)


def display_p3_like() -> bytes:
    """The built-in sRGB profile with red and green primaries exchanged: colours come out exchanged too."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(profile[128:132], "big")
    entries = {bytes(profile[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)}
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    profile[red + 4 : red + 12], profile[green + 4 : green + 12] = (
        profile[green + 4 : green + 12],
        profile[red + 4 : red + 12],
    )
    return bytes(profile)


@pytest.mark.parametrize("as_format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
def test_an_icc_profile_is_converted_to_srgb(as_format: str) -> None:
    options: dict[str, Any] = {"quality": 95} if as_format not in {"PNG", "TIFF"} else {}
    red, green, blue = PHOTO.split()
    exchanged = Image.merge("RGB", (green, red, blue))
    found = decode(saved(PHOTO, as_format, icc_profile=display_p3_like(), **options)).frames[0]
    assert_shows(found, exchanged, 7)


def test_an_srgb_profile_changes_no_level() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert_shows(decode(saved(PHOTO, "PNG", icc_profile=profile)).frames[0], PHOTO, 0)


@pytest.mark.parametrize(
    "profile",
    [b"broken", b"\0" * 200, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()],
    ids=["short", "zeros", "of another colour space"],
)
def test_a_profile_that_cannot_be_used_is_ignored(profile: bytes) -> None:
    assert_shows(decode(saved(PHOTO, "PNG", icc_profile=profile)).frames[0], PHOTO, 0)


def halved_by_steps() -> bytes:
    """An sRGB profile with a tag D2B0 (ICC.1:2022, 10.16): one step, a matrix, which halves every level."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    count = int.from_bytes(profile[128:132], "big")
    numbers = struct.pack(">12f", 0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5, 0, 0, 0)
    matrix = b"matf" + bytes(4) + struct.pack(">HH", 3, 3) + numbers
    steps = b"mpet" + bytes(4) + struct.pack(">HHLLL", 3, 3, 1, 24, len(matrix)) + matrix
    entries = [struct.unpack(">4sLL", profile[at : at + 12]) for at in range(132, 132 + 12 * count, 12)]
    table = b"".join(struct.pack(">4sLL", tag, at + 12, size) for tag, at, size in entries)
    table += struct.pack(">4sLL", b"D2B0", len(profile) + 12, len(steps))
    body = profile[4:128] + struct.pack(">L", count + 1) + table + profile[132 + 12 * count :] + steps
    return struct.pack(">L", 4 + len(body)) + body


def test_the_steps_of_a_profile_are_not_computed() -> None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(halved_by_steps()))
    converted = ImageCms.profileToProfile(PHOTO, profile, ImageCms.createProfile("sRGB"))
    assert converted is not None
    assert np.abs(np.asarray(converted).astype(int) - np.asarray(PHOTO)).mean() > 20  # they would be
    assert_shows(decode(saved(PHOTO, "PNG", icc_profile=halved_by_steps())).frames[0], PHOTO, 0)


def logo(ink: tuple[int, int, int], size: tuple[int, int] = (64, 64)) -> Image.Image:
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((8, 8, size[0] - 8, size[1] - 8), fill=(*ink, 255))
    return image


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ((0, 0, 0), 255),
        ((200, 20, 30), 255),
        ((120, 120, 120), 255),
        ((255, 220, 0), 255),
        ((255, 255, 255), 0),
        ((240, 240, 235), 0),
    ],
)
@pytest.mark.parametrize("as_format", ["PNG", "WEBP", "GIF", "TIFF", "AVIF"])
def test_a_logo_on_transparency_lies_on_a_contrasting_ground(
    ink: tuple[int, int, int], ground: int, as_format: str
) -> None:
    decoded = decode(saved(logo(ink), as_format))
    assert decoded.alpha is not None
    assert np.abs(decoded.frames[0][:4, :4].astype(int) - ground).max() <= 3
    assert np.abs(decoded.frames[0][32, 32].astype(int) - ink).max() <= 8


def test_half_transparent_ink_is_mixed_with_its_ground() -> None:
    decoded = decode(saved(Image.new("RGBA", (4, 4), (0, 0, 0, 128)), "PNG"))
    assert decoded.frames[0][0, 0].tolist() == [127, 127, 127]


def test_colours_under_full_transparency_never_show() -> None:
    image = logo((200, 0, 0))
    hidden = np.array(image)
    hidden[hidden[..., 3] == 0, :3] = (0, 255, 0)
    assert np.array_equal(
        decode(saved(Image.fromarray(hidden), "PNG")).frames[0], decode(saved(image, "PNG")).frames[0]
    )


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_an_opaque_alpha_channel_is_none(mode: str) -> None:
    image = PHOTO.convert("RGBA").convert(mode)
    assert decode(saved(image, "TIFF")).alpha is None


def test_one_transparent_colour_of_a_photo_is_transparent() -> None:
    image = PHOTO.copy()
    image.paste((1, 2, 3), (0, 0, 10, 10))
    alpha = decode(saved(image, "PNG", transparency=(1, 2, 3))).alpha
    assert alpha is not None
    assert alpha[5, 5] == 0
    assert alpha[40, 40] == 255


def test_one_transparent_level_of_sixteen_bits_is_transparent() -> None:
    rows = b"\0" + struct.pack(">HH", 1000, 1001)
    alpha = decode(png(2, 1, 16, 0, rows, (b"tRNS", struct.pack(">H", 1000)))).alpha
    assert alpha is not None
    assert alpha.tolist() == [[0, 255]]


def test_palette_entries_can_be_half_transparent() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([0, 0, 0, 200, 0, 0])
    image.putpixel((1, 0), 1)
    alpha = decode(saved(image, "PNG", transparency=bytes([0, 100]))).alpha
    assert alpha is not None
    assert alpha.tolist() == [[0, 100]]


def turning(count: int) -> list[Image.Image]:
    return [PHOTO.rotate(360 * number / count) for number in range(count)]


def film(frames: list[Image.Image], as_format: str) -> bytes:
    options = {"lossless": True} if as_format == "WEBP" else {}
    return saved(frames[0], as_format, save_all=True, append_images=frames[1:], duration=100, **options)


@pytest.mark.parametrize("as_format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_each_distinct_frame_is_decoded_once(as_format: str) -> None:
    """AVIF is lossy: its frames differ even where the images do not."""
    one, two, three = turning(3)
    order = [one, two, three] if as_format == "AVIF" else [one, two, one, three, two, one, three]
    decoded = decode(film(order, as_format))
    assert decoded.numbers == ((0, 1, 2) if as_format == "AVIF" else (0, 1, 3))
    assert (decoded.frames_covered, decoded.frame_count) == (len(order), len(order))
    for found, wanted in zip(decoded.frames, (one, two, three), strict=True):
        assert_shows(found, wanted, 14)


@pytest.mark.parametrize("as_format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_of_too_many_frames_some_are_spread_from_the_first_to_the_last(as_format: str) -> None:
    frames = turning(10)
    decoded = decode(film(frames, as_format), Limits(max_frames=4))
    assert (decoded.numbers, decoded.frames_covered, decoded.frame_count) == ((0, 3, 6, 9), 4, 10)
    for found, number in zip(decoded.frames, decoded.numbers, strict=True):
        assert_shows(found, frames[number], 14)
    assert decoded.frame(7) is decoded.frames[2]


def test_frames_that_are_alike_to_the_eye_are_examined_once_however_many_they_are() -> None:
    """Each of three images is shown 30 times with a little noise of its own, as a film shows it."""
    chance = np.random.default_rng(0)
    slides = [np.asarray(slide.convert("RGB"), np.int16) for slide in turning(3) for _ in range(30)]
    noisy = [(slide + chance.integers(-2, 3, slide.shape)).clip(0, 255).astype(np.uint8) for slide in slides]
    decoded = decode(film([Image.fromarray(pixels) for pixels in noisy], "PNG"))
    assert (decoded.numbers, decoded.frames_covered, decoded.frame_count) == ((0, 30, 60), 90, 90)


def test_frames_that_memory_leaves_no_room_for_are_counted() -> None:
    decoded = decode(film(turning(10), "GIF"), Limits(max_pixels=96 * 80 * 4))
    assert 1 < decoded.frames_covered < decoded.frame_count == 10


def test_a_frame_that_is_larger_than_the_first_is_counted() -> None:
    header = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    small, large = (b"," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02\x02\x44\x01\0" for side in (1, 2))
    decoded = decode(header + small + large + b";")
    assert (decoded.frames_covered, decoded.frame_count) == (1, 2)


def test_each_page_of_a_tiff_is_decoded_in_its_own_size() -> None:
    pages = [PHOTO, PHOTO.resize((40, 30)), PHOTO.rotate(90).convert("L")]
    decoded = decode(film(pages, "TIFF"))
    assert (decoded.numbers, decoded.frames_covered, decoded.frame_count) == ((0, 1, 2), 3, 3)
    for found, wanted in zip(decoded.frames, pages, strict=True):
        assert_shows(found, wanted, 0)


def test_a_page_over_the_limits_is_counted_and_the_others_are_decoded() -> None:
    decoded = decode(film([PHOTO, PHOTO.resize((400, 300)), PHOTO.rotate(90)], "TIFF"), Limits(max_pixels=100_000))
    assert (decoded.numbers, decoded.frames_covered, decoded.frame_count) == ((0, 2), 2, 3)


def test_each_image_of_a_heic_is_decoded() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    heic = pillow_heif.from_pillow(PHOTO)
    heic.add_from_pillow(PHOTO.resize((48, 40)))
    file = io.BytesIO()
    heic.save(file, quality=95)
    decoded = decode(file.getvalue())
    assert [frame.shape for frame in decoded.frames] == [(80, 96, 3), (40, 48, 3)]
    assert (decoded.frames_covered, decoded.frame_count) == (2, 2)


def test_the_previews_in_a_multi_image_jpeg_are_no_frames() -> None:
    untyped = multi_image(PHOTO, PHOTO.resize((40, 40)))
    assert len(decode(untyped).frames) == 2
    first = struct.pack("<LLL", 0x030000, untyped.index(b"\xff\xd9\xff\xd8") + 2, 0)
    entry = untyped.index(first) + 16  # the type of the second image
    decoded = decode(untyped[:entry] + struct.pack("<L", 0x010001) + untyped[entry + 4 :])
    assert (decoded.format, len(decoded.frames)) == ("JPEG", 1)


def test_the_index_of_previews_in_a_jpeg_is_not_read() -> None:
    """Its tags may claim the same bytes thousands of times, which some versions of Pillow all unpack."""
    whole = saved(PHOTO, "MPO", save_all=True, append_images=[PHOTO.resize((40, 40))])
    assert isinstance(Image.open(io.BytesIO(whole)), MpoImagePlugin.MpoImageFile)
    assert type(open_header(whole, "JPEG")) is JpegImagePlugin.JpegImageFile


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(["PNG", "GIF", "WEBP", "BMP", "TIFF", "JPEG"]))
def test_any_small_size_decodes(width: int, height: int, as_format: str) -> None:
    decoded = decode(saved(PHOTO.resize((width, height)), as_format))
    assert decoded.frames[0].shape == (height, width, 3)


@pytest.mark.parametrize("size", [(1, 1), (4096, 1), (1, 4096), (4500, 80)])
def test_extreme_shapes_decode(size: tuple[int, int]) -> None:
    assert decode(saved(Image.new("RGBA", size, (9, 9, 9, 99)), "PNG")).frames[0].shape == (size[1], size[0], 3)


@pytest.mark.parametrize("size", [(1, 4097), (4097, 64), (100, 6401), (32_768, 600)])
@pytest.mark.parametrize("as_format", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF"])
def test_absurd_shapes_are_refused_in_every_format(size: tuple[int, int], as_format: str) -> None:
    if as_format == "WEBP" and max(size) > 16_383:
        pytest.skip("the format ends there")
    options = {"speed": 10} if as_format == "AVIF" else {}
    with pytest.raises(ImageTooLarge, match=f"banner: {size[0]} x {size[1]} pixels"):
        decode(saved(Image.new("1", size).convert("RGB"), as_format, **options), name="banner")


@pytest.mark.parametrize("orientation", [1, 3, 6, 7])
def test_an_image_converted_in_bands_equals_its_pixels(orientation: int) -> None:
    image = PHOTO.resize((1500, 1300))
    turn = TRANSFORMS[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = saved(image if turn is None else image.transpose(turn), "PNG", exif=exif, compress_level=1)
    assert_shows(decode(stored).frames[0], image, 0)


def test_frames_can_be_written_to() -> None:
    assert decode(saved(PHOTO, "JPEG")).frames[0].flags.writeable


def test_sha256_is_of_the_bytes_as_given() -> None:
    jpeg = saved(PHOTO, "JPEG")
    assert decode(jpeg).sha256 == hashlib.sha256(jpeg).hexdigest()


def test_no_bytes_are_an_empty_image() -> None:
    with pytest.raises(EmptyImage, match=r"shoe\.jpg"):
        decode(b"", name="shoe.jpg")


@pytest.mark.parametrize("noise", [b"\0", b"hello world", b"<!doctype html><html><svg/></html>", b"\xff\xd8", b"RIFF"])
def test_bytes_of_no_format_are_not_an_image(noise: bytes) -> None:
    with pytest.raises(NotAnImage, match=r"shoe\.jpg"):
        decode(noise, name="shoe.jpg", vector=True)


def test_a_web_page_under_the_name_of_an_image_is_called_one() -> None:
    with pytest.raises(NotAnImage, match=r"shoe\.jpg: not an image but an HTML page; check"):
        decode(b"\n<!DOCTYPE html><html></html>", name="shoe.jpg")


@pytest.mark.parametrize(
    ("start", "word"),
    [(b"8BPS", "Photoshop"), (b"%PDF-1.7", "PDF"), (b"\x1f\x8b\x08", "gzip")],
)
def test_a_known_kind_that_is_not_read_is_named(start: bytes, word: str) -> None:
    with pytest.raises(UnsupportedImage, match=word):
        decode(start + b"\0" * 100)


def test_of_a_video_the_package_is_named_that_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)  # as if it were not installed
    with pytest.raises(UnsupportedImage, match=r"pip install 'markscan\[video\]'"):
        decode(b"\0\0\0\x10ftypisom" + b"\0" * 100)


@pytest.mark.parametrize("as_format", ["EPS", "PCX", "TGA", "PPM", "ICO", "SGI", "DDS"])
def test_formats_off_the_list_are_not_read(as_format: str) -> None:
    with pytest.raises((NotAnImage, UnsupportedImage)):
        decode(saved(PHOTO, as_format))


@pytest.mark.parametrize("kept", [0.5, 0.9])
@pytest.mark.parametrize("as_format", ["AVIF", "TIFF"])
def test_a_file_that_is_unreadable_without_its_end_is_truncated(as_format: str, kept: float) -> None:
    whole = saved(PHOTO, as_format)
    with pytest.raises(TruncatedImage, match=r"shoe\.bin.*again"):
        decode(whole[: int(len(whole) * kept)], name="shoe.bin")


def test_the_pixel_limit_is_inclusive_and_says_how_to_raise_it() -> None:
    png = saved(PHOTO, "PNG")
    assert decode(png, Limits(max_pixels=96 * 80)).frames[0].shape == (80, 96, 3)
    with pytest.raises(ImageTooLarge, match=r"96 x 80.*7,679.*set max_pixels = 7680 in scanner\.toml"):
        decode(png, Limits(max_pixels=96 * 80 - 1, raised_in="scanner.toml"))


def test_pillows_own_limit_is_not_in_the_way() -> None:
    large = png(13_400, 13_400, 1, 0, b"".join([bytes(1 + 13_400 // 8)] * 13_400))
    assert decode(large, Limits(max_pixels=200_000_000)).frames[0].shape == (13_400, 13_400, 3)


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(ImageTooLarge, match="1,000 bytes"):
        decode(saved(PHOTO, "PNG"), Limits(max_bytes=1000))


@pytest.mark.parametrize("options", [{}, {"progressive": True, "subsampling": 0}], ids=["baseline", "progressive"])
@pytest.mark.parametrize(("most", "scale"), [(2.0, 1), (0.99, 2), (0.25, 2)])
def test_a_large_jpeg_is_read_at_a_reduced_scale(most: float, scale: int, options: dict[str, Any]) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    jpeg = saved(PHOTO, "JPEG", quality=95, exif=exif, **options)
    limits = Limits(max_pixels=int(96 * 80 * most))
    if options and most == 0.25:
        with pytest.raises(ImageTooLarge, match="memory"):
            decode(jpeg, limits)
        return
    decoded = decode(jpeg, limits)
    assert (decoded.size, decoded.scale, decoded.truncated) == ((80, 96), (scale, scale), False)
    assert_shows(decoded.frames[0], PHOTO.rotate(-90, expand=True).reduce(scale), 5)


def test_a_jpeg_of_over_four_times_the_limit_is_refused() -> None:
    with pytest.raises(ImageTooLarge, match="96 x 80 pixels are over the limit of 7,676 of a JPEG"):
        decode(saved(PHOTO, "JPEG"), Limits(max_pixels=96 * 80 // 4 - 1))


@pytest.mark.parametrize(("width", "height"), [(8000, 8000), (11000, 11000), (60000, 60000)])
def test_a_bomb_is_refused_before_it_is_decoded(width: int, height: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ImageTooLarge):
            decode(png(width, height, 8, 6, b"\0"))


def test_a_jpeg_of_very_many_scans_is_refused() -> None:
    whole = saved(PHOTO, "JPEG", progressive=True)
    start, end = whole.rfind(b"\xff\xda"), whole.rfind(b"\xff\xd9")
    with pytest.raises(ImageTooLarge, match="scans"):
        decode(whole[:end] + whole[start:end] * 100 + whole[end:])


@pytest.mark.parametrize(
    ("marker", "body", "count"), [(0xDB, (b"\0" + bytes([16]) * 64) * 1000, 20), (0xED, b"Photoshop 3.0\0" * 4000, 320)]
)
def test_a_jpeg_of_endless_tables_or_resources_is_refused(marker: int, body: bytes, count: int) -> None:
    segment = b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body
    whole = saved(PHOTO, "JPEG")
    assert decode(whole[:2] + segment + whole[2:]).frames[0].shape == (80, 96, 3)
    with pytest.raises(ImageTooLarge, match="tables or resources"):
        decode(whole[:2] + segment * count + whole[2:])


def test_an_avif_whose_data_are_larger_than_its_container_says_is_refused() -> None:
    whole = saved(Image.new("RGB", (1500, 1500), (200, 30, 60)), "AVIF", speed=10)
    size, forged = struct.pack(">II", 1500, 1500), struct.pack(">II", 64, 64)
    assert size in whole
    with pytest.raises(ImageTooLarge, match="64 x 64"):
        decode(whole.replace(size, forged), Limits(max_pixels=1_000_000))


def test_a_file_of_endless_empty_chunks_is_refused() -> None:
    whole = saved(PHOTO, "PNG")
    empty = struct.pack(">I", 0) + b"aaAa" + struct.pack(">I", zlib.crc32(b"aaAa"))
    with pytest.raises(ImageTooLarge, match="parts"):
        decode(whole[:33] + empty * 600_000 + whole[33:])


def test_a_tiff_whose_tags_claim_the_same_bytes_again_and_again_is_refused() -> None:
    tags = b"".join(struct.pack("<HHLL", 60000 + number, 7, 100_000, 3000) for number in range(50))
    with pytest.raises(ImageTooLarge, match="tags"):
        decode(b"II*\0" + struct.pack("<LH", 8, 50) + tags + bytes(110_000))


def test_ten_thousand_frames_are_not_all_walked() -> None:
    header = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"!\xf9\x04\x04\0\0\0\0," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    assert decode(header + frame * 10_000 + b";").frames[0].shape == (1, 1, 3)


def test_a_frame_that_enlarges_the_canvas_ends_the_animation() -> None:
    header = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frames = [
        b"!\xf9\x04\x08\0\0\0\0," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02\x02\x44\x01\0"
        for side in (1, 1, 9000, 1)
    ]
    image = open_header(header + b"".join(frames) + b";", "GIF")
    image.seek(1)
    with pytest.raises(EOFError):
        image.seek(2)
    assert image.size == (1, 1)
    assert len(decode(header + b"".join(frames) + b";").frames) < 4


@pytest.mark.parametrize("kind", [b"iCCP", b"zTXt", b"iTXt"])
@pytest.mark.parametrize("is_damaged", [True, False])
def test_a_png_of_hundreds_of_compressed_chunks_is_refused(kind: bytes, is_damaged: bool) -> None:
    unpacked = zlib.compress(bytes(1000))
    body = (unpacked[:-1] + b"\0") if is_damaged else unpacked  # Pillow counts what it could unpack
    keyword = b"k\0\1\0\0\0" if kind == b"iTXt" else b"k\0\0"
    few, many = [(kind, keyword + body)] * 10, [(kind, keyword + body)] * 201
    assert decode(png(1, 1, 8, 2, b"\0\0\0\0", *few)).frames[0].shape == (1, 1, 3)
    with pytest.raises(ImageTooLarge, match="200 compressed"):
        decode(png(1, 1, 8, 2, b"\0\0\0\0", *many))


def test_warnings_of_the_decoder_stay_inside() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        decode(saved(PHOTO.quantize(16), "PNG", transparency=bytes([0] * 16)))
        with pytest.raises(ImageTooLarge):
            decode(png(11000, 11000, 8, 2, b"\0"))
    assert caught == []


def test_threads_decode_side_by_side() -> None:
    jpeg = saved(PHOTO, "JPEG", icc_profile=display_p3_like())
    found: list[NDArray[np.uint8]] = []
    threads = [threading.Thread(target=lambda: found.append(decode(jpeg).frames[0])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(np.array_equal(found[0], other) for other in found)


def test_an_svg_is_drawn_on_transparency_where_it_is_welcome() -> None:
    decoded = decode(SVG, vector=True)
    assert (decoded.format, decoded.frames[0].shape) == ("SVG", (512, 1024, 3))
    assert decoded.frames[0][256, 256].tolist() == [255, 0, 0]
    assert decoded.alpha is not None
    assert decoded.alpha[256, 900] == 0
    assert decoded.sha256 == hashlib.sha256(SVG).hexdigest()


def test_an_svg_is_unsupported_among_listings() -> None:
    with pytest.raises(UnsupportedImage, match="SVG"):
        decode(SVG)


@pytest.mark.parametrize(
    "start", [b'<?xml version="1.0"?>\n', b"<!-- drawn by <b>hand</b> -->", b"\xef\xbb\xbf", b"<!DOCTYPE svg>\n"]
)
def test_an_svg_is_known_by_its_first_element(start: bytes) -> None:
    assert decode(start + SVG, vector=True).format == "SVG"


@pytest.mark.parametrize(
    "size",
    [
        'width="210mm" height="105mm"',
        'width="20cm" height="10cm"',
        'width="4in" height="2in"',
        'width="300pt" height="150pt"',
        'width="30pc" height="15pc"',
        'width="20em" height="10em"',
        'width="100%" height="100%"',
        'width="400mm"',
    ],
)
def test_an_svg_is_drawn_whatever_unit_its_size_is_in(size: str) -> None:
    svg = SVG.replace(b"viewBox", size.encode() + b" viewBox")
    assert_shows(decode(svg, vector=True).frames[0], Image.fromarray(decode(SVG, vector=True).frames[0]), 0.5)


def test_lengths_inside_an_svg_may_have_units() -> None:
    svg = f'<svg {NAMESPACE} width="60pt" height="30pt"><rect width="30pt" height="30pt" fill="#f00"/></svg>'
    assert np.array_equal(decode(svg.encode(), vector=True).frames[0], decode(SVG, vector=True).frames[0])


def test_a_comment_that_never_ends_hides_what_follows() -> None:
    with pytest.raises(NotAnImage):
        decode(b"<!--" * 4000 + SVG, vector=True)


def test_an_svg_in_utf_16_is_read() -> None:
    assert decode(SVG.decode().encode("utf-16"), vector=True).format == "SVG"


@pytest.mark.parametrize("form", ["plain", "entity", "nested"])
def test_an_svg_cannot_show_a_file(form: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    Image.new("RGB", (10, 10), (1, 2, 3)).save(secret)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><image href="{secret}" width="9" height="9"/></svg>'
    )
    if form == "entity":
        svg = f'<!DOCTYPE svg [<!ENTITY f "{secret}">]>' + svg.replace(str(secret), "&f;")
    if form == "nested":
        inner = base64.b64encode(svg.encode()).decode()
        svg = svg.replace(str(secret), f"data:image/png;base64,{inner}")
    decoded = decode(svg.encode(), vector=True)
    assert decoded.alpha is not None
    assert decoded.alpha.max() == 0


COPIES = "".join(f'<g id="a{i}">' + f'<use href="#a{i - 1}"/>' * 10 + "</g>" for i in range(1, 12))


@pytest.mark.parametrize(
    "svg",
    [
        f'<svg {NAMESPACE} viewBox="0 0 9 9"><rect',
        f'<svg {NAMESPACE} viewBox="0 0 9 9"><g id="a0"><rect width="5" height="5"/></g>{COPIES}</svg>',
        f'<svg {NAMESPACE} width="10" height="1e9"><rect width="5" height="5"/></svg>',
        f'<svg {NAMESPACE} viewBox="0 0 9 9">{"<g>" * 100_000}{"</g>" * 100_000}</svg>',
        f'<!DOCTYPE svg [<!ENTITY a "{"a" * 999}"><!ENTITY b "{"&a;" * 999}"><!ENTITY c "{"&b;" * 999}">]>'
        f"<svg {NAMESPACE}><text>&c;</text></svg>",
    ],
    ids=["broken", "copies of copies", "endless", "deep", "entities"],
)
def test_a_hostile_svg_is_a_typed_error(svg: str) -> None:
    with pytest.raises((TruncatedImage, ImageTooLarge), match="logo"):
        decode(svg.encode(), name="logo.svg", vector=True)


def test_read_bytes_gives_the_file(tmp_path: Path) -> None:
    path = tmp_path / "schöne Schuhe 👟.jpg"
    path.write_bytes(b"abc")
    assert read_bytes(path) == b"abc"


def absent(folder: Path) -> Path:
    return folder / "absent.jpg"


def folder_itself(folder: Path) -> Path:
    return folder


def pipe(folder: Path) -> Path:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(folder / "pipe.jpg")
    return folder / "pipe.jpg"


def dangling_link(folder: Path) -> Path:
    (folder / "link.jpg").symlink_to(folder / "nowhere.jpg")
    return folder / "link.jpg"


@pytest.mark.parametrize("make", [absent, folder_itself, pipe, dangling_link])
def test_what_is_no_readable_file_is_unreadable(make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path)
    with pytest.raises(UnreadableFile, match=path.name):
        read_bytes(path)


def test_an_empty_file_is_an_empty_image(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(EmptyImage, match=r"empty\.jpg"):
        read_bytes(tmp_path / "empty.jpg")


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "large.jpg").write_bytes(bytes(11))
    with pytest.raises(ImageTooLarge, match=r"large\.jpg"):
        read_bytes(tmp_path / "large.jpg", Limits(max_bytes=10))


def multi_image(*images: Image.Image) -> bytes:
    return saved(images[0], "MPO", save_all=True, append_images=list(images[1:]), quality=95)


def test_every_image_of_a_multi_image_jpeg_is_decoded_as_a_page() -> None:
    turned = PHOTO.transpose(Image.Transpose.ROTATE_90)
    decoded = decode(multi_image(PHOTO, turned, PHOTO.rotate(180)))
    assert (decoded.numbers, decoded.frames_covered, decoded.frame_count) == ((0, 1, 2), 3, 3)
    assert_shows(decoded.frames[1], turned, 6)
    assert_shows(decoded.frames[2], PHOTO.rotate(180), 6)
    many = decode(multi_image(*[PHOTO] * 10), Limits(max_frames=7))
    assert (many.frames_covered, many.frame_count, many.truncated) == (7, 10, False)


def test_gain_maps_and_images_that_are_gone_are_no_pages_of_a_jpeg() -> None:
    whole = multi_image(PHOTO, GREY.resize((48, 40)), PHOTO)
    decoded = decode(whole)
    assert (len(decoded.frames), decoded.frame_count) == (2, 2)
    first = decode(whole[: whole.index(b"\xff\xd9\xff\xd8") + 2])
    assert (first.frame_count, first.truncated) == (1, False)
