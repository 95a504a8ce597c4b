"""The version that follows: semantic versioning of data."""

from typing import Literal, NamedTuple

from hub_release.diff import Difference
from hub_release.release import number

Size = Literal["major", "minor", "patch", "none"]
FIRST = "1.0.0"


class Bump(NamedTuple):
    """How far the version moves, and why."""

    size: Size
    version: str
    reasons: tuple[str, ...]


def bump(difference: Difference) -> Bump:
    """Return what follows the old release: MAJOR for schema, ids, splits, MINOR for rows added, else PATCH."""
    size, reasons = _size(difference)
    major, minor, patch = number(difference.old)
    following = {
        "major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1),
        "none": (major, minor, patch),
    }[size]  # fmt: skip
    return Bump(size, ".".join(map(str, following)), reasons)


def least(version: str, proposed: Bump) -> bool:
    """Return whether a version moves at least as far as the changes ask for."""
    return number(version) >= number(proposed.version)


def _size(found: Difference) -> tuple[Size, tuple[str, ...]]:
    major = []
    for what, names in (
        ("new", found.columns_added),
        ("gone", found.columns_removed),
        ("other", found.columns_changed),
    ):
        major += [f"column {name} is {what}" for name in names]
    if found.num_renamed:
        major.append(f"{found.num_renamed:,} rows have other ids")
    if found.num_moved:
        major.append(f"{found.num_moved:,} rows are in another split")
    if major:
        return "major", tuple(major)
    if found.num_added:
        return "minor", (f"{found.num_added:,} rows are new",)
    small = [(found.num_removed, "removed"), (found.num_changed, "corrected")]
    if reasons := tuple(f"{num:,} rows are {what}" for num, what in small if num):
        return "patch", reasons
    return "none", ("no row is added, removed or changed",)
