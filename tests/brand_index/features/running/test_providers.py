"""What runs the networks is chosen by name; what is not there is refused with the names of what is."""

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
