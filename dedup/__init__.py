"""Dedup: exact and near duplicates, contamination against evaluation sets."""

STAGES: dict[str, str] = {
    "contamination": "dedup.contamination:Contamination",
    "descendants": "dedup.descendants:Descendants",
    "exact": "dedup.exact:Exact",
    "minhash": "dedup.minhash:MinHash",
    "number_match": "dedup.number_match:NumberMatch",
}
