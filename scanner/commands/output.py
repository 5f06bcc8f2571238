"""Output that outlives its reader: `markscan register … | head -1` registers all that it was given."""

import io
import os
import sys
from typing import Final

_NOTHING: Final = os.devnull


class _Outliving(io.TextIOWrapper):
    """A text stream that goes nowhere once whoever reads it has closed it; the work goes on."""

    def write(self, text: str, /) -> int:
        """Write, as io.TextIOWrapper does."""
        try:
            return super().write(text)
        except BrokenPipeError:
            self._forget_reader()
            return len(text)

    def flush(self) -> None:
        """Flush, likewise."""
        try:
            super().flush()
        except BrokenPipeError:
            self._forget_reader()

    def _forget_reader(self) -> None:
        nothing = os.open(_NOTHING, os.O_WRONLY)
        os.dup2(nothing, self.fileno())
        os.close(nothing)


def outlive_readers() -> None:
    """Let standard output and standard error outlive who reads them, for a program of its own."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper) and not isinstance(stream, _Outliving):
            encoding, errors, by_line = stream.encoding, stream.errors, stream.line_buffering
            stream.flush()
            setattr(sys, name, _Outliving(stream.detach(), encoding, errors, line_buffering=by_line))
