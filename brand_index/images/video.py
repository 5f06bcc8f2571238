"""Reads what a video shows within limits: the frames that differ, and their times; the one home of PyAV."""

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import ImageError, ImageTooLarge, TruncatedImage, UnsupportedImage
from brand_index.images.colour import RGBImage
from brand_index.images.frames import Frames
from brand_index.limits import Limits

DEMUXERS: Final = {"MP4": "mov", "WEBM": "matroska"}  # FFmpeg's, by format: no other is tried, whatever the bytes say
CODECS: Final = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg4"})
EXTRA: Final = "videos need one more package: pip install 'markscan[video]'"
MOST_FRAMES: Final = 60
WALKED_PIXELS: Final = 2_000_000_000  # of all frames that are decoded: half a minute of 1080p
MOST_PIXELS: Final = 9_500_000  # of one frame, as of 4K: a decoder holds up to 16 beside it
LONG_SIDE: Final = 1_280  # pixels at which frames are kept; a video shows no finer detail
_FIELDS: Final = 24  # across and down, by whose colours frames are compared
_CUT: Final = 30.0  # levels by which the fields of two frames differ on average where another scene begins
_MOVED: Final = 10.0  # likewise where camera or goods moved
_STEP: Final = 0.5  # seconds from one frame to the next of a scene in which something moves
_CHANGED: Final = 40  # levels by which one field differs where something appeared in it, such as a sticker
_FEW: Final = 0.01  # share of the fields that changed, from which something appeared
_AREA: Final = "AREA"  # swscale's, which averages the pixels that become one
_PROBED: Final = "1000000"  # bytes that are read to learn of the streams


@dataclass(frozen=True, slots=True)
class _Kept:
    frame: RGBImage
    size: tuple[int, int]  # width and height as shown, in the file
    number: int
    seconds: float
    sketch: NDArray[np.int16]
    stand_for: int
    change: float  # by how much it differs from the one before it, in levels


def is_readable() -> bool:
    """Whether the package that reads videos is installed."""
    return find_spec("av") is not None


def read_video(data: bytes, named: str, limits: Limits) -> Frames:
    """The frames of a video where something new is shown, at most MOST_FRAMES; `named`: a key of DEMUXERS.

    That is where a scene begins, where something appears, and each _STEP while something moves. All frames are decoded
    up to WALKED_PIXELS, of a longer video its key frames. If more differ, those are left out that differ least from
    the one before. Of a damaged file, what there is. Raises UnsupportedImage, ImageTooLarge,
    TruncatedImage, and whatever FFmpeg raises before the first frame.
    """
    try:
        import av  # noqa: PLC0415 - an extra
    except ImportError:
        raise UnsupportedImage(EXTRA) from None
    options = {"probesize": _PROBED, "enable_drefs": "0"} if named == "MP4" else {"probesize": _PROBED}
    try:
        with av.open(io.BytesIO(data), format=DEMUXERS[named], options=options) as container:
            stream = _stream(container)
            length = _checked(container, stream, limits)
            return _read(container, stream, length, limits)
    except av.error.FFmpegError as error:
        raise TruncatedImage(f"a video whose header cannot be read ({error.strerror})") from error


def _stream(container: Any) -> Any:
    """The video's stream of frames. Raises UnsupportedImage."""
    streams = [each for each in container.streams.video if "attached_pic" not in str(each.disposition)]
    if not streams:
        raise UnsupportedImage("a film without moving images, perhaps sound alone")
    stream = streams[0]
    codec = stream.codec_context.name if stream.codec_context is not None else "an unknown codec"
    if codec not in CODECS:
        raise UnsupportedImage(f"a video in {codec}, which is not read; H.264, HEVC, VP8, VP9 and AV1 are")
    return stream


def _checked(container: Any, stream: Any, limits: Limits) -> float:
    """The length in seconds, as the header says it; 0: it does not. Raises ImageTooLarge, TruncatedImage."""
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height == 0:
        raise TruncatedImage("a video without pixels")
    limits.check_shape(width, height)
    if width * height > MOST_PIXELS:
        raise ImageTooLarge(f"{width} x {height} pixels are over the limit of {MOST_PIXELS:,} of a video")
    length = 0.0
    if stream.duration is not None and stream.time_base is not None:
        length = float(stream.duration * stream.time_base)
    elif container.duration is not None:
        length = container.duration / 1_000_000
    limits.check_seconds(length)
    return length


