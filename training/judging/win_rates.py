"""Win rates by language from compared pairs: with intervals, the judge's bias to a position, and strengths of many."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from aya.text import hash64
from training.judging.bradley_terry import FIRST, SECOND, TIE, strengths
from training.judging.grouping import by_language, by_level, clean
from training.judging.pairs import Compared
from training.judging.resampling import Floats, Ints, Resampling, mean_share, share

Figures = Callable[[Sequence[Compared], Resampling], dict[str, Any]]

_SCORES: Mapping[str | None, float] = {"win": 1.0, "loss": 0.0, "tie": 0.5, "inconsistent": 0.5, None: np.nan}
_PLACES = {"first": FIRST, "tie": TIE, "second": SECOND}


def win_rates(compared: Sequence[Compared], how: Resampling | None = None) -> dict[str, Any]:
    """Return the report of compared pairs: for each two systems the rates by language, then strengths of all.

    Of all languages, and of those with much, some and little data, the mean is reported, each language counted the
    same; strengths are from all verdicts together. Where prompts are contaminated, `clean` has the
    figures without them.
    """
    how = how or Resampling()
    systems = list(dict.fromkeys(name for one in compared for name in one.pair.systems))
    languages = by_language(compared, _language)
    by_two: dict[tuple[str, str], list[Compared]] = {}
    for one in compared:
        by_two.setdefault(one.pair.systems, []).append(one)
    return {
        "systems": systems,
        "pairs": [
            {
                "systems": list(two),
                "languages": _figures(by_language(found, _language), how, _rates),
                "levels": _figures(by_level(found, _language), how, _rates),
                "clean": _figures(clean(found, _contaminated), how, _rates),
            }
            for two, found in by_two.items()
        ],
        "strengths": _figures(languages, how, lambda found, how: _strengths(found, systems, how)),
        "bias": _figures(languages, how, _bias),
    }


def _figures(groups: Mapping[str, Sequence[Compared]], how: Resampling, figures: Figures) -> dict[str, Any]:
    """Return the figures of each group; each draws of its own."""
    return {
        name: figures(found, Resampling(draws=how.draws, confidence=how.confidence, seed=_seed(how, name)))
        for name, found in groups.items()
    }


def _language(one: Compared) -> str:
    return one.pair.language


def _contaminated(one: Compared) -> bool:
    return one.pair.contaminated


def _seed(how: Resampling, language: str) -> int:
    return hash64(language, seed=how.seed)


def _rates(compared: Sequence[Compared], how: Resampling) -> dict[str, Any]:
    """Return the outcomes of one pair of systems; of the first of them."""
    outcomes = [one.outcome for one in compared]
    counts = Counter(outcomes)
    decided = [one for one in compared if one.outcome in ("win", "loss")]
    wins_C = np.array([one.outcome == "win" for one in decided], np.float64)
    return {
        "prompts": len(compared),
        "counted": len(compared) - counts[None],
        **{name: counts[name] for name in ("win", "tie", "inconsistent", "loss")},
        "unasked": sum(one.pair.alike for one in compared),
        "missing": missing(compared),
        "rate": asdict(mean_share(score(outcomes), _prompts(compared), _languages(compared), how)),
        "of_decided": asdict(share(wins_C, _prompts(decided), how)),
        "characters": [_length(compared, side) for side in (0, 1)],
        "longer_won": asdict(_longer_won(decided, how)),
    }


def missing(compared: Sequence[Compared]) -> dict[str, int]:
    """Return how many verdicts are missing, by why."""
    return dict(sorted(Counter(said.missing for one in compared for said in one.said if said.missing).items()))


def _length(compared: Sequence[Compared], side: int) -> float:
    return float(np.mean([len(one.pair.answered[side].answer) for one in compared]))


def _longer_won(decided: Sequence[Compared], how: Resampling) -> Any:
    """Return how often the longer answer won, where one was longer and one won."""
    longer = []
    for one in decided:
        first, second = (len(answered.answer) for answered in one.pair.answered)
        longer.append(np.nan if first == second else float((one.outcome == "win") == (first > second)))
    return share(np.array(longer), _prompts(decided), how)


def _bias(compared: Sequence[Compared], how: Resampling) -> dict[str, Any]:
    """Return how far the judge goes by position: verdicts for what was shown first, and verdicts that turned round."""
    asked = [one for one in compared if not one.pair.alike]
    labels = [said.label for one in asked for said in one.said]
    first_V = np.array([{"first": 1.0, "second": 0.0}.get(label or "", np.nan) for label in labels])
    both = [one for one in asked if one.outcome is not None]
    same_C = np.array([one.outcome != "inconsistent" for one in both], np.float64)
    turned = [one.said[0].label == one.said[1].label != "tie" for one in both]
    return {
        "verdicts": len(labels),
        "missing": missing(asked),
        "first": asdict(share(first_V, np.repeat(_prompts(asked), 2), how)),
        "consistent": asdict(share(same_C, _prompts(both), how)),
        "position_alone": asdict(share(np.array(turned, np.float64), _prompts(both), how)),
    }


def _strengths(compared: Sequence[Compared], systems: Sequence[str], how: Resampling) -> dict[str, Any]:
    """Return Bradley and Terry's strengths from every single verdict, the two orders of a pair apart."""
    number = {name: place for place, name in enumerate(systems)}
    prompts = dict(zip(map(id, compared), _prompts(compared).tolist(), strict=True))
    rows = [
        (number[one.pair.systems[turned]], number[one.pair.systems[1 - turned]], _PLACES[said.label], prompts[id(one)])
        for one in compared
        for turned, said in enumerate(one.said)
        if said.label is not None
    ]
    first_V, second_V, outcomes_V, prompts_V = np.array(rows, np.int64).reshape(-1, 4).T
    found = strengths(systems, first_V, second_V, outcomes_V, prompts_V, how)
    return {**asdict(found), "verdicts": len(rows)}


def _prompts(compared: Sequence[Compared]) -> Ints:
    """Return a number for each prompt, the same in all languages and for all systems."""
    return np.unique([one.pair.id for one in compared], return_inverse=True)[1].astype(np.int64).reshape(-1)


def _languages(compared: Sequence[Compared]) -> Ints:
    return np.unique([one.pair.language for one in compared], return_inverse=True)[1].astype(np.int64).reshape(-1)


def score(outcomes: Sequence[str | None]) -> Floats:
    """Return what outcomes are worth to the first system: 1, 0, a half for ties; NaN for none."""
    return np.array([_SCORES[outcome] for outcome in outcomes])
