"""Mask or drop what leads to a person: e-mail addresses, phone numbers, IP addresses, @handles."""

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya.stage import Settings
from aya.table import canonical, mark, put
from collection.contact_data import KINDS, MASKS, Kind, spans

Action = Literal["mask", "drop", "keep"]

SCREEN = (
    r"@|＠|(?:[0-9A-Fa-f]{0,4}:){3}|(?:[0-9]{1,3}\.){3}[0-9]"
    r"|[+＋(（0\p{Nd}](?:[ \x{a0}()（）.·/\-－\x{2010}-\x{2013}]{0,3}\p{Nd}){7}"
)
"""RE2: what a text with contact data has; few others do."""


class Pii(Settings):
    """Mask or drop personal contact data.

    `email`: also with letters beyond ASCII. `phone`: digits of every script; a number counts if it is
    written as phone numbers are: with `+` or `00` before a country code, with a leading zero and 9 to 12
    digits, with an area code in brackets, or as 3-3-4 digits with hyphens or dots. `ip`: addresses of
    the public Internet, version 4 and 6; private ones name nobody, and four single digits are a version or a
    section. `handle`: `@name` as on social networks; `@property` alone on its line is code.
    Numbers that people write with other meanings (years, ranges, dates, prices, versions) stay. Names and street
    addresses are not looked for.

    Reads and writes `inputs` and `targets` (masked pieces become `<EMAIL>`, `<PHONE>`, `<IP>`,
    `<HANDLE>`). Writes `pii`: JSON, how many of which kind were found in both texts; null if none.
    """

    name: ClassVar[str] = "collection.pii"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("inputs", "targets")
    writes: ClassVar[Mapping[str, pa.DataType]] = {
        "inputs": pa.large_string(),
        "targets": pa.large_string(),
        "pii": pa.string(),
    }

    email: Action = Field(default="mask", description="what to do about e-mail addresses")
    phone: Action = Field(default="mask", description="what to do about phone numbers")
    ip: Action = Field(default="mask", description="what to do about public IP addresses")
    handle: Action = Field(default="mask", description="what to do about @handles")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with contact data masked and counted, and a reason where it is to go."""
        found: dict[int, Counter[Kind]] = {}
        for field in ("inputs", "targets"):
            table = put(table, field, self._masked(table[field], found), pa.large_string())
        counts = [canonical(found[row]) if row in found else None for row in range(len(table))]
        reasons: list[str | None] = [None] * len(table)
        for row, kinds in found.items():
            goes = next((kind for kind in KINDS if kind in kinds and getattr(self, kind) == "drop"), None)
            reasons[row] = f"{self.name}: {goes}" if goes else None
        evidence = [{str(k): num for k, num in found[row].items()} if why else None for row, why in enumerate(reasons)]
        return mark(put(table, "pii", counts, pa.string()), reasons, evidence)

    def _masked(self, texts: pa.ChunkedArray, found: dict[int, Counter[Kind]]) -> pa.ChunkedArray:
        """Return the texts with contact data masked; what is found is added to `found`, by row."""
        likely = pc.fill_null(pc.match_substring_regex(texts, SCREEN), False)
        changed: list[str | None] = []
        for row, text in zip(np.flatnonzero(likely), texts.filter(likely).to_pylist(), strict=True):
            kinds, masked = self._mask(text)
            changed.append(masked)
            if kinds:
                found.setdefault(int(row), Counter()).update(kinds)
        return pc.replace_with_mask(texts.combine_chunks(), likely.combine_chunks(), pa.array(changed, texts.type))

    def _mask(self, text: str) -> tuple[list[Kind], str]:
        """Return the kinds of contact data in a text, and the text with those to be masked replaced."""
        pieces, at = list[str](), 0
        kinds = list[Kind]()
        for kind, start, stop in spans(text):
            if (action := getattr(self, kind)) != "keep":
                kinds.append(kind)
                pieces += [text[at:start], MASKS[kind] if action == "mask" else text[start:stop]]
                at = stop
        return kinds, "".join([*pieces, text[at:]])
