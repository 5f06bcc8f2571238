"""Every kind of material by its name; a module of draw functions registers here what it draws."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from benchmarks.material.documents.banded import BANDS, banded
from benchmarks.material.documents.charts import colour_chart, photographed, size_chart
from benchmarks.material.documents.labels import energy_label, nutrition_panel
from benchmarks.material.documents.sheets import calendar_page, care_label, certificate, dimensions
from benchmarks.material.goods.cutouts import dark, large_stickers, on_new_ground, room, white
from benchmarks.material.goods.drawn import bottle, iron, pack, shoe
from benchmarks.material.goods.fabrics import fabric
from benchmarks.material.goods.furniture import furniture
from benchmarks.material.goods.plain import phone_case, swatch, towel
from benchmarks.material.goods.printed import printed
from benchmarks.material.goods.shared import app_screen, background, frame, mock_up, watermark
from benchmarks.material.goods.worn import worn
from benchmarks.material.large import drawn_scenes
from benchmarks.material.scenes import COLOUR_EDITS, GOODS_EDITS, PLAIN_EDITS, WHOLE_EDITS, DrawScene, scenes_of
from benchmarks.material.text_panels import text_panels

DRAWN: Final = {
    "size charts": scenes_of("size charts", size_chart),
    "colour charts": scenes_of("colour charts", colour_chart, COLOUR_EDITS),
    "energy labels": scenes_of("energy labels", energy_label),
    "nutrition panels": scenes_of("nutrition panels", nutrition_panel),
    "care labels": scenes_of("care labels", care_label),
    "certificates": scenes_of("certificates", certificate),
    "calendars": scenes_of("calendars", calendar_page),
    "dimension drawings": scenes_of("dimension drawings", dimensions),
    "swatches": scenes_of("swatches", swatch, WHOLE_EDITS),
    "phone cases": scenes_of("phone cases", phone_case, PLAIN_EDITS),
    "towels": scenes_of("towels", towel, PLAIN_EDITS),
    "bottles": scenes_of("bottles", bottle, GOODS_EDITS),
    "irons": scenes_of("irons", iron, GOODS_EDITS),
    "shoes": scenes_of("shoes", shoe, GOODS_EDITS),
    "photographed charts": scenes_of("photographed charts", photographed),
    "pack series": scenes_of("pack series", pack, GOODS_EDITS),
    "watermarks": scenes_of("watermarks", watermark, GOODS_EDITS),
    "mock-ups": scenes_of("mock-ups", mock_up, GOODS_EDITS),
    "shared backgrounds": scenes_of("shared backgrounds", background, GOODS_EDITS),
    "frames": scenes_of("frames", frame, GOODS_EDITS),
    "app screens": scenes_of("app screens", app_screen, GOODS_EDITS),
    "text panels": text_panels,
    "garments on one model": scenes_of("garments on one model", worn, GOODS_EDITS),
    "furniture in another wood": scenes_of("furniture in another wood", furniture, GOODS_EDITS),
    "goods printed to order": scenes_of("goods printed to order", printed, GOODS_EDITS),
    "words in a band": scenes_of("words in a band", banded, BANDS),
    "repeated patterns": scenes_of("repeated patterns", fabric, GOODS_EDITS),
}
GROUNDS: Final = {"on white": white, "on dark": dark, "in another room": room}
CUT_OUT: Final = {
    **{f"goods {name}": on_new_ground(f"goods {name}", of, registered_cut=False) for name, of in GROUNDS.items()},
    **{f"PNG {name}": on_new_ground(f"PNG {name}", of, registered_cut=True) for name, of in GROUNDS.items()},
    "large stickers": large_stickers("large stickers"),
}
KINDS: Final[Mapping[str, DrawScene]] = MappingProxyType({**DRAWN, **CUT_OUT, **drawn_scenes()})
