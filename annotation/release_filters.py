"""Which contributions a release holds: named policies that give a reason for every one they leave out."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from annotation.answers import Answer, authors
from annotation.edit_distance import Unit, distance, relative_distance
from annotation.tables import JUDGEMENTS

_STAGE: Final = "annotation.release"


class Policy(BaseModel):
    """What a contribution needs to be released. A need of 0 asks for nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: Unit = Field(default="grapheme", description="what an edit distance counts")
    edits_least: int = Field(
        default=5, ge=0, description="distance of prompt plus that of completion; not of originals"
    )
    edits_share_least: float = Field(
        default=0,
        ge=0,
        le=1,
        description="the larger of both distances as a share of its longer text; not of originals",
    )
    votes_least: int = Field(default=2, ge=1, description="judges from which approval, rating and agreement count")
    approval_least: float = Field(default=0, ge=0, le=1, description="share of thumbs up")
    rating_least: float = Field(default=0, ge=0, le=5, description="mean rating, 1 to 5")
    agreement_least: float = Field(
        default=0, ge=0, le=1, description="share of pairs of judges with one thumb, or with ratings at most 1 apart"
    )
    items_least: int = Field(default=50, ge=0, description="contributions that are left in the language")


PUBLISHED: Final = Policy(unit="character")
"""The Aya Dataset: all originals, re-annotations of 5 edits or more, languages of 50 contributions or more.

References: Singh et al. 2024, arXiv 2402.06619.
"""

POLICIES: Final[Mapping[str, Policy]] = MappingProxyType(
    {
        "all": Policy(edits_least=0, items_least=0),
        "published": PUBLISHED,
        "relative": Policy(edits_least=2, edits_share_least=0.05),
        "approved": Policy(edits_least=2, edits_share_least=0.05, approval_least=0.5, rating_least=2.5),
        "agreed": Policy(
            edits_least=2, edits_share_least=0.05, approval_least=0.5, rating_least=2.5, agreement_least=0.5
        ),
    }
)
"""`relative` lets a short text be corrected by two letters and asks more of a long one; the last two ask judges too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contribution:
    """A pair that one person wrote or edited, with what others said of it."""

    answer: Answer
    authors: frozenset[str] = frozenset()
    """Who wrote it, and whose texts it was made from at any remove."""
    thumbs: tuple[bool, ...] = ()
    ratings: tuple[float, ...] = ()

    @property
    def is_original(self) -> bool:
        """Whether the person wrote the pair, not edited one."""
        return self.answer.item.task == "original"

    @property
    def annotation_type(self) -> str:
        """The name that the released Aya Dataset has for it."""
        return "original-annotations" if self.is_original else "re-annotations"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether a contribution stays (no reason), and the figures behind it."""

    contribution: Contribution
    reason: str | None = None
    evidence: Mapping[str, float] = field(default_factory=dict)


def contributions(found: Sequence[Answer]) -> list[Contribution]:
    """Return every pair that somebody wrote, edited or left as it was, with the thumbs and ratings of others on it.

    What only judges, as feedback that left the texts alone, is no contribution.
    """
    by_id = {answer.id: answer for answer in found}
    thumbs, ratings = defaultdict[str, list[bool]](list), defaultdict[str, list[float]](list)
    for answer in found:
        judged = by_id.get(answer.item.parent or "")
        if judged is None or judged.annotator == answer.annotator:
            continue
        if "approved" in answer.values:
            thumbs[judged.id].append(answer.values["approved"] == "up")
        if answer.rating is not None:
            ratings[judged.id].append(answer.rating)
    return [
        Contribution(
            answer=answer,
            authors=authors(answer, by_id),
            thumbs=tuple(thumbs[answer.id]),
            ratings=tuple(ratings[answer.id]),
        )
        for answer in found
        if answer.item.task not in JUDGEMENTS
        if answer.item.task != "feedback" or answer.prompt_changed or answer.completion_changed
    ]


def judge(found: Iterable[Contribution], policy: Policy, *, withdrawn: Iterable[str] = ()) -> list[Verdict]:
    """Return a verdict on every contribution, in order; languages are counted after all other reasons."""
    gone = frozenset(withdrawn)
    verdicts = [_verdict(contribution, policy, gone) for contribution in found]
    left = Counter(verdict.contribution.answer.item.language for verdict in verdicts if verdict.reason is None)
    return [_in_language(verdict, left, policy) for verdict in verdicts]


def _verdict(contribution: Contribution, policy: Policy, withdrawn: frozenset[str]) -> Verdict:
    if contribution.authors & withdrawn:
        return Verdict(contribution=contribution, reason=f"{_STAGE}: withdrawn by an author")
    if contribution.answer.item.gold:
        return Verdict(contribution=contribution, reason=f"{_STAGE}: answers a gold item")
    for reason, measure, least in _needs(contribution, policy):
        if least and (value := measure()) < least:
            return Verdict(
                contribution=contribution, reason=f"{_STAGE}: {reason}", evidence={"value": value, "least": least}
            )
    return Verdict(contribution=contribution)


def _needs(contribution: Contribution, policy: Policy) -> Iterator[tuple[str, Callable[[], float], float]]:
    """Yield (reason, measure, least) in the order in which they are asked."""
    answer, unit = contribution.answer, policy.unit
    pairs = ((answer.item.prompt or "", answer.prompt), (answer.item.completion or "", answer.completion))
    yield "empty prompt or completion", lambda: min(len(after.strip()) for _, after in pairs), 1
    if not contribution.is_original:
        yield "too few edits", lambda: sum(distance(*pair, unit=unit) for pair in pairs), policy.edits_least
        yield (
            "too small a share edited",
            lambda: max(relative_distance(*pair, unit=unit) for pair in pairs),
            policy.edits_share_least,
        )
    if len(contribution.thumbs) >= policy.votes_least:
        yield "not approved", lambda: _mean(contribution.thumbs), policy.approval_least
    if len(contribution.ratings) >= policy.votes_least:
        yield "rated low", lambda: _mean(contribution.ratings), policy.rating_least
    if max(len(contribution.thumbs), len(contribution.ratings)) >= max(policy.votes_least, 2):
        yield "judges disagree", lambda: _share_alike(contribution), policy.agreement_least


def _share_alike(contribution: Contribution) -> float:
    alike = [one == two for one, two in combinations(contribution.thumbs, 2)]
    alike += [abs(one - two) <= 1 for one, two in combinations(contribution.ratings, 2)]
    return _mean(alike)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _in_language(verdict: Verdict, left: Mapping[str, int], policy: Policy) -> Verdict:
    num = left[verdict.contribution.answer.item.language]
    if verdict.reason is not None or num >= policy.items_least:
        return verdict
    evidence = {"value": num, "least": policy.items_least}
    return Verdict(contribution=verdict.contribution, reason=f"{_STAGE}: too few in this language", evidence=evidence)
