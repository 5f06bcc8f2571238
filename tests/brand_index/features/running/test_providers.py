"""What runs the networks is chosen by name; what is not there is refused with the names of what is."""

import platform
import subprocess
import sys

import onnxruntime
import pytest

from brand_index.errors import ModelUnusable
from brand_index.features.running.providers import available_providers, check_providers
from brand_index.features.weights import read_manifest


def test_a_processor_is_always_there() -> None:
    assert "cpu" in available_providers()


def test_an_unknown_provider_is_refused_with_the_names_of_those_that_are_there() -> None:
    with pytest.raises(ModelUnusable, match=r"abacus is not in this ONNX Runtime, which has .*cpu"):
        check_providers(("abacus", "cpu"))


def test_no_provider_at_all_is_refused() -> None:
    with pytest.raises(ModelUnusable, match="none is named"):
        check_providers(())


def test_a_network_is_not_opened_on_a_provider_that_is_not_there() -> None:
    finder = read_manifest(providers=("abacus",)).finder
    with pytest.raises(ModelUnusable, match="abacus"):
        finder.session(threads=1)


def test_a_network_runs_on_the_processor_unless_another_provider_is_named() -> None:
    assert read_manifest().finder.session(threads=1).get_providers() == ["CPUExecutionProvider"]


def test_where_cuda_is_named_its_libraries_are_loaded_and_what_that_prints_is_no_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    both = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: both)
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: print("no libcudnn here"), raising=False)
    with pytest.warns(UserWarning, match="CUDAExecutionProvider"), pytest.raises(ModelUnusable, match="does not start"):
        read_manifest(providers=("cuda", "cpu")).finder.session(threads=1)
    assert capsys.readouterr() == ("", "no libcudnn here\n")


GROWN = """
import numpy as np, psutil
from brand_index.features.weights import read_manifest
finder, process = read_manifest().finder.session(threads=1), psutil.Process()
for side in (64, 960):
    before = process.memory_info().rss
    finder.run(None, {finder.get_inputs()[0].name: np.zeros((1, side, side, 3), np.uint8)})
print(process.memory_info().rss - before)
"""


@pytest.mark.skipif(platform.system() != "Linux", reason="other systems give memory back when they like")
def test_a_network_keeps_little_of_what_its_largest_image_took() -> None:
    done = subprocess.run([sys.executable, "-c", GROWN], check=True, capture_output=True, text=True)
    assert int(done.stdout) < 130_000_000, "an arena keeps 230 MB, and without one it is 70"
