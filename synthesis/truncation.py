"""Drop answers that were cut off before their end."""

import json
from collections.abc import Mapping
from typing import ClassVar

import pyarrow as pa
import regex
from pydantic import Field

from aya.stage import Settings
from aya.table import mark
from aya.text import num_graphemes

_FENCE = regex.compile(r"^\s*(?:```|~~~)", regex.MULTILINE)
# What a finished text may end with: marks of an end and of a pause before a list, closing quotes and brackets, digits,
# signs, emoji; then white space, emphasis or a rule of Markdown.
_ENDED = regex.compile(
    r"(?:[\p{STerm}\p{Pe}\p{Pf}\p{N}\p{S}\p{So}:…\"'“”»*_|#~^/]|[\p{Thai}\p{Lao}\p{Khmer}\p{Tibetan}]\p{M}*)\s*$"
)
_MARK = regex.compile(r"\p{STerm}(?:\s|$)")
_NO_PROSE = regex.compile(r"(?:#\S+|\S+://\S+|@\S+)\s*$")  # hashtags, addresses
_CLOSING = 40
"""Letters after the last full stop that may be a greeting and a name, at most."""


class Truncation(Settings):
    """Drop answers that were cut off: the model said so, or the text shows it.

    `finish` in a record's provenance is what the model said; if it is there, nothing is guessed. Without it, a long
    answer is `cut off` if a fence of code is left open, or if no mark ends its last line though one ends half of the
    lines before it (so verse and plain lists are excused) or, in a single line, any sentence. Excused are signatures,
    and lines that end in a letter of a script in which sentences need no mark (Thai, Lao, Khmer, Tibetan).

    Reads `targets`, `provenance`.
    """

    name: ClassVar[str] = "synthesis.truncation"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("targets", "provenance")
    writes: ClassVar[Mapping[str, pa.DataType]] = {}

    least: int = Field(default=200, ge=1, description="graphemes of an answer below which nothing is guessed")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with a reason on answers that were cut off."""
        rows = zip(table["targets"].to_pylist(), table["provenance"].to_pylist(), strict=True)
        why = [self._why(text or "", _finish(provenance)) for text, provenance in rows]
        reasons = [f"{self.name}: cut off" if one else None for one in why]
        return mark(table, reasons, [{"shown by": one} if one else None for one in why])

    def _why(self, text: str, finish: str | None) -> str | None:
        if finish is not None:
            return "finish" if finish == "length" else None
        if num_graphemes(text) < self.least:
            return None
        if len(_FENCE.findall(text)) % 2:
            return "open code"
        return "end" if _breaks_off(text) else None


def _breaks_off(text: str) -> bool:
    """Return whether the last line has no end, where the writer puts ends."""
    *before, last = [line for line in text.splitlines() if line.strip()] or [""]
    tail = _MARK.split(last)[-1]
    if _ENDED.search(last) or _NO_PROSE.search(last) or num_graphemes(tail) <= _CLOSING:
        return False
    if not before:
        return tail != last
    return 2 * sum(_ENDED.search(line) is not None for line in before) >= len(before)


def _finish(provenance: str | None) -> str | None:
    """Return what the model said of the end."""
    if not provenance or '"finish"' not in provenance:
        return None
    said = json.loads(provenance).get("finish")
    return said if isinstance(said, str) else None
