"""A scan sees the same evidence in however many segments the index is, and while they are merged."""

from pathlib import Path

import numpy as np
from skimage import data as photographs

from brand_index.index import BrandIndex
from brand_index.index.merging import merge_due
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.examiner import Examiner, open_models
from scanner.settings import Settings
from tests.brand_index.index.growing import Growing, grown, ids_of
from tests.conftest import jpeg, rocket_with_sticker


def test_the_evidence_does_not_depend_on_the_segments(store: Store, tmp_path: Path, settings: Settings) -> None:
    images = [jpeg(rocket_with_sticker(), 85), jpeg(np.asarray(photographs.coffee(), np.uint8)[30:, 50:], 60)]
    embedder, matcher, finder = open_models(settings)
    with Registry.open(store) as registry:
        growing = Growing(registry.database)
        ids = ids_of(growing)
        place = grown(tmp_path / "parted", growing, embedder, [ids[::2], *([each] for each in ids[1::2])], store.media)
    examiner = Examiner.open(store, settings)
    expected = [examiner.examine(image).evidence for image in images]
    assert [found[0].kind for found in expected] == [ReferenceKind.LOGO, ReferenceKind.PHOTO], "the surest"
    merged = True
    while merged:
        index = BrandIndex.open(place, embedder)
        parted = Examiner(index, embedder, matcher, finder, settings)
        assert [parted.examine(image).evidence for image in images] == expected, len(index.manifest.segments)
        merged = merge_due(place)
