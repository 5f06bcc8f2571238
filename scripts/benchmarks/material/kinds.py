"""Every kind of material by its name; a module of draw functions registers here what it draws."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from benchmarks.material.charts import colour_chart, size_chart
from benchmarks.material.documents import calendar_page, care_label, certificate, dimensions
from benchmarks.material.labels import energy_label, nutrition_panel
from benchmarks.material.scenes import DOCUMENT_EDITS, DrawScene, scenes_of

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
}
KINDS: Final[Mapping[str, DrawScene]] = MappingProxyType(DRAWN)
