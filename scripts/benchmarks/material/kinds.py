"""Every kind of material by its name; a module of draw functions registers here what it draws."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from benchmarks.material.charts import colour_chart, size_chart
from benchmarks.material.documents import calendar_page, care_label, certificate, dimensions
from benchmarks.material.goods import bottle, iron, shoe
from benchmarks.material.labels import energy_label, nutrition_panel
from benchmarks.material.plain import phone_case, swatch, towel
from benchmarks.material.scenes import DOCUMENT_EDITS, GOODS_EDITS, PLAIN_EDITS, DrawScene, scenes_of

DRAWN: Final = {
    "size charts": scenes_of("size charts", size_chart),
    "colour charts": scenes_of(
        "colour charts", colour_chart, [edit for edit in DOCUMENT_EDITS if edit.name not in {"recolour", "dark"}]
    ),
    "energy labels": scenes_of("energy labels", energy_label),
    "nutrition panels": scenes_of("nutrition panels", nutrition_panel),
    "care labels": scenes_of("care labels", care_label),
    "certificates": scenes_of("certificates", certificate),
    "calendars": scenes_of("calendars", calendar_page),
    "dimension drawings": scenes_of("dimension drawings", dimensions),
    "swatches": scenes_of("swatches", swatch, PLAIN_EDITS),
    "phone cases": scenes_of("phone cases", phone_case, PLAIN_EDITS),
    "towels": scenes_of("towels", towel, PLAIN_EDITS),
    "bottles": scenes_of("bottles", bottle, GOODS_EDITS),
    "irons": scenes_of("irons", iron, GOODS_EDITS),
    "shoes": scenes_of("shoes", shoe, GOODS_EDITS),
}
KINDS: Final[Mapping[str, DrawScene]] = MappingProxyType(DRAWN)
