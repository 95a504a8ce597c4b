"""Dedup: exact and near duplicates, contamination against evaluation sets."""

STAGES: dict[str, str] = {"exact": "dedup.exact:Exact"}