def _read(container: Any, stream: Any, length: float, limits: Limits) -> Frames:
    import av  # noqa: PLC0415 - an extra

    stream.thread_type = "NONE"  # whoever scans many images has a process a core
    context = stream.codec_context
    rate = float(stream.average_rate or stream.guessed_rate or 25)
    announced = stream.frames or round(length * rate)
    only_keys = announced * context.width * context.height > WALKED_PIXELS
    if only_keys:
        context.skip_frame = "NONKEY"
    room = limits.memory // (4 * 3 * min(LONG_SIDE, context.width) * min(LONG_SIDE, context.height))
    kept = _Distinct(max(1, min(MOST_FRAMES, limits.max_frames, room)), stream.sample_aspect_ratio)
    most = max(1, WALKED_PIXELS // (context.width * context.height))
    walked, is_whole = 0, True
    start: float | None = None
    try:
        for frame in itertools.islice(_same_size(container.decode(stream), context.width, context.height), most):
            seconds = float(frame.time) if frame.time is not None else walked / rate
            start = seconds if start is None else start
            limits.check_seconds(seconds - start)  # a header may lie
            number = round((seconds - start) * rate) if only_keys else walked
            kept.see(frame, number, seconds - start)
            walked += 1
    except ImageError:
        raise
    except (av.error.FFmpegError, ValueError) as error:  # damaged
        is_whole = False
        if not kept.frames:
            raise TruncatedImage(f"a video of which no frame can be decoded ({error})") from error
    if not kept.frames:
        raise TruncatedImage("a video of which no frame can be decoded")
    is_whole = is_whole and (only_keys or walked == most or walked >= announced - max(2, announced // 50))
    count = max(announced if only_keys or walked == most else walked, kept.last + 1)
    return Frames(
        frames=tuple(each.frame for each in kept.frames),
        numbers=tuple(each.number for each in kept.frames),
        alpha=None,
        size=kept.frames[0].size,
        stand_for=tuple(each.stand_for for each in kept.frames),
        count=count,
        truncated=not is_whole,
        seconds=tuple(round(each.seconds, 2) for each in kept.frames),
    )


def _same_size(frames: Any, width: int, height: int) -> Iterator[Any]:
    """The frames up to the first of another size: a stream that grows evades the limits."""
    return itertools.takewhile(lambda frame: (frame.width, frame.height) == (width, height), frames)


def _upright(frame: Any, aspect: Any) -> tuple[RGBImage, tuple[int, int]]:
    """A frame as players show it, LONG_SIDE at most, and its width and height in the file."""
    across = float(aspect) if aspect and 0.2 < float(aspect) < 5 else 1.0
    width, height = round(frame.width * max(across, 1.0)), round(frame.height * max(1 / across, 1.0))
    scale = min(1.0, LONG_SIDE / max(width, height))
    pixels = frame.to_ndarray(
        format="rgb24",
        width=max(1, round(width * scale)),
        height=max(1, round(height * scale)),
        interpolation=_AREA,
    )
    turns = round(frame.rotation / 90) % 4  # counter-clockwise, as FFmpeg's display matrix says it
    size = (width, height) if turns % 2 == 0 else (height, width)
    return np.ascontiguousarray(np.rot90(pixels, turns)), size


class _Distinct:
    """Frames that differ, each from the one before, as they come by."""

    def __init__(self, capacity: int, aspect: Any) -> None:
        self.frames: list[_Kept] = []
        self.last = 0  # number of the last frame seen
        self._capacity, self._aspect = capacity, aspect

    def see(self, frame: Any, number: int, seconds: float) -> None:
        """Keep a frame, or count it with the last that is kept."""
        self.last = max(self.last, number)
        fields = frame.to_ndarray(format="rgb24", width=_FIELDS, height=_FIELDS, interpolation=_AREA)
        sketch = np.asarray(fields, np.int16)
        change = np.inf
        if self.frames:
            before = self.frames[-1]
            difference = np.abs(sketch - before.sketch)
            change = float(difference.mean())
            appeared = float((difference.max(axis=2) > _CHANGED).mean())
            is_same = change < _MOVED and appeared < _FEW
            if is_same or (change < _CUT and seconds < before.seconds + _STEP):
                self.frames[-1] = replace(before, stand_for=before.stand_for + 1)
                return
            change += 100 * appeared
        shown, size = _upright(frame, self._aspect)
        self.frames.append(_Kept(shown, size, number, seconds, sketch, 1, change))
        if len(self.frames) > self._capacity:
            least = min(range(1, len(self.frames)), key=lambda row: self.frames[row].change, default=0)
            del self.frames[least]
