"""Keep records of templates that people reviewed and approved, as xP3 was pruned for Aya."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya.errors import InputError
from aya.stage import InputPath, Settings
from aya.table import mark

COLUMNS = ("template_id", "reviewer", "vote", "comment")


class Vote(NamedTuple):
    """What one reviewer said of one template."""

    template: str
    reviewer: str
    keep: bool


class Pruning(Settings):
    """Drop records of templates that reviewers turned down.

    `reviews` is a CSV file with the columns `template_id`, `reviewer`, `vote` (`yes` or `no`) and
    `comment` (free text, may be empty), one row a vote. Two votes that agree decide; if they do not, a third
    decides, and so on: the majority of two votes or more. A reviewer's later vote on the same template replaces
    the earlier one. Records without a template are left alone.

    The reviewers of Aya turned down templates with very short or empty targets, near copies of another
    template, and faults of grammar, structure or sense; long instructions were preferred.

    Reads `template_id`.

    Raises: `InputError` naming every template without a majority, or the faulty row.

    References: Üstün et al. 2024 (arXiv 2402.07827), section 2.1 and appendix B.1: four reviewers, two
    votes a template, a third against ties; 50.2 % of the English templates went, 35.9 % of the others.
    """

    name: ClassVar[str] = "collection.pruning"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("template_id",)
    writes: ClassVar[Mapping[str, pa.DataType]] = {}

    reviews: InputPath = Field(description="CSV file of votes")
    unreviewed: Literal["keep", "drop"] = Field(
        default="keep", description="what to do with templates of fewer than two votes"
    )

    @cached_property
    def _verdicts(self) -> dict[str, bool]:
        return verdicts(self.reviews)

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with a reason where the template was turned down."""
        used = [template for template in pc.unique(table["template_id"]).to_pylist() if template is not None]
        reasons = {template: reason for template in used if (reason := self._reason(template))}
        templates = table["template_id"].to_pylist()
        evidence = [{"template_id": name} if name in reasons else None for name in templates]
        return mark(table, [reasons.get(name) for name in templates], evidence)

    def _reason(self, template: str) -> str | None:
        if template not in self._verdicts:
            return f"{self.name}: template not reviewed" if self.unreviewed == "drop" else None
        return None if self._verdicts[template] else f"{self.name}: template turned down"


def verdicts(path: Path) -> dict[str, bool]:
    """Return for every template of two votes or more whether it stays.

    Raises: `InputError` if a row is faulty or votes are even.
    """
    votes: dict[str, dict[str, bool]] = defaultdict(dict)
    for vote in _votes(path):
        votes[vote.template][vote.reviewer] = vote.keep
    enough = {template: list(cast.values()) for template, cast in votes.items() if len(cast) > 1}
    tied = sorted(template for template, cast in enough.items() if 2 * sum(cast) == len(cast))
    if tied:
        raise InputError(f"{path}: votes are even, one more is needed, on template {', '.join(map(repr, tied))}")
    return {template: 2 * sum(cast) > len(cast) for template, cast in enough.items()}


def _votes(path: Path) -> Iterator[Vote]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = [column for column in COLUMNS[:3] if column not in (rows.fieldnames or ())]
        if missing:
            raise InputError(f"{path}: no column '{missing[0]}'; a table of reviews has {', '.join(COLUMNS)}")
        for row in rows:
            vote = (row["vote"] or "").strip().lower()
            if vote not in ("yes", "no") or not row["template_id"] or not row["reviewer"]:
                raise InputError(f"{path}, line {rows.line_num}: needs a template, a reviewer, and yes or no as vote")
            yield Vote(row["template_id"].strip(), row["reviewer"].strip(), vote == "yes")
