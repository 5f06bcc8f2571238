"""Makes videos of images; whoever does skips where PyAV is missing."""

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import pytest
from PIL import Image

RATE: Final = 10  # frames a second


def video(frames: Sequence[Image.Image], *, as_format: str = "mp4", codec: str = "libx264", **options: str) -> bytes:
    """The frames at RATE, encoded; `options` are those of the codec."""
    av = pytest.importorskip("av", reason="pip install 'markscan[video]'")
    file = io.BytesIO()
    with av.open(file, "w", format=as_format) as container:
        stream: Any = container.add_stream(codec, rate=RATE, options=options)
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"
        for number, frame in enumerate(frames):
            made = av.VideoFrame.from_image(frame)
            made.pts, made.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(made))
        container.mux(stream.encode())
    return file.getvalue()
