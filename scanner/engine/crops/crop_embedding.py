"""The embedding of a crop as a short text, so that evidence carries it and what was dismissed is known again.

The text is the embedder's tag, a colon, and the unit vector in steps of a 127th of its largest value, in base64: its
cosine with another is right to 0.01. Embeddings of two embedders say nothing of each other.
"""

import base64
import binascii
import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

STEPS: Final = 127
TAG: Final = 8  # hexadecimal digits: of the embedder's fingerprint


def pack(vector: NDArray[np.float32], fingerprint: str) -> str:
    """The text of a (D,) vector by the embedder with this fingerprint."""
    largest = max(float(np.abs(vector).max(initial=0.0)), 1e-9)
    steps = np.round(vector / largest * STEPS).astype(np.int8)
    tag = hashlib.sha256(fingerprint.encode()).hexdigest()[:TAG]
    return f"{tag}:{base64.b64encode(steps.tobytes()).decode('ascii')}"


def cosine_of(one: str, other: str) -> float | None:
    """-1..1 between two packed embeddings; None: they are of two embedders, or one of them is none."""
    vectors = [_unpacked(each) for each in (one, other)]
    if one.partition(":")[0] != other.partition(":")[0] or any(vector is None for vector in vectors):
        return None
    (first, second) = (vector for vector in vectors if vector is not None)
    if first.shape != second.shape:
        return None
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    return None if lengths == 0 else float(first @ second) / lengths


def _unpacked(text: str) -> NDArray[np.float32] | None:
    try:
        steps = base64.b64decode(text.partition(":")[2], validate=True)
    except (binascii.Error, ValueError):
        return None
    return np.frombuffer(steps, np.int8).astype(np.float32) if steps else None
