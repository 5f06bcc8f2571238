"""A worker of a service that examines the same pixels over the same index once, whichever test's service asks.

Console, API and tasks are tested with hundreds of uploads of a few photos, whose files differ in their last bytes.
"""

import hashlib
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Final

from brand_index.images import DecodedImage
from brand_index.index.published import current_folder
from brand_index.store import Store
from scanner.engine import worker
from scanner.engine.examiner import Examination, Examiner
from scanner.engine.settings import EngineSettings

SHORT: Final = 5.0  # seconds; who allows less wants to see what an examination leaves out


def begin_remembering_worker(folder: Path, store: Store, settings: EngineSettings) -> None:
    """As begin_worker; whole examinations are kept in `folder`, by index, settings and pixels."""
    worker.begin_worker(store, settings)
    examine = Examiner.examine

    def remembered(self: Examiner, data: bytes, *, name: str = "image", seconds: float | None = None) -> Examination:
        if seconds is not None and seconds < SHORT:
            return examine(self, data, name=name, seconds=seconds)
        image = self.decode(data, name=name)
        kept = folder / _key(current_folder(store).name, settings, image)
        if kept.exists():
            known: Examination = pickle.loads(kept.read_bytes())
            if known.index_revision == self.index.revision:
                return replace(known, image_sha256=image.sha256)
        examined = examine(self, data, name=name, seconds=seconds)
        if not examined.skipped and examined.index_revision == self.index.revision:
            being_written = kept.with_suffix(f".{id(examined)}")
            being_written.write_bytes(pickle.dumps(examined))
            being_written.replace(kept)
        return examined

    Examiner.examine = remembered  # type: ignore[method-assign]


def _key(index: str, settings: EngineSettings, image: DecodedImage) -> str:
    """The name of the file for these pixels."""
    shown = (
        image.format,
        image.numbers,
        image.seconds,
        image.stand_for,
        image.frame_count,
        image.truncated,
        image.size,
    )
    said = (index, settings.model_dump_json(), *shown)
    content = hashlib.sha256(repr(said).encode())
    for frame in image.frames:
        content.update(repr(frame.shape).encode() + frame.tobytes())
    return content.hexdigest()
