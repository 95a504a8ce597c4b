"""A text as a frame with holes: the segments that are translated, and all that stands between them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import regex

from translation.protection import outside, spans
from translation.sentences import sentences
from translation.structure import has_letters, parts, trimmed

_UNSPACED = frozenset(["Hans", "Hant", "Jpan"])
"""Scripts in which no space stands between sentences."""

_QUOTED = regex.compile(r"“([^“”\n]{8,})”|«\s*([^«»\n]{8,}?)\s*»|\"([^\"\n]{8,})\"|「([^「」\n]{4,})」|„([^„“\n]{8,})“")


class Locale(NamedTuple):
    """A language as the registry and as the model calls it."""

    language: str
    """ISO 639-3."""
    script: str
    """ISO 15924."""
    code: str
    """FLORES-200."""


class Piece(NamedTuple):
    """A segment, or what stands between two."""

    text: str
    translated: bool
    """Whether it goes through the model."""
    between: bool = False
    """Whether it is the space between two sentences of one line."""


def cut(text: str, locale: Locale, *, longest: int, whole: Sequence[str] = ()) -> list[Piece]:
    """Return a text as pieces; joined they are the text.

    `whole` are passages that are segments of their own wherever they stand, so that they are translated the same way.
    """
    found: list[Piece] = []
    for part in parts(text):
        if not part.prose:
            found.append(Piece(part.text, translated=False))
            continue
        for run in _around(part.text, whole):
            found += _of_sentences(run, locale, longest)
    return found


def _around(text: str, whole: Sequence[str]) -> list[str]:
    """Cut a text before and behind every passage that must be whole."""
    if not whole:
        return [text]
    pattern = "|".join(regex.escape(passage) for passage in sorted(whole, key=len, reverse=True))
    return [run for run in regex.split(f"({pattern})", text) if run]


def _of_sentences(text: str, locale: Locale, longest: int) -> list[Piece]:
    found: list[Piece] = []
    for sentence in sentences(text, language=locale.language, script=locale.script, longest=longest):
        before, inner, behind = trimmed(sentence)
        prose = has_letters(outside(inner, spans(inner)))
        found += [Piece(before, translated=False), Piece(inner, translated=prose)]
        found.append(Piece(behind, translated=False, between=True))
    found[-1] = found[-1]._replace(between=False)
    return [piece for piece in found if piece.text or piece.between]


def join(pieces: Sequence[Piece], translations: Mapping[str, str], *, target: Locale) -> str:
    """Return the text with every segment translated, sentences apart as the target's script has it."""
    unspaced = target.script in _UNSPACED
    texts = []
    for piece in pieces:
        if piece.translated:
            texts.append(translations[piece.text])
        elif piece.between:
            texts.append("" if unspaced else piece.text or " ")
        else:
            texts.append(piece.text)
    return "".join(texts)


def shared(prompt: str, completion: str) -> list[str]:
    """Return the passages that both texts have and that must stay the same: quotations, and an answer that is quoted.

    A completion that is one line and stands in the prompt word for word is such a passage: an option, a name, a span.
    """
    quoted = {next(text for text in match.groups() if text) for match in _QUOTED.finditer(f"{prompt}\n{completion}")}
    found = {text for text in quoted if text in prompt and text in completion}
    answer = completion.strip()
    if answer and "\n" not in answer and _apart(answer, prompt):
        found.add(answer)
    return sorted(found)


def _apart(answer: str, prompt: str) -> bool:
    """Return whether the answer stands in the prompt, not inside a word of a script that has spaces."""
    letters = r"[\p{L}\p{M}\p{N}]"
    unsegmented = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
    before = rf"(?<!(?!{unsegmented}){letters})"
    return bool(regex.search(rf"{before}{regex.escape(answer)}(?!(?!{unsegmented}){letters})", prompt))
