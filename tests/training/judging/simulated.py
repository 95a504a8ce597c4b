"""Judges of known strength, bias to a position and share of ties, and people who label, all from a seed."""

import numpy as np
import numpy.typing as npt

from training.judging.answers import Answered
from training.judging.asking import Said
from training.judging.pairs import Compared, Pair

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LABELS = ("first", "tie", "second")
LANGUAGES = ("amh", "ara", "mya", "zho", "hin", "tha", "tel", "yor")


def shares(difference: Floats, *, order: float, tie: float) -> Floats:
    """Return how probable first, tie and second are, by Davidson and Beaver's model."""
    odds = np.exp(np.stack([(difference + order) / 2, np.full_like(difference, tie), -(difference + order) / 2], -1))
    return np.asarray(odds / odds.sum(-1, keepdims=True))


def verdicts(random: np.random.Generator, difference: Floats, *, order: float = 0.0, tie: float = -1.0) -> Ints:
    """Return a verdict (0 first, 1 tie, 2 second) for each difference of strength between first and second shown."""
    drawn = random.random(difference.shape)[..., None]
    return np.asarray((drawn > shares(difference, order=order, tie=tie).cumsum(-1)[..., :2]).sum(-1))


def compared(
    random: np.random.Generator,
    num: int,
    *,
    strength: float,
    order: float = 0.0,
    tie: float = -1.0,
    language: str = "amh",
) -> list[Compared]:
    """Return comparisons of `num` prompts in each of two orders."""
    difference = np.full(num, strength)
    one, other = (verdicts(random, sign * difference, order=order, tie=tie) for sign in (1, -1))
    return [
        Compared(pair=pair(f"{language}{at}", language), said=(Said(label=LABELS[first]), Said(label=LABELS[second])))
        for at, (first, second) in enumerate(zip(one.tolist(), other.tolist(), strict=True))
    ]


def pair(
    id_: str, language: str = "amh", answers: tuple[str, str] = ("አዎ", "አይ"), systems: tuple[str, str] = ("new", "old")
) -> Pair:
    first, second = (Answered(id=id_, language=language, prompt="?", answer=answer) for answer in answers)
    return Pair(systems=systems, answered=(first, second))
