"""A service of our own on a temporary store: two brands, two sellers, keys, users and a listing; bounded in memory."""

import io
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import psutil
from PIL import Image

from brand_index.features.describing import BoundedDescriber
from brand_index.registration import register_reference
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind
from scanner.demo import logos
from scanner.demo.photos import draw
from scanner.service.accounts.keys import create_key
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.settings import Settings
from scanner.walk import ensure_index

BRAND, RIVAL = "attack-tool", "attack-rival"
PASSWORD: Final = "attack tool password"
REVIEWER, OWNER, ADMIN = "ann", "owner", "root"  # users
MEMORY: Final = 12 * 2**30  # bytes of address space that each process of a service of ours may have
_START: Final = 120.0  # seconds to wait for a service that starts
_ROOT: Final = Path(__file__).parents[2]


def jpeg(pixels: Any, quality: int = 88) -> bytes:
    """(H, W, 3) uint8 as the bytes of a JPEG file."""
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def png(pixels: Any) -> bytes:
    """(H, W, 3) uint8 as the bytes of a PNG file."""
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(file, "PNG")
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Material:
    """The image files that the attacks register and scan."""

    registered: bytes  # a photo of BRAND
    copy: bytes  # a listing's copy of it
    clean: bytes  # a listing that shows nothing registered


def draw_material() -> Material:
    """The material, from drawings of the demo."""
    mug = draw("enamel-mug")
    return Material(jpeg(mug, 92), jpeg(mug[20:-20, 30:-30], 80), jpeg(draw("pottery")))


def make_store(folder: Path, material: Material) -> tuple[Store, dict[str, str]]:
    """A store with its index built, and its API keys by what their bearers are."""
    store, now = Store(folder), datetime.now(UTC)
    owner = Brand(BRAND, "Attack Tool", "Attack Tool Ltd", "ip@attack.example")
    rival = Brand(RIVAL, "Attack Rival", "Attack Rival Ltd", "ip@rival.example")
    entries = [
        (owner, ReferenceKind.LOGO, png(logos.tarnvik().pixels(700)), "logo.png"),
        (owner, ReferenceKind.PHOTO, material.registered, "mug.jpg"),
        (rival, ReferenceKind.LOGO, png(logos.korvelo().pixels(700)), "logo.png"),
    ]
    roles = {
        "admin": (Role.ADMIN, ""),
        "pipeline": (Role.PIPELINE, ""),
        "other_pipeline": (Role.PIPELINE, ""),
        "owner": (Role.BRAND_OWNER, BRAND),
        "rival": (Role.BRAND_OWNER, RIVAL),
    }
    keys = {}
    with open_registry(store) as registry:
        register(registry, store, entries)
        for name, (role, own) in roles.items():
            brands = frozenset({own} if own else ())
            keys[name] = create_key(
                registry.database, role=role, name=name, brands=brands, calls_a_minute=10**6, now=now
            )[1]
        add_user(registry.database, REVIEWER, PASSWORD, Role.REVIEWER, now)
        add_user(registry.database, ADMIN, PASSWORD, Role.ADMIN, now)
        add_user(registry.database, OWNER, PASSWORD, Role.BRAND_OWNER, now, brands=frozenset({BRAND}))
        ensure_index(store, registry, Settings())
    return store, keys


def register(registry: Registry, store: Store, entries: Iterable[tuple[Brand, ReferenceKind, bytes, str]]) -> None:
    """Register images, each of a brand, as a kind, by a name."""
    with BoundedDescriber() as describer:
        for brand, kind, image, name in entries:
            register_reference(
                registry,
                store,
                brand=brand,
                kind=kind,
                image=image,
                describer=describer,
                name=name,
                now=datetime.now(UTC),
            )


