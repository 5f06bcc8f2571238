"""The text that people see of a title or description: without markup, in the order in which it is shown."""

import html
import re
from collections.abc import Iterator
from typing import Final

LONGEST_TEXT: Final = 50_000  # characters of a title or description that are searched
# Within a word these change how letters look, or where a line may break, and part nothing.
_INLINE: Final = re.compile(
    r"</?(?:a|abbr|b|big|em|font|i|mark|s|small|span|strong|sub|sup|u|wbr)\b[^<>]{0,500}>", re.IGNORECASE
)
_TAG: Final = re.compile(r"<[a-z/!][^<>]{0,2000}>", re.IGNORECASE)
_REVERSING_TAG: Final = re.compile(r"<bdo\b[^<>]{0,500}\brtl\b[^<>]{0,500}>", re.IGNORECASE)
_END_OF_IT: Final = re.compile(r"</bdo\s*>", re.IGNORECASE)
# Directional characters of Unicode (UAX #9): what reverses, what begins and ends any other run.
_REVERSE: Final = "\u202e"
_BEGINS: Final = "\u202a\u202b\u202d\u2066\u2067\u2068"
_ENDS: Final = "\u202c\u2069"
_DEEPEST: Final = 60  # runs within each other, as in UAX #9 about; deeper ones are taken as they come
_MARKS: Final = "\u0300-\u036f\u3099\u309a\uff9e\uff9f"
_CLUSTER: Final = re.compile(f"[^{_MARKS}][{_MARKS}]*|.", re.DOTALL)


def plain_text(text: str) -> str:
    """The text without tags, each entity as its character; tags that part lines are ends of lines.

    What directional characters, or a tag that does as they do, show from right to left stands as it is read.
    """
    if "<" in text or "&" in text:
        if "bdo" in text.lower():
            text = _END_OF_IT.sub(_ENDS[0], _REVERSING_TAG.sub(_REVERSE, text))
        text = html.unescape(_TAG.sub("\n", _INLINE.sub("", text)))
    return _as_shown(text) if _REVERSE in text else text


def _as_shown(text: str) -> str:
    return "".join(_line_as_shown(line) for line in text.splitlines(keepends=True))


def _line_as_shown(line: str) -> str:
    """A line in which each run after the sign that reverses is turned round; a run ends with its line."""
    body = line.rstrip("\r\n")
    if _REVERSE not in body:
        return line
    runs: list[list[str]] = [[]]  # of each open run what it shows, from left to right; the first is the line
    reversing = [False]

    def close() -> None:
        shown, turned = runs.pop(), reversing.pop()
        runs[-1].append("".join(reversed(shown)) if turned else "".join(shown))

    for piece in _pieces(body):
        if piece == _REVERSE or piece in _BEGINS:
            if len(runs) <= _DEEPEST:
                runs.append([])
                reversing.append(piece == _REVERSE)
        elif piece in _ENDS:
            if len(runs) > 1:
                close()
        else:
            runs[-1].append(piece)
    while len(runs) > 1:
        close()
    return "".join(runs[0]) + line[len(body) :]


def _pieces(body: str) -> Iterator[str]:
    """The characters, each with its marks."""
    return (found[0] for found in _CLUSTER.finditer(body))
