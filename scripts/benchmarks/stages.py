"""What each stage of looking for copied photos costs on a clean photo, and what it lets through; it asks no peer."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.datasets import clothing_photos, grocery_photos
from benchmarks.measures import Share
from benchmarks.options import Options, Outcome
from benchmarks.parts import cut_parts
from benchmarks.product import Entry, default_threshold, entry_names, register_all
from benchmarks.runs import occasion
from benchmarks.speed import Clock
from benchmarks.tables import Table, percent
from benchmarks.uploads import LONG_SIDE, upload
from brand_index.features.hashing import HASHERS
from brand_index.features.keypoints import describe_keypoints
from brand_index.images import RGBImage
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.examiner import Examiner
from scanner.settings import read_settings

EMBEDDING_SIDE: Final = 224


@dataclass(frozen=True, slots=True)
class Stages:
    """Milliseconds a photo on one thread, stage by stage, and the photos that each stage passes on."""

    photos: int
    references: int
    milliseconds: tuple[tuple[str, float], ...]
    base: float  # decoding, and one 224 px EfficientNet-Lite0 embedding in ONNX Runtime
    let_through: tuple[tuple[str, Share], ...]
    claims: tuple[tuple[str, str, float], ...]  # of what is taken for a copy: photo, registered part, confidence

    @property
    def ratio(self) -> float:
        """All stages ÷ base."""
        return sum(spent for _, spent in self.milliseconds) / self.base


def run_stages(options: Options, references: int, photos: int, folder: Path) -> Outcome:
    """Register `references` parts of photos in the empty `folder`, and time `photos` other photos by stage."""
    clothing = clothing_photos(options.data)
    clean, sources = clothing[:photos], [*clothing[photos:], *grocery_photos(options.data, "photo")]
    parts = list(cut_parts(sources, references, folder / "parts"))
    store = Store(folder / "store")
    entries = [Entry(path, "seller", ReferenceKind.PHOTO, path.name) for path in parts]
    register_all(store, entries)
    result = measure_stages(store, {path.name: upload(path) for path in clean}, entry_names(entries))
    return Outcome(
        occasion=occasion("stages"),
        options=options,
        results=[result],
        missing=(),
        tables=[stages_table(result)],
        truths=(),
        runs=(),
        sections=(),
    )


def measure_stages(store: Store, uploads: Mapping[str, bytes], names: Mapping[str, str]) -> Stages:
    """Walk JPEG files, by name, on one thread of this process, a stage at a time, as Examiner does.

    `names` as `entry_names` gives them.
    """
    settings = read_settings()
    threshold = default_threshold(ReferenceKind.PHOTO)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    limits = threadpool_limits(1)
    clock, alone = Clock(), Clock()
    hashed = tied = 0
    claims: list[tuple[str, str, float]] = []
    try:
        examiner, embedding = Examiner.open(store, settings), lite0()
        for name, data in uploads.items():
            frame = clock.time("decode", examiner.decode, data).frames[0]
            clock.time("hash", _hashes, frame)
            clock.time("keypoints", _keypoints, frame, settings.keypoint_side, settings.keypoint_count)
            description = examiner.describe(frame)
            candidates = clock.time("search", examiner.match, description)
            evidence = clock.time("verify", examiner.verify, description, candidates)
            hashed += any(each.transform is not None for each in candidates)
            tied += any(item.inliers is not None for item in evidence)
            best = max(evidence, key=lambda item: item.confidence, default=None)
            if best is not None and best.confidence >= threshold:
                claims.append((name, names[best.reference_id], best.confidence))
            alone.time("base", examiner.decode, data)
            alone.time("base", embedding, frame)
    finally:
        cv2.setNumThreads(threads)
        limits.restore_original_limits()
    count = len(uploads)
    return Stages(
        count,
        len(names),
        tuple((stage, 1000 * seconds / count) for stage, seconds in clock.seconds.items()),
        1000 * alone.seconds["base"] / count,
        (
            ("a hash is near", Share(hashed, count)),
            ("keypoints agree on a geometry", Share(tied, count)),
            ("taken for a copy", Share(len(claims), count)),
        ),
        tuple(claims),
    )


def stages_table(result: Stages) -> Table:
    """A row a stage; times as multiples of the base, which shared machines change less."""
    rows = [(stage, f"{spent / result.base:.2f}", "") for stage, spent in result.milliseconds]
    rows.append(("all", f"{result.ratio:.2f}", ""))
    rows += [(what, "", percent(share)) for what, share in result.let_through]
    return Table(
        f"{result.photos} clean photos of {LONG_SIDE} px against {result.references} registered photos, one thread",
        ("stage", "time ÷ base", "photos that pass"),
        tuple(rows),
        "Base: decoding the photo, and one 224 px EfficientNet-Lite0 embedding in ONNX Runtime "
        f"({result.base:.1f} ms here).",
    )


def lite0() -> Callable[[RGBImage], NDArray[np.float32]]:
    """EfficientNet-Lite0 of ImageNet in ONNX Runtime on one thread: an image to (1280,)."""
    import torch  # noqa: PLC0415 - of the extra benchmark, as the weights

    from benchmarks.imagenet import imagenet_network  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "lite0.onnx")
        given = torch.zeros(1, 3, EMBEDDING_SIDE, EMBEDDING_SIDE)
        torch.onnx.export(imagenet_network(), (given,), path, input_names=["pixels"], dynamo=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session: Any = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])

    def embed(image: RGBImage) -> NDArray[np.float32]:
        small = cv2.resize(image, (EMBEDDING_SIDE, EMBEDDING_SIDE), interpolation=cv2.INTER_AREA)
        pixels = ((small.astype(np.float32) - 127) / 128).transpose(2, 0, 1)[None]
        return np.asarray(session.run(None, {"pixels": np.ascontiguousarray(pixels)})[0], np.float32).reshape(-1)

    return embed


def _hashes(frame: RGBImage) -> None:
    for hasher in HASHERS:
        hasher.hashes(frame)


def _keypoints(frame: RGBImage, side: int, limit: int) -> None:
    describe_keypoints(frame, side=side, limit=limit)
