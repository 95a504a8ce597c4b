"""How much post-editing machine translations needed: HTER and chrF by language."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import regex

from annotation.answers import Answer
from annotation.edit_distance import distance
from aya.errors import needs
from aya.text import UNSEGMENTED, graphemes, script_shares, words

with needs("annotation"):
    from rapidfuzz.distance import Levenshtein
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

MOST_WORDS = 100
"""Longer texts are compared without shifts of phrases: their search takes minutes there."""

_SPACE = regex.compile(r"\s+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Effort:
    """What people changed in the machine translations of one language."""

    language: str
    texts: int
    untouched: int
    hter: float
    """Edits as a share of the units of the corrected text; 0 for no edit."""
    unit: str
    """`word`, or `grapheme` in scripts without spaces."""
    chrf: float
    """0 to 100 for no edit."""
    graphemes_changed: int


def effort(found: Iterable[Answer]) -> list[Effort]:
    """Return the effort of every language with post-edits, in order of its code.

    HTER is TER of the machine's text against its own correction. Words are cut as `aya.text.words` does, signs between
    them count one each. Scripts without spaces are compared grapheme by grapheme and without shifts, as CER is.
    References: Snover et al. 2006 (TER, HTER); Popović 2015 (chrF); both as sacreBLEU computes them.
    """
    pairs = defaultdict[str, list[tuple[str, str]]](list)
    for answer in found:
        if answer.item.task == "postedit":
            shown = ((answer.item.prompt, answer.prompt), (answer.item.completion, answer.completion))
            pairs[answer.item.language] += [(before, after) for before, after in shown if before and after]
    return [_effort(language, made) for language, made in sorted(pairs.items()) if made]


def edit_rate(before: str, after: str) -> tuple[float, int]:
    """Return (edits, units of the corrected text)."""
    one, two = _units(before), _units(after)
    if _unsegmented(after) or max(len(one), len(two)) > MOST_WORDS:
        return float(Levenshtein.distance(one, two)), len(two)
    score = TER(case_sensitive=True).sentence_score(" ".join(one), [" ".join(two)])
    return float(score.num_edits), len(two)


def _effort(language: str, pairs: Sequence[tuple[str, str]]) -> Effort:
    rates = [edit_rate(*pair) for pair in pairs]
    befores, afters = zip(*pairs, strict=True)
    return Effort(
        language=language,
        texts=len(pairs),
        untouched=sum(before == after for before, after in pairs),
        hter=sum(edits for edits, _ in rates) / max(1, sum(units for _, units in rates)),
        unit="grapheme" if _unsegmented("".join(afters)) else "word",
        chrf=CHRF().corpus_score([*befores], [[*afters]]).score,
        graphemes_changed=sum(distance(*pair) for pair in pairs),
    )


def _unsegmented(text: str) -> bool:
    return next(iter(script_shares(text)), "") in UNSEGMENTED


def _units(text: str) -> list[str]:
    """Return words and the signs between them; white space counts nothing."""
    found, end = list[str](), 0
    for word in words(text):
        start = text.index(word, end)
        found += [*graphemes(_SPACE.sub("", text[end:start])), word]
        end = start + len(word)
    return [*found, *graphemes(_SPACE.sub("", text[end:]))]
