"""Texts through an engine, with everything that must stay as it is put back and checked."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import regex

from translation.engine import Engine, Hypothesis
from translation.protection import KINDS, Kind, merge, restore, shield, spans
from translation.segments import Locale, Piece, cut, join, shared
from translation.structure import has_letters, trimmed


class Segment(NamedTuple):
    """The translation of one segment."""

    text: str
    logprob: float | None
    num_tokens: int
    finished: bool
    how: str
    """`whole`; `stand-in` with spans kept through the model; `cut` at its spans, since no stand-in came through."""


class Pair(NamedTuple):
    """A prompt and its completion."""

    inputs: str
    targets: str


class Translated(NamedTuple):
    """The translation of a pair, and what a stage may want to know of how it came about."""

    inputs: str | None
    targets: str | None
    logprob: float | None = None
    """Mean over the tokens of all segments."""
    worst_logprob: float | None = None
    """Of the worst segment."""
    num_tokens: int = 0
    finished: bool = False
    fault: str | None = None
    """Why the pair can not be used: skipped, nothing to translate, an empty translation, an answer that left its
    prompt."""


_SIGNS_BEFORE = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_SIGNS_BEHIND = regex.compile(r"[^\p{L}\p{M}\p{N}]+$")

Places = Mapping[str, Sequence[tuple[int, int]]]
Run = Callable[[Sequence[str]], Iterator[Mapping[int, Hypothesis]]]
Memory = MutableMapping[str, Segment]
"""Finished segments by their text, for one engine, source and target; a dictionary will do."""


def translate_pairs(
    pairs: Sequence[Pair],
    engine: Engine,
    *,
    source: Locale,
    target: Locale,
    memory: Memory,
    reasons: Sequence[str | None] | None = None,
) -> list[Translated]:
    """Return the translations of pairs, in order; one with a reason against it has no texts, but the reason.

    No segment that is in the memory goes through the engine again.
    """
    reasons = reasons or [None] * len(pairs)
    planned = [
        None if reason else _plan(pair, engine.longest, source) for pair, reason in zip(pairs, reasons, strict=True)
    ]
    wanted = [text for plan in planned if plan for text in plan.segments()]
    translate_segments(wanted, engine, source=source, target=target, memory=memory)
    return [
        _finish(plan, memory, target) if plan else Translated(None, None, fault=reason)
        for plan, reason in zip(planned, reasons, strict=True)
    ]


class _Plan(NamedTuple):
    """A pair as pieces, and whether its answer must stay in its prompt."""

    inputs: list[Piece]
    targets: list[Piece]
    quoted: bool

    def segments(self) -> list[str]:
        return [piece.text for piece in (*self.inputs, *self.targets) if piece.translated]


@lru_cache(maxsize=20_000)  # the same pairs come for every target
def _plan(pair: Pair, longest: int, source: Locale) -> _Plan:
    whole = shared(pair.inputs, pair.targets)
    inputs, targets = (cut(text, source, longest=longest, whole=whole) for text in pair)
    return _Plan(inputs, targets, pair.targets.strip() in whole)


def segments_of(pair: Pair, engine: Engine, source: Locale) -> list[str]:
    """Return what of a pair goes through the engine, in order."""
    return _plan(pair, engine.longest, source).segments()


def _finish(plan: _Plan, memory: Mapping[str, Segment], target: Locale) -> Translated:
    segments = plan.segments()
    used = [memory[text] for text in segments]
    texts = {text: segment.text for text, segment in zip(segments, used, strict=True)}
    inputs, targets = (join(pieces, texts, target=target) for pieces in (plan.inputs, plan.targets))
    return Translated(
        inputs=inputs,
        targets=targets,
        logprob=mean_logprob(used),
        worst_logprob=min((one.logprob for one in used if one.logprob is not None), default=None),
        num_tokens=sum(segment.num_tokens for segment in used),
        finished=all(segment.finished for segment in used),
        fault=_fault(plan, inputs, targets, used),
    )


def _fault(plan: _Plan, inputs: str, targets: str, used: Sequence[Segment]) -> str | None:
    if not used:
        return "nothing to translate"
    if not all(segment.text.strip() for segment in used):
        return "empty translation"
    if plan.quoted and targets.strip() not in inputs:
        return "answer not in the prompt"
    return None


def translate_segments(texts: Sequence[str], engine: Engine, *, source: Locale, target: Locale, memory: Memory) -> None:
    """Put a translation of every text into the memory, a batch at a time, unless it is there already.

    A killed run goes on with the very batches that it had not finished, as all that is sent is kept, in order.
    """
    run = partial(engine.stream, source=source.code, target=target.code)
    left = [text for text in dict.fromkeys(texts) if text not in memory]
    places = {text: merge([*spans(text), *engine.unknown(text)]) for text in left}
    _ask([text for text in left if not places[text]], run, memory)
    shielded = [text for text in left if places[text]]
    for kind in KINDS:
        sent = {text: made for text in shielded if (made := shield(text, places[text], kind)) is not None}
        _ask([*sent.values()], run, memory, key=_as_sent)  # the same but for its spans: translated once
        memory.update(_restored(sent, places, kind, memory))
        shielded = [text for text in shielded if text not in memory]
    _ask([piece for text in shielded for piece, prose in _between(text, places[text]) if prose], run, memory)
    memory.update({text: _of_pieces(_between(text, places[text]), memory) for text in shielded})


def _as_sent(shielded: str) -> str:
    """Return what the memory calls a text with stand-ins, whose answer has them too; no segment has a line break."""
    return f"\n{shielded}"


def _ask(texts: Sequence[str], run: Run, memory: Memory, *, key: Callable[[str], str] = str) -> None:
    """Put what the model says into the memory, a batch at a time, but for what is there."""
    new = [text for text in dict.fromkeys(texts) if key(text) not in memory]
    for batch in run(new):
        memory.update({key(new[place]): _segment(found) for place, found in batch.items()})


def _segment(found: Hypothesis) -> Segment:
    return Segment(found.text.strip(), found.logprob, found.num_tokens, found.finished, how="whole")


def _restored(sent: Mapping[str, str], places: Places, kind: Kind, memory: Memory) -> dict[str, Segment]:
    """Return the translations in which every stand-in of this kind came back, once and in order."""
    found = {}
    for text, shielded in sent.items():
        said = memory[_as_sent(shielded)]
        restored = restore(said.text, [text[start:end] for start, end in places[text]], kind)
        if restored is not None:
            found[text] = said._replace(text=restored, how="stand-in")
    return found


def _of_pieces(pieces: Sequence[tuple[str, bool]], memory: Mapping[str, Segment]) -> Segment:
    """Return a text cut at its spans: translations of what lies between, the spans where they were."""
    used = [memory[piece] for piece, prose in pieces if prose]
    return Segment(
        text="".join(memory[piece].text if prose else piece for piece, prose in pieces),
        logprob=mean_logprob(used),
        num_tokens=sum(segment.num_tokens for segment in used),
        finished=all(segment.finished for segment in used),
        how="cut",
    )


def mean_logprob(segments: Sequence[Segment]) -> float | None:
    """Return the mean over the tokens of all segments; None where nothing was decoded or nothing is known."""
    known = [(one.logprob, one.num_tokens) for one in segments if one.logprob is not None]
    tokens = sum(num for _, num in known)
    return sum(logprob * num for logprob, num in known) / tokens if tokens else None


def _between(text: str, places: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    """Return a text as runs to translate and runs to keep; signs and white space beside a span are kept.

    Else a model that drops a bracket would let a word stick to an address.
    """
    found: list[tuple[str, bool]] = []
    last = 0
    for start, end in [*places, (len(text), len(text))]:
        before, inner, behind = _apart(text[last:start], left=last > 0, right=start < len(text))
        found += [(before, False), (inner, has_letters(inner)), (behind, False), (text[start:end], False)]
        last = end
    return [(run, prose) for run, prose in found if run]


def _apart(run: str, *, left: bool, right: bool) -> tuple[str, str, str]:
    """Return what stands before the words of a run, they, and what stands behind them; signs where a span is beside."""
    before, inner, behind = trimmed(run)
    if left and (signs := _SIGNS_BEFORE.match(inner)):
        before, inner = before + signs.group(), inner[signs.end() :]
    if right and (signs := _SIGNS_BEHIND.search(inner)):
        inner, behind = inner[: signs.start()], signs.group() + behind
    return before, inner, behind
