"""Dedup: exact and near duplicates, contamination against evaluation sets."""

STAGES: dict[str, str] = {
    "contamination": "dedup.contamination:Contamination",
    "descendants": "dedup.descendants:Descendants",
    "exact": "dedup.exact:Exact",
    "number_match": "dedup.number_match:NumberMatch",
}
