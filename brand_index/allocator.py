"""How a process that looks at images keeps its memory."""

import ctypes
import platform
from typing import Final

# Of mallopt(3). Arrays of a photo have a few megabytes each; what is larger comes of an image that is larger than
# listings have, and goes back to the system at once.
_MMAP_THRESHOLD, _LARGEST_KEPT = -3, 64 * 2**20
_TRIM_THRESHOLD, _MOST_KEPT = -1, 128 * 2**20
_GLIBC: Final = "glibc"


def keep_freed_memory() -> None:
    """Have glibc keep freed memory for the next image; where another C library is used, do nothing.

    Else each image's arrays go back to the system and come from there anew, and clearing their pages is 7 % of the
    image's processor time.
    """
    if platform.libc_ver()[0] == _GLIBC:
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT)
        mallopt(_TRIM_THRESHOLD, _MOST_KEPT)
