"""Brings the published index and the weights to each node: from a folder that it sees, else from its own cache."""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Self

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from brand_index.errors import ModelUnusable
from brand_index.features.weights import MANIFEST, ModelFile, read_manifest
from brand_index.files import file_sha256
from brand_index.index.published import MANIFEST as INDEX_MANIFEST
from brand_index.index.published import check_digests, current_folder, segment_folder
from brand_index.index.published import read_manifest as read_index
from brand_index.store import INDEX_POINTER, Store, cache_folder
from scanner.bulk.cluster.connection import ClusterUnavailable, check_version
from scanner.engine.settings import EngineSettings

_CHUNK: Final = 64 * 2**20  # bytes of a file that travel as one object
_UNUSED: Final = 7 * 86_400  # seconds after which a cached folder is deleted: longer than any scan


@dataclass(frozen=True, slots=True)
class ShippedFolder:
    """A folder of which one file, the key, names all others by their digests."""

    source: Path
    key: str  # path in the folder
    digest: str  # SHA-256 of the key, in hexadecimal
    files: tuple[tuple[str, tuple[Any, ...]], ...]  # path in the folder, and its content as objects of Ray; or none

    @classmethod
    def of(cls, folder: Path, key: str, names: Sequence[str]) -> Self:
        """Ship files of a folder; where all nodes see the folder, as on shared storage, nothing travels."""
        digest = file_sha256(folder / key) or ""
        nodes = [node["NodeID"] for node in ray.nodes() if node["Alive"]]
        on = (NodeAffinitySchedulingStrategy(node, soft=False) for node in nodes)
        look = ray.remote(_sees)
        seen = [look.options(num_cpus=0, scheduling_strategy=each).remote(folder, key, digest) for each in on]
        files = () if all(ray.get(seen)) else tuple((name, tuple(_chunks(folder / name))) for name in names)
        return cls(folder, key, digest, files)

    def here(self, *others: Path) -> Path:
        """On a node: the folder, one of the `others` with the same key, or a copy in the cache. ClusterUnavailable."""
        for folder in (self.source, *others):
            if file_sha256(folder / self.key) == self.digest:
                return folder
        if not self.files:
            raise ClusterUnavailable(
                f"the node {ray.util.get_node_ip_address()} does not see {self.source}, which all others do; it may "
                "have joined later. Give the same command again"
            )
        cached = cache() / self.digest[:32]
        with _locked(cached):
            if not cached.is_dir():
                self._unpack(cached)
            os.utime(cached)
        _sweep(cache())
        return cached

    def _unpack(self, cached: Path) -> None:
        """Write a copy under another name, and rename it: a folder in the cache is whole."""
        partial = Path(tempfile.mkdtemp(dir=cached.parent, prefix=".part-"))
        try:
            for name, chunks in self.files:
                (partial / name).parent.mkdir(parents=True, exist_ok=True)
                with (partial / name).open("wb") as file:
                    for chunk in chunks:
                        file.write(ray.get(chunk))
            partial.rename(cached)
        finally:
            shutil.rmtree(partial, ignore_errors=True)  # it is in place, or not wanted


@dataclass(frozen=True, slots=True)
class ShippedEngine:
    """What a node needs to examine images as this machine would."""

    index: ShippedFolder
    models: ShippedFolder
    settings: EngineSettings
    version: str  # of Markscan

    @classmethod
    def of(cls, store: Store, settings: EngineSettings) -> Self:
        """Ship the published index of a store and the weights that the settings name. Raises IndexUnusable."""
        folder = current_folder(store).absolute()
        plain = {name: getattr(settings, name) for name in EngineSettings.model_fields}  # the service's secrets stay
        return cls(
            ShippedFolder.of(folder.parent, f"{folder.name}/{INDEX_MANIFEST}", index_files(folder)),
            ship_models(settings.model_manifest),
            EngineSettings(**plain),
            version("markscan"),
        )

    def here(self) -> tuple[Store, EngineSettings]:
        """On a node: a store whose published index is this one, and settings that name the weights.

        Raises ClusterUnavailable, and IndexDamaged where the copy is not what was sent.
        """
        check_version(self.version)
        top = self.index.here()
        folder = (top / self.index.key).parent
        if top != self.index.source:
            check_digests(folder)
        return _pinned(folder), self.settings.model_copy(update={"model_manifest": models_here(self.models)})


def index_files(folder: Path) -> list[str]:
    """The files of a published index and of its segments, as paths below the folder of all indexes."""
    folders = (folder, *(segment_folder(folder, each.name) for each in read_index(folder).segments))
    return sorted(
        path.relative_to(folder.parent).as_posix() for each in folders for path in each.rglob("*") if path.is_file()
    )


def ship_models(manifest: Path) -> ShippedFolder:
    """Ship a manifest of models and the files that it names. Raises ModelUnusable."""
    folder, read = manifest.absolute().parent, read_manifest(manifest)
    files = [getattr(read, each.name) for each in fields(read)]
    paths = [each.path.absolute() for each in files if isinstance(each, ModelFile)]
    if outside := [path for path in paths if not path.is_relative_to(folder)]:
        raise ModelUnusable(f"{outside[0]} lies outside {folder}, so that no cluster gets it: put it beside {manifest}")
    return ShippedFolder.of(folder, manifest.name, [manifest.name, *(p.relative_to(folder).as_posix() for p in paths)])


def models_here(models: ShippedFolder) -> Path:
    """On a node: the manifest of the models."""
    return models.here(MANIFEST.parent) / models.key


def cache() -> Path:
    """On a node: the folder of what was sent to it."""
    folder = cache_folder("markscan")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _pinned(folder: Path) -> Store:
    """A store that has this index, whatever else is published where it comes from while a scan goes on."""
    root = cache() / f"index-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:32]}"
    store = Store(root)
    store.index.mkdir(parents=True, exist_ok=True)
    partial = store.index / f".{os.getpid()}.part"
    partial.write_text(str(folder), "utf-8")
    partial.replace(store.index / INDEX_POINTER)
    os.utime(root)
    return store


def _sees(folder: Path, key: str, digest: str) -> bool:
    """On a node: whether it sees a folder with this key."""
    return file_sha256(folder / key) == digest


def _chunks(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield ray.put(chunk)


@contextmanager
def _locked(cached: Path) -> Iterator[None]:
    """Let one process of a node fetch a folder, while the others wait for it."""
    with cached.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep(folder: Path) -> None:
    """Delete what no scan has asked for in a week."""
    for path in folder.iterdir():
        try:
            is_old = time.time() - path.stat().st_mtime > _UNUSED
        except OSError:
            continue  # another process deleted it
        if is_old and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
