"""What publishing says where it cannot write."""

import errno
import os
import re
from pathlib import Path

import pytest

from brand_index.index.publishing import unpublished_folder
from brand_index.store import Store


def test_a_full_disk_is_named_by_the_folder_of_the_index(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(OSError, match=re.escape(str(store.index))), unpublished_folder(store):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
