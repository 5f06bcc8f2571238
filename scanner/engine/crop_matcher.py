"""Do two crops show one mark: a learned matcher that compares them place by place; it proposes nothing."""

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from brand_index.features.weights import ModelFile

BATCH: Final = 32  # pairs a run


class CropMatcher(Protocol):
    """What every matcher does."""

    def match_logits(
        self, listing: NDArray[np.int8], reference: NDArray[np.int8], cosines: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """(N,): for N pairs of a listing's crop and a registered view, how likely they show one mark.

        `listing` and `reference` (N, P, W) are the pairs' patches and `cosines` (N,) their similarity, as an
        Embedder gives them. Of pairs as hard as those it was trained on; confidence makes a calibrated share of it.
        """
        ...


class OnnxCropMatcher:
    """Runs one ONNX file on the CPU: int8 (N, P, W) twice and float32 (N,) in, float32 (N,) out."""

    def __init__(self, model: ModelFile, *, threads: int = 1) -> None:
        """Raises ModelUnusable."""
        self._session = model.session(threads=threads)
        self._inputs = [each.name for each in self._session.get_inputs()]

    def match_logits(
        self, listing: NDArray[np.int8], reference: NDArray[np.int8], cosines: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """As the protocol says."""
        told = np.empty(len(cosines), np.float32)
        for start in range(0, len(cosines), BATCH):
            part = slice(start, start + BATCH)
            given = dict(zip(self._inputs, (listing[part], reference[part], cosines[part]), strict=True))
            told[part] = self._session.run(None, given)[0]
        return told
