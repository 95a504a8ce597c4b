"""Two systems' answers to one prompt, side by side, and what a judge or a person holds of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from aya.errors import UserError, unknown
from aya.models.caller import Caller
from aya.models.model import Decoding
from aya.models.verdict import preferred
from training.judging.answers import Answered
from training.judging.asking import Question, Said, ask
from training.judging.prompt_files import JudgePrompt

Outcome = Literal["win", "loss", "tie", "inconsistent"]
"""For the first system of the pair; `inconsistent` if the two orders gave different verdicts, which counts as a tie."""

TIE = Said(label="tie")
_OUTCOMES: Mapping[str, Outcome] = {
    "first": "win", "second": "loss", "tie": "tie", "inconsistent": "inconsistent",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Answers of two systems to a prompt."""

    systems: tuple[str, str]
    answered: tuple[Answered, Answered]

    @property
    def id(self) -> str:
        """Name of the prompt, the same in all languages."""
        return self.answered[0].id

    @property
    def language(self) -> str:
        """Language of prompt and answers."""
        return self.answered[0].language

    @property
    def alike(self) -> bool:
        """Whether both answers are the same text: a tie that nobody need be asked about."""
        return self.answered[0].answer.strip() == self.answered[1].answer.strip()

    @property
    def contaminated(self) -> bool:
        """Whether the prompt was found in what either system learned from."""
        return any(one.contaminated for one in self.answered)

    def shown(self, *, turned: bool) -> tuple[str, str]:
        """Return the answers in their order, or turned."""
        first, second = (one.answer for one in self.answered)
        return (second, first) if turned else (first, second)


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """A pair with the verdicts on both orders: as it is, and turned."""

    pair: Pair
    said: tuple[Said, Said]

    @property
    def outcome(self) -> Outcome | None:
        """What both verdicts come to; None if either is missing."""
        better = preferred(*(said.label for said in self.said))
        return None if better is None else _OUTCOMES[better]


def pairs(systems: Mapping[str, Sequence[Answered]], *, against: str | None = None, shared: bool = False) -> list[Pair]:
    """Return all pairs of systems on all prompts, or only those with `against`, which comes second.

    `shared` takes the prompts that all of them answered.
    Raises: UserError naming the first prompt that a system has no answer to, or that differs.
    """
    if len(systems) < 2:
        raise UserError("two systems at least are compared")
    if against is not None and against not in systems:
        raise UserError(unknown("system", against, systems))
    answers = {name: {one.key: one for one in answered} for name, answered in systems.items()}
    keys = list(dict.fromkeys(key for found in answers.values() for key in found))
    if not shared:
        _check_complete(answers, keys)
    keys = [key for key in keys if all(key in found for found in answers.values())]
    if not keys:
        raise UserError("there is no prompt that all systems answered")
    _check_same(answers, keys)
    two = combinations(systems, 2) if against is None else ((name, against) for name in systems if name != against)
    chosen = list(two)
    return [
        Pair(systems=(one, other), answered=(answers[one][key], answers[other][key]))
        for key in keys
        for one, other in chosen
    ]


def _check_complete(answers: Mapping[str, Mapping[tuple[str, str], Answered]], keys: Sequence[tuple[str, str]]) -> None:
    for name, found in answers.items():
        missing = [key for key in keys if key not in found]
        if missing:
            id_, language = missing[0]
            more = f", and to {len(missing) - 1:,} more" if len(missing) > 1 else ""
            raise UserError(f"{name} has no answer to '{id_}' in {language}{more}; --shared compares what all answered")


def _check_same(answers: Mapping[str, Mapping[tuple[str, str], Answered]], keys: Sequence[tuple[str, str]]) -> None:
    first, *others = answers
    for key in keys:
        for name in others:
            if answers[name][key].prompt.strip() != answers[first][key].prompt.strip():
                raise UserError(f"'{key[0]}' in {key[1]} is one prompt of {first} and another of {name}")


def compare(
    caller: Caller, asked: Sequence[Pair], prompt: JudgePrompt, *, decoding: Decoding | None = None
) -> list[Compared]:
    """Return the judge's verdicts on both orders of every pair; two answers that are the same tie unasked.

    Raises: UserError if the judge can not be used.
    """
    open_ = [pair for pair in asked if not pair.alike]
    said = ask(caller, prompt, questions(open_), task="win", decoding=decoding)
    found = iter(zip(said[::2], said[1::2], strict=True))
    return [Compared(pair=pair, said=(TIE, TIE) if pair.alike else next(found)) for pair in asked]


def questions(asked: Sequence[Pair]) -> list[Question]:
    """Return what the judge is asked: each pair as it is, then turned."""
    made = []
    for pair in asked:
        for turned in (False, True):
            first, second = pair.shown(turned=turned)
            values = {"prompt": pair.answered[0].prompt, "first": first, "second": second}
            made.append(Question(language=pair.language, values=values))
    return made
