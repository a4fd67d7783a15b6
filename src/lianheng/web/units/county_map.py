"""县域图: counties as SVG made by the server from GeoJSON, coloured and linked by whoever shows it.

An office replaces the boundaries by putting its own file at `<data>/map/counties.geojson`; a top-level member
`approval_number` (or 审图号) is shown under the map. Zones that exist for statistics only have no boundary: whoever
shows the map lists them beside it.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

SHIPPED = Path(__file__).resolve().parents[2] / "library" / "divisions" / "hengyang-430400-counties.geojson"
NO_NUMBER = "示意图，正式公开前请换成有审图号的地图"
MAX_BYTES = 5_000_000
WIDTH, HEIGHT, INSET = 440.0, 424.0, 180.0
# Deep fills that need white text.
DEEP = frozenset({"t1", "p4", "p5"})
NO_VALUE = ("t0", "", "")

Point = tuple[float, float]
# code → (class of the fill, label under the name, address)
Values = Mapping[str, tuple[str, str, str]]


@dataclass(frozen=True)
class Shape:
    """One county: its rings in projected units, and where its name stands."""

    code: str
    name: str
    rings: tuple[tuple[Point, ...], ...]
    centre: Point

    @property
    def box(self) -> tuple[float, float, float, float]:
        xs = [x for ring in self.rings for x, _ in ring]
        ys = [y for ring in self.rings for _, y in ring]
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True)
class Boundaries:
    """A boundary file, projected; `problem` says why the office's own file is not the one in use."""

    shapes: tuple[Shape, ...]
    small: tuple[Shape, ...]
    approval_number: str = ""
    problem: str = ""


@dataclass(frozen=True)
class CountyMap:
    """What a page shows: the drawing, the line under it, and the codes that are on it."""

    svg: SafeString
    note: str
    problem: str = ""
    codes: frozenset[str] = field(default_factory=frozenset)
    # On a phone there is no room for names: each county has its number of the list beside the map.
    numbers: Mapping[str, int] = field(default_factory=dict)
    legend: tuple[tuple[str, str, int], ...] = ()


def county_map(
    values: Values,
    title: str = "县（市、区）图，内容与旁边的表相同",
    legend: Sequence[tuple[str, str]] = (),
    order: Sequence[str] = (),
) -> CountyMap:
    """Draw the map; a county without a value stays pale and has no link.

    `legend` says in words what each fill means; `order` is that of the list beside, which numbers the counties.
    """
    found = boundaries()
    on_map = {shape.code for shape in found.shapes}
    numbers = {code: n for n, code in enumerate((code for code in order if code in on_map), 1)}
    main = _fit(found.shapes, (4, 4, WIDTH - 4, HEIGHT - 4))
    # Names come after all areas: a neighbour drawn later would cover them.
    parts = [_area(shape, main, values) for shape in found.shapes]
    named = [shape for shape in found.shapes if shape not in found.small]
    parts += [_label(shape, at, values) for shape, at in zip(named, _apart(named, found.small, main), strict=True)]
    parts += [_number(shape, main(shape.centre), values, numbers) for shape in named]
    width = WIDTH
    if found.small:
        width += INSET
        parts += _inset(found.small, main, values, numbers)
    svg = format_html(
        '<svg class="map county-map" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>',
        f"{width:g}",
        f"{HEIGHT:g}",
        title,
        mark_safe("".join(parts)),
    )
    number = f"审图号：{found.approval_number}" if found.approval_number else NO_NUMBER
    counts = Counter(values[code][0] for code in on_map & values.keys())
    explained = tuple((fill, words, counts[fill]) for fill, words in legend)
    return CountyMap(svg, number, found.problem, frozenset(on_map), numbers, explained)


def boundaries() -> Boundaries:
    """Return the office's boundaries if its file is there and readable, else the shipped ones."""
    own = Path(settings.DATA) / "map" / "counties.geojson"
    try:
        return _load(own, own.stat().st_mtime_ns)
    except FileNotFoundError:
        return _load(SHIPPED, 0)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        shipped = _load(SHIPPED, 0)
        return Boundaries(shipped.shapes, shipped.small, "", f"本单位的地图文件读不出来（{error}），先用随程序的示意图")


@lru_cache(maxsize=4)
def _load(path: Path, changed: int) -> Boundaries:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"文件超过 {MAX_BYTES // 1_000_000} MB")
    data = json.loads(path.read_text(encoding="utf-8"))
    features = data["features"]
    latitudes = [y for feature in features for ring in _rings(feature["geometry"]) for _, y in ring]
    if not latitudes:
        raise ValueError("没有边界")
    scale = math.cos(math.radians(sum(latitudes) / len(latitudes)))
    shapes = tuple(_shape(feature, scale) for feature in features)
    number = str(data.get("approval_number") or data.get("审图号") or "")[:60]
    return Boundaries(shapes, _small_ones(shapes), number)


def _rings(geometry: dict[str, Any]) -> Iterator[list[list[float]]]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        yield from polygon


def _shape(feature: dict[str, Any], scale: float) -> Shape:
    properties = feature["properties"]
    rings = tuple(tuple((float(p[0]) * scale, -float(p[1])) for p in ring) for ring in _rings(feature["geometry"]))
    centre = properties.get("center")
    where = (float(centre[0]) * scale, -float(centre[1])) if centre else _middle(rings[0])
    return Shape(str(properties["adcode"])[:6], str(properties["name"]), rings, where)


def _middle(ring: Sequence[Point]) -> Point:
    return sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)


def _size(shape: Shape) -> float:
    return sum(abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))) / 2 for ring in shape.rings)