@dataclass(slots=True)
class OwnService:
    """`markscan serve` as a process of ours."""

    store: Store
    pristine: Path  # a copy of the store as it was made
    settings: Mapping[str, str] = field(default_factory=dict)  # variables beside the usual ones
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Where its log is written."""
        return self.store.root.parent / f"{self.store.root.name}.log"

    @property
    def process(self) -> psutil.Process:
        """Its first process."""
        assert self._process is not None, "it was not started"
        return psutil.Process(self._process.pid)

    @property
    def runs(self) -> bool:
        """Whether its first process runs."""
        return self._process is not None and self._process.poll() is None

    def tree(self) -> list[psutil.Process]:
        """All its processes; none: it does not run."""
        with suppress(psutil.NoSuchProcess):
            return [self.process, *self.process.children(recursive=True)] if self.runs else []
        return []

    def start(self, path: str = "/readyz") -> float:
        """Start it and wait until it answers `path`. Returns the seconds that took; RuntimeError: it did not."""
        begun = time.monotonic()
        self.launch()
        if not self.answers(path, _START):
            raise RuntimeError(f"the service did not answer {path}: {self.last_log()}")
        return time.monotonic() - begun

    def launch(self) -> None:
        """Start it and wait for nothing."""
        self.port = self.port or free_port()
        code = "from scanner.commands.main import markscan_main; markscan_main()"
        command = [sys.executable, "-c", code, "serve", "--store", str(self.store.root), "--port", str(self.port)]
        usual = {
            "PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH")))),
            "SCANNER_SERVICE__WORKERS": "1",
            "SCANNER_SERVICE__SECURE_COOKIES": "false",
            "SCANNER_SERVICE__INDEX_SECONDS": "0.5",
            "SCANNER_SERVICE__LEASE_SECONDS": "5",
            "SCANNER_SERVICE__NOTIFY_ON_BLOCK": "disabled",
            "SCANNER_SERVICE__SITE": "https://ip.example",
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, env=os.environ | usual | dict(self.settings), stderr=log)
        resource.prlimit(self._process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))  # its children inherit it
        resource.prlimit(self._process.pid, resource.RLIMIT_CORE, (0, 0))

    def answers(self, path: str, seconds: float) -> bool:
        """Whether it answers `path` with success within so many seconds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.runs:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.address}{path}", timeout=5, trust_env=False).is_success:
                    return True
            time.sleep(0.05)
        return False

    def rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """The rows that a query of its database finds, read beside the service."""
        with closing(sqlite3.connect(f"file:{self.store.root / 'registry.db'}?mode=ro", uri=True, timeout=30)) as read:
            return read.execute(query, values).fetchall()

    def change(self, statement: str, *values: Any) -> int:
        """Change its database behind its back; returns how many rows changed."""
        with closing(sqlite3.connect(self.store.root / "registry.db", timeout=30)) as write, write:
            return write.execute(statement, values).rowcount

    def files_of(self, brand: str, kind: str) -> list[Path]:
        """The registered files of a brand."""
        query = "SELECT sha256, suffix FROM reference_images WHERE brand_id = ? AND kind = ?"
        return [self.store.media_path(str(sha256), str(suffix)) for sha256, suffix in self.rows(query, brand, kind)]

    def last_log(self) -> str:
        """The end of its log."""
        return self.log.read_text("utf-8", "replace")[-300:] if self.log.exists() else ""

    def stop(self) -> float:
        """Stop it as systemd does. Returns the seconds that took."""
        begun = time.monotonic()
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_START)
        self.end()
        return time.monotonic() - begun

    def end(self) -> None:
        """Kill all its processes, those that outlived it included."""
        left = self.tree()
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if self._process is not None:
            self._process.wait()
        psutil.wait_procs(left, timeout=5)

    def restart(self) -> None:
        """Start it anew if it does not answer any more."""
        if not self.answers("/healthz", 10):
            self.end()
            self.start()

    @contextmanager
    def fresh(
        self, settings: Mapping[str, str] | None = None, *, start: bool = True, of: Path | None = None
    ) -> Iterator["OwnService"]:
        """Another service on a copy of the store `of`, None: as it was made; it is ended and deleted afterwards."""
        folder = Path(shutil.copytree(of or self.pristine, self.store.root.parent / f"store-{time.monotonic_ns()}"))
        other = OwnService(Store(folder), self.pristine, dict(settings or {}))
        try:
            if start:
                other.start()
            yield other
        finally:
            other.end()
            shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
