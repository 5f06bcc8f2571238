"""Finds the images among the files and folders that somebody names; it decodes none, and says what it passes over."""

import errno
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePath
from typing import Final, Generic, TypeVar

from brand_index.errors import FileUnusable
from brand_index.files import open_regular
from brand_index.images.formats import VIDEOS, name_of_unread, recognize
from brand_index.images.left_behind import RESULTS, is_apple_double, is_left_behind, is_left_behind_folder, is_result
from brand_index.images.listed import FoundImage
from brand_index.images.vector import is_svg
from brand_index.images.video import EXTRA, is_readable
from brand_index.store import is_store

SUFFIXES: Final = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".webp", ".avif", ".bmp", ".tif", ".tiff"}
    | {".heic", ".heif", ".mpo", ".jp2", ".jxl", ".psd"}
)
VIDEO_SUFFIXES: Final = frozenset({".mp4", ".m4v", ".mov", ".webm"})
VECTOR_SUFFIXES: Final = frozenset({".svg", ".svgz"})
NAMED: Final = 5  # of each kind of what was passed over, in a sentence
Image = TypeVar("Image")
_FIRST_BYTES: Final = 16_384  # what is_svg looks at
_SPECIAL: Final = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True, slots=True)
class Empty:
    """A given path that leads to no image."""

    path: Path | str  # str: an address of an object store
    why: str  # as a clause, such as "is not there"


@dataclass(slots=True)
class PassedOver:
    """What a walk left out on purpose."""

    others: Counter[str] = field(default_factory=Counter)  # files that are no images, by suffix, which may be empty
    videos: list[str] = field(default_factory=list)  # names of videos, where nothing reads them
    left_behind: list[str] = field(default_factory=list)  # names of files and folders of operating systems
    stores: list[Path] = field(default_factory=list)
    results: list[Path] = field(default_factory=list)  # folders with results of scans
    again: list[Path] = field(default_factory=list)  # links to folders that were looked into already
    repeated: list[Path | str] = field(default_factory=list)  # images that several paths lead to, for each more

    def sentences(self) -> tuple[str, ...]:
        """What was passed over, a sentence a kind; empty: nothing was."""
        said = []
        if self.others:
            kinds = ", ".join(f"{suffix or 'without a suffix'} {count}" for suffix, count in self.others.most_common(8))
            more = ", …" if len(self.others) > 8 else ""
            said.append(f"files of other kinds, passed over: {self.others.total()} ({kinds}{more})")
        if self.videos:
            said.append(f"videos, passed over: {_counted(self.videos)}; {EXTRA}")
        if self.left_behind:
            said.append(f"files of operating systems, passed over: {_counted(self.left_behind)}")
        if self.again:
            said.append(f"links to folders that are in this scan already: {_counted(map(str, self.again))}")
        if self.repeated:
            names = _counted(map(str, self.repeated))
            said.append(f"images that several of the given paths lead to, taken once: {names}")
        said += [f"{folder} holds results of a scan: these files are passed over" for folder in self.results]
        said += [f"{store} is a store of Markscan: passed over" for store in self.stores]
        return tuple(said)


@dataclass(frozen=True, slots=True)
class Found(Generic[Image]):
    """What the given paths lead to."""

    images: tuple[Image, ...]
    empty: tuple[Empty, ...]
    passed_over: PassedOver

    def refuse_empty(self, *, but: frozenset[Path | str] = frozenset()) -> None:
        """Raise FileUnusable, which names each given path without an image; those of `but` may have none."""
        if refused := [each for each in self.empty if each.path not in but]:
            said = "; ".join(f"{each.path} {each.why}" for each in refused)
            raise FileUnusable(f"{said}. Check the path; nothing was done")


def find_images(paths: Sequence[Path], *, vector: bool = False) -> Found[FoundImage]:
    """The files among `paths`, and all images in the folders among them, sorted.

    A file in a folder is an image by its suffix, so that a broken one is reported, or by its first bytes. Links are
    followed, and each folder is walked once. An image that several paths lead to by one name is found once; a link to
    it by another name is another image, which may have a listing of its own. Only regular files are opened. `vector`:
    SVG is an image, too, and what somebody may take for one (a PDF, a Photoshop document, a video) is found to be
    refused by name.
    """
    walk = _Walk(vector)
    images: list[FoundImage] = []
    empty: list[Empty] = []
    for path in paths:
        found = list(walk.given(path))
        if not found:
            empty.append(Empty(path, "is not there" if walk.why is None else walk.why))
        elif all(each.is_folder for each in found):
            why = "; ".join(dict.fromkeys(f"{each.path} cannot be looked into ({each.fault})" for each in found))
            empty.append(Empty(path, f"holds no image that can be read: {why}"))
        images += found
    if len(paths) > 1:
        images = list(_each_once(images, walk.passed_over.repeated))
    return Found(tuple(images), tuple(empty), walk.passed_over)


def _each_once(images: Iterable[FoundImage], repeated: list[Path | str]) -> Iterator[FoundImage]:
    """The images, each by its name in its real folder once; the paths of the others are added to `repeated`."""
    folder_of = cache(os.path.realpath)
    known = set[tuple[str, str]]()
    for image in images:
        name = folder_of(image.path.parent), image.path.name
        if name in known:
            repeated.append(image.path)
        else:
            known.add(name)
            yield image


