"""Numbers in the digits of any script, written as each language groups them."""

import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import regex
from pydantic import Field

from aya.stage import Settings
from translation.sides import READS, Sides, judged, scores

_POINTS = ".,٫٬'’\u00a0\u202f\u2009·"
_NUMBER = regex.compile(rf"\p{{Nd}}+(?:[{_POINTS}]\p{{Nd}}+)*|[፩-፼]+|[〇零一二三四五六七八九十百千万萬億亿兆]+")
_SIGN = regex.compile(rf"[{_POINTS}]")
_SPACED = regex.compile(r"(?<!\p{Nd})\p{Nd}{1,3}(?: \p{Nd}{3})+(?!\p{Nd})")

_POWERS = (10, 100, 1_000, 10_000, 10**8, 10**12)


def numbers(text: str) -> Counter[str]:
    """Return the numbers of a text by their digits, without signs between them: `1.000,5` and `١٬٠٠٠٫٥` are `10005`.

    Digits are those of any script. Ethiopic and Han numerals are read too, Han ones if they stand for ten or more.
    """
    joined = _SPACED.sub(lambda found: found[0].replace(" ", ""), text)
    return Counter(digits for found in _NUMBER.finditer(joined) if (digits := _digits(found[0])))


def _digits(number: str) -> str | None:
    if unicodedata.decimal(number[0], None) is not None:
        plain = "".join(str(unicodedata.decimal(letter)) for letter in number if letter not in _POINTS)
        return plain.lstrip("0") or "0"
    values = [int(unicodedata.numeric(letter)) for letter in number]
    if "፩" <= number[0] <= "፼":
        return str(_counted(values, powers=(100, 10_000)))
    if len(values) > 1 and max(values) < 10:
        return "".join(map(str, values)).lstrip("0") or "0"
    value = _counted(values, powers=_POWERS)
    return str(value) if value >= 10 and not {*values} <= {*_POWERS[1:]} else None


def _counted(values: list[int], *, powers: tuple[int, ...]) -> int:
    """Return the value of numerals with the powers behind them that they count: 二千十九, ፳፻፲፱."""
    total = part = last = 0
    for value in values:
        if value not in powers:
            last += value
        elif value < 10_000:
            part, last = part + (last or 1) * value, 0
        else:
            total, part, last = total + (part + last or 1) * value, 0, 0
    return total + part + last


def numbers_kept(pair: Sides) -> float | None:
    """Return the share of the numbers of a text that its translation has too; None for a text without numbers.

    One that is there in pieces (`4.40` and `4:40`) is there, one with other zeros at its end (`10,000` and `10 ሺህ`,
    which says ten thousand) is there by half, since its size can not be checked.
    """
    wanted, there = numbers(pair.source), numbers(pair.target)
    if not wanted:
        return None
    left = there - wanted
    kept = float((wanted & there).total())
    significant = Counter(number.rstrip("0") for number in left.elements())
    pieces = _pieces(pair.source)
    for number in (wanted - there).elements():
        if len(pieces.get(number, ())) > 1 and all(left[piece] for piece in pieces[number]):
            kept += 1
        elif significant[number.rstrip("0")]:
            significant[number.rstrip("0")] -= 1
            kept += 0.5
    return kept / wanted.total()


def _pieces(text: str) -> dict[str, list[str]]:
    """Return what signs part in each number of a text that has some."""
    found = (run[0] for run in _NUMBER.finditer(text) if any(sign in run[0] for sign in _POINTS))
    parted = {_digits(run): [digits for part in _SIGN.split(run) if (digits := _digits(part))] for run in found}
    return {number: pieces for number, pieces in parted.items() if number}


class Numbers(Settings):
    """Drop translations that lost numbers of their source text.

    Numbers are those written in digits, in any script (`١٢`, `१२`, `፲፪`, `十二`), whatever the signs that group
    them. Languages differ in how many they write as words, so no limit is set by default: `translation.outliers`
    finds one for each language.

    Reads both texts and their sources. Writes `numbers_kept`: the share of the source's numbers that the
    translation has, 0 to 1; null for a source without numbers.
    """

    name: ClassVar[str] = "translation.numbers"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = READS
    writes: ClassVar[Mapping[str, pa.DataType]] = {"numbers_kept": pa.float32()}

    least: float = Field(default=0, ge=0, le=1, description="share of the source's numbers")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with `numbers_kept` set, and a reason where too many are lost."""
        found = scores(table, numbers_kept)
        return judged(table, "numbers_kept", found, pc.less(found, self.least), f"{self.name}: numbers lost")
