"""Damaged and forged files of every format: each decodes or is a typed error, at once."""

import io
import os
import struct
import subprocess
import sys
import time
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data

from brand_index.errors import ImageError
from brand_index.images import decode

PHOTO = Image.fromarray(data.coffee()).resize((60, 44))
SECONDS = 5.0
MEMORY = 500 * 2**20  # bytes that decoding may take beside the file
LEAST_MEMORY = 300 * 2**20  # bytes that it does take for the largest images, so that it is seen to be measured
MUTANTS = 2000
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">
<defs><g id="a"><rect width="9" height="9"/></g></defs>
<use href="#a" x="20"/><circle cx="9" cy="9" r="8" fill="#c00"/><text x="2" y="18">Acme</text></svg>"""


def saved(image: Image.Image, as_format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, as_format, **options)
    return file.getvalue()


def seeds() -> Iterator[tuple[str, bytes]]:
    """One small whole file of each kind that encoders write."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Acme"
    described = {"exif": exif, "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()}
    clear = PHOTO.convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(PHOTO.size))
    film = {"save_all": True, "append_images": [PHOTO.rotate(90 * turn) for turn in (1, 2, 3)]}
    yield "baseline JPEG", saved(PHOTO, "JPEG", **described)
    yield "progressive JPEG", saved(PHOTO, "JPEG", progressive=True)
    yield "CMYK JPEG", saved(PHOTO.convert("CMYK"), "JPEG")
    yield "multi-image JPEG", saved(PHOTO, "MPO", **film)
    yield "PNG", saved(PHOTO, "PNG", **described)
    yield "transparent PNG", saved(clear, "PNG")
    yield "palette PNG", saved(PHOTO.quantize(16), "PNG", transparency=3)
    yield "16-bit PNG", saved(Image.fromarray(np.asarray(PHOTO.convert("L")).astype(np.uint16) * 257), "PNG")
    yield "animated PNG", saved(PHOTO, "PNG", **film)
    yield "GIF", saved(PHOTO, "GIF")
    yield "animated GIF", saved(PHOTO, "GIF", **film)
    yield "WebP", saved(clear, "WEBP", **described)
    yield "lossless WebP", saved(PHOTO, "WEBP", lossless=True)
    yield "animated WebP", saved(PHOTO, "WEBP", **film)
    yield "AVIF", saved(clear, "AVIF", **described)
    yield "animated AVIF", saved(PHOTO, "AVIF", **film)
    yield "BMP", saved(PHOTO, "BMP")
    yield "palette BMP", saved(PHOTO.quantize(16), "BMP")
    yield "TIFF", saved(clear, "TIFF", **described)
    yield "LZW TIFF", saved(PHOTO, "TIFF", compression="tiff_lzw")
    yield "JPEG TIFF", saved(PHOTO, "TIFF", compression="jpeg")
    yield "float TIFF", saved(PHOTO.convert("F"), "TIFF", compression="tiff_adobe_deflate")
    yield "BigTIFF", saved(PHOTO, "TIFF", big_tiff=True)


def flipped(whole: bytes, rng: np.random.Generator) -> bytes:
    """A few bytes changed, most of them in the header."""
    mutant = np.frombuffer(whole, np.uint8).copy()
    reach = len(mutant) if rng.random() < 0.4 else min(len(mutant), 400)
    places = rng.integers(0, reach, rng.integers(1, 12))
    mutant[places] = rng.integers(0, 256, len(places))
    return mutant.tobytes()


def cut(whole: bytes, rng: np.random.Generator) -> bytes:
    return whole[: rng.integers(1, len(whole))]


def forged(whole: bytes, rng: np.random.Generator) -> bytes:
    """Every place that may hold the width or the height holds another number; PNG checksums are made good."""
    mutant = whole
    for side in PHOTO.size:
        number = int(rng.choice([0, 1, 7, 43, 4097, 65535, 0x7FFFFFFF]))
        for layout in ("<H", ">H", "<I", ">I"):
            limit = 0xFFFF if layout[1] == "H" else 0xFFFFFFFF
            if rng.random() < 0.6:
                mutant = mutant.replace(struct.pack(layout, side), struct.pack(layout, min(number, limit)))
    if mutant.startswith(b"\x89PNG"):
        mutant = mutant[:29] + struct.pack(">I", zlib.crc32(mutant[12:29])) + mutant[33:]
    return mutant


def shuffled(whole: bytes, rng: np.random.Generator) -> bytes:
    """Cut in pieces that are moved, left out or doubled. The first bytes stay, so that the format is believed."""
    ends = np.sort(rng.integers(12, len(whole), rng.integers(2, 8))).tolist()
    pieces = [whole[start:end] for start, end in zip([12, *ends], [*ends, len(whole)], strict=True)]
    chosen = rng.integers(0, len(pieces), len(pieces)) if rng.random() < 0.5 else rng.permutation(len(pieces))
    return whole[:12] + b"".join(pieces[index] for index in chosen)


def padded(whole: bytes, rng: np.random.Generator) -> bytes:
    """Noise in the middle, or a run of one byte."""
    place, length = rng.integers(0, len(whole)), int(rng.integers(1, 3000))
    noise = rng.bytes(length) if rng.random() < 0.5 else bytes([rng.integers(0, 256)]) * length
    return whole[:place] + noise + whole[place:]


