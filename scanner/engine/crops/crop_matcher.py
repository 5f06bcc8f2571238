"""Whether two crops show one mark: a learned matcher that compares them patch by patch; it proposes nothing."""

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from brand_index.features.weights import ModelFile

BATCH: Final = 32  # pairs of crops in one run


class CropMatcher(Protocol):
    """The interface of matchers of crops."""

    def match_logits(
        self, listing: NDArray[np.int8], reference: NDArray[np.int8], cosines: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """(N,) logits that N pairs of a listing's crop and a registered view show one mark.

        `listing` and `reference` (N, P, W) are the pairs' patches and `cosines` (N,) their similarity, as an
        Embedder gives them. The logits hold for pairs as hard as those of the training; they are not calibrated.
        """
        ...


class OnnxCropMatcher:
    """Runs one ONNX file on the CPU: int8 (N, P, W) twice and float32 (N,) in, float32 (N,) out."""

    def __init__(self, model: ModelFile, *, threads: int = 1) -> None:
        """Load the file. Raises ModelUnusable."""
        self._session = model.session(threads=threads)
        self._inputs = [each.name for each in self._session.get_inputs()]

    def match_logits(
        self, listing: NDArray[np.int8], reference: NDArray[np.int8], cosines: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Compare the pairs, as the protocol says."""
        logits = np.empty(len(cosines), np.float32)
        for start in range(0, len(cosines), BATCH):
            part = slice(start, start + BATCH)
            inputs = dict(zip(self._inputs, (listing[part], reference[part], cosines[part]), strict=True))
            logits[part] = self._session.run(None, inputs)[0]
        return logits
