"""Describes references within limits, in a child process: whatever an image is, it costs no more than this.

Registration describes each reference here before it is accepted, and the build of an index whatever it still lacks.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self, TypeVar, TypeVarTuple

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from brand_index.bounded_process import BoundedProcess, CallFailed, LimitExceeded
from brand_index.errors import FileAltered, MarkscanError, UndescribableReference
from brand_index.features.description import describe_reference, description_fingerprint, fingerprint_with
from brand_index.features.embedding import Embedder, embedder_fingerprint, shared_embedder
from brand_index.features.weights import MANIFEST, read_manifest
from brand_index.images import DecodedImage, decode, read_bytes
from brand_index.types import IMAGE_KINDS, Form, ReferenceKind

MEMORY: Final = 500 * 2**20  # bytes beyond those of a process that has described small images
SECONDS: Final = 45.0  # many times what the largest takes, for busy machines
Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")
_log = logging.getLogger(__name__)


class Describer(Protocol):
    """Runs functions that describe images; the implementations differ in where."""

    @property
    def fingerprint(self) -> str:
        """As description_fingerprint gives it."""
        ...

    def run(self, name: str, work: Callable[[Embedder, *Arguments], Result], *arguments: *Arguments) -> Result:
        """What `work`, a function of a module, returns for an embedder and `arguments`; `name` is the image's.

        Raises the MarkscanError that `work` raises, UndescribableReference for any other failure, and ModelUnusable.
        """
        ...


class BoundedDescriber:
    """Describes in a child process within MEMORY and SECONDS; it starts when it is first needed."""

    def __init__(self, manifest: Path = MANIFEST, *, memory: int = MEMORY, seconds: float = SECONDS) -> None:
        """`manifest` names the weights."""
        self._process = BoundedProcess(partial(_begin, manifest), memory=memory, seconds=seconds)
        self._limits = limits_in_words(memory, seconds)
        self._manifest, self._fingerprint = manifest, ""

    @property
    def fingerprint(self) -> str:
        """As the protocol says; the process need not start for it. Raises ModelUnusable."""
        if not self._fingerprint:
            self._fingerprint = fingerprint_with(embedder_fingerprint(read_manifest(self._manifest)))
        return self._fingerprint

    def run(self, name: str, work: Callable[[Embedder, *Arguments], Result], *arguments: *Arguments) -> Result:
        """As the protocol says."""
        with refused_as_undescribable(name, self._limits):
            return self._process.call(work, *arguments)

    def close(self) -> None:
        """End the process."""
        self._process.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


class DirectDescriber:
    """Describes in this process by a given embedder, without limits: for images that are known."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def fingerprint(self) -> str:
        """As the protocol says."""
        return description_fingerprint(self._embedder)

    def run(self, name: str, work: Callable[[Embedder, *Arguments], Result], *arguments: *Arguments) -> Result:
        """As the protocol says."""
        try:
            return work(self._embedder, *arguments)
        except MarkscanError:
            raise
        except Exception as error:
            raise _failed(name, f"{type(error).__name__}: {error}") from error


def describe_file(
    embedder: Embedder, path: Path, sha256: str, name: str, kind: ReferenceKind, form: Form | None = None
) -> bytes:
    """The description of a registered file, as ReferenceDescription.to_bytes gives it.

    Raises ImageError, and FileAltered unless the file has the recorded SHA-256 (hex).
    """
    data = read_bytes(path)
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise FileAltered(path, sha256, f"its SHA-256 is {found}")
    image = decode(data, name=name, vector=True)
    return describe_reference(image, kind, embedder, form).to_bytes()


def limits_in_words(memory: int = MEMORY, seconds: float = SECONDS) -> str:
    """What an image must not take, as `refused_as_undescribable` says it."""
    return f"over {seconds:g} s or {memory >> 20} MiB"


@contextmanager
def refused_as_undescribable(name: str, limits: str) -> Iterator[None]:
    """Raises UndescribableReference where describing image `name` in another process failed or exceeded `limits`."""
    try:
        yield
    except LimitExceeded as error:
        raise UndescribableReference(f"{name}: takes {limits} to describe; save it smaller, or as PNG") from error
    except CallFailed as error:
        _log.info("%s cannot be described\n%s", name, error)  # the other process's traceback
        raise _failed(name, str(error).strip().splitlines()[-1]) from error


def _failed(name: str, reason: str) -> UndescribableReference:
    return UndescribableReference(f"{name}: cannot be described ({reason[:200]}); save it again with another program")


def _begin(manifest: Path) -> Embedder:
    """In the process: an embedder that has described an image, so that the libraries have their memory."""
    cv2.setNumThreads(1)  # as in a worker: processes are the parallelism, and threads that wait cost them a fifth
    threadpool_limits(1)
    embedder = shared_embedder(read_manifest(manifest))
    rows, columns = np.mgrid[0:64, 0:96].astype(np.uint8)
    image = DecodedImage((np.stack([rows * 4, columns * 2, (rows ^ columns) * 2], axis=2),), None, "", "PNG")
    for kind in IMAGE_KINDS:
        describe_reference(image, kind, embedder)
    return embedder
