"""One run of scan-images on examinations that no image was opened for: what happens meanwhile counts."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import NoReturn

import pytest

from brand_index.errors import RegistryError
from brand_index.images.listed import FoundImage, ListedImage
from brand_index.registration import withdraw
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.bulk.batch import Examined
from scanner.bulk.listings import ImageListings
from scanner.bulk.results import VERDICTS
from scanner.bulk.run import scan_into
from scanner.bulk.tally import Tally
from scanner.engine.examiner import Examination
from scanner.moderation.records.scans import Scan
from scanner.moderation.store import Records
from scanner.service.accounts.registry import open_registry
from scanner.settings import Settings
from scanner.verdicts.policy import read_policy
from scanner.verdicts.types import Decision
from tests.conftest import NOW
from tests.scanner.bulk.test_resuming import COPIED


@dataclass(frozen=True)
class Run:
    """A store that tests may write, two images, and a registered photo that both copy."""

    root: Path
    store: Store
    registry: Registry
    settings: Settings
    images: tuple[FoundImage, ...]
    reference_id: str

    def examine(self, images: Iterable[ListedImage]) -> Iterator[Examined[ListedImage]]:
        """Each image is found to copy the photo."""
        brand_id = next(each.brand_id for each in self.registry.references() if each.kind is ReferenceKind.PHOTO)
        copied = replace(COPIED, reference_id=self.reference_id, brand_id=brand_id)
        for image in images:
            yield Examined(image, Examination(image.sha256() or "", (copied,), 1, None))

    def scan(self, examine: object = None, records: Records | None = None) -> Tally:
        return scan_into(
            self.root / "out",
            self.images,
            ImageListings("", {}),
            examine=examine or self.examine,  # type: ignore[arg-type]  # each test's own
            store=self.store,
            registry=self.registry,
            policy=read_policy(),
            settings=self.settings,
            resume=False,
            shown_from=0.5,
            min_confidence=0.05,
            records=records,
            kept=lambda _: None,
            resumed=lambda _: None,
            done=lambda _: None,
        )


@pytest.fixture
def run(store: Store, tmp_path: Path, settings: Settings) -> Iterator[Run]:
    place = Store(Path(shutil.copytree(store.root, tmp_path / "store")))
    (tmp_path / "out").mkdir()
    images = []
    for name in ("1.jpg", "2.jpg"):
        (tmp_path / name).write_text(name)
        images.append(FoundImage(tmp_path / name, PurePath(name)))
    with open_registry(place) as registry:
        photo = next(each for each in registry.references() if each.kind is ReferenceKind.PHOTO)
        yield Run(tmp_path, place, registry, settings, tuple(images), photo.reference_id)


def test_what_is_withdrawn_while_images_are_scanned_flags_no_further_image(run: Run) -> None:
    def examined(images: Iterable[ListedImage]) -> Iterator[Examined[ListedImage]]:
        for number, each in enumerate(run.examine(images)):
            if number == 1:
                withdraw(run.registry, run.reference_id, NOW)
            yield each

    tally = run.scan(examined)
    assert (tally.decisions[Decision.BLOCK], tally.decisions[Decision.CLEAR]) == (1, 1)


def test_an_image_that_cannot_be_recorded_gets_no_row_so_that_resume_scans_it_again(run: Run) -> None:
    class FullDisk(Records):
        def finish(self, scan: Scan, *arguments: object, **others: object) -> NoReturn:
            raise RegistryError("no room")

    with pytest.raises(RegistryError, match="no room"):
        run.scan(records=FullDisk(run.registry.database, run.store))
    assert not (run.root / "out" / VERDICTS).exists()
