"""Describes the references of a large registration on a Ray cluster, ahead of the registration itself."""

import hashlib
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar, TypeVarTuple, cast

import pyarrow as pa

from brand_index import fields
from brand_index.errors import MarkscanError, UnreadableFile
from brand_index.features.describing import BoundedDescriber, Describer
from brand_index.features.embedding import Embedder
from brand_index.images import read_bytes
from brand_index.registration.checking import check_form
from brand_index.registration.examining import examine
from brand_index.types import Form, ReferenceKind
from scanner.bulk.cluster.connection import check_version, connected, processors
from scanner.bulk.cluster.mapping import Mapping
from scanner.bulk.cluster.shipping import ShippedFolder, models_here, ship_models

BATCH: Final = 16  # files of one task, at most
AHEAD: Final = 256  # descriptions that wait for their file to be registered, at most
Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


@dataclass(frozen=True, slots=True)
class FileToDescribe:
    """A whole image file that will be registered."""

    path: Path  # that all nodes see
    kind: ReferenceKind
    form: Form | None  # as it was given

    @property
    def name(self) -> str:
        """As registration calls it."""
        return fields.printable(self.path.name)

    def asked(self, data: bytes) -> tuple[Any, ...]:
        """What registration asks a describer of a file with these bytes that is not described yet."""
        return (data, self.kind, self.name, True, check_form(self.kind, self.form, None), True)


class DescribingActor:
    """Describes files on a node, within the limits of BoundedDescriber."""

    def __init__(self, models: ShippedFolder, markscan: str) -> None:
        """What keeps it from working is the outcome of each file."""
        self._why_not: MarkscanError | None = None
        try:
            check_version(markscan)
            self._describer = BoundedDescriber(models_here(models))
        except MarkscanError as error:
            self._why_not = error

    def __call__(self, batch: pa.Table) -> pa.Table:
        """The key of what registration will ask of each file, and the answer; no row for one that cannot be read."""
        keys, outcomes = list[bytes](), list[bytes]()
        for packed in batch["file"].to_pylist():
            file = cast(FileToDescribe, pickle.loads(packed))
            outcome: object
            try:
                asked = file.asked(read_bytes(file.path))
            except UnreadableFile:  # registration says why, or reads it after all
                continue
            try:
                if self._why_not is not None:
                    raise self._why_not
                outcome = self._describer.run(file.name, examine, *asked)
            except MarkscanError as error:
                outcome = error
            keys.append(_key(asked))
            outcomes.append(pickle.dumps(outcome))
        return pa.table({"key": pa.array(keys, pa.binary()), "outcome": pa.array(outcomes, pa.binary())})


class AheadDescriber:
    """A Describer that has the cluster's answers where registration asks what was foreseen, and asks another else."""

    def __init__(self, local: Describer, answers: Iterator[tuple[bytes, Any]]) -> None:
        self._local, self._answers = local, answers
        self._waiting: dict[bytes, Any] = {}  # by key, the oldest first

    @property
    def fingerprint(self) -> str:
        """As the protocol says."""
        return self._local.fingerprint

    def run(self, name: str, work: Callable[[Embedder, *Arguments], Result], *arguments: *Arguments) -> Result:
        """As the protocol says."""
        outcome = self._answer(_key(arguments)) if _is_foreseen(work, arguments) else None
        if outcome is None:
            return self._local.run(name, work, *arguments)
        if isinstance(outcome, MarkscanError):
            raise outcome
        return cast(Result, outcome)

    def _answer(self, key: bytes) -> Any:
        """The answer with this key; None: it is not among the next ones, since the file changed, say."""
        if key not in self._waiting:
            for found, outcome in islice(self._answers, AHEAD):
                self._waiting[found] = outcome
                if found == key:
                    break
            for oldest in list(self._waiting)[:-AHEAD]:
                del self._waiting[oldest]
        return self._waiting.pop(key, None)


@contextmanager
def describing_on(
    address: str, files: Sequence[FileToDescribe], local: Describer, manifest: Path
) -> Iterator[Describer]:
    """A describer over the cluster at `address`, which describes `files` in their order while they are registered.

    `local` describes all else; `manifest` names the weights. Raises ClusterUnavailable, ModelUnusable.
    """
    with connected(address):
        yield AheadDescriber(local, _answers(files, ship_models(manifest)))


def _answers(files: Sequence[FileToDescribe], models: ShippedFolder) -> Iterator[tuple[bytes, Any]]:
    """The key and answer of each file that can be read, in order."""
    if not files:
        return
    actors = min(processors(), len(files))
    size = max(1, min(BATCH, len(files) // (4 * actors)))
    packed = [pickle.dumps(file) for file in files]
    blocks = [pa.table({"file": pa.array(packed[at : at + size], pa.binary())}) for at in range(0, len(packed), size)]
    given = {"models": models, "markscan": version("markscan")}
    for batch in Mapping(blocks, DescribingActor, given, actors, in_order=True).results():
        for key, data in zip(batch["key"].to_pylist(), batch["outcome"].to_pylist(), strict=True):
            yield key, pickle.loads(data)


def _is_foreseen(work: object, asked: tuple[Any, ...]) -> bool:
    """Whether this is what FileToDescribe.asked says of some file."""
    return work is examine and asked[3] is True and asked[5] is True


def _key(asked: tuple[Any, ...]) -> bytes:
    """What tells one question from another: the bytes of the file and how it is to be described."""
    data, *rest = asked
    return hashlib.sha256(hashlib.sha256(data).digest() + repr(rest).encode()).digest()
