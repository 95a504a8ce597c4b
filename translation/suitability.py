"""Rows that a translation breaks or repairs: code, translations, grammar, letters, verse, plays on words.

A corrected sentence and its fault are translated alike, a rhyme does not rhyme any more, a word has another number of
letters. What is found here is skipped with a reason, so that the row is marked in every language.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal, get_args

import pycld2
import regex
import yaml

from aya import languages
from aya.errors import needs
from aya.text import SCRIPT_MEMBERS, script_shares
from translation.protection import outside, spans
from translation.structure import parts
from translation.translate import Pair

Kind = Literal["code", "translation", "correction", "letters", "verse", "wordplay", "words"]
"""Why a row is bound to its language; `words` are synonyms, parts of speech, pronunciation."""
KINDS: tuple[Kind, ...] = get_args(Kind)

LEFT_OUT = "left out by policy"
Facts = Mapping[str, Sequence[str | None]]
"""Columns of rows by name."""

HEAD, TAIL = 240, 120
"""Letters at the beginning and end of a prompt in which a task says what it wants; between them lies its material."""

_CODE_LINE = regex.compile(
    r"""^\s*(?:
      (?:def|class)\s\w+.*:$ | (?:from\s[\w.]+\s)?import\s[\w.*,{} ]+;?$ | \#include\b | \#!/ | <\?php | <!doctype
    | (?:public|private|protected|static|final)\s.*[{(;] | (?:const|let|var)\s\w+\s*= | function\s\w*\s*\(
    | (?:select|insert\sinto|update|delete\sfrom|create\stable)\b.*\b(?:from|values|set|where|\()
    | return\b.*[;)\]\w]$ | (?:if|for|while|elif|else|try|except)\b.*[:{]$ | \}[;)]?$ | print(?:f|ln)?\s?\(.*\);?$
    | [\w.\[\]]+\s*[-+*/|&]?=\s*\S.*(?:;|["'\]}]\)?)$ | [\w.]+\([^)\p{Z}]*\);?$ | .*[;{]$
    | \\(?:begin|documentclass|usepackage)\b
    | \^.*[\[\\].*\$?$ | </?\w+[^>]*>.*</?\w+>$ | =?[A-Z]{2,}\s?\(.*[;,].*\)$
    )""",
    regex.VERBOSE | regex.IGNORECASE,
)


def reasons(
    pairs: Sequence[Pair], facts: Facts, *, leave: Mapping[str, Sequence[str]], language: str, kinds: tuple[Kind, ...]
) -> list[str | None]:
    """Return why each pair is not to be translated: by policy, for a fact of its row; or for what stands in it."""
    wanted = {name: frozenset(values) for name, values in leave.items()}
    left = [any(facts[name][row] in values for name, values in wanted.items()) for row in range(len(pairs))]
    return [
        LEFT_OUT if out else unsuitable(pair, language=language, kinds=kinds)
        for pair, out in zip(pairs, left, strict=True)
    ]


@lru_cache(maxsize=20_000)  # the same rows come for every target
def unsuitable(pair: Pair, *, language: str, kinds: tuple[Kind, ...] = KINDS) -> str | None:
    """Return why a pair is bound to its language (ISO 639-3), as `skipped: verse`, or None."""
    found = next((kind for kind in kinds if _RULES[kind](pair, language, kind)), None)
    return f"skipped: {found}" if found else None


def _says(pair: Pair, language: str, kind: Kind) -> bool:
    """Return whether the prompt asks for it."""
    text = pair.inputs if len(pair.inputs) <= HEAD + TAIL else f"{pair.inputs[:HEAD]}\n{pair.inputs[-TAIL:]}"
    text = text.replace("\xa0", " ")
    return any(pattern.search(text) for pattern in _patterns(language)[kind])


@cache
def _patterns(language: str) -> Mapping[Kind, list[regex.Pattern[str]]]:
    """Return the cues of a language, with those of English, in which prompts of any data set may be."""
    known: Any = yaml.safe_load(files("translation").joinpath("cues.yaml").read_text(encoding="utf-8"))
    wanted = dict.fromkeys(("any", "eng", language))
    return {
        kind: [
            regex.compile(rf"(?<!(?![\p{{Han}}\p{{Hiragana}}\p{{Katakana}}])\p{{L}})(?:{cue})", regex.IGNORECASE)
            for code in wanted
            for cue in known[kind].get(code, ())
        ]
        for kind in KINDS
    }


def _code(pair: Pair, language: str, kind: Kind) -> bool:
    """Return whether the prompt asks for code or either text is mostly code, by its lines."""
    return _says(pair, language, kind) or any(map(_mostly_code, pair))


def _mostly_code(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    signs = sum(bool(_CODE_LINE.match(line.rstrip())) for line in lines)
    fenced = sum(len(part.text) for part in parts(text) if not part.prose and "```" in part.text)
    return 2 * signs > len(lines) or 2 * fenced > len(text)


def _translation(pair: Pair, language: str, kind: Kind) -> bool:
    """Return whether the prompt asks for a translation, or one of the texts is in another language."""
    return _says(pair, language, kind) or any(_foreign(text, language) for text in pair)


def _foreign(text: str, language: str) -> bool:
    """Return whether letters of another script, or words of another language, are too many for names."""
    plain = outside(text, spans(text))
    row = languages.get(language)
    own = {member for script in row.scripts for member in SCRIPT_MEMBERS.get(script, {script})} | {"Latn", "Grek"}
    strange = sum(share for script, share in script_shares(plain).items() if script not in own)
    return strange > 0.2 or _otherwise(plain, row.bcp47)


def _otherwise(text: str, wanted: str, *, least: int = 80) -> bool:
    """Return whether CLD2 is sure of another language than the wanted one, which it knows."""
    if sum(map(str.isalpha, text)) < least or wanted not in _known():
        return False
    try:
        sure, _, guesses = pycld2.detect("".join(filter(str.isprintable, text)), isPlainText=True)
    except pycld2.error:
        return False
    return bool(sure) and guesses[0][1] not in (wanted, "un") and guesses[0][2] >= 90


@cache
def _known() -> frozenset[str]:
    return frozenset(code for _, code in pycld2.LANGUAGES)


def _correction(pair: Pair, language: str, kind: Kind) -> bool:
    """Return whether the prompt asks for it, or the completion is a line of the prompt with a few letters changed."""
    return _says(pair, language, kind) or any(
        _repaired(line, answer)
        for answer in pair.targets.splitlines()[:3]
        for line in pair.inputs.splitlines()[-5:]
        if answer not in pair.inputs
    )


def _repaired(line: str, answer: str, *, least: int = 20, alike: float = 0.93) -> bool:
    """Return whether two lines are nearly the same and yet not: other letters inside words, no other words."""
    with needs("translation"):
        from rapidfuzz.distance import Indel

    line, answer = line.strip(), answer.strip()
    if not least <= len(answer) <= 600 or answer in line or line in answer:
        return False
    if Indel.normalized_similarity(line, answer, score_cutoff=alike) < alike:
        return False
    theirs, ours = set(line.split()), set(answer.split())
    return any(
        word != other and Indel.normalized_similarity(word, other) > 0.6
        for word in theirs - ours
        for other in ours - theirs
    )


_RULES: Mapping[Kind, Callable[[Pair, str, Kind], bool]] = MappingProxyType(
    dict.fromkeys(KINDS, _says) | {"code": _code, "translation": _translation, "correction": _correction}
)
