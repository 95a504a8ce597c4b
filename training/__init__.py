"""Training: packed runs that resume, evaluation, judging, and safety by distillation, which a collection reads."""

SOURCES: dict[str, str] = {"distilled": "training.safety.source:Distilled"}
