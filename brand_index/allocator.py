"""Tunes memory for processes that read images: glibc's allocator, and Python's collector of cycles."""

import ctypes
import gc
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Of mallopt(3). A photo's arrays take a few megabytes each; larger ones come from unusually large images and return to
# the system at once.
_MMAP_THRESHOLD, _LARGEST_KEPT = -3, 64 * 2**20
_TRIM_THRESHOLD, _MOST_KEPT = -1, 128 * 2**20
_GLIBC: Final = "glibc"


def keep_freed_memory() -> None:
    """Make glibc keep freed memory for the next image; do nothing under another C library.

    Otherwise each image's arrays return to the system, and clearing the pages of new ones takes 7 % of the image's
    processor time.
    """
    if platform.libc_ver()[0] == _GLIBC:
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT)
        mallopt(_TRIM_THRESHOLD, _MOST_KEPT)


@contextmanager
def collecting_nothing() -> Iterator[None]:
    """Let the collector of cycles rest while the block imports modules; it never looks at what there is at the end.

    Modules stay for good, and looking through them again and again takes an eighth of the time of importing.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
