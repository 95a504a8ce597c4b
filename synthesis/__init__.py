"""Generated data with evidence that it is worth training on."""

SOURCES: dict[str, str] = {
    "arbitrate": "synthesis.arbitrate:Arbitrate",
    "evolve": "synthesis.evolve:Evolve",
    "paraphrase": "synthesis.paraphrase:Paraphrase",
    "persona": "synthesis.persona:Persona",
    "prefer": "synthesis.prefer:Prefer",
    "regenerate": "synthesis.regenerate:Regenerate",
    "reverse": "synthesis.reverse:Reverse",
    "self_instruct": "synthesis.self_instruct:SelfInstruct",
}
STAGES: dict[str, str] = {
    "preferred": "synthesis.preferred:Preferred",
    "rated": "synthesis.rated:Rated",
    "refusal": "synthesis.refusal:Refusal",
    "seed_copy": "synthesis.seed_copy:SeedCopy",
    "terms": "synthesis.terms:AllowedTerms",
    "truncation": "synthesis.truncation:Truncation",
}
