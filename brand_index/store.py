"""Where one user's state lies: the store folder and the paths in it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from brand_index.files import open_regular

INDEX_POINTER: Final = "CURRENT"  # the file in index/ that names the published one
_SQLITE: Final = b"SQLite format 3\0"  # its files begin so
STORE_VARIABLE = "MARKSCAN_STORE"
DEFAULT_STORE = Path("markscan-store")


@dataclass(frozen=True, slots=True)
class Store:
    """All of a user's state: `registry.db`, `secret.key`, `media/`, `uploads/`, `appeals/`, and `index/` (derived)."""

    root: Path

    @classmethod
    def locate(cls, chosen: Path | None = None) -> "Store":
        """The store that was `chosen`, else the one that MARKSCAN_STORE names, else ./markscan-store."""
        if chosen is not None:
            return cls(chosen)
        named = os.environ.get(STORE_VARIABLE)
        return cls(Path(named) if named else DEFAULT_STORE)

    @property
    def media(self) -> Path:
        """Folder of registered files, `ab/abcdef….png`, named by sha256."""
        return self.root / "media"

    @property
    def index(self) -> Path:
        """Folder of the derived indexes, one subfolder a revision."""
        return self.root / "index"

    @property
    def may_be_indexed(self) -> bool:
        """Whether an index may be built: its folder may be written, or made."""
        return os.access(self.index if self.index.exists() else self.root, os.W_OK) or not self.root.exists()

    def media_path(self, sha256: str, suffix: str) -> Path:
        """Where a file with this sha256 (hex) and suffix (with its dot, lower case) lies."""
        return self.media / sha256[:2] / f"{sha256}{suffix}"

    @property
    def uploads(self) -> Path:
        """Folder of listing images that are kept for a while."""
        return self.root / "uploads"

    def upload_path(self, scan_id: str, position: int) -> Path:
        """Where the image at this place of a scan lies; its name says nothing of its format."""
        return self.uploads / scan_id[:2] / f"{scan_id}-{position}.image"

    @property
    def appeals(self) -> Path:
        """Folder of the documents of appeals."""
        return self.root / "appeals"

    def appeal_path(self, appeal_id: str, position: int) -> Path:
        """Where a document of an appeal lies; its name says nothing of its format."""
        return self.appeals / appeal_id[:2] / f"{appeal_id}-{position}.document"

    def appeal_paths(self, appeal_id: str, position: int) -> tuple[Path, Path]:
        """Where such a document may lie: as `appeal_path`, or as format 1 of the store named it."""
        path = self.appeal_path(appeal_id, position)
        return path, path.with_suffix(".paper")

    @property
    def checkpoints(self) -> Path:
        """The file with the checkpoints of the audit log, unless the settings name another."""
        return self.root / "checkpoints.jsonl"

    @property
    def secret(self) -> Path:
        """The file with the store's own secret."""
        return self.root / "secret.key"


def is_store(folder: Path) -> bool:
    """Whether a folder is a store, whatever its name: by its registry or index, and what lies beside them."""
    store = Store(folder)
    try:
        if not (store.media.is_dir() or store.index.is_dir()):  # most folders are none: one look tells it
            return False
        if (store.index / INDEX_POINTER).is_file() or store.secret.is_file():
            return True
        with open_regular(store.root / "registry.db") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:  # whoever looks into the folder finds out what is wrong with it
        return False
