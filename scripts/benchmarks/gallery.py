"""One HTML file with the worst misses and false alarms, for inspection; the caller chooses them."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from PIL import Image, ImageDraw

from brand_index.images import decode, read_bytes
from scanner.engine.boxes import Box

SIDE = 260  # pixels, long side of a thumbnail

TEMPLATE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{{ title }}</title>
<style>body{font:14px/1.4 system-ui,sans-serif;margin:2rem;background:#f6f6f4;color:#222}
.row{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0;padding:.6rem;background:#fff;border-radius:8px;max-width:560px}
.pair{display:flex;gap:.5rem;align-items:start}img{border-radius:4px}figcaption{margin-top:.4rem;overflow-wrap:anywhere}</style>
<h1>{{ title }}</h1>{% for section in sections %}<h2>{{ section.title }}</h2><div class="row">
{% for exhibit in section.exhibits %}<figure><div class="pair">{% for image in exhibit.images %}
<img src="{{ image }}" alt="">{% endfor %}</div><figcaption>{{ exhibit.caption }}</figcaption></figure>{% endfor %}
</div>{% endfor %}</html>"""


@dataclass(frozen=True, slots=True)
class Outlined:
    """An image file and the regions to outline in it: red what was claimed, green what is true."""

    path: Path
    claimed: Box | None = None
    true: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Exhibit:
    """Images shown side by side, with a caption."""

    caption: str
    images: tuple[Outlined, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Exhibits of one sort, worst first."""

    title: str
    exhibits: tuple[Exhibit, ...]


def write_gallery(path: Path, title: str, sections: Sequence[Section]) -> None:
    """Write one file that needs no other. Raises ImageError where an image cannot be read."""
    shown = [
        {
            "title": section.title,
            "exhibits": [
                {"caption": exhibit.caption, "images": [_thumbnail(image) for image in exhibit.images]}
                for exhibit in section.exhibits
            ],
        }
        for section in sections
    ]
    page = jinja2.Environment(autoescape=True).from_string(TEMPLATE).render(title=title, sections=shown)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def _thumbnail(image: Outlined) -> str:
    opened = Image.fromarray(decode(read_bytes(image.path), name=str(image.path)).frames[0])
    draw = ImageDraw.Draw(opened)
    width = max(2, round(max(opened.size) / 120))
    for box, colour in (*((true, "limegreen") for true in image.true), (image.claimed, "red")):
        if box is not None:
            draw.rectangle((box.left, box.top, max(box.left, box.right), max(box.top, box.bottom)), None, colour, width)
    opened.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    opened.save(buffer, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
