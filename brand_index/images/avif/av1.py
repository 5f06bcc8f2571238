"""Reads the sizes of the frames in the AV1 data of an AVIF, whatever its container says; not a decoder.

The decoder allocates frames of those sizes and only then scales them to the container's: 64 x 64 pixels can cost
gigabytes. Read as dav1d reads them, by the AV1 Bitstream & Decoding Process Specification, which the numbers name.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from brand_index.errors import ImageTooLarge, TruncatedImage
from brand_index.images.avif.container import PartCounter, coded_streams

_SEQUENCE_HEADER = 1
_FRAME_HEADERS = frozenset({3, 6, 7})  # alone, with the frame, and repeated
_SEQUENCE_BYTES, _FRAME_BYTES = 512, 16  # as much of a header as is read
_KEY_FRAME, _SWITCH_FRAME = 0, 3
_EACH_FRAME = 2  # the value of a choice that each frame header makes
_FRAMES_A_SAMPLE = 3  # of a film on average, its first samples apart; encoders hide one frame in sixteen to one in two


@dataclass(frozen=True, slots=True)
class CodedFrames:
    """The frames that the decoder will make of an AVIF."""

    largest: int  # pixels
    of_items: int  # pixels of all frames of still images together, which are held at once


@dataclass(frozen=True, slots=True)
class _Sequence:
    """What a sequence header says about its frames."""

    pixels: int  # of each, unless it states its own size
    most_pixels: int  # that a frame can state
    is_reduced: bool  # of a still image, whose frame header says little
    delay_bits: int  # before a shown frame's other fields
    screen_tools: int  # 0, 1 or `_EACH_FRAME`
    integer_motion: int  # likewise
    id_bits: int


def coded_frames(data: bytes) -> CodedFrames:
    """The frames of an AVIF's items and tracks.

    Raises ImageTooLarge if the data have too many parts, or more frames than the samples of a film show; TruncatedImage
    if they have frames without a sequence header, or none at all.
    """
    parts = PartCounter()
    largest = of_items = 0
    for stream in coded_streams(data, parts):
        frames = 0
        sequence: _Sequence | None = None
        for samples, sample in enumerate(stream.samples, 1):
            for kind, payload in _units(sample):
                parts.count()
                if kind == _SEQUENCE_HEADER:
                    sequence = _read_sequence(bytes(payload[:_SEQUENCE_BYTES]))
                    largest = max(largest, sequence.pixels)
                elif kind in _FRAME_HEADERS:
                    if sequence is None:  # the decoder may take that of another item
                        raise TruncatedImage("an AVIF with a frame before its sequence header")
                    pixels = _frame_pixels(bytes(payload[:_FRAME_BYTES]), sequence)
                    frames += pixels > 0
                    largest = max(largest, pixels)
                    of_items += 0 if stream.is_track else pixels
            if stream.is_track and frames > _FRAMES_A_SAMPLE * (samples + 8):
                raise ImageTooLarge(f"it is an AVIF of {frames:,} frames that shows {samples:,}")
    if not largest:
        raise TruncatedImage("an AVIF without a sequence header")
    return CodedFrames(largest, of_items)


def _units(sample: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The open bitstream units of a sample, (type, payload); one without a size has all that is left (5.3)."""
    at = 0
    while at < len(sample):
        header = sample[at]
        at += 1 + (header >> 2 & 1)
        end = len(sample)
        if header & 2:
            size = 0
            for shift in range(0, 56, 7):
                byte = sample[at] if at < len(sample) else 0
                at += 1
                size |= (byte & 127) << shift
                if byte < 128:
                    break
            end = at + size
        yield header >> 3 & 15, sample[at:end]
        at = end


class _Bits:
    """The bits of a header, first the highest; zeros after its end."""

    def __init__(self, header: bytes) -> None:
        self._bits = int.from_bytes(header, "big")
        self._left = 8 * len(header)

    def read(self, count: int) -> int:
        self._left -= count
        return self._bits >> self._left & ((1 << count) - 1) if self._left >= 0 else 0


def _read_sequence(header: bytes) -> _Sequence:
    """A sequence header (5.5.1), up to what frame headers depend on."""
    bits = _Bits(header)
    read = bits.read
    read(4)  # profile, still image
    is_reduced = bool(read(1))
    delay_bits = 0
    if is_reduced:
        read(5)
    else:
        delay_bits = _skip_timing(bits)
    width_bits, height_bits = read(4) + 1, read(4) + 1
    pixels = (read(width_bits) + 1) * (read(height_bits) + 1)
    id_bits, screen_tools, integer_motion = 0, _EACH_FRAME, _EACH_FRAME
    if not is_reduced:
        if read(1):
            id_bits = read(4) + 2
            id_bits += read(3) + 1
        read(3 + 4)  # superblocks, filters; kinds of prediction
        has_order = read(1)
        if has_order:
            read(2)
        screen_tools = _EACH_FRAME if read(1) else read(1)
        if screen_tools:
            integer_motion = _EACH_FRAME if read(1) else read(1)
    return _Sequence(
        pixels=pixels,
        most_pixels=1 << width_bits + height_bits,
        is_reduced=is_reduced,
        delay_bits=delay_bits,
        screen_tools=screen_tools,
        integer_motion=integer_motion,
        id_bits=id_bits,
    )


def _skip_timing(bits: _Bits) -> int:
    """Read over the timing and the operating points (5.5.1 to 5.5.4); returns the bits of a shown frame's delay."""
    read = bits.read
    buffer_bits = delay_bits = 0
    if read(1):  # timing
        read(64)
        is_regular = read(1)
        if is_regular:
            zeros = 0
            while not read(1):
                zeros += 1
                if zeros == 32:  # dav1d ends it here, others later
                    raise TruncatedImage("an AVIF with a malformed sequence header")
            read(zeros)
        if read(1):  # decoder model
            buffer_bits = read(5) + 1
            read(32 + 5)
            delay_bits = 0 if is_regular else read(5) + 1
            if is_regular:
                read(5)
    has_display_delay = read(1)
    for _ in range(read(5) + 1):  # operating points
        read(12)
        if read(5) > 7:
            read(1)
        if buffer_bits and read(1):
            read(2 * buffer_bits + 1)
        if has_display_delay and read(1):
            read(4)
    return delay_bits


def _frame_pixels(header: bytes, sequence: _Sequence) -> int:
    """The pixels of a frame by its header (5.9.2), at most; 0: an earlier frame is shown again."""
    if sequence.is_reduced:
        return sequence.pixels
    read = _Bits(header).read
    if read(1):
        return 0
    kind, is_shown = read(2), read(1)
    read(sequence.delay_bits if is_shown else 1)
    if kind != _SWITCH_FRAME and not (kind == _KEY_FRAME and is_shown):
        read(1)  # error resilience
    read(1)  # updates of probabilities
    has_screen_tools = read(1) if sequence.screen_tools == _EACH_FRAME else sequence.screen_tools
    if has_screen_tools and sequence.integer_motion == _EACH_FRAME:
        read(1)
    read(sequence.id_bits)
    has_own_size = kind == _SWITCH_FRAME or read(1)
    return sequence.most_pixels if has_own_size else sequence.pixels
