"""What makes a build fail though every task went well: nothing is lost in silence."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from aya.errors import UserError
from aya.recipe import Allow
from aya.task import Count, Receipt


class BuildError(UserError):
    """A build that ran, but whose outcome the recipe does not allow; holds every fault."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def sources(counts: Mapping[str, Count], allow: Allow) -> list[str]:
    """Return a fault for every source (by name) that gave no record that stays."""
    faults = []
    for name, count in counts.items():
        if name in allow.empty_sources or count.kept:
            continue
        reasons = ", ".join(f"{why} ({sum(groups.values()):,})" for why, groups in count.dropped.items())
        allowed = f"if that is meant: `allow: {{empty_sources: [{name}]}}`"
        faults.append(f"source '{name}' gave no record: {reasons or 'there is no row in it'}; {allowed}")
    return faults


def templates(receipts: Iterable[Receipt]) -> list[str]:
    """Return a fault for every template that failed on all items it was tried on."""
    made: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for receipt in receipts:
        for name, (num_made, num_failed) in receipt.templates.items():
            made[name] += num_made
            failed[name] += num_failed
    return [
        f"template '{name}' failed on all {num:,} items; see `aya show --dropped --template {name}`"
        for name, num in sorted(made.items())
        if failed[name] == num
    ]


def stages(counts: Sequence[Count], allow: Allow) -> list[str]:
    """Return a fault for every stage that dropped too much, or left a language without a row."""
    faults = []
    for count in counts:
        num_in, num_kept = sum(count.rows_in.values()), sum(count.kept.values())
        if num_in and 1 - num_kept / num_in > allow.dropped:
            share = 1 - num_kept / num_in
            faults.append(
                f"stage '{count.stage}' dropped {share:.1%} of {num_in:,} rows, more than"
                f" `allow: dropped: {allow.dropped}`"
            )
        if allow.empty_languages != "all":
            gone = sorted(by_language(count.rows_in).keys() - by_language(count.kept).keys() - {*allow.empty_languages})
            if gone:
                names = ", ".join(gone)
                allowed = f"if that is meant: `allow: {{empty_languages: [{names}]}}`"
                faults.append(f"stage '{count.stage}' left no row of {names}; {allowed}")
    return faults


def by_language(groups: Mapping[str, int]) -> Counter[str]:
    """Return rows by language from rows by group."""
    result: Counter[str] = Counter()
    for group, num in groups.items():
        result[group.split(" ")[1]] += num
    return result