def renumbered(whole: bytes, rng: np.random.Generator) -> bytes:
    """A few numbers of the header, of 1 to 8 bytes, are extreme ones."""
    mutant = bytearray(whole)
    for _ in range(int(rng.integers(1, 5))):
        width = int(rng.choice([1, 2, 4, 8]))
        place = int(rng.integers(8, min(len(mutant), 700) - width))
        number = int(rng.choice([0, 1, 0xFF, 6000, 0x7FFF, 0xFFFF, 0xFFFFFF, 0x7FFFFFFF, 0xFFFFFFFF])) % 256**width
        mutant[place : place + width] = number.to_bytes(width, "big" if rng.random() < 0.5 else "little")
    return bytes(mutant)


def repeated(whole: bytes, rng: np.random.Generator) -> bytes:
    """A piece stands there hundreds of times."""
    start, end = np.sort(rng.integers(4, len(whole), 2)).tolist()
    return whole[:end] + whole[start:end] * int(rng.choice([2, 50, 300])) + whole[end:]


def crossed(whole: bytes, rng: np.random.Generator) -> bytes:
    """Goes on as another file does."""
    other = list(SEEDS.values())[rng.integers(0, len(SEEDS))]
    return whole[: rng.integers(8, len(whole))] + other[rng.integers(8, len(other)) :]


MUTATIONS: tuple[Callable[[bytes, np.random.Generator], bytes], ...] = (
    flipped,
    cut,
    forged,
    shuffled,
    padded,
)
COSTLY_MUTATIONS = (forged, renumbered, repeated, crossed)
SEEDS = dict(seeds())


def outcome(mutant: bytes, *, vector: bool = False) -> str:
    """What decoding came to: "decoded", or the code of the typed error. Anything else that is raised fails the test."""
    started = time.perf_counter()
    try:
        decoded = decode(mutant, vector=vector)
    except ImageError as error:
        result = error.code
    else:
        shapes = {frame.shape[2:] for frame in decoded.frames}
        assert shapes == {(3,)}
        result = "decoded"
    assert time.perf_counter() - started < SECONDS
    return result


@pytest.mark.parametrize("kind", SEEDS)
def test_a_mutant_decodes_or_is_a_typed_error(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(zlib.crc32(kind.encode()))
    share = -(-MUTANTS // len(SEEDS))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        outcomes = [outcome(MUTATIONS[number % len(MUTATIONS)](SEEDS[kind], rng)) for number in range(share)]
    assert len(set(outcomes)) > 1, "the mutations are too weak or too strong to say anything"
    assert caught == []
    if "TIFF" not in kind:  # libtiff writes to the descriptor itself, and Pillow has no switch for that
        assert capfd.readouterr().err == ""


@pytest.mark.parametrize("kind", SEEDS)
def test_the_files_that_are_mutated_decode_when_whole(kind: str) -> None:
    assert outcome(SEEDS[kind]) == "decoded"


def test_a_mutant_svg_is_drawn_or_is_a_typed_error() -> None:
    rng = np.random.default_rng(7)
    mutants = [MUTATIONS[number % len(MUTATIONS)](SVG, rng) for number in range(24)]
    assert len({outcome(mutant, vector=True) for mutant in mutants}) > 1


@pytest.mark.parametrize("start", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"II*\0", b"MM\0*"])
def test_noise_behind_a_signature_is_a_typed_error(start: bytes) -> None:
    rng = np.random.default_rng(len(start))
    outcomes = {outcome(start + rng.bytes(int(rng.integers(0, 5000)))) for _ in range(30)}
    assert "decoded" not in outcomes


def large() -> Iterator[bytes]:
    """Images of one colour, hardly smaller than those that are refused, whole or cut short."""
    yield saved(Image.new("RGBA", (7100, 7100), (1, 2, 3, 4)), "PNG", compress_level=1)
    yield saved(Image.new("RGBA", (4900, 4900), (1, 2, 3, 4)), "WEBP", lossless=True, method=0, quality=0)
    yield saved(Image.new("RGB", (9248, 6936), (1, 2, 3)), "JPEG", quality=30, progressive=True, subsampling=0)
    yield saved(Image.new("L", (14_280, 14_280), 40), "JPEG", quality=30)[:-5000]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say how much memory a process took")
def test_mutants_and_large_images_stay_within_memory_and_time(tmp_path: Path) -> None:
    """In a process of its own, which says how many bytes of memory it took, and is killed if it takes too long."""
    for number, image in enumerate(large()):
        (tmp_path / str(number)).write_bytes(image)
    child = subprocess.run(
        (sys.executable, "-W", "ignore", __file__, str(tmp_path)),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
        timeout=600,
    )
    assert child.returncode == 0, child.stderr.decode(errors="replace")[-2000:]
    assert LEAST_MEMORY < int(child.stdout) < MEMORY


def most_memory() -> int:
    """The bytes of memory that this process has had at once."""
    status = Path("/proc/self/status").read_text("ascii")
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def main(folder: Path) -> None:
    """Decode mutants and the images of a folder, and print the bytes of memory that they took at most."""
    import resource  # noqa: PLC0415 - not on Windows

    rng = np.random.default_rng(20)
    mutants = [
        COSTLY_MUTATIONS[number % len(COSTLY_MUTATIONS)](SEEDS[kind], rng) for kind in SEEDS for number in range(12)
    ]
    files = [*mutants, *(path.read_bytes() for path in folder.iterdir())]
    before = most_memory()
    for file in files:
        allowed = int(time.process_time() + SECONDS) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.RLIM_INFINITY))
        with suppress(ImageError):
            decode(file)
    print(most_memory() - before)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
