"""Agreement of annotators: Krippendorff's alpha by language and question, with bootstrap intervals."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from annotation.answers import Answer
from aya.errors import needs
from aya.text import hash64

with needs("annotation"):
    import krippendorff

Level = Literal["nominal", "ordinal", "interval"]
LEVELS: Mapping[str, Level] = MappingProxyType(
    {
        "approved": "nominal",
        "prompt_rating": "ordinal",
        "completion_rating": "ordinal",
        "comparison": "nominal",
        "harm": "nominal",
    }
)
"""The questions that have one answer for all, and the level on which their answers are measured."""


class Label(NamedTuple):
    """One rater's value for one unit."""

    unit: str
    rater: str
    value: str | float


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """How far raters agree; alpha is 1 for full agreement, 0 for what chance gives, below 0 for less than that."""

    level: Level
    alpha: float | None
    """None if there is nothing to disagree on: no unit with two values, or one value alone."""
    low: float | None
    high: float | None
    units: int
    """Those with two values or more; the others do not count."""
    raters: int
    values: int
    share_alike: float | None
    """Pairs of values of one unit that are the same; not corrected for chance."""


def agreement(
    labels: Iterable[Label], *, level: Level, draws: int = 1000, confidence: float = 0.95, seed: int = 0
) -> Agreement:
    """Return alpha and its percentile interval over `draws` resamples of the units.

    A resample in which one value is left alone has no alpha and is passed over.
    References: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability; Efron & Tibshirani 1993, chapter 13.
    """
    rated = defaultdict[str, dict[str, str | float]](dict)
    for label in labels:
        rated[label.unit][label.rater] = label.value
    units = [values for _, values in sorted(rated.items()) if len(values) > 1]
    domain = sorted(
        {value for values in units for value in values.values()}, key=lambda value: (str(type(value)), value)
    )
    counts_UV = _counts(units, domain)
    interval = _interval(counts_UV, domain, level, draws, confidence, seed)
    num_U = counts_UV.sum(axis=1)
    alike, pairs = (counts_UV * (counts_UV - 1)).sum(), (num_U * (num_U - 1)).sum()
    return Agreement(
        level=level,
        alpha=_alpha(counts_UV, domain, level),
        low=interval[0],
        high=interval[1],
        units=len(units),
        raters=len({rater for values in units for rater in values}),
        values=int(num_U.sum()),
        share_alike=float(alike / pairs) if pairs else None,
    )


def labels_by_question(found: Iterable[Answer]) -> dict[tuple[str, str], list[Label]]:
    """Return the labels of every language and question of `LEVELS`, in order of both."""
    grouped = defaultdict[tuple[str, str], list[Label]](list)
    for answer in found:
        for question in LEVELS:
            if question in answer.values:
                label = Label(answer.item.id, answer.annotator, answer.values[question])
                grouped[answer.item.language, question].append(label)
    return dict(sorted(grouped.items()))


def agreements(found: Iterable[Answer], *, draws: int = 1000, seed: int = 0) -> dict[tuple[str, str], Agreement]:
    """Return the agreement in every language on every question that somebody answered."""
    return {
        (language, question): agreement(
            labels, level=LEVELS[question], draws=draws, seed=hash64(f"{language} {question}", seed=seed)
        )
        for (language, question), labels in labels_by_question(found).items()
    }


def _counts(units: list[dict[str, str | float]], domain: list[str | float]) -> npt.NDArray[np.int64]:
    place = {value: number for number, value in enumerate(domain)}
    counts_UV = np.zeros((len(units), len(domain)), dtype=np.int64)
    for row, values in enumerate(units):
        for value, num in Counter(values.values()).items():
            counts_UV[row, place[value]] = num
    return counts_UV


def _alpha(counts_UV: npt.NDArray[np.int64], domain: list[str | float], level: Level) -> float | None:
    if np.count_nonzero(counts_UV.sum(axis=0)) < 2:
        return None
    known = range(len(domain)) if level == "nominal" else [float(value) for value in domain]
    return float(krippendorff.alpha(value_counts=counts_UV, value_domain=[*known], level_of_measurement=level))


def _interval(
    counts_UV: npt.NDArray[np.int64], domain: list[str | float], level: Level, draws: int, confidence: float, seed: int
) -> tuple[float | None, float | None]:
    random, size = np.random.default_rng(seed), len(counts_UV)
    drawn = (_alpha(counts_UV[random.integers(size, size=size)], domain, level) for _ in range(draws if size else 0))
    alphas = [alpha for alpha in drawn if alpha is not None]
    if not alphas:
        return None, None
    low, high = np.quantile(alphas, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
