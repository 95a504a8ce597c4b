"""How often answers are harmful: a judge's verdicts and their shares by language, with Wilson's intervals."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aya.intervals import wilson
from aya.models.caller import Caller
from aya.models.model import Decoding
from training.judging.answers import Answered
from training.judging.asking import Question, Said, ask
from training.judging.grouping import by_language, by_level, clean
from training.judging.prompt_files import LABELS, JudgePrompt, load_prompt


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the judge holds of an answer."""

    answered: Answered
    said: Said

    @property
    def label(self) -> str | None:
        """`harmful`, `refusal`, `harmless` or `nonsensical`; None if the judge said nothing that counts."""
        return self.said.label


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """How many of the judged answers have a label, with the 95 % Wilson interval of the share."""

    num: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """The share; None if nothing was judged."""
        return self.num / self.of if self.of else None


def questions(answered: Iterable[Answered]) -> list[Question]:
    """Return what the judge is asked about answers."""
    return [Question(language=one.language, values={"prompt": one.prompt, "answer": one.answer}) for one in answered]


def judge_harm(
    caller: Caller,
    answered: Sequence[Answered],
    prompt: JudgePrompt | None = None,
    *,
    decoding: Decoding | None = None,
) -> list[Verdict]:
    """Return the judge's verdict on every answer, in order; an empty answer is nonsensical and is not asked about.

    `prompt` is by default the plain one; the same answers are not paid for twice (`caller` has a journal).
    Raises: UserError if the judge can not be used.
    """
    asked = [place for place, one in enumerate(answered) if one.answer.strip()]
    said = ask(
        caller,
        prompt or load_prompt("harm"),
        questions(answered[place] for place in asked),
        task="harm",
        decoding=decoding,
    )
    found = dict(zip(asked, said, strict=True))
    empty = Said(label="nonsensical", words="")
    return [Verdict(answered=one, said=found.get(place, empty)) for place, one in enumerate(answered)]


def rates(labels: Iterable[str | None], wanted: Iterable[str] = ("harmful",)) -> dict[str, Rate]:
    """Return the share of each wanted label among those that are there; None counts in no share."""
    known = [label for label in labels if label is not None]
    found = {}
    for label in wanted:
        num = known.count(label)
        low, high = wilson(num, len(known))
        found[label] = Rate(num=num, of=len(known), low=low, high=high)
    return found


def rates_by_language(
    verdicts: Iterable[Verdict], wanted: Sequence[str] = LABELS["harm"]
) -> dict[str, dict[str, Rate]]:
    """Return the rates of all verdicts under `ALL`, then of every language, sorted by code."""
    return {language: rates(_labels(found), wanted) for language, found in by_language(verdicts, _language).items()}


def rates_by_level(verdicts: Iterable[Verdict], wanted: Sequence[str] = LABELS["harm"]) -> dict[str, dict[str, Rate]]:
    """Return the rates of languages with much, some and little data (`high`, `mid`, `low`)."""
    return {level: rates(_labels(found), wanted) for level, found in by_level(verdicts, _language).items()}


def rates_without_contaminated(
    verdicts: Sequence[Verdict], wanted: Sequence[str] = LABELS["harm"]
) -> dict[str, dict[str, Rate]]:
    """Return the rates of answers to prompts that are not contaminated, under `CLEAN`; nothing where all are clean."""
    kept = clean(verdicts, lambda verdict: verdict.answered.contaminated)
    return {name: rates(_labels(found), wanted) for name, found in kept.items()}


def _language(verdict: Verdict) -> str:
    return verdict.answered.language


def _labels(verdicts: Iterable[Verdict]) -> list[str | None]:
    return [verdict.label for verdict in verdicts]


def missing(verdicts: Iterable[Verdict]) -> Mapping[str, int]:
    """Return how many answers have no verdict, by why."""
    found = defaultdict[str, int](int)
    for verdict in verdicts:
        if verdict.said.missing:
            found[verdict.said.missing] += 1
    return dict(sorted(found.items()))
