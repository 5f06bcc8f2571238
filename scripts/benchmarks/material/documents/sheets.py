"""Documents in listings that look alike: care labels, certificates, calendars, drawings with dimensions."""

import calendar
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from benchmarks.material.ink import BLACK, WHITE, Drawing, Ink, Point, drift, ink, lit, tint, typeface
from benchmarks.material.scenes import Fill
from benchmarks.material.words import TALENTS, coined, model, person, product
from benchmarks.materials import pick, some
from brand_index.images import RGBImage

FIBRES: Final = (
    "Cotton",
    "Polyester",
    "Elastane",
    "Viscose",
    "Wool",
    "Linen",
    "Nylon",
    "Acrylic",
    "Silk",
    "Modal",
    "Lyocell",
)
COUNTRIES: Final = ("Portugal", "Türkiye", "India", "Vietnam", "Italy", "Poland", "Morocco", "Romania", "Peru", "Japan")
WORN: Final = ("XS", "S", "M", "L", "XL", "36", "38", "40", "42", "44")
CARE: Final = ("wash", "bleach", "iron", "dry", "clean")
CERTIFICATES: Final = (
    "CERTIFICATE OF AUTHENTICITY",
    "Certificate of Conformity",
    "TEST REPORT",
    "ZERTIFIKAT",
    "Certificate of Quality",
)
MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def care_label(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """A sewn label on cloth: composition, size, country and symbols of care."""
    face, cloth, tape = typeface(chance), ink(chance), tint(chance)
    width = int(chance.integers(640, 900))
    height = round(width * chance.uniform(1.0, 1.4))
    left, right = width * chance.uniform(0.12, 0.2), width * chance.uniform(0.8, 0.88)
    light = 1 + 0.05 * drift(chance, height, width, 5)
    weave = 1 + 0.02 * np.sin(np.arange(width) * chance.uniform(0.7, 1.6))[None, :].astype(np.float32)

    def fill(values: np.random.Generator) -> RGBImage:
        page = Drawing(width, height, cloth, face)
        page.box(left, -10, right, height * 0.93, fill=tape, radius=4)
        middle, size = (left + right) / 2, width * 0.055
        page.fitted(
            middle, height * 0.1, coined(values).upper(), size * 1.6, (right - left) * 0.8, bold=True, anchor="mm"
        )
        page.text(middle, height * 0.2, pick(values, WORN), size * 1.4, bold=True, anchor="mm")
        parts = some(values, FIBRES, int(values.integers(2, 4)))
        cuts = np.sort(values.choice(np.arange(1, 20), len(parts) - 1, replace=False)) * 5
        shares = np.diff([0, *cuts, 100])
        for row, (share, fibre) in enumerate(zip(shares, parts, strict=True)):
            said = f"{share}% {fibre.upper()}"
            page.fitted(middle, height * (0.3 + 0.075 * row), said, size, (right - left) * 0.9, anchor="mm")
        for place, sort in enumerate(CARE):
            across = left + (right - left) * (place + 0.5) / len(CARE)
            _care(page, across, height * 0.62, width * 0.05, sort, values)
        page.text(middle, height * 0.74, f"MADE IN {pick(values, COUNTRIES).upper()}", size * 0.8, anchor="mm")
        page.text(
            middle,
            height * 0.81,
            f"RN {int(values.integers(10000, 199999))}  ART {model(values)}",
            size * 0.7,
            anchor="mm",
        )
        return lit(page.pixels(), light * weave, values)

    return fill


def _care(page: Drawing, x: float, y: float, unit: float, sort: str, values: np.random.Generator) -> None:
    """One symbol of care, with what it allows."""
    wide = unit * 0.12
    if sort == "wash":
        low, high = y - unit * 0.7, y + unit * 0.8
        tub = [(x - unit, low), (x - unit * 0.75, high), (x + unit * 0.75, high), (x + unit, low)]
        page.line(tub, BLACK, wide)
        page.text(x, y + unit * 0.1, pick(values, ("30", "40", "60", "95")), unit * 0.9, bold=True, anchor="mm")
    elif sort == "bleach":
        page.line([(x, y - unit), (x + unit, y + unit * 0.8), (x - unit, y + unit * 0.8), (x, y - unit)], BLACK, wide)
    elif sort == "iron":
        points = [(x - unit, y + unit * 0.6), (x + unit, y + unit * 0.6), (x + unit * 0.8, y - unit * 0.6)]
        page.line([*points, (x - unit * 0.3, y - unit * 0.6)], BLACK, wide)
        page.line(
            [(x - unit, y + unit * 0.6), (x - unit * 0.4, y - unit * 0.1), (x + unit * 0.85, y - unit * 0.1)],
            BLACK,
            wide,
        )
        for dot in range(int(values.integers(1, 4))):
            page.disc(x - unit * 0.35 + dot * unit * 0.35, y + unit * 0.25, unit * 0.1, fill=BLACK)
    elif sort == "dry":
        page.box(x - unit * 0.8, y - unit * 0.8, x + unit * 0.8, y + unit * 0.8, outline=BLACK, width=wide)
        page.disc(x, y, unit * 0.7, outline=BLACK, width=wide)
    else:
        page.disc(x, y, unit * 0.85, outline=BLACK, width=wide)
        page.text(x, y, pick(values, "PFW"), unit, anchor="mm")
    if sort != "wash" and values.random() < 0.5:
        page.line([(x - unit, y - unit), (x + unit, y + unit)], BLACK, wide)
        page.line([(x + unit, y - unit), (x - unit, y + unit)], BLACK, wide)


def certificate(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """A framed sheet with a seal: what is certified, to whom, by whom and when."""
    face, ground, frame, titled = typeface(chance), tint(chance), ink(chance, dark=True), pick(chance, CERTIFICATES)
    upright = bool(chance.random() < 0.5)
    sides = (720, 1000) if upright else (1000, 720)
    width, height = (round(side * chance.uniform(0.85, 1.1)) for side in sides)
    seal = ink(chance, dark=True)
    rings, corner = int(chance.integers(1, 4)), bool(chance.random() < 0.5)
    lines = ("This is to certify that", "meets the requirements of", "and is registered under")

    def fill(values: np.random.Generator) -> RGBImage:
        page = Drawing(width, height, ground, face)
        for ring in range(rings):
            gap = 18 + 12 * ring
            page.box(gap, gap, width - gap, height - gap, outline=frame, width=5 - ring)
        if corner:
            for x, level in ((50, 50), (width - 50, 50), (50, height - 50), (width - 50, height - 50)):
                page.disc(x, level, 14, outline=frame, width=3)
        middle = width / 2
        page.fitted(middle, height * 0.16, titled, 52, width * 0.82, ink=frame, bold=True, anchor="mm")
        standard = f"EN {int(values.integers(100, 99999))}:20{int(values.integers(10, 26))}"
        said = (f"{product(values)} {model(values)}", standard, f"No. {model(values)}")
        for row, (line, own) in enumerate(zip(lines, said, strict=True)):
            y = height * (0.28 + 0.135 * row)
            page.text(middle, y, line, 22, ink=(70, 70, 75), anchor="mm")
            page.fitted(middle, y + height * 0.06, own, 34, width * 0.8, bold=True, anchor="mm")
        holder = f"Holder: {coined(values)} {pick(values, ('Ltd', 'GmbH', 'S.L.', 'Inc.'))}, {pick(values, COUNTRIES)}"
        page.fitted(middle, height * 0.69, holder, 24, width * 0.8, anchor="mm")
        foot: float = height * 0.85
        page.line([(width * 0.1, foot), (width * 0.38, foot)], BLACK, 1.5)
        page.text(width * 0.24, foot + 16, person(values), 18, anchor="mm")
        stroke = [(width * (0.12 + 0.025 * step), foot - 14 + 12 * float(values.normal())) for step in range(9)]
        page.line(stroke, (30, 40, 120), 2)
        day = f"{int(values.integers(1, 29))}.{int(values.integers(1, 13))}.20{int(values.integers(12, 26))}"
        page.text(width * 0.24, foot + 40, day, 18, anchor="mm")
        for radius in (58, 50, 30):
            page.disc(width * 0.75, foot - 8, radius, outline=seal, width=3)
        page.text(width * 0.75, foot - 8, "QC", 26, ink=seal, bold=True, anchor="mm")
        return page.pixels()

    return fill


def calendar_page(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """A month or a year; the innocents are other months or years, with other notes."""
    face, ground, head = typeface(chance), tint(chance), ink(chance, dark=True)
    whole = bool(chance.random() < 0.4)
    width = int(chance.integers(760, 1050))
    height = round(width * (chance.uniform(0.95, 1.3) if whole else chance.uniform(0.75, 1.0)))
    weekend: Ink = (190, 40, 40) if chance.random() < 0.5 else BLACK
    pages = _pages(chance, whole=whole)

    def fill(values: np.random.Generator) -> RGBImage:
        year, month = next(pages)
        page = Drawing(width, height, ground, face)
        page.box(0, 0, width, height * 0.13, fill=head)
        titled = f"{year}" if whole else f"{MONTHS[month - 1]} {year}"
        page.text(width / 2, height * 0.065, titled, height * 0.07, ink=WHITE, bold=True, anchor="mm")
        if not whole:
            _month(page, (width * 0.04, height * 0.16), (width * 0.92, height * 0.8), year, month, weekend, boxed=True)
            for _ in range(int(values.integers(5, 10))):
                x, y = (
                    width * (0.05 + 0.131 * int(values.integers(7))),
                    height * (0.36 + 0.11 * int(values.integers(5))),
                )
                note = f"{pick(values, ('Call', 'Meet', 'Gym', 'Lunch'))} {coined(values)}"
                page.fitted(x, y, note, height * 0.02, width * 0.12, ink=head)
            return page.pixels()
        for each in range(12):
            corner = (width * (0.04 + 0.32 * (each % 3)), height * (0.16 + 0.205 * (each // 3)))
            page.text(corner[0], corner[1], MONTHS[each], height * 0.022, ink=head, bold=True)
            inner = (corner[0], corner[1] + height * 0.03)
            _month(page, inner, (width * 0.28, height * 0.16), year, each + 1, weekend, boxed=False)
        return page.pixels()

    return fill


def _pages(chance: np.random.Generator, *, whole: bool) -> Iterator[tuple[int, int]]:
    """Years and months in any order, again and again; none but the first has the grid of the first."""
    seen: list[tuple[int, ...]] = []
    while True:
        for number in chance.permutation(12 * 18):
            year, month = 2015 + int(number) // 12, int(number) % 12 + 1
            grid = (calendar.weekday(year, 1, 1), calendar.isleap(year)) if whole else calendar.monthrange(year, month)
            if grid not in seen[:1]:
                seen.append(grid)
                yield year, month


def _month(
    page: Drawing, corner: Point, room: tuple[float, float], year: int, month: int, weekend: Ink, *, boxed: bool
) -> None:
    weeks = calendar.Calendar().monthdayscalendar(year, month)
    wide, high = room[0] / 7, room[1] / 7
    for column, name in enumerate(("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")):
        page.text(corner[0] + (column + 0.5) * wide, corner[1] + high / 2, name, high * 0.42, bold=True, anchor="mm")
    for row, week in enumerate(weeks):
        for column, day in enumerate(week):
            x, y = corner[0] + column * wide, corner[1] + (row + 1) * high
            if boxed:
                page.box(x, y, x + wide, y + high, outline=(150, 150, 155), width=1)
            if day:
                size, tone = high * (0.4 if boxed else 0.55), weekend if column > 4 else BLACK
                page.text(x + wide * 0.5, y + high * (0.3 if boxed else 0.5), str(day), size, ink=tone, anchor="mm")


def dimensions(chance: np.random.Generator, photos: Sequence[RGBImage]) -> Fill:
    """A line drawing of furniture with its measures and what is good about it; another product's has the same look."""
    face, titled = typeface(chance), pick(chance, ("DIMENSIONS", "Product size", "Maße", "Size & Details"))
    width = int(chance.integers(750, 1000))
    height, tone, sort = round(width * chance.uniform(0.85, 1.05)), ink(chance, dark=True), int(chance.integers(3))

    def fill(values: np.random.Generator) -> RGBImage:
        page = Drawing(width, height, WHITE, face)
        page.text(width / 2, height * 0.08, titled, width * 0.05, ink=tone, bold=True, anchor="mm")
        wide, high = width * values.uniform(0.3, 0.55), height * values.uniform(0.28, 0.44)
        left, top = (width - wide) / 2 - width * 0.03, height * 0.24 + (height * 0.46 - high) / 2
        _furniture(page, left, top, wide, high, sort, values)
        below, beside = top + high + height * 0.05, left + wide + width * 0.07
        _measure(page, (left, below), (left + wide, below))
        page.text(
            left + wide / 2, below + height * 0.03, f"{values.uniform(30, 220):.1f} cm", width * 0.03, anchor="mm"
        )
        _measure(page, (beside, top), (beside, top + high))
        page.text(
            beside + width * 0.015, top + high / 2, f"{values.uniform(30, 220):.1f} cm", width * 0.03, anchor="lm"
        )
        page.text(left - width * 0.02, top, f"{values.uniform(20, 90):.1f} cm", width * 0.03, anchor="rm")
        for row, talent in enumerate(some(values, TALENTS, 3)):
            page.disc(width * 0.1, height * (0.83 + 0.05 * row), 5, fill=tone)
            said = f"{talent}; {coined(values)} {model(values)}" if row == 0 else talent
            page.text(width * 0.13, height * (0.83 + 0.05 * row), said, width * 0.025, anchor="lm")
        return page.pixels()

    return fill


def _measure(page: Drawing, start: Point, end: Point) -> None:
    page.line([start, end], (120, 120, 125), 1.5)
    across, down = (0, 7) if start[1] == end[1] else (7, 0)
    for x, y in (start, end):
        page.line([(x - across, y - down), (x + across, y + down)], (120, 120, 125), 1.5)


def _furniture(
    page: Drawing, left: float, top: float, wide: float, high: float, sort: int, values: np.random.Generator
) -> None:
    """A shelf, a table with drawers or a box in oblique view."""
    right, bottom, depth = left + wide, top + high, wide * values.uniform(0.08, 0.16)
    page.box(left, top, right, bottom, outline=BLACK, width=2.5)
    if sort == 2:
        page.line([(left, top), (left + depth, top - depth), (right + depth, top - depth), (right, top)], BLACK, 2.5)
        page.line([(right + depth, top - depth), (right + depth, bottom - depth), (right, bottom)], BLACK, 2.5)
    for level in np.sort(values.uniform(0.1, 0.9, int(values.integers(1, 5)))):
        y = top + high * float(level)
        page.line([(left, y), (right, y)], BLACK, 2)
        if sort == 1 or values.random() < 0.4:
            x = left + wide * float(values.uniform(0.2, 0.8))
            page.line([(x, y), (x, bottom)], BLACK, 2)
            page.disc(x + (12 if x < left + wide / 2 else -12), y + 14, 4, outline=BLACK, width=2)
    if sort != 2:
        for x in (left + wide * 0.06, right - wide * 0.06):
            page.line([(x, bottom), (x, bottom + high * 0.06)], BLACK, 5)
