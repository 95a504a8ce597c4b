"""Pictures of a release, as PNG files in its repository."""

import io
from collections.abc import Mapping
from typing import Any

from aya import languages
from aya.errors import needs
from hub_release.draft import Draft

_COLOUR, _COLOURS, _MOST = "#3b6ea5", 24, 40


def plots(draft: Draft) -> dict[str, bytes]:
    """Return pictures by path: rows by language, resource level and origin, and lengths.

    Raises: MissingExtra without matplotlib.
    """
    with needs("release"):
        from matplotlib.figure import Figure
    drawn: dict[str, Any] = {
        name: Figure(figsize=(8, height), layout="constrained") for name, height in _HEIGHTS.items()
    }
    _bars(drawn["languages"], _by_language(draft), "rows by language (log)", log=True)
    _bars(drawn["composition"], _composition(draft), "rows by resource level and origin")
    _lengths(drawn["lengths"], draft)
    return {f"meta/plots/{name}.png": _png(figure) for name, figure in drawn.items()}


_HEIGHTS = {"languages": 6.0, "composition": 2.5, "lengths": 3.0}


def _by_language(draft: Draft) -> dict[str, int]:
    sizes = sorted(((measures.rows, place) for place, measures in draft.places.items()), reverse=True)
    shown = {place: num for num, place in sizes[:_MOST]}
    rest = sizes[_MOST:]
    return shown | ({f"{len(rest)} more": sum(num for num, _ in rest)} if rest else {})


def _composition(draft: Draft) -> dict[str, int]:
    levels: dict[str, int] = {}
    for place, measures in draft.places.items():
        code = place.partition("_")[0]
        level = languages.get(code).resource if code in languages.codes() else None
        name = f"{level or 'unknown'} resource"
        levels[name] = levels.get(name, 0) + measures.rows
    return dict(sorted(levels.items())) | draft.total.counts.get("origin", {})


def _bars(figure: Any, values: Mapping[str, int], title: str, *, log: bool = False) -> None:
    axes = figure.add_subplot()
    axes.barh([*values], [*values.values()], color=_COLOUR, log=log)
    axes.invert_yaxis()
    axes.set_title(title, loc="left", fontsize=10)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)


def _lengths(figure: Any, draft: Draft) -> None:
    axes = figure.add_subplot()
    for name, of in draft.total.lengths.items():
        steps = sorted(of.histogram)
        axes.plot([2 ** (step / 8) for step in steps], [of.histogram[step] for step in steps], label=name)
    axes.set_xscale("log")
    axes.set_xlabel("characters", fontsize=8)
    axes.set_title("rows by length", loc="left", fontsize=10)
    axes.legend(fontsize=8, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)


def _png(figure: Any) -> bytes:
    """Return a picture in few colours: a third of the bytes, and every release sends its pictures anew."""
    from PIL import Image

    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110)
    Image.open(drawn).convert("RGB").quantize(_COLOURS).save(small, format="png", optimize=True)
    return small.getvalue()
