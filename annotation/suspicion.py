"""Work that deserves a second look: told with its figures, never removed.

Nothing here proves that a text came out of a model; each sign has honest causes too (a text prepared in an editor, a
phrase that a language uses often). It says where to look first.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import regex
from pydantic import BaseModel, ConfigDict, Field

from annotation.answers import Answer
from annotation.edit_distance import distance
from aya.text import UNSEGMENTED, graphemes, normalise, num_graphemes, script_shares

_MARKUP = regex.compile(r"(?m)\*\*\S|^\s{0,3}#{1,4} \S|^\s*(?:[-*•]|\d+[.)]) \S|```")
_HIDDEN = regex.compile(r"[\u200b\u2060\ufeff\u202f]")
"""In scripts without spaces people mark words by U+200B: half of NTREX's Lao sentences have it."""


class Limits(BaseModel):
    """From where on work is reported."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    typing_most: int = Field(default=400, ge=1, description="graphemes a minute; professionals type some 300")
    pause_most: int = Field(default=1800, ge=1, description="seconds; after a longer pause a new sitting begins")
    seconds_least: float = Field(default=3, ge=0, description="seconds an answer")
    answers_least: int = Field(default=10, ge=1, description="answers of a person from which shares are told")
    share_most: float = Field(default=0.3, gt=0, le=1, description="share of a person's answers that show a sign")
    copied_most: float = Field(default=0.95, gt=0, le=1, description="share of suggestions that were left as they were")
    opening: int = Field(default=12, ge=3, description="graphemes of a beginning that many answers may share")
    volume_most: int = Field(default=1000, ge=1, description="contributions of one person")
    part_most: float = Field(default=0.5, gt=0, le=1, description="one person's part of a language")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """One sign in one person's work."""

    annotator: str
    sign: str
    num: int
    of: int
    evidence: Mapping[str, object] = field(default_factory=dict)


def signs(found: Iterable[Answer], limits: Limits | None = None) -> list[Sign]:
    """Return the signs of everybody's work, by person."""
    limits, by_person, by_language = limits or Limits(), defaultdict[str, list[Answer]](list), Counter[str]()
    for answer in found:
        by_person[answer.annotator].append(answer)
        by_language[answer.item.language] += 1
    return [
        sign
        for person, work in sorted(by_person.items())
        for look in (_pace, _copied, _shares)
        for sign in look(person, work, limits)
    ] + [sign for person, work in sorted(by_person.items()) for sign in _volume(person, work, by_language, limits)]


def typed(answer: Answer) -> int:
    """Return how many graphemes a person changed."""
    item = answer.item
    return distance(item.prompt or "", answer.prompt) + distance(item.completion or "", answer.completion)


def _pace(person: str, work: Sequence[Answer], limits: Limits) -> Iterator[Sign]:
    """Yield answers that came too soon after the one before, and texts that came faster than people type."""
    gaps = [((later.at - earlier.at).total_seconds(), later) for earlier, later in pairwise(work)]
    gaps = [(seconds, answer) for seconds, answer in gaps if seconds <= limits.pause_most]
    hasty = [answer.id for seconds, answer in gaps if seconds < limits.seconds_least]
    pasted = [answer.id for seconds, answer in gaps if typed(answer) > limits.typing_most * max(seconds, 1) / 60]
    for name, ids in (("too fast to read", hasty), ("faster than typing", pasted)):
        if len(gaps) >= limits.answers_least and len(ids) > limits.share_most * len(gaps):
            yield Sign(annotator=person, sign=name, num=len(ids), of=len(gaps), evidence={"responses": ids[:5]})


def _copied(person: str, work: Sequence[Answer], limits: Limits) -> Iterator[Sign]:
    """Yield suggestions left as they were, and those left though they were called bad."""
    shown = [answer for answer in work if answer.item.task in ("reannotation", "postedit") and answer.item.completion]
    same = [answer.id for answer in shown if not (answer.prompt_changed or answer.completion_changed)]
    bad = [answer for answer in shown if answer.values.get("approved") == "down"]
    kept = [answer.id for answer in bad if not (answer.prompt_changed or answer.completion_changed)]
    if len(shown) >= limits.answers_least and len(same) >= limits.copied_most * len(shown):
        yield Sign(
            annotator=person, sign="suggestions copied", num=len(same), of=len(shown), evidence={"responses": same[:5]}
        )
    if len(bad) >= limits.answers_least and len(kept) > limits.share_most * len(bad):
        evidence = {"responses": kept[:5]}
        yield Sign(annotator=person, sign="called bad and left", num=len(kept), of=len(bad), evidence=evidence)


def _shares(person: str, work: Sequence[Answer], limits: Limits) -> Iterator[Sign]:
    """Yield what a person's own completions have in common."""
    own = [answer.completion for answer in work if answer.item.task == "original" or answer.completion_changed]
    tests: tuple[tuple[str, Callable[[str], str | None]], ...] = (
        ("one text many times", normalise),
        ("one beginning many times", lambda text: _beginning(text, limits.opening)),
        ("marks of chat output", lambda text: "marked" if _marked(text) else None),
    )
    for name, key_of in tests if len(own) >= limits.answers_least else ():
        counted = Counter(key for text in own if (key := key_of(text)))
        for key, num in counted.most_common(1):
            if num > limits.share_most * len(own):
                yield Sign(annotator=person, sign=name, num=num, of=len(own), evidence={"text": key[:80]})


def _marked(text: str) -> bool:
    if _MARKUP.search(text):
        return True
    return _HIDDEN.search(text) is not None and next(iter(script_shares(text)), "") not in UNSEGMENTED


def _beginning(text: str, opening: int) -> str | None:
    return "".join(graphemes(normalise(text))[:opening]) if num_graphemes(text) > 2 * opening else None


def _volume(person: str, work: Sequence[Answer], by_language: Mapping[str, int], limits: Limits) -> Iterator[Sign]:
    if len(work) > limits.volume_most:
        own = Counter(answer.item.language for answer in work)
        yield Sign(annotator=person, sign="very many", num=len(work), of=sum(by_language.values()), evidence=dict(own))
    for language, num in sorted(Counter(answer.item.language for answer in work).items()):
        if num >= limits.answers_least and num > limits.part_most * by_language[language]:
            evidence = {"language": language}
            yield Sign(
                annotator=person, sign="most of a language", num=num, of=by_language[language], evidence=evidence
            )