def _small_ones(shapes: Sequence[Shape]) -> tuple[Shape, ...]:
    """Return the largest group of neighbours that are too small to read (urban districts), or none."""
    total = sum(map(_size, shapes))
    small = [shape for shape in shapes if _size(shape) < 0.025 * total]
    groups: list[list[Shape]] = []
    for shape in small:
        touching = [group for group in groups if any(_touch(shape.box, other.box) for other in group)]
        groups = [group for group in groups if group not in touching]
        groups.append([shape, *(other for group in touching for other in group)])
    largest = max(groups, key=len, default=[])
    return tuple(sorted(largest, key=lambda shape: shape.code)) if len(largest) > 1 else ()


def _touch(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


@dataclass(frozen=True)
class _Fit:
    scale: float
    left: float
    top: float

    def __call__(self, point: Point) -> Point:
        return point[0] * self.scale + self.left, point[1] * self.scale + self.top


def _bounds(shapes: Sequence[Shape]) -> tuple[float, float, float, float]:
    boxes = [shape.box for shape in shapes]
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def _fit(shapes: Sequence[Shape], frame: tuple[float, float, float, float]) -> _Fit:
    """Return how to put these shapes into a frame, centred, with true proportions."""
    x0, y0, x1, y1 = _bounds(shapes)
    scale = min((frame[2] - frame[0]) / (x1 - x0), (frame[3] - frame[1]) / (y1 - y0))
    left = (frame[0] + frame[2] - (x0 + x1) * scale) / 2
    top = (frame[1] + frame[3] - (y0 + y1) * scale) / 2
    return _Fit(scale, left, top)


def _area(shape: Shape, fit: _Fit, values: Values) -> SafeString:
    fill, label, href = values.get(shape.code, NO_VALUE)
    lines = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in map(fit, ring)) + "Z" for ring in shape.rings)
    path = '<path class="{}" d="{}"><title>{} {}</title></path>'
    inside = format_html(path, fill, mark_safe(lines), shape.name, label)
    if not href:
        return inside
    return format_html('<a href="{}" aria-label="{} {}">{}</a>', href, shape.name, label, inside)


def _label(shape: Shape, at: Point, values: Values, line: float = 15.0, extra: str = "") -> SafeString:
    """Write the name and, below it, the value; the pointer goes through to the area."""
    fill, label, _ = values.get(shape.code, NO_VALUE)
    css = f"map-name {'on' if fill in DEEP else ''} {extra}".strip()
    rows = [(shape.name, 0.0), *([(label, line)] if label else [])]
    return format_html_join(
        "",
        '<text x="{}" y="{}" class="{}">{}</text>',
        ((f"{at[0]:.1f}", f"{at[1] + down:.1f}", css, text) for text, down in rows),
    )


def _number(shape: Shape, at: Point, values: Values, numbers: Mapping[str, int]) -> SafeString:
    """Write the county's number in the list, which a phone shows instead of name and value."""
    if shape.code not in numbers:
        return SafeString("")
    css = "map-number on" if values.get(shape.code, NO_VALUE)[0] in DEEP else "map-number"
    x, y = f"{at[0]:.1f}", f"{at[1] + 9:.1f}"
    return format_html('<text x="{}" y="{}" class="{}" aria-hidden="true">{}</text>', x, y, css, numbers[shape.code])


def _apart(named: Sequence[Shape], small: Sequence[Shape], main: _Fit) -> list[Point]:
    """Return where names stand: at their points, or a step lower or higher where another name or the frame is."""
    taken = [(*main(_bounds(small)[:2]), *main(_bounds(small)[2:]))] if small else []
    places = []
    for shape in named:
        x, y = main(shape.centre)
        boxes = [(x - 22, y + step - 13, x + 22, y + step + 17) for step in (0, -31, 31, 62)]
        box = next((box for box in boxes if not any(_touch(box, other) for other in taken)), boxes[0])
        taken.append(box)
        places.append((x, box[1] + 13))
    return places


def _centroid(shape: Shape) -> Point:
    """Return the centre of the area: label points of small districts lie too close together when enlarged."""
    ring = max(shape.rings, key=len)
    pairs = [(a, b, a[0] * b[1] - b[0] * a[1]) for a, b in pairwise(ring)]
    area = sum(cross for _, _, cross in pairs)
    if not area:
        return shape.centre
    x = sum((a[0] + b[0]) * cross for a, b, cross in pairs) / (3 * area)
    y = sum((a[1] + b[1]) * cross for a, b, cross in pairs) / (3 * area)
    return x, y


def _inset(small: Sequence[Shape], main: _Fit, values: Values, numbers: Mapping[str, int]) -> list[SafeString]:
    """Draw the small ones enlarged in a frame at the right, and mark on the map what the frame enlarges."""
    x0, y0 = main(_bounds(small)[:2])
    x1, y1 = main(_bounds(small)[2:])
    side = INSET - 8
    frame = (WIDTH + 4, (HEIGHT - side) / 2, WIDTH + 4 + side, (HEIGHT + side) / 2)
    fit = _fit(small, (frame[0] + 6, frame[1] + 6, frame[2] - 6, frame[3] - 6))
    box = '<rect class="map-frame" x="{}" y="{}" width="{}" height="{}"/>'
    marks = [
        format_html(box, *(f"{v:.1f}" for v in (x0 - 2, y0 - 2, x1 - x0 + 4, y1 - y0 + 4))),
        format_html(box, *(f"{v:.1f}" for v in (frame[0], frame[1], side, side))),
    ]
    areas = [_area(shape, fit, values) for shape in small]
    names = [_label(shape, fit(_centroid(shape)), values, 12.0, "small") for shape in small]
    return [*marks, *areas, *names, *(_number(shape, fit(_centroid(shape)), values, numbers) for shape in small)]
