"""The quality report of a campaign as plain data: agreement, reliability, effort, signs, what a policy drops."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from annotation.agreement import LEVELS, Label, agreements, labels_by_question
from annotation.answers import Answer, without
from annotation.effort import effort
from annotation.release_filters import Policy, contributions, judge
from annotation.reliability import dawid_skene, gold_scores
from annotation.suspicion import Limits, signs


def report(
    found: Sequence[Answer],
    policy: Policy,
    *,
    withdrawn: Iterable[str] = (),
    limits: Limits | None = None,
    draws: int = 1000,
) -> dict[str, Any]:
    """Return all that the command prints; nothing in it removes a row.

    What was withdrawn is among the rows that the policy drops, and counts nowhere else.
    """
    withdrawn = frozenset(withdrawn)
    verdicts = judge(contributions(found), policy, withdrawn=withdrawn)
    found = without(found, withdrawn)
    labels = labels_by_question(found)
    nominal = [key for key in labels if LEVELS[key[1]] == "nominal"]
    return {
        "answers": len(found),
        "people": len({answer.annotator for answer in found}),
        "agreement": [
            {"language": language, "question": question} | asdict(figures)
            for (language, question), figures in agreements(found, draws=draws).items()
        ],
        "reliability": [
            {"language": language, "question": question} | row
            for language, question in nominal
            for row in _reliability(labels[language, question])
        ],
        "gold": [asdict(score) for score in gold_scores(found)],
        "effort": [asdict(figures) for figures in effort(found)],
        "signs": [asdict(sign) for sign in signs(found, limits)],
        "release": {
            "policy": policy.model_dump(),
            "kept": sum(verdict.reason is None for verdict in verdicts),
            "dropped": dict(sorted(Counter(verdict.reason for verdict in verdicts if verdict.reason).items())),
        },
    }


def _reliability(labels: Iterable[Label]) -> list[dict[str, Any]]:
    """Return everybody's accuracy over the items that several people judged; of one judge nothing follows."""
    labels = list(labels)
    judges = Counter(label.unit for label in labels)
    shared = [label for label in labels if judges[label.unit] > 1]
    items = Counter(label.rater for label in shared)
    accuracy = dawid_skene(shared).accuracy
    return [{"annotator": person, "accuracy": share, "items": items[person]} for person, share in accuracy.items()]
