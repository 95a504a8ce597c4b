"""What of a text is prose and what is form: lines, lists, tables, code and formulas stay as they are.

A model for sentences loses line breaks and rewrites code, so it is given prose alone: runs of text inside one line,
without the marks before and behind them. Joined again, the parts are the text.
"""

from collections.abc import Iterator
from typing import NamedTuple

import regex


class Part(NamedTuple):
    """A run of a text; only prose is translated."""

    text: str
    prose: bool


_BLOCK = regex.compile(
    r"""
      ^[ \t]*(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*?\n)??[ \t]*(?P=fence)[ \t]*$   # fenced code
    | ^[ \t]*(?P<open>`{3,}|~{3,})[^\n]*\n.*\Z                                 # a fence that is never closed
    | \$\$.+?\$\$ | \\\[.+?\\\]                                                # formulas on their own
    | \\begin\{(?P<env>[^}\n]+)\}.*?\\end\{(?P=env)\}
    | <(?P<tag>pre|code|script|style|svg|math)\b[^>]*>.*?</(?P=tag)>
    """,
    regex.VERBOSE | regex.MULTILINE | regex.DOTALL,
)

_INDENTED = regex.compile(r"(?:(?<=\n[ \t]*\n)|\A)(?:(?:[ ]{4}|\t)[^\n]*\S[^\n]*(?:\n|\Z))+")

_MARK = regex.compile(
    r"""
    [ \t]*
    (?: (?: >                                             # quotation
          | \#{1,6}(?=[ \t])                              # heading
          | [-*+•·‣◦●○▪–—](?=[ \t])(?:[ \t]+\[[ xX]\])?   # list, with a box to tick
          | \(?[\p{Nd}\p{Nl}]{1,3}[.)、．）:](?=[ \t]|\p{Lo}) # numbered, in any digits
          | \(?[A-Za-z][.)](?=[ \t])                      # lettered
          | [\u2460-\u24FF\u2776-\u2793]                  # circled
        ) [ \t]*
    )*
    """,
    regex.VERBOSE,
)

_RULE = regex.compile(r"[ \t]*(?:[-=*_~#+.]{3,}|[|+:\- \t]*-[|+:\- \t]*)[ \t]*")
_CELLS = regex.compile(r"(?<!\\)\||\t+|[ ]{2,}")


def parts(text: str) -> list[Part]:
    """Return a text as prose and form in turns; joined they are the text."""
    return _joined(_of_blocks(text))


def trimmed(text: str) -> tuple[str, str, str]:
    """Return the white space before a text, the text, and the white space behind it."""
    inner = text.strip()
    return text.partition(inner) if inner else (text, "", "")


def has_letters(text: str) -> bool:
    """Return whether there is anything to translate."""
    return any(letter.isalpha() for letter in text)


def _of_blocks(text: str) -> Iterator[Part]:
    start = 0
    for match in _BLOCK.finditer(text):
        yield from _of_paragraphs(text[start : match.start()])
        yield Part(match.group(), prose=False)
        start = match.end()
    yield from _of_paragraphs(text[start:])


def _of_paragraphs(text: str) -> Iterator[Part]:
    """Take indented code out; below a list it would be the list's own text."""
    start = 0
    for match in _INDENTED.finditer(text):
        before = text[: match.start()].rstrip().rpartition("\n")[2]
        if _mark(before).strip() or before.startswith((" ", "\t")):
            continue
        yield from _of_lines(text[start : match.start()])
        yield Part(match.group(), prose=False)
        start = match.end()
    yield from _of_lines(text[start:])


def _of_lines(text: str) -> Iterator[Part]:
    for line in regex.splititer(r"(\R|[\x1c-\x1e])", text):
        if not line.strip() or _RULE.fullmatch(line):
            yield Part(line, prose=False)
            continue
        mark = _mark(line)
        yield Part(mark, prose=False)
        yield from _of_cells(line.removeprefix(mark))


def _mark(line: str) -> str:
    """Return what stands before the text of a line: bullets, numbers, quotation marks."""
    match = _MARK.match(line)
    return match.group() if match else ""


def _of_cells(line: str) -> Iterator[Part]:
    """Cut at bars of a table, tabs and columns of spaces; white space at the ends is form."""
    start = 0
    ends = [*(match.span() for match in _CELLS.finditer(line)), (len(line), len(line))]
    for begin, end in ends:
        yield from _trimmed(line[start:begin])
        yield Part(line[begin:end], prose=False)
        start = end


def _trimmed(text: str) -> Iterator[Part]:
    before, inner, behind = trimmed(text)
    yield Part(before, prose=False)
    yield Part(inner, prose=has_letters(inner))
    yield Part(behind, prose=False)


def _joined(found: Iterator[Part]) -> list[Part]:
    """Leave empty parts out and join neighbours of form."""
    result: list[Part] = []
    for part in found:
        if not part.text:
            continue
        if result and not part.prose and not result[-1].prose:
            result[-1] = Part(result[-1].text + part.text, prose=False)
        else:
            result.append(part)
    return result