class _Walk:
    """One walk over all given paths."""

    def __init__(self, vector: bool) -> None:
        self.passed_over = PassedOver()
        self.why: str | None = None  # why the last given path leads to nothing
        self._vector = vector
        self._suffixes = SUFFIXES | (VECTOR_SUFFIXES if vector else VIDEO_SUFFIXES)
        self._reads_videos = is_readable()

    def given(self, path: Path) -> Iterator[FoundImage]:
        """What one given path leads to."""
        self.why = None
        try:
            mode = path.stat().st_mode
        except FileNotFoundError as error:
            self.why = f"is a link that leads nowhere ({_reason(error)})" if path.is_symlink() else None
            return
        except (OSError, ValueError) as error:
            self.why = f"cannot be used ({_reason(error)})"
            return
        if not stat.S_ISDIR(mode):
            yield FoundImage(path, PurePath(path.name), named=True, fault=_special(mode))
        elif is_store(path):
            self.why = "is a store of Markscan, which holds registered images"
        else:
            self.why = "holds no image"
            yield from self._folder(path, path, set())

    def _folder(self, top: Path, start: Path, walked: set[str]) -> Iterator[FoundImage]:
        """The images below a folder, without recursion: a deep tree is no error. Links to folders come last."""
        waiting = [start]
        links: list[Path] = []
        while waiting or links:
            folder = waiting.pop() if waiting else links.pop(0)
            real = os.path.realpath(folder)
            if real in walked:
                self.passed_over.again.append(folder)
                continue
            walked.add(real)
            try:
                entries = self._entries(folder)
            except OSError as error:
                yield FoundImage(folder, folder.relative_to(top), fault=_reason(error), is_folder=True)
                continue
            below: list[Path] = []
            for entry in entries:
                path = folder / entry.name
                try:
                    mode = _mode(entry)
                except OSError as error:
                    if self._matters(path, error):
                        yield FoundImage(path, path.relative_to(top), fault=_reason(error))
                    continue
                if not stat.S_ISDIR(mode):
                    if (found := self._file(top, path, mode)) is not None:
                        yield found
                elif is_left_behind_folder(entry.name):
                    self.passed_over.left_behind.append(entry.name)
                elif is_store(path):
                    self.passed_over.stores.append(path)
                else:
                    (links if entry.is_symlink() else below).append(path)
            waiting += reversed(below)

    def _entries(self, folder: Path) -> "list[os.DirEntry[str]]":
        """What lies in a folder, sorted, but results of a scan, which may lie beside its images."""
        with os.scandir(folder) as opened:
            entries = sorted(opened, key=lambda entry: entry.name)
        if all(entry.name != RESULTS for entry in entries):
            return entries
        self.passed_over.results.append(folder)
        return [entry for entry in entries if not is_result(entry.name)]

    def _file(self, top: Path, path: Path, mode: int) -> FoundImage | None:
        """The image that a file in a folder is or claims to be; None: it is counted as passed over."""
        if is_left_behind(path.name):
            self.passed_over.left_behind.append(path.name)
            return None
        claims = path.suffix.lower() in self._suffixes
        found, special = FoundImage(path, path.relative_to(top)), _special(mode)
        if special is not None:
            if claims:
                return FoundImage(path, found.inside, fault=special)
            self.passed_over.others[path.suffix.lower()] += 1
            return None
        is_video = path.suffix.lower() in VIDEO_SUFFIXES
        if claims and not is_video and not path.name.startswith("._"):
            return found
        try:
            with open_regular(path) as opened:
                start = opened.read(_FIRST_BYTES)
        except OSError as error:
            if claims or not path.suffix:
                return FoundImage(path, found.inside, fault=_reason(error))
            start = b""
        if is_apple_double(path.name, start):
            self.passed_over.left_behind.append(path.name)
            return None
        if (is_video or recognize(start) in VIDEOS) and not self._vector and not self._reads_videos:
            self.passed_over.videos.append(path.name)
        elif claims or self._shows_an_image(start):
            return found
        else:
            self.passed_over.others[path.suffix.lower()] += 1
        return None

    def _shows_an_image(self, start: bytes) -> bool:
        if recognize(start) is not None:
            return True
        return self._vector and (is_svg(start) or name_of_unread(start) is not None)

    def _matters(self, path: Path, error: OSError) -> bool:
        """Whether something that cannot even be asked what it is may be or hold images."""
        if error.errno == errno.ENOENT and (path.name.startswith(".") or path.suffix):
            if path.suffix.lower() in self._suffixes:
                return True
            self.passed_over.others[path.suffix.lower()] += 1  # a link that leads nowhere, as some programs lock files
            return False
        return True


def _mode(entry: "os.DirEntry[str]") -> int:
    """The kind of what an entry is or links to, as st_mode has it; only links and rare kinds cost a call."""
    if entry.is_file(follow_symlinks=False):
        return stat.S_IFREG
    return stat.S_IFDIR if entry.is_dir(follow_symlinks=False) else entry.stat().st_mode


def _special(mode: int) -> str | None:
    """What is no regular file, in words; None: it is one."""
    if stat.S_ISREG(mode):
        return None
    return next((words for test, words in _SPECIAL if test(mode)), "not a regular file")


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _counted(names: Iterable[str]) -> str:
    every = list(names)
    return f"{len(every)} ({', '.join(every[:NAMED])}{', …' if len(every) > NAMED else ''})"
