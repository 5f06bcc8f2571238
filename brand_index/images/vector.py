"""Renders SVG as PNG in a child process that opens no file or address the drawing names; not a decoder of pixels.

An SVG is a program: it may name files, nest copies of copies, and ask for any size. So resvg runs in a process of its
own (this module, with the SVG on stdin and the PNG on stdout) on a document whose external references are removed. The
process limits its own time and memory, and ends with its parent, which may be killed before it can stop anything.
"""

import os
import re
import signal
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

from brand_index.errors import ImageTooLarge, TruncatedImage

LONG_SIDE = 1024  # pixels
CPU_SECONDS = 5  # of processor time: what the drawing itself may take
WALL_SECONDS = 15.0  # on a busy machine too, and where processor time cannot be limited
_MEMORY = 480 * 2**20  # bytes of address space
_PR_SET_PDEATHSIG = 1  # of Linux's <sys/prctl.h>
_PROBE_WIDTH = 64  # pixels
_DPI = 96.0  # what CSS says of mm, cm, in, pt and pc; without it resvg makes such lengths 0
_EXIT_MALFORMED, _EXIT_TOO_COSTLY = 1, 3
_INLINE_IMAGE = re.compile(r"\s*data:image/(?:png|jpe?g|gif|webp)[;,]", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)  # an open one to its end: a search for each would be quadratic
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def is_svg(data: bytes) -> bool:
    """Whether the bytes are an XML document whose first element is `svg`, by the first 16 KiB."""
    start = data[:16384]
    encoding = "utf-8"
    for mark, named in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            start, encoding = start[len(mark) :], named
    text = start.decode(encoding, errors="replace").lstrip()
    if not text.startswith("<"):
        return False
    first_element = re.search(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)", _COMMENT.sub("", text))
    return first_element is not None and first_element[2] == "svg"


def render(
    data: bytes, *, name: str = "image", cpu_seconds: int = CPU_SECONDS, wall_seconds: float = WALL_SECONDS
) -> bytes:
    """Render an SVG on a transparent background, `LONG_SIDE` pixels on its long side, as PNG.

    Text uses the system's fonts. External files and addresses are left out.
    Raises TruncatedImage for a malformed drawing, ImageTooLarge for one that takes too much time or memory.
    """
    package_parent = str(Path(__file__).resolve().parents[2])
    search_path = os.pathsep.join(filter(None, (package_parent, os.environ.get("PYTHONPATH"))))
    too_costly = (
        f"{name}: the SVG takes over {cpu_seconds} s of processor time, {wall_seconds:g} s or {_MEMORY >> 20} MiB "
        "to draw; simplify it or export it as PNG"
    )
    limits = (str(os.getpid()), str(cpu_seconds), str(wall_seconds))
    try:
        child = subprocess.run(
            (sys.executable, "-P", "-W", "ignore", __file__, *limits),
            input=data,
            capture_output=True,
            timeout=wall_seconds,
            env={**os.environ, "PYTHONPATH": search_path},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ImageTooLarge(too_costly) from None
    if child.returncode == 0:
        return child.stdout
    if child.returncode != _EXIT_MALFORMED:  # its own exit code, or a signal: out of memory, stack overflow
        raise ImageTooLarge(too_costly)
    reason = child.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
    raise TruncatedImage(f"{name}: the SVG cannot be drawn ({reason[0][:200]}); export it again, or as PNG")


def without_references(data: bytes) -> str:
    """The document without doctype, entities, comments and external links.

    Raises ElementTree.ParseError if it is malformed XML or has entities that expand without bound.
    """
    root = ElementTree.fromstring(data)
    for element in root.iter():
        for attribute, value in list(element.attrib.items()):
            is_link = attribute.rpartition("}")[2] == "href"
            if is_link and not value.lstrip().startswith("#") and not _INLINE_IMAGE.match(value):
                del element.attrib[attribute]
    return ElementTree.tostring(root, encoding="unicode")


def _draw(data: bytes) -> bytes:
    """Render the PNG in this process."""
    import resvg_py  # noqa: PLC0415 - only the child needs it

    document = without_references(data)
    has_text = re.search(r"<(?:\w+:)?text\b", document) is not None  # reading the system's fonts takes time

    def draw(width: int | None, height: int | None) -> bytes:
        return resvg_py.svg_to_bytes(
            svg_string=document,
            width=width,
            height=height,
            dpi=_DPI,
            skip_system_fonts=not has_text,
            log_information=False,
        )

    # resvg knows the aspect ratio of a drawing without a size; asking it is more reliable than parsing units.
    shape: Sequence[int] = struct.unpack(">II", draw(_PROBE_WIDTH, None)[16:24])
    return draw(LONG_SIDE, None) if shape[0] >= shape[1] else draw(None, LONG_SIDE)


def _limit_this_process(parent: int, cpu_seconds: int, wall_seconds: float) -> None:
    """Bound this process in memory, processor time and wall time, and end it with `parent`, as far as the system can.

    Signals are left to their default action, which ends the process in the middle of native code too.
    """
    if sys.platform == "win32":  # the parent's timeout is the limit
        return
    import resource  # noqa: PLC0415 - Unix only

    # An ignored or blocked signal stays so in children.
    for number in (signal.SIGALRM, signal.SIGXCPU):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM, signal.SIGXCPU})
    signal.setitimer(signal.ITIMER_REAL, wall_seconds)
    for kind, most in (
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(OSError, ValueError):  # a limit that the system lacks, or that is lower already
            resource.setrlimit(kind, (most, most))
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - only the child needs it

        # Linux sends it when the thread that started this process ends; that thread waits for it in `render`.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before this process could ask for its signal
        os._exit(_EXIT_TOO_COSTLY)


def main(arguments: Sequence[str]) -> int:
    """The child process: SVG on stdin, PNG on stdout; exits with 0, 1 (malformed) or 3 (too costly).

    The arguments are the parent's process id and the seconds of processor time and of wall time.
    """
    parent, cpu_seconds, wall_seconds = arguments
    _limit_this_process(int(parent), int(cpu_seconds), float(wall_seconds))
    try:
        png = _draw(sys.stdin.buffer.read())
    except (MemoryError, RecursionError):
        return _EXIT_TOO_COSTLY
    except (ValueError, SyntaxError, LookupError) as error:  # SyntaxError: ElementTree's ParseError
        print(error, file=sys.stderr)
        return _EXIT_MALFORMED
    sys.stdout.buffer.write(png)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
