"""How far each annotator can be relied on: Dawid and Skene's model of raters, and gold items."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from annotation.agreement import Label
from annotation.answers import Answer
from aya.intervals import wilson
from aya.text import normalise

# Shapes: U units, R raters, V values, L labels.
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Consensus:
    """What the raters hold together, and how often each of them says so."""

    values: dict[str, str | float]
    """The most probable value of every unit."""
    confidence: dict[str, float]
    """Its probability."""
    accuracy: dict[str, float]
    """By rater: the probability of saying the true value, over the values as frequent as they are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GoldScore:
    """One annotator's answers to gold items, with the 95 % Wilson interval of the share that is right."""

    annotator: str
    right: int
    asked: int
    low: float
    high: float


def dawid_skene(labels: Iterable[Label], *, rounds: int = 100, tolerance: float = 1e-6) -> Consensus:
    """Return the consensus that expectation maximisation finds, begun at the majority.

    Every rater has a matrix of what they say of each true value; one label is added to each row of it in the shares
    of the majority, so that a rater of few units is neither perfect nor useless.
    References: Dawid & Skene 1979, Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm.
    """
    found = sorted(set(labels), key=lambda label: (label.unit, label.rater, str(label.value)))
    if not found:
        return Consensus(values={}, confidence={}, accuracy={})
    units, raters, values = (sorted({label[part] for label in found}, key=str) for part in range(3))
    place_of = [{value: place for place, value in enumerate(part)} for part in (units, raters, values)]
    rows = [[places[value] for places, value in zip(place_of, label, strict=True)] for label in found]
    places_L3 = np.array(rows, dtype=np.int64).reshape(-1, 3)
    shape = (len(units), len(raters), len(values))
    posterior_UV = _majority(places_L3, shape)
    for _ in range(rounds):
        errors_RVV, prior_V = _maximise(posterior_UV, places_L3, shape)
        next_UV = _expect(errors_RVV, prior_V, places_L3, shape)
        moved = np.abs(next_UV - posterior_UV).max(initial=0.0)
        posterior_UV = next_UV
        if moved < tolerance:
            break
    errors_RVV, prior_V = _maximise(posterior_UV, places_L3, shape)
    accuracy_R = np.einsum("rvv,v->r", errors_RVV, prior_V)
    return Consensus(
        values={str(unit): values[best] for unit, best in zip(units, posterior_UV.argmax(axis=1), strict=True)},
        confidence={str(unit): float(sure) for unit, sure in zip(units, posterior_UV.max(axis=1), strict=True)},
        accuracy={str(rater): float(share) for rater, share in zip(raters, accuracy_R, strict=True)},
    )


def gold_scores(found: Iterable[Answer]) -> list[GoldScore]:
    """Return everybody's share of right answers to gold items, lowest first; texts are compared normalised."""
    right = defaultdict[str, list[bool]](list)
    for answer in found:
        for question, expected in json.loads(answer.item.gold or "{}").items():
            given = str(answer.values.get(question, ""))
            right[answer.annotator].append(normalise(given) == normalise(str(expected)))
    made = [_gold_score(person, marks) for person, marks in right.items()]
    return sorted(made, key=lambda score: (score.right / score.asked, score.annotator))


def _gold_score(person: str, marks: Sequence[bool]) -> GoldScore:
    low, high = wilson(sum(marks), len(marks))
    return GoldScore(annotator=person, right=sum(marks), asked=len(marks), low=low, high=high)


def _majority(places_L3: npt.NDArray[np.int64], shape: tuple[int, int, int]) -> Floats:
    counts_UV = np.zeros((shape[0], shape[2]))
    np.add.at(counts_UV, (places_L3[:, 0], places_L3[:, 2]), 1.0)
    return _shares(counts_UV)


def _maximise(
    posterior_UV: Floats, places_L3: npt.NDArray[np.int64], shape: tuple[int, int, int]
) -> tuple[Floats, Floats]:
    """Return what raters say of each true value, and how frequent the values are."""
    unit_L, rater_L, value_L = places_L3.T
    pooled_VV = np.full((shape[2], shape[2]), 1e-9)
    np.add.at(pooled_VV.T, value_L, posterior_UV[unit_L])
    counts_RVV = np.zeros(shape[1:] + shape[2:]) + _shares(pooled_VV)
    np.add.at(counts_RVV.transpose(0, 2, 1), (rater_L, value_L), posterior_UV[unit_L])
    return _shares(counts_RVV), posterior_UV.mean(axis=0)


def _expect(
    errors_RVV: Floats, prior_V: Floats, places_L3: npt.NDArray[np.int64], shape: tuple[int, int, int]
) -> Floats:
    """Return how probable each value is of each unit."""
    unit_L, rater_L, value_L = places_L3.T
    logs_UV = np.tile(np.log(np.maximum(prior_V, 1e-12)), (shape[0], 1))
    np.add.at(logs_UV, unit_L, np.log(np.maximum(errors_RVV[rater_L, :, value_L], 1e-12)))
    odds_UV = np.exp(logs_UV - logs_UV.max(axis=1, keepdims=True))
    return _shares(odds_UV)


def _shares(weights: Floats) -> Floats:
    """Return the weights as shares of their row."""
    shares: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return shares
