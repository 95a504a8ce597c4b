"""Points and the Aya Score of annotators, as published.

References: Singh et al. 2024 (Aya Dataset, arXiv 2402.06619), on gamification.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotation.answers import Answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """What one annotator has, in one language or in all."""

    annotator: str
    points: int
    originals: int
    edits: int
    """Re-annotations and post-edits that changed a text, and improvements given with feedback."""
    votes: int
    """Thumbs that others gave to this person's originals."""
    thumbs_up: int
    reviews: int
    """Ratings that others gave to this person's edits."""
    quality: float | None
    """Mean rating of these, 1 to 5."""
    aya_score: float


def aya_score(*, quality: float | None, edits: int, thumbs_up: int, votes: int, originals: int) -> float:
    """Return max(0, Q - 3) E + (T+ / T) C.

    Q is the mean peer rating (1 to 5) of a person's E edits, T+ of T votes on the C originals are thumbs up. Edits
    without a rating and originals without a vote give nothing. The platform's own query took `(r1 + r2) / 2` of a
    rating pair in integers, so that (4, 5) counted 4, and averaged two sub-averages whatever their sizes; here each
    pair counts as the fraction that it is, and each review once.
    """
    edited = max(0.0, quality - 3) * edits if quality is not None else 0.0
    return edited + (thumbs_up / votes * originals if votes else 0.0)


def points(answer: Answer) -> int:
    """Return the points of one answer: 2 for an original; 1 for a verdict and 1 for each text that was edited.

    Feedback has none in the published rules. Post-editing, which they do not know, counts its edits.
    """
    match answer.item.task:
        case "original":
            return 2
        case "reannotation":
            return ("approved" in answer.values) + answer.prompt_changed + answer.completion_changed
        case "postedit":
            return answer.prompt_changed + answer.completion_changed
    return 0


def is_edit(answer: Answer) -> bool:
    """Return whether somebody's text was changed."""
    return answer.item.task != "original" and (answer.prompt_changed or answer.completion_changed)


def scores(found: Sequence[Answer]) -> list[Score]:
    """Return the score of everybody who answered, best first: by Aya Score, then points, then pseudonym.

    A judgement of one's own text is not counted.
    """
    by_id = {answer.id: answer for answer in found}
    num_points, originals, edits = Counter[str](), Counter[str](), Counter[str]()
    votes, ratings = defaultdict[str, list[bool]](list), defaultdict[str, list[float]](list)
    for answer in found:
        person, judged = answer.annotator, by_id.get(answer.item.parent or "")
        num_points[person] += points(answer)
        originals[person] += answer.item.task == "original"
        edits[person] += is_edit(answer)
        if judged is None or judged.annotator == person:
            continue
        if judged.item.task == "original" and "approved" in answer.values:
            votes[judged.annotator].append(answer.values["approved"] == "up")
        elif judged.item.task != "original" and answer.rating is not None:
            ratings[judged.annotator].append(answer.rating)
    made = [
        _score(person, num_points[person], originals[person], edits[person], votes[person], ratings[person])
        for person in num_points
    ]
    return sorted(made, key=lambda score: (-score.aya_score, -score.points, score.annotator))


def _score(
    person: str, num_points: int, originals: int, edits: int, votes: Sequence[bool], ratings: Iterable[float]
) -> Score:
    rated = list(ratings)
    quality, up = sum(rated) / len(rated) if rated else None, sum(votes)
    return Score(
        annotator=person,
        points=num_points,
        originals=originals,
        edits=edits,
        votes=len(votes),
        thumbs_up=up,
        reviews=len(rated),
        quality=quality,
        aya_score=aya_score(quality=quality, edits=edits, thumbs_up=up, votes=len(votes), originals=originals),
    )
