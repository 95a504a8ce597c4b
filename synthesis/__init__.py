"""Generated data with evidence that it is worth training on."""

STAGES: dict[str, str] = {
    "refusal": "synthesis.refusal:Refusal",
    "truncation": "synthesis.truncation:Truncation",
}
