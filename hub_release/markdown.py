"""Markdown pieces that several documents are made of."""

from collections.abc import Iterable, Mapping, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; a number is written with commas."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(map(_cell, line)) + " |\n" for line in lines)


def _cell(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def counted(counts: Mapping[str, int], head: str, of: int) -> str:
    """Return a table of rows by value, most first, with shares."""
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return table([head, "rows", "share"], [(name or "not given", num, f"{num / max(1, of):.1%}") for name, num in rows])
