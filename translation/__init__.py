"""NLLB translation that keeps structure and checks itself."""

SOURCES: dict[str, str] = {"nllb": "translation.source:Nllb"}
STAGES: dict[str, str] = {
    "copied": "translation.copied:Copied",
    "estimate": "translation.estimate:Estimate",
    "length_ratio": "translation.length_ratio:LengthRatio",
    "loops": "translation.loops:Loops",
    "match": "translation.match:Match",
    "names": "translation.names:Names",
    "numbers": "translation.numerals:Numbers",
    "outcome": "translation.outcome:Outcome",
    "outliers": "translation.outliers:Outliers",
    "round_trip": "translation.round_trip:RoundTrip",
    "similarity": "translation.similarity:Similarity",
    "spans": "translation.spans_kept:SpansKept",
    "spelling": "translation.spelling:Spelling",
}
