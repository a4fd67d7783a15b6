"""Charts as inline SVG: words stay text, so the reader's own Chinese font shows them; equal data give equal bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import as_file, files
from typing import Any

INK, FAINT, RULE = "#1d2733", "#5b6b7b", "#d5dce3"
PALETTE = ("#1f5f8b", "#c8553d", "#588157", "#8e6c8a", "#d69e2e", "#4f9da6", "#7f5539", "#6c757d", "#a3b18a", "#b5838d")
FONTS = "'Source Han Sans SC','Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft YaHei',Arial,sans-serif"
LABELS = 66  # characters that fit below a line chart
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "lianheng",
    "font.size": 9.0,
    "axes.edgecolor": RULE,
    "axes.labelcolor": FAINT,
    "xtick.color": FAINT,
    "ytick.color": INK,
    "text.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def bar_chart(labels: Sequence[str], values: Sequence[float], *, axis: str = "", highlight: Sequence[int] = ()) -> str:
    """Draw horizontal bars from the top down.

    Parameters
    ----------
    labels, values : sequences of equal length
        A NaN value leaves its row empty.
    axis : str
        What the length of a bar means.
    highlight : sequence of int
        Rows in the second colour.

    Returns
    -------
    str
        SVG.
    """
    marked = set(highlight)
    colours = [PALETTE[1] if row in marked else PALETTE[0] for row in range(len(labels))]
    with _axes(len(labels), axis) as (axes, finish):
        axes.barh(range(len(labels)), values, color=colours, height=0.72)
        _rows(axes, labels)
    return finish()


def stacked_bar_chart(labels: Sequence[str], parts: Mapping[str, Sequence[float]], *, axis: str = "") -> str:
    """Draw bars made of parts (name → one value per row); negative parts grow to the left."""
    with _axes(len(labels), axis) as (axes, finish):
        right, left = [0.0] * len(labels), [0.0] * len(labels)
        for number, (name, values) in enumerate(parts.items()):
            starts = [left[row] if value < 0 else right[row] for row, value in enumerate(values)]
            axes.barh(
                range(len(labels)), values, left=starts, height=0.72, color=PALETTE[number % len(PALETTE)], label=name
            )
            for row, value in enumerate(values):
                if value < 0:
                    left[row] += value
                elif value == value:
                    right[row] += value
        _rows(axes, labels)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=min(4, max(1, len(parts))), frameon=False)
    return finish()


def interval_chart(
    labels: Sequence[str],
    points: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    *,
    axis: str = "",
    reverse: bool = False,
    start: float | None = None,
) -> str:
    """Draw one point with its interval per row.

    ``reverse`` is for ranks, rank 1 to the right; ``start`` is where the axis begins at the latest.
    """
    with _axes(len(labels), axis) as (axes, finish):
        rows = range(len(labels))
        axes.hlines(rows, lows, highs, color=PALETTE[0], linewidth=4, alpha=0.35)
        axes.plot(points, rows, "o", color=PALETTE[0], markersize=4)
        _rows(axes, labels)
        if start is not None:
            axes.set_xlim(left=min(start, axes.get_xlim()[0]))
        if reverse:
            # Ranks begin at 1: there is no rank 0 to mark.
            last = axes.get_xlim()[1]
            axes.set_xticks([1, *(tick for tick in axes.get_xticks() if 1 < tick <= last and tick == int(tick))])
            axes.set_xlim(last, 0.5)
    return finish()


def line_chart(
    x: Sequence[float | str], series: Mapping[str, Sequence[float]], *, axis: str = "", below: str = ""
) -> str:
    """Draw lines (name → values over ``x``); NaN leaves a gap."""
    with _figure(7.2, 3.4) as (axes, finish):
        for number, (name, values) in enumerate(series.items()):
            axes.plot(range(len(x)), values, marker="o", markersize=3, color=PALETTE[number % len(PALETTE)], label=name)
        # Labels side by side, as many as there is room for.
        step = max(1, -(-len(x) * max((len(str(label)) for label in x), default=1) // LABELS))
        axes.set_xticks(range(0, len(x), step), [str(x[place]) for place in range(0, len(x), step)])
        axes.set_ylabel(axis)
        axes.set_xlabel(below)
        axes.grid(axis="y", color=RULE, linewidth=0.6)
        if len(series) > 1:
            axes.legend(frameon=False)
    return finish()


def heat_map(
    rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float]], *, limit: float = 1.0
) -> str:
    """Draw numbers in [−limit, limit] as a coloured grid with the numbers written in; NaN stays white."""
    with _figure(2.2 + 0.62 * len(columns), 0.9 + 0.34 * len(rows)) as (axes, finish):
        # Not imshow: it puts a picture of pixels into the drawing.
        axes.pcolormesh(
            range(len(columns)), range(len(rows)), values, cmap="RdBu", vmin=-limit, vmax=limit, shading="nearest"
        )
        axes.invert_yaxis()
        axes.set_xticks(range(len(columns)), list(columns), rotation=35, ha="right")
        axes.set_yticks(range(len(rows)), list(rows))
        for row, line in enumerate(values):
            for column, value in enumerate(line):
                if value == value:
                    colour = "white" if abs(value) > 0.6 * limit else INK
                    axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=7)
        axes.tick_params(length=0)
    return finish()


def histogram(values: Sequence[float], *, bins: int = 20, axis: str = "", below: str = "") -> str:
    """Draw how often values fall into equal intervals."""
    with _figure(7.2, 3.0) as (axes, finish):
        axes.hist([value for value in values if value == value], bins=bins, color=PALETTE[0], edgecolor="white")
        axes.set_xlabel(below)
        axes.set_ylabel(axis)
    return finish()


def _rows(axes: Any, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), list(labels))
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)


@contextmanager
def _axes(rows: int, axis: str) -> Iterator[tuple[Any, Callable[[], str]]]:
    with _figure(7.2, 0.9 + 0.22 * max(rows, 1)) as (axes, finish):
        axes.set_xlabel(axis)
        yield axes, finish


@contextmanager
def _figure(width: float, height: float) -> Iterator[tuple[Any, Callable[[], str]]]:
    """Yield axes and the function that gives the SVG once the drawing is done."""
    # pyplot keeps global state; a Figure of our own does not.
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    buffer = io.StringIO()
    with rc_context({**SETTINGS, "font.family": _measuring_fonts()}):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure.add_subplot(), lambda: _inline(buffer.getvalue())
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})


@cache
def _measuring_fonts() -> list[str]:
    """Return the fonts that words are measured with, so that a long Chinese label finds its room."""
    from matplotlib.font_manager import FontProperties, fontManager

    path = files("lianheng.engine.letters").joinpath("fonts/FandolHei-Regular.otf")
    with as_file(path) as font:
        fontManager.addfont(str(font))
        return ["DejaVu Sans", FontProperties(fname=str(font)).get_name()]


def _inline(svg: str) -> str:
    """Drop what only a file needs, and let the page's fonts show the words."""
    svg = svg[svg.index("<svg") :]
    # Names of groups (`id="patch_3"`) would come twice on a page with two charts; nothing refers to them.
    svg = re.sub(r' id="[A-Za-z.]+[\d_]*_\d+"', "", svg)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'width="[\d.]+pt" height="[\d.]+pt" ', "", svg, count=1)
    return re.sub(r"font-family: *[^;\"]+|'DejaVu Sans'[^;\"]*", lambda found: _font(found.group()), svg)


def _font(found: str) -> str:
    return f"font-family: {FONTS}" if found.startswith("font-family") else FONTS
