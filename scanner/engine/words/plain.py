"""The text that people see of a title or description in HTML; what has no markup stays as it is."""

import html
import re
from typing import Final

# Within a word these change how letters look, or where a line may break, and part nothing.
_INLINE: Final = re.compile(
    r"</?(?:a|abbr|b|big|em|font|i|mark|s|small|span|strong|sub|sup|u|wbr)\b[^<>]{0,500}>", re.IGNORECASE
)
_TAG: Final = re.compile(r"<[a-z/!][^<>]{0,2000}>", re.IGNORECASE)


def plain_text(text: str) -> str:
    """The text without tags, each entity as its character; tags that part lines are ends of lines."""
    if "<" not in text and "&" not in text:
        return text
    return html.unescape(_TAG.sub("\n", _INLINE.sub("", text)))
