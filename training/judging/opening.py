"""What a panel chose, told apart by system once the pack is open: win rates, and labels to measure agreement by."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from aya.errors import InputError, nearest
from aya.json_lines import objects
from aya.text import hash64
from training.judging.bradley_terry import FIRST, SECOND, TIE, strengths
from training.judging.grouping import CLEAN, by_language, by_level
from training.judging.packs import Key, Manifest, Sealed
from training.judging.people import Choice, latest
from training.judging.resampling import Resampling, mean_share

_SCORES = {"first": 1.0, "second": 0.0, "both_good": 0.5, "both_bad": 0.5}
_PLACES = {"first": FIRST, "second": SECOND, "both_good": TIE, "both_bad": TIE}
JUDGE, PEOPLE = "judge", "people"


class Unit(NamedTuple):
    """What people and a judge say something of: two systems, in the order of the alphabet, on a prompt."""

    id: str
    language: str
    systems: tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Vote:
    """What a person holds of a unit: `win`, `tie` or `loss` of the first system, and how it was said."""

    unit: Unit
    rater: str
    choice: str
    shown: tuple[str, str]

    @property
    def score(self) -> float:
        """What the vote is worth to the first system; NaN for a prompt that makes no sense."""
        said = _SCORES.get(self.choice, np.nan)
        return said if self.shown[0] == self.unit.systems[0] else 1 - said

    @property
    def outcome(self) -> str | None:
        """The vote in a word; None for a prompt that makes no sense."""
        return {1.0: "win", 0.5: "tie", 0.0: "loss"}.get(self.score)


def unit_of(sealed: Sealed) -> Unit:
    """Return the unit of an item."""
    one, other = sorted(sealed.systems)
    return Unit(sealed.id, sealed.language, (one, other))


def votes(key: Key, choices: Iterable[Choice]) -> list[Vote]:
    """Return the last choice of each person on each item, told apart by system.

    Raises: InputError for an item that the pack does not have.
    """
    found = []
    for one in latest(choices):
        sealed = key.items.get(one.item)
        if sealed is None:
            raise InputError(
                f"{one.rater} chose of item '{one.item}', which is not in the pack{nearest(one.item, key.items)}"
            )
        found.append(Vote(unit=unit_of(sealed), rater=one.rater, choice=one.value, shown=sealed.systems))
    return found


def check_seals(seals: Mapping[Path, str], manifest: Manifest) -> None:
    """Raise InputError for choices that were made on the page of another pack."""
    for path, seal in seals.items():
        if seal != manifest.seal:
            raise InputError(f"{path} was saved by a page of another pack: sealed {seal}, not {manifest.seal}")


def scored(manifest: Manifest, key: Key, found: Sequence[Vote], how: Resampling) -> dict[str, Any]:
    """Return the report of an open pack, as `win_rates` has it: rates by language, and strengths of the systems.

    A prompt's score is the mean of its votes; two answers that were the same text count as a tie. Where the key says
    of prompts that they are contaminated, `clean` has the figures without them.
    """
    leaked = {unit_of(sealed) for sealed in (*key.items.values(), *key.alike) if sealed.contaminated}
    alike: dict[tuple[str, str], list[Unit]] = defaultdict(list)
    for unit in map(unit_of, key.alike):
        alike[unit.systems].append(unit)
    by_two: dict[tuple[str, str], list[Vote]] = defaultdict(list)
    for vote in found:
        by_two[vote.unit.systems].append(vote)
    asked = Counter(unit_of(sealed) for sealed in key.items.values())
    answered = {vote.unit for vote in found}
    return {
        "title": manifest.title,
        "seal": manifest.seal,
        "systems": list(key.systems),
        "raters": len({vote.rater for vote in found}),
        "votes": len(found),
        "unanswered": len({*asked} - answered),
        "pairs": [
            {
                "systems": list(two),
                "languages": _figures_of(by_language(some, _language), by_language(alike[two], _language_of), how),
                "clean": _clean(some, alike[two], leaked, how),
                "levels": _figures_of(by_level(some, _language), by_level(alike[two], _language_of), how),
            }
            for two, some in sorted(by_two.items())
        ],
        "strengths": {
            language: _strengths(some, key.systems, _seeded(how, language))
            for language, some in by_language(found, _language).items()
        },
    }


def _clean(
    found: Sequence[Vote], alike: Sequence[Unit], leaked: Collection[Unit], how: Resampling
) -> dict[str, dict[str, Any]]:
    """Return the figures without contaminated prompts; nothing where all are clean."""
    kept, same = [vote for vote in found if vote.unit not in leaked], [unit for unit in alike if unit not in leaked]
    if (len(kept), len(same)) == (len(found), len(alike)) or not (kept or same):
        return {}
    return _figures_of({CLEAN: kept}, {CLEAN: same}, how)


def _figures_of(
    groups: Mapping[str, Sequence[Vote]], alike: Mapping[str, Sequence[Unit]], how: Resampling
) -> dict[str, Any]:
    return {name: _figures(found, alike.get(name, ()), _seeded(how, name)) for name, found in groups.items()}


def _language(vote: Vote) -> str:
    return vote.unit.language


def _language_of(unit: Unit) -> str:
    return unit.language


def _seeded(how: Resampling, language: str) -> Resampling:
    return Resampling(draws=how.draws, confidence=how.confidence, seed=hash64(language, seed=how.seed))


def _figures(found: Sequence[Vote], alike: Sequence[Unit], how: Resampling) -> dict[str, Any]:
    scores = defaultdict[Unit, list[float]](list)
    for vote in found:
        scores[vote.unit].append(vote.score)
    means = {unit: _mean(some) for unit, some in scores.items()} | dict.fromkeys(alike, 0.5)
    counts = Counter("missing" if np.isnan(mean) else _word(mean) for mean in means.values())
    values = np.array([*means.values()])
    prompts, languages = (
        np.unique([getattr(unit, name) for unit in means], return_inverse=True)[1].astype(np.int64).reshape(-1)
        for name in ("id", "language")
    )
    said = Counter(vote.choice for vote in found)
    return {
        "prompts": len(means),
        "counted": len(means) - counts["missing"],
        **{name: counts[name] for name in ("win", "tie", "loss")},
        "inconsistent": 0,
        "missing": {"incomprehensible": counts["missing"]} if counts["missing"] else {},
        "votes": len(found),
        "both_good": said["both_good"],
        "both_bad": said["both_bad"],
        "raters": len({vote.rater for vote in found}),
        "rate": asdict(mean_share(values, prompts, languages, how)),
    }


def _mean(scores: Sequence[float]) -> float:
    counted = [score for score in scores if not np.isnan(score)]
    return float(np.mean(counted)) if counted else np.nan


def _word(mean: float) -> str:
    return "win" if mean > 0.5 else "loss" if mean < 0.5 else "tie"


def _strengths(found: Sequence[Vote], systems: Sequence[str], how: Resampling) -> dict[str, Any]:
    number = {name: place for place, name in enumerate(systems)}
    prompts = {id_: place for place, id_ in enumerate(sorted({vote.unit.id for vote in found}))}
    rows = [
        (number[vote.shown[0]], number[vote.shown[1]], _PLACES[vote.choice], prompts[vote.unit.id])
        for vote in found
        if vote.choice in _PLACES
    ]
    first_V, second_V, outcomes_V, prompts_V = np.array(rows, np.int64).reshape(-1, 4).T
    return {**asdict(strengths(systems, first_V, second_V, outcomes_V, prompts_V, how)), "verdicts": len(rows)}


# -- agreement -------------------------------------------------------------------------------------


def raters_labels(found: Iterable[Vote]) -> list[tuple[Unit, str, str]]:
    """Return (unit, rater, outcome) of every vote that has one, to measure how far people agree."""
    return [(vote.unit, vote.rater, vote.outcome) for vote in found if vote.outcome is not None]


def with_judge(found: Iterable[Vote], judged: Mapping[Unit, str]) -> list[tuple[Unit, str, str]]:
    """Return (unit, who, outcome) of people as one, by their mean, and of the judge, where both say something."""
    scores = defaultdict[Unit, list[float]](list)
    for vote in found:
        scores[vote.unit].append(vote.score)
    made = []
    for unit, some in scores.items():
        mean = _mean(some)
        if not np.isnan(mean) and unit in judged:
            made += [(unit, PEOPLE, _word(mean)), (unit, JUDGE, judged[unit])]
    return made


def read_verdicts(path: Path) -> dict[Unit, str]:
    """Return a judge's outcomes from the `verdicts.jsonl` of `aya evaluate win`; orders that disagree are a tie.

    Raises: InputError.
    """
    turned = {"win": "loss", "loss": "win", "tie": "tie", "inconsistent": "tie"}
    found = {}
    try:
        with path.open("rb") as lines:
            for row in objects(lines, lambda number: f"{path}:{number}"):
                if row["outcome"] is None:
                    continue
                one, other = row["systems"]
                word = "tie" if row["outcome"] == "inconsistent" else row["outcome"]
                first, second = sorted((one, other))
                found[Unit(row["id"], row["language"], (first, second))] = word if one == first else turned[word]
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{path}: no verdicts of `aya evaluate win`: {error!r}") from error
    return found
