"""Texts through an engine, with everything that must stay as it is put back and checked."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import NamedTuple

from translation.engine import Engine, Hypothesis
from translation.protection import KINDS, Kind, merge, restore, shield, spans
from translation.segments import Locale, Piece, cut, join, shared
from translation.structure import has_letters, trimmed


class Segment(NamedTuple):
    """The translation of one segment."""

    text: str
    logprob: float
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

    inputs: str
    targets: str
    logprob: float
    """Mean over the tokens of all segments."""
    worst_logprob: float
    """Of the worst segment."""
    num_tokens: int
    finished: bool
    fault: str | None
    """Why the pair can not be used: nothing to translate, an empty translation, an answer that left its prompt."""


CHUNK = 2_000
"""Segments that go through the engine before they are put into the memory; what a killed run repeats at most."""

Places = Mapping[str, Sequence[tuple[int, int]]]
Run = Callable[[Sequence[str]], list[Hypothesis]]
Memory = MutableMapping[str, Segment]
"""Finished segments by their text, for one engine, source and target; a dictionary will do."""


def translate_pairs(
    pairs: Sequence[Pair], engine: Engine, *, source: Locale, target: Locale, memory: Memory
) -> list[Translated]:
    """Return the translations of pairs, in order; no segment goes through the engine twice."""
    planned = [_plan(pair, engine, source) for pair in pairs]
    wanted = [text for plan in planned for text in plan.segments()]
    translate_segments(wanted, engine, source=source, target=target, memory=memory)
    return [_finish(plan, memory, target) for plan in planned]


class _Plan(NamedTuple):
    """A pair as pieces, and whether its answer must stay in its prompt."""

    inputs: list[Piece]
    targets: list[Piece]
    quoted: bool

    def segments(self) -> list[str]:
        return [piece.text for piece in (*self.inputs, *self.targets) if piece.translated]


def _plan(pair: Pair, engine: Engine, source: Locale) -> _Plan:
    whole = shared(pair.inputs, pair.targets)
    inputs, targets = (cut(text, source, longest=engine.longest, whole=whole) for text in pair)
    return _Plan(inputs, targets, pair.targets.strip() in whole)


def segments_of(pair: Pair, engine: Engine, source: Locale) -> list[str]:
    """Return what of a pair goes through the engine, in order."""
    return _plan(pair, engine, source).segments()


def _finish(plan: _Plan, memory: Mapping[str, Segment], target: Locale) -> Translated:
    segments = plan.segments()
    used = [memory[text] for text in segments]
    texts = {text: segment.text for text, segment in zip(segments, used, strict=True)}
    inputs, targets = (join(pieces, texts, target=target) for pieces in (plan.inputs, plan.targets))
    tokens = sum(segment.num_tokens for segment in used)
    return Translated(
        inputs=inputs,
        targets=targets,
        logprob=sum(segment.logprob * segment.num_tokens for segment in used) / tokens if tokens else 0.0,
        worst_logprob=min((segment.logprob for segment in used), default=0.0),
        num_tokens=tokens,
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
    """Translate what the memory does not have yet, and put it there.

    Spans that must stay are sent as stand-ins of one kind after the other; what none brings back is cut at its spans.
    """

    def run(sent: Sequence[str]) -> list[Hypothesis]:
        return engine.translate(sent, source=source.code, target=target.code)

    left = [text for text in dict.fromkeys(texts) if text not in memory]
    for start in range(0, len(left), CHUNK):
        chunk = left[start : start + CHUNK]
        places = {text: merge([*spans(text), *engine.unknown(text)]) for text in chunk}
        memory.update(_plain([text for text in chunk if not places[text]], run))
        shielded = [text for text in chunk if places[text]]
        for kind in KINDS:
            found = dict(_through(shielded, places, kind, run))
            memory.update(found)
            shielded = [text for text in shielded if text not in found]
        memory.update(_in_pieces(shielded, places, run))


def _plain(texts: Sequence[str], run: Run) -> Iterator[tuple[str, Segment]]:
    for text, found in zip(texts, run(texts), strict=True):
        yield text, _segment(found, found.text.strip(), how="whole")


def _segment(found: Hypothesis, text: str, *, how: str) -> Segment:
    return Segment(text, found.logprob, found.num_tokens, found.finished, how)


def _through(texts: Sequence[str], places: Places, kind: Kind, run: Run) -> Iterator[tuple[str, Segment]]:
    """Yield the translations in which every stand-in of this kind came back, once and in order."""
    sent = {text: shielded for text in texts if (shielded := shield(text, places[text], kind)) is not None}
    for text, found in zip(sent, run(list(sent.values())), strict=True):
        kept = [text[start:end] for start, end in places[text]]
        restored = restore(found.text.strip(), kept, kind)
        if restored is not None:
            yield text, _segment(found, restored, how="stand-in")


def _in_pieces(texts: Sequence[str], places: Places, run: Run) -> Iterator[tuple[str, Segment]]:
    """Yield translations of what lies between the spans, with the spans where they were."""
    between = {text: _between(text, places[text]) for text in texts}
    wanted = list(dict.fromkeys(piece for pieces in between.values() for piece, prose in pieces if prose))
    made = dict(_plain(wanted, run))
    for text, pieces in between.items():
        used = [made[piece] for piece, prose in pieces if prose]
        tokens = sum(segment.num_tokens for segment in used)
        yield (
            text,
            Segment(
                text="".join(made[piece].text if prose else piece for piece, prose in pieces),
                logprob=sum(segment.logprob * segment.num_tokens for segment in used) / max(1, tokens),
                num_tokens=tokens,
                finished=all(segment.finished for segment in used),
                how="cut",
            ),
        )


def _between(text: str, places: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    """Return a text as runs to translate and runs to keep; white space beside a span is kept."""
    found: list[tuple[str, bool]] = []
    last = 0
    for start, end in [*places, (len(text), len(text))]:
        before, inner, behind = trimmed(text[last:start])
        found += [(before, False), (inner, has_letters(inner)), (behind, False), (text[start:end], False)]
        last = end
    return [(run, prose) for run, prose in found if run]
