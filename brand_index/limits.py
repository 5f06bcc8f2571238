"""The limits of one image, and the words that name them; it reads no image."""

from dataclasses import dataclass, replace
from typing import Final

from brand_index.errors import ImageTooLarge

_LEAST_SHORT_SIDE = 64  # pixels, in `Limits.max_aspect`
_BYTES_A_PIXEL = 8  # memory granted by `Limits.max_pixels`: 4 as decoded, 3 for the array, 1 for alpha
# Pixels of the text recognizer's input, 48 high, that are recognized of an image: each takes about 0.09 ms of a core,
# whether they are of many short lines or of a few long ones. It is some 1,100 cells of a chart, or 100 lines of a page.
MOST_WIDTH: Final = 100_000
_REDUCED = 4  # times `max_pixels` is what a JPEG may have, which is then read at a half, a quarter or an eighth


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one image. At the defaults the most expensive takes under 500 MB of memory.

    Where decoding takes over 8 bytes a pixel (WebP, animations), proportionally fewer pixels are allowed; a JPEG is
    read at a reduced scale instead. The shape is limited too: decoders hold something for each row, and later steps
    frame an image by shares of its long side, so 64 x 200,000 pixels would become gigabytes.
    """

    max_bytes: int = 64 * 2**20  # of the file
    max_pixels: int = 51_000_000  # of one frame: phones make 8192 x 6144; a JPEG may have 4 times as many
    max_frames: int = 64  # examined, of an animation or of pages
    max_seconds: int = 600  # of a video
    max_side: int = 32_767  # pixels; OpenCV resizes and warps no longer ones
    max_aspect: int = 64  # long side by short, which counts as 64 pixels at least: thin lines are cheap if not long
    raised_in: str | None = None  # the file in which a user raises a limit; None: nobody can

    @property
    def memory(self) -> int:
        """The bytes that decoding one image may take."""
        return self.max_pixels * _BYTES_A_PIXEL

    def less(self, held: int) -> "Limits":
        """These limits where so many bytes of the memory are taken already."""
        return replace(self, max_pixels=max(0, self.max_pixels - held // _BYTES_A_PIXEL))

    def check_bytes(self, count: int) -> None:
        """Raise ImageTooLarge for a file of more bytes."""
        if count > self.max_bytes:
            raise ImageTooLarge(f"over {self.max_bytes:,} bytes{self._named('max_bytes')}")

    def check_seconds(self, seconds: float) -> None:
        """Raise ImageTooLarge for a video that lasts longer."""
        if seconds > self.max_seconds:
            lasts = f"{seconds // 60:.0f} min {seconds % 60:02.0f} s"
            raise ImageTooLarge(f"it lasts {lasts}, over {self.max_seconds:,} seconds{self._named('max_seconds')}")

    def check_shape(self, width: int, height: int) -> None:
        """Raise ImageTooLarge, which names the shape, for a frame over the limits of side or aspect."""
        long, short = max(width, height), min(width, height)
        if long > self.max_side:
            raise ImageTooLarge(f"{width} x {height} pixels are over the limit of {self.max_side:,} on a side")
        if long > self.max_aspect * max(short, _LEAST_SHORT_SIDE):
            raise ImageTooLarge(
                f"{width} x {height} pixels are over the limit of {self.max_aspect} times as long as wide"
            )

    def check_pixels(self, width: int, height: int, named: str) -> None:
        """Raise ImageTooLarge for a frame of more pixels than this format may have."""
        most = self.max_pixels * (_REDUCED if named == "JPEG" else 1)
        if width * height > most:
            needed = -(-width * height // (most // self.max_pixels))
            raise ImageTooLarge(
                f"{width} x {height} pixels are over the limit of {most:,} of a {named}"
                f"{self._named('max_pixels', needed)}"
            )

    def over_memory(self, width: int, height: int, named: str, cost: int) -> ImageTooLarge:
        """The error for a frame that takes `cost` bytes."""
        return ImageTooLarge(
            f"{width} x {height} pixels of this kind of {named} need more memory than "
            f"the limit of {self.max_pixels:,} pixels grants{self._named('max_pixels', -(-cost // _BYTES_A_PIXEL))}"
        )

    def _named(self, limit: str, needed: int | None = None) -> str:
        """How to raise a limit, in brackets; nothing where nobody can."""
        if self.raised_in is None:
            return ""
        value = f"raise {limit}" if needed is None else f"set {limit} = {needed}"
        return f" (to read it, {value} in {self.raised_in})"


DEFAULT_LIMITS = Limits()
