"""A judge's rate, put right by a sample that people labelled."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from training.judging.resampling import NOTHING, Estimate, Floats, Resampling

# Shapes: D draws of the judge's errors, G shares that are tried.

Method = Literal["double sampling", "Rogan-Gladen"]

_GRID = 400
"""Shares that are tried between 0 and 1."""


class Double(NamedTuple):
    """How many answers of a sample the judge and people call so, both or one of them."""

    both: int
    judge_alone: int
    people_alone: int
    neither: int

    @property
    def total(self) -> int:
        """Return the size of the sample."""
        return sum(self)

    @property
    def f1(self) -> float | None:
        """Return the judge's F1 on what people call so; accuracy says little of a label that is rare."""
        of = 2 * self.both + self.judge_alone + self.people_alone
        return 2 * self.both / of if of else None

    @property
    def alike(self) -> float | None:
        """Return the share on which both say the same."""
        return (self.both + self.neither) / self.total if self.total else None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Return what the judge and people say of each."""
        kinds = (("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no"))
        return [kind for kind, num in zip(kinds, self, strict=True) for _ in range(num)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibrated:
    """A share as people would find it, with its interval, and from what it is told."""

    share: Estimate
    method: Method
    sample: Double


def double(judge: Iterable[bool], people: Iterable[bool]) -> Double:
    """Return the counts of a sample that both labelled."""
    pairs = list(zip(judge, people, strict=True))
    return Double(
        pairs.count((True, True)), pairs.count((True, False)), pairs.count((False, True)), pairs.count((False, False))
    )


def by_own_sample(called: int, judged: int, sample: Double, how: Resampling) -> Calibrated:
    """Return the share among `judged` answers, `called` so by the judge, of which people labelled a sample.

    What people say of those that the judge calls so, and of the others, is carried over to all. The sample may hold
    more of one kind than of the other, but is drawn at random of each. The interval is of the posterior, from
    Jeffreys' prior of each of the three shares: few labels make it wide, none leave it all open.
    References: Tenenbein 1970, A Double Sampling Scheme for Estimating from Binomial Data with Misclassifications.
    """
    if not judged:
        return Calibrated(share=NOTHING, method="double sampling", sample=sample)
    random = np.random.default_rng(how.seed)
    so, if_so = _beta(random, called, judged, how), _beta(random, sample.both, sample.both + sample.judge_alone, how)
    if_not = _beta(random, sample.people_alone, sample.people_alone + sample.neither, how)
    drawn = so * if_so + (1 - so) * if_not
    if (sample.both + sample.judge_alone or not called) and (sample.people_alone + sample.neither or called == judged):
        share = called / judged
        right = sample.both / max(1, sample.both + sample.judge_alone)
        missed = sample.people_alone / max(1, sample.people_alone + sample.neither)
        value = share * right + (1 - share) * missed
    else:
        value = float(np.median(drawn))
    return Calibrated(share=how.interval(drawn, value), method="double sampling", sample=sample)


def by_other_sample(called: int, judged: int, sample: Double, how: Resampling) -> Calibrated:
    """Return the share among `judged` answers by how often the judge is right about *other* answers.

    It stands on the judge erring alike in both, as answers of another system need not let it. The share and its
    interval are of the posterior, from Jeffreys' priors of the share and of the judge's sensitivity and specificity: a
    judge that tells nothing apart leaves all of 0 to 1 open.
    References: Rogan & Gladen 1978, Estimating Prevalence from the Results of a Screening Test; Gelman & Carpenter
    2020, Bayesian Analysis of Tests with Unknown Specificity and Sensitivity.
    """
    if not judged:
        return Calibrated(share=NOTHING, method="Rogan-Gladen", sample=sample)
    random = np.random.default_rng(how.seed)
    sensitivity_D = _beta(random, sample.both, sample.both + sample.people_alone, how)
    specificity_D = _beta(random, sample.neither, sample.neither + sample.judge_alone, how)
    share_G = (np.arange(_GRID) + 0.5) / _GRID
    called_GD = share_G[:, None] * sensitivity_D + (1 - share_G[:, None]) * (1 - specificity_D)
    logs_GD = called * np.log(called_GD) + (judged - called) * np.log1p(-called_GD)
    weight_G = np.exp(logs_GD - logs_GD.max()).sum(axis=1) / np.sqrt(share_G * (1 - share_G))
    tail = (1 - how.confidence) / 2
    low, value, high = np.interp([tail, 0.5, 1 - tail], weight_G.cumsum() / weight_G.sum(), share_G)
    found = Estimate(value=float(value), low=float(low), high=float(high))
    return Calibrated(share=found, method="Rogan-Gladen", sample=sample)


def _beta(random: np.random.Generator, num: int, of: int, how: Resampling) -> Floats:
    return random.beta(num + 0.5, of - num + 0.5, size=how.draws)
