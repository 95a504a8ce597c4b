"""Spans inside a sentence that a translation must not change: addresses, code, formulas, placeholders, emoji.

A span is sent as a stand-in (`[0]`), and the translation is accepted only if every stand-in is there once and in order.
Models differ in what they keep, so there are several kinds of stand-in; where none comes through, the sentence is
cut at the spans, which always works.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import regex

_SPANS = regex.compile(
    r"""
      (?P<tick>`+)(?!`).+?(?<!`)(?P=tick)(?!`)                        # code
    | \$(?!\s)(?:\\[A-Za-z]+|(?!\p{L}{4})[^$\n])*(?<!\s)\$(?![\w{])      # a formula: no words, so no two prices
    | \\\(.+?\\\)
    | !?\[(?=[^\]\n]*\]\([^)\s]*\)) | \]\([^)\s]*\)                   # a link: its brackets and address, not its words
    | (?:https?|ftp|file|mailto)://?[^\s<>"'`|{}。，、）」』]*[^\s<>"'`|{}.,;:!?)\]。，、）」』؟،।]
    | www\.[^\s<>"'`|{}。，、）]*[\p{L}\p{N}/]
    | [\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+
    | \{\{.*?\}\} | \{%.*?%\} | \$?\{[^{}\n]*\}                       # templates
    | %\([^)\s]+\)[-\#0 +]*\d*(?:\.\d+)?[a-zA-Z] | %(?:\d+\$)?[-\#0+]*\d*(?:\.\d+)?[sdifgxXc](?![\p{L}])
    | </?[A-Za-z][^<>\n]*> | &(?:[A-Za-z]+|\#\d+);
    | \[(?:[A-Z][A-Z_ ]*|MASK|\.{3})\] | _{2,}                        # gaps to fill in
    | \\[A-Za-z]+(?:\{[^{}]*\})* | \*\*|~~|(?<!\w)__(?=\w)
    | [\p{Extended_Pictographic}\p{Regional_Indicator}]
      [\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\uFE0F\u200D\u20E3]*
    | [@\#][\p{L}\p{N}_]{2,}
    | (?:[A-Za-z]:\\|\.{0,2}/)(?:[\w.-]+[/\\])+[\w.-]*                # paths
    """,
    regex.VERBOSE,
)


class Kind(NamedTuple):
    """A way of writing a stand-in: the text for the n-th span, and a pattern that finds one in a translation."""

    write: Callable[[int], str]
    pattern: regex.Pattern[str]


KINDS: Sequence[Kind] = (
    Kind(lambda num: f"[{num}]", regex.compile(r"\[\s?(\d+)\s?\]")),
    Kind(lambda num: str(90010 + num), regex.compile(r"(?<!\d)(900\d\d)(?!\d)")),
)
"""Tried in this order; apertium keeps both in more than 99 of 100 sentences, and other forms in fewer."""


def spans(text: str) -> list[tuple[int, int]]:
    """Return the places (start, end) of what must stay as it is, in order, without overlaps."""
    return [match.span() for match in _SPANS.finditer(text)]


def outside(text: str, places: Sequence[tuple[int, int]]) -> str:
    """Return what of a text is not in these places."""
    ends = [0, *(end for _, end in places)]
    starts = [*(start for start, _ in places), len(text)]
    return "".join(text[end:start] for end, start in zip(ends, starts, strict=True))


def merge(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return places sorted, those that touch or overlap made one."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def shield(text: str, places: Sequence[tuple[int, int]], kind: Kind) -> str | None:
    """Return the text with a stand-in for each place; None if the text itself holds what looks like one."""
    if kind.pattern.search(text) or len(places) > 90:
        return None
    pieces, last = [], 0
    for num, (start, end) in enumerate(places):
        pieces += [text[last:start], kind.write(num)]
        last = end
    return "".join([*pieces, text[last:]])


def restore(translated: str, kept: Sequence[str], kind: Kind) -> str | None:
    """Return a translation with the spans back in; None unless every stand-in is there once and in order."""
    found = [match.group(1) for match in kind.pattern.finditer(translated)]
    wanted = [kind.pattern.search(kind.write(num)) for num in range(len(kept))]
    if found != [match.group(1) for match in wanted if match]:
        return None
    rest = iter(kept)
    return kind.pattern.sub(lambda _: next(rest), translated)
