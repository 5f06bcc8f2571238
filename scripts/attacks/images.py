"""Image files that are small and costly, made within bounds; what decodes them is elsewhere."""

import io
import struct
import zlib
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

SLOW_SVG: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}">'
    '<filter id="f" x="0" y="0" width="1" height="1"><feTurbulence baseFrequency=".0{number}" numOctaves="{octaves}"/>'
    '</filter><rect width="100%" height="100%" filter="url(#f)"/></svg>'
)
_RAW_ROWS: Final = 1_000_000  # of a thin PNG that are compressed at once


def long_logo(length: int, width: int = 64) -> bytes:
    """A PNG of `width` × `length` px with marks all along: a valid logo but for its shape."""
    image = Image.new("L", (width, length), 255)
    pen = ImageDraw.Draw(image)
    for number, top in enumerate(range(4, length - width, width)):
        pen.ellipse((6, top, width - 8, top + width - 14), fill=20 + 7 * (number % 13))
        pen.line((4, top + 3 * (number % 17), width - 5, top + width - 9), fill=120, width=5)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def thin_png(length: int) -> bytes:
    """A grey PNG of 1 × `length` px, about a 200th of a byte a pixel."""
    packer = zlib.compressobj(9)
    packed = [packer.compress(bytes(2 * min(_RAW_ROWS, length - first))) for first in range(0, length, _RAW_ROWS)]
    packed.append(packer.flush())
    header = struct.pack(">IIBBBBB", 1, length, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", b"".join(packed)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def jpeg_of_tags(photo: bytes) -> bytes:
    """A JPEG whose MPF segment has thousands of tags that share the same 32 kB."""
    values = 16_000  # of two bytes, which a reader makes numbers of
    tags = (0xFFFF - 2 - 4 - 16 - 2 * values) // 12 - 8
    where = 8 + 2 + 12 * tags + 4
    entries = b"".join(struct.pack("<HHLL", 1 + number, 3, values, where) for number in range(tags))
    directory = b"II*\0" + struct.pack("<LH", 8, tags) + entries + bytes(4) + bytes(range(1, 251)) * (2 * values // 250)
    segment = b"MPF\0" + directory
    return photo[:2] + b"\xff\xe2" + struct.pack(">H", len(segment) + 2) + segment + photo[2:]


def avif_of_boxes(photo: bytes, size: int) -> bytes:
    """An AVIF of a photo, and after it `size` bytes of empty boxes."""
    file = io.BytesIO()
    Image.open(io.BytesIO(photo)).resize((64, 64)).save(file, "AVIF", speed=10)
    return file.getvalue() + struct.pack(">I4s", 8, b"free") * (size // 8)


def avif_of_two_extents(side: int) -> bytes:
    """An AVIF that says 64 × 64 px; its frame has `side`, and its sequence header lies over two extents."""
    file = io.BytesIO()
    Image.fromarray(np.zeros((side, side), np.uint8)).save(file, "AVIF", speed=10, quality=1)
    data = bytearray(file.getvalue())
    place = data.find(b"ispe")
    while place >= 0:
        data[place + 8 : place + 16] = struct.pack(">II", 64, 64)
        place = data.find(b"ispe", place + 4)
    iloc = data.index(b"iloc")
    version, sizes, count = data[iloc + 4], data[iloc + 8 : iloc + 10], struct.unpack_from(">H", data, iloc + 10)[0]
    if version or sizes != b"\x44\0" or count != 1:
        raise ValueError("this encoder lays an AVIF out differently")
    offset, length = struct.unpack_from(">LL", data, iloc + 18)
    meta = data.index(b"meta") - 4
    for box in (iloc - 4, meta):  # both grow by the second extent
        struct.pack_into(">I", data, box, struct.unpack_from(">I", data, box)[0] + 8)
    first = 5  # bytes of the sequence header that lie in the first extent
    payload = bytes(data[offset : offset + length])
    head, moved = bytes(data[:offset]), offset + 8
    second = moved + first + 40
    extents = struct.pack(">HLLLL", 2, moved, first, second, length - first)
    head = head[: iloc + 16] + extents + head[iloc + 26 :]
    mdat = head.rindex(b"mdat") - 4
    body = payload[:first] + bytes(40) + payload[first:]  # read straight on, the frame is 1 × 1
    return head[:mdat] + struct.pack(">I", 8 + len(body)) + b"mdat" + body


def slow_svg(number: int, octaves: int = 200, size: int = 4000) -> bytes:
    """An SVG of about 250 bytes that takes many seconds to draw; another for each number."""
    return SLOW_SVG.format(number=number, octaves=octaves, size=size).encode()
