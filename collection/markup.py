"""Keep texts without what machines leave behind: unknown tokens, unfilled templates, broken encodings."""

from collections.abc import Iterable, Mapping
from html.entities import html5
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import regex
from pydantic import Field

from aya.stage import Settings
from aya.table import mark
from collection.mojibake import SCREEN, mojibake

Artefact = Literal[
    "special token",
    "template braces",
    "placeholder",
    "mojibake",
    "replacement character",
    "control character",
    "HTML tag",
    "HTML entity",
    "open code fence",
]

TAGS = (
    "a abbr article aside b big blockquote body br button caption center cite code col dd del details dfn div dl dt em"
    " figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label li"
    " link main mark meta nav object ol option p param pre q script section select small source span strike strong"
    " style sub summary sup svg table tbody td textarea tfoot th thead title tr tt u ul var video"
).split()
"""Elements of HTML; `<s>` is left out, since it is a token of language models too."""

PATTERNS: Mapping[Artefact, str] = {
    "special token": r"<unk>|<pad>|<mask>|\[UNK\]|\[PAD\]|\[CLS\]|\[SEP\]|<extra_id_[0-9]+>|<\|[a-zA-Z_]+\|>|⁇",
    "template braces": r"\{\{|\{%",
    "placeholder": r"\$?\{[a-zA-Z0-9_]*\}|%\([a-zA-Z0-9_]+\)[#0 +-]*[0-9.]*[a-zA-Z]|%(?:[0-9]+\$)?[sd]\b",
    "mojibake": SCREEN,
    "replacement character": "\ufffd",
    "control character": "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\u0080-\u0084\u0086-\u009f\ufffe\uffff]",
    "HTML tag": rf"</?(?i:{'|'.join(TAGS)})(?:\s[^<>]*)?/?>|<!--|<!(?i:doctype)",
    "HTML entity": r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});",
    "open code fence": r"(?m:^[ \t]*```)",
}
"""What a kind looks like, said so that RE2 (Arrow, a column at a time) and Python read it alike."""

_PATTERNS = {artefact: regex.compile(pattern) for artefact, pattern in PATTERNS.items()}
# Bounded: a text of braces alone must not cost the square of its length.
_TEMPLATE = regex.compile(r"\{\{.{0,400}?\}\}|\{%.{0,400}?%\}", regex.DOTALL)


class Markup(Settings):
    """Drop records with artefacts of machines in a text; `drop` says which kinds.

    `special token`: unknown, padding and control tokens of models (`<unk>`, `⁇`, `<|im_end|>`).
    `template braces`: `{{ name }}` or `{% if %}` that no template engine filled.
    `placeholder`: `%(name)s`, `${name}`, `{0}`; right in messages of programs, so not dropped by default.
    `mojibake`: UTF-8 read as another encoding (see `collection.mojibake`).
    `replacement character`: U+FFFD, what a decoder writes for bytes it could not read.
    `control character`: C0 and C1 controls but tab, line feed, carriage return and next line.
    `HTML tag`, `HTML entity`: right in messages and in answers about HTML, so not dropped by default.
    `open code fence`: an odd number of ```` ``` ```` lines: a cut-off answer; not dropped by default.

    Reads `inputs` and `targets`. The evidence says in which field and, where it is short, what.
    """

    name: ClassVar[str] = "collection.markup"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("inputs", "targets")
    writes: ClassVar[Mapping[str, pa.DataType]] = {}

    fields: tuple[Literal["inputs", "targets"], ...] = Field(
        default=("inputs", "targets"), min_length=1, description="the texts that are judged"
    )
    artefacts: tuple[Artefact, ...] = Field(
        default=("special token", "template braces", "mojibake", "replacement character", "control character"),
        description="kinds that drop a record; the first one found is the reason",
    )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with a reason where an artefact stands."""
        reasons: list[str | None] = [None] * len(table)
        evidence: list[dict[str, object] | None] = [None] * len(table)
        likely = {field: self._likely(table[field]) for field in self.fields}
        for artefact in self.artefacts:
            for field, rows in likely.items():
                for place, what in _found(table[field].take(rows), artefact):
                    row = rows[place].as_py()
                    if reasons[row] is None:
                        reasons[row] = f"{self.name}: {artefact}"
                        evidence[row] = {"field": field, "found": what}
        return mark(table, reasons, evidence)

    def _likely(self, texts: pa.ChunkedArray) -> pa.Array:
        """Return the rows that may have any artefact, found in one reading of the texts."""
        pattern = "|".join(PATTERNS[artefact] for artefact in self.artefacts) or "^$"
        return pc.indices_nonzero(pc.fill_null(pc.match_substring_regex(texts, pattern), False))


def _found(texts: pa.ChunkedArray, artefact: Artefact) -> Iterable[tuple[int, str]]:
    """Yield (row, the artefact) for every text that has it."""
    likely = pc.fill_null(pc.match_substring_regex(texts, PATTERNS[artefact]), False)
    rows = np.flatnonzero(likely.to_numpy())
    for row, text in zip(rows, texts.filter(likely).to_pylist(), strict=True):
        what = _confirm(text, artefact)
        if what is not None:
            yield int(row), what[:40]


def _confirm(text: str, artefact: Artefact) -> str | None:
    """Return what was found in a text that the column-wide screen let through; None if it is in order."""
    if artefact == "mojibake":
        return mojibake(text)
    pattern = _TEMPLATE if artefact == "template braces" else _PATTERNS[artefact]
    found = [match.group() for match in pattern.finditer(text)]
    if artefact == "open code fence" and len(found) % 2 == 0:
        return None
    if artefact == "HTML entity":
        found = [entity for entity in found if entity[1] == "#" or entity[1:] in html5]
    return found[0] if found else None
