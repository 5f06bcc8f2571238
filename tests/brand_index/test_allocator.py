"""Freed memory is kept for the next image, so that the system need not clear its pages again."""

import gc
import platform
import subprocess
import sys

import pytest

from brand_index.allocator import collecting_nothing

PAGES_CLEARED = """
import resource
import numpy as np
from brand_index.allocator import keep_freed_memory

if {kept}:
    keep_freed_memory()
for _ in range(3):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    arrays = [np.ones({megabytes} * 2**20, np.uint8) for _ in range(3)]
    del arrays
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def pages_cleared(*, kept: bool, megabytes: int) -> int:
    """For three arrays of a size that was allocated, and freed, before."""
    script = PAGES_CLEARED.format(kept=kept, megabytes=megabytes)
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return int(run.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of glibc only")
def test_a_second_image_s_arrays_lie_where_the_first_one_s_did() -> None:
    assert pages_cleared(kept=True, megabytes=3) < 100
    assert pages_cleared(kept=False, megabytes=3) > 1_000, "else nobody needs keep_freed_memory"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of glibc only")
def test_what_is_larger_than_a_photo_needs_goes_back_to_the_system() -> None:
    assert pages_cleared(kept=True, megabytes=80) > 100


def test_the_collector_rests_while_modules_are_imported_and_leaves_them_alone_afterwards() -> None:
    try:
        with collecting_nothing():
            assert not gc.isenabled()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
