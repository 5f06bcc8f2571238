"""A worker turns whatever one image causes into that image's failure, so that the scan of the others goes on."""

import logging
from pathlib import Path, PurePath

import pytest
from skimage import data as photographs

from brand_index.files import file_sha256
from brand_index.images.listed import FoundImage
from brand_index.store import Store
from scanner.engine import worker
from scanner.engine.examiner import Examination, Examiner
from scanner.engine.types import FailedImage
from scanner.settings import Settings
from tests.conftest import jpeg


def fail(*_: object, **__: object) -> None:
    raise TypeError("a fault")


def test_a_fault_of_the_program_costs_one_image_and_is_logged(
    store: Store, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    image = tmp_path / "photo.jpg"
    image.write_bytes(jpeg(photographs.coffee()[::2, ::2]))
    monkeypatch.setattr(worker, "_state", None)
    monkeypatch.setattr(worker, "_asked", None)
    worker.begin_when_asked(store, settings)
    found = FoundImage(image, PurePath(image.name))
    assert isinstance(worker.examine_together((found,))[0], Examination)
    monkeypatch.setattr(Examiner, "examine", fail)
    with caplog.at_level(logging.ERROR):
        (failure,) = worker.examine_together((found,))
    assert isinstance(failure, FailedImage)
    assert (failure.code, failure.image_sha256) == (worker.EXAMINATION_FAILED, file_sha256(image))
    assert "photo.jpg" in failure.message
    assert "TypeError" in caplog.text
