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
_UNMARKED = r"[\p{Thai}\p{Lao}\p{Tibetan}]"  # sentences need no mark
# Thai and Lao vowels that wait for a letter.
_MID_WORD = regex.compile(r"(?:[\u0e40-\u0e44\u0ec0-\u0ec4]|[\u0e31\u0e37\u0eb1][\u0e48-\u0e4b\u0ec8-\u0ecb]?)$")
# What a finished text may end with: marks of an end and of a pause before a list, closing quotes and brackets, digits,
# signs, emoji, doubled Ethiopic colons; then white space, emphasis or a rule of Markdown.
_ENDED = regex.compile(
    rf"(?:[\p{{STerm}}\p{{Pe}}\p{{Pf}}\p{{N}}\p{{S}}\p{{So}}:፡།…\"'“”»*_|#~^/]|{_UNMARKED}\p{{M}}*)\s*$"
)
_MARK = regex.compile(r"[.!?](?:\s|$)|(?![.!?])\p{STerm}|፡፡")  # only the first three stand inside numbers and names
_SENTENCE = regex.compile(r"[\p{STerm}…፡][\p{P}\p{S}]*$")
_GOES_ON = regex.compile(rf"(?:(?<!{_UNMARKED})[ \t]+)?[\p{{L}}\p{{M}}\p{{N}}]")
_NO_PROSE = regex.compile(r"(?:#\S+|\S+://\S+|@\S+)\s*$")  # hashtags, addresses
_SIGNED = regex.compile(r"[,،–—-]\s*(?:\[?\p{Lu}[\p{L}\p{M}.'’\]]*[\s,]*){1,4}$")
_CLOSING = 40
"""Letters of a last line that may be a greeting and a name, at most."""
_LOOP = 60
"""Characters at the end that stood in the text before."""


class Truncation(Settings):
    """Drop answers that were cut off: the model said so, or the text shows it.

    `finish` in a record's provenance is what the model said; if it is there, nothing is guessed. Without it, a long
    answer is `cut off` if a fence of code is left open; if it stops where it went on before, in the same words (a
    loop); or if no mark ends its last line though one ends half of the lines before it (so verse and plain lists are
    excused) or, in a single line, any sentence. Excused are signatures, and lines that end in a letter of a script in
    which sentences need no mark (Thai, Lao, Tibetan), unless it is a vowel that waits for another letter.

    Reads `targets`, `provenance`.
    """

    name: ClassVar[str] = "synthesis.truncation"
    version: ClassVar[int] = 3
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
        if _MID_WORD.search(text):
            return "half a word"
        if len(_FENCE.findall(text)) % 2:
            return "open code"
        if _repeats_itself(text.rstrip()):
            return "loop"
        return "end" if _breaks_off(text) else None


def _repeats_itself(text: str) -> bool:
    """Return whether the text stops, in the middle of a sentence, where the same words went on before."""
    place = text.rfind(text[-_LOOP:], 0, -1)
    return place >= 0 and not _SENTENCE.search(text) and _GOES_ON.match(text, place + _LOOP) is not None


def _breaks_off(text: str) -> bool:
    """Return whether the last line has no end, where the writer puts ends."""
    *before, last = [line for line in text.splitlines() if line.strip()] or [""]
    if num_graphemes(last) <= _CLOSING or any(one.search(last) for one in (_ENDED, _NO_PROSE, _SIGNED)):
        return False
    if not before:
        return _MARK.search(last) is not None
    return 2 * sum(_ENDED.search(line) is not None for line in before) >= len(before)


def _finish(provenance: str | None) -> str | None:
    """Return what the model said of the end."""
    if not provenance or '"finish"' not in provenance:
        return None
    said = json.loads(provenance).get("finish")
    return said if isinstance(said, str) else None
