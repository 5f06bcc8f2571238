"""What the words around a mark say about its use; what follows from it is judged elsewhere."""

from scanner.verdicts.context.phrases import (
    DEFAULT_CONTEXT,
    Aid,
    Context,
    ContextUnusable,
    Phrase,
    Position,
    Use,
    read_context,
    shipped_context,
)
from scanner.verdicts.context.reading import ContextWord, context_of, foremost

__all__ = [
    "DEFAULT_CONTEXT",
    "Aid",
    "Context",
    "ContextUnusable",
    "ContextWord",
    "Phrase",
    "Position",
    "Use",
    "context_of",
    "foremost",
    "read_context",
    "shipped_context",
]
