"""Batches that waste little: texts of like length together, as many as a budget of tokens allows."""

from collections.abc import Sequence


def batches(lengths: Sequence[int], *, budget: int) -> list[list[int]]:
    """Return the positions of texts in batches, longest first, so that memory runs out at once or never.

    A batch times its longest text is at most `budget` tokens, unless one text alone has more.
    """
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    found: list[list[int]] = []
    for index in order:
        if found and lengths[found[-1][0]] * (len(found[-1]) + 1) <= budget:
            found[-1].append(index)
        else:
            found.append([index])
    return found
