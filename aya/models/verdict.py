"""Verdicts in the words of a judge: read where they were asked for, and what two orders of the same answers come to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Better = Literal["first", "second", "tie", "inconsistent"]

_DECORATION = " \t\n*_`'\"“”‘’«»[]()<>.:!。"
_THOUGHT = "</think>"
"""Ends what some models think aloud before they answer."""


@dataclass(frozen=True)
class Verdicts:
    """What verdicts are there, how each is spelt, and which word begins the line of the verdict."""

    spelt: Mapping[str, Sequence[str]]
    marker: str = ""

    def read(self, said: str) -> str | None:
        """Return the verdict of an answer; None unless it says exactly one, in the place where it was asked for.

        A line of the verdict begins with the marker; several must say the same. An answer without such a line must be
        the verdict and nothing else.
        """
        said = said.rpartition(_THOUGHT)[2]
        lines = [match.group(1) for match in self._line.finditer(said)] if self.marker else []
        found = {self._of_line(line) for line in lines} if lines else {self._bare(said)}
        return found.pop() if len(found) == 1 else None

    @cached_property
    def _line(self) -> re.Pattern[str]:
        return re.compile(rf"^\W*{re.escape(self.marker)}(?!\w)\W*(.*)$", re.IGNORECASE | re.MULTILINE)

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {label: _spellings(spelt) for label, spelt in self.spelt.items()}

    def _of_line(self, line: str) -> str | None:
        """Return the label that a line begins with, unless it names another one too."""
        begun = [label for label, spelt in self._patterns.items() if spelt.match(line.lstrip(_DECORATION))]
        named = [label for label, spelt in self._patterns.items() if spelt.search(line)]
        return begun[0] if len(begun) == 1 and named == begun else None

    def _bare(self, said: str) -> str | None:
        bare = said.strip(_DECORATION)
        found = [label for label, spelt in self._patterns.items() if spelt.fullmatch(bare)]
        return found[0] if len(found) == 1 else None


def _spellings(spelt: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern of whole spellings; those of one letter as they are written, since `a` is a word."""
    either = "|".join(_spelling(text) for text in sorted(spelt, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)")


def _spelling(text: str) -> str:
    """Return the pattern of a spelling; a bracket in it may be missing."""
    return re.escape(text) if len(text) == 1 else f"(?i:{re.escape(text)})".replace(r"\)", r"\)?")


def preferred(asked: str | None, turned: str | None) -> Better | None:
    """Return which of two answers is better by verdicts on both orders, the second with the answers turned.

    `inconsistent` if the order decided, None if there is no verdict on either.
    References: Zheng et al. 2023 (arXiv 2306.05685), section 3.4, on judges that prefer a position.
    """
    if asked is None or turned is None:
        return None
    alike = {"first": "second", "second": "first", "tie": "tie"}[turned] == asked
    if not alike:
        return "inconsistent"
    return "first" if asked == "first" else "second" if asked == "second" else "tie"
