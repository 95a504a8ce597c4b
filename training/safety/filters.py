"""What an answer must be to be taught: long enough, not too long, and no text that repeats itself."""

from aya.text import UNSEGMENTED, num_graphemes, script_shares
from training.safety.settings import Filters


def fault(answer: str, filters: Filters) -> str | None:
    """Return why an answer can not be taught: `empty`, `too short`, `too long`, `repeats itself`.

    The paper's limits are of letters in alphabets; a script without spaces says the same in half as many.
    References: Üstün et al. 2024 (Aya Model), appendix J.
    """
    if not answer.strip():
        return "empty"
    letters = num_graphemes(answer)
    if letters < filters.least * (0.5 if _dense(answer) else 1):
        return "too short"
    if letters > filters.most:
        return "too long"
    return "repeats itself" if longest_repeated(answer) > len(answer) * filters.repeated else None


def _dense(text: str) -> bool:
    shares = script_shares(text)
    return bool(shares) and next(iter(shares)) in UNSEGMENTED


def longest_repeated(text: str) -> int:
    """Return the length of the longest part of a text that stands in it twice, also overlapping itself."""
    least, most = 0, max(0, len(text) - 1)
    while least < most:
        middle = (least + most + 1) // 2
        if _repeats(text, middle):
            least = middle
        else:
            most = middle - 1
    return least


def _repeats(text: str, length: int) -> bool:
    """Return whether a part of some length stands twice: if one does, one of each smaller length does too."""
    seen: set[str] = set()
    for start in range(len(text) - length + 1):
        part = text[start : start + length]
        if part in seen:
            return True
        seen.add(part)
    return False
