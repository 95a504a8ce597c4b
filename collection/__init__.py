"""Collection: sources, templates, language identification, filters, caps and the mixture."""

SOURCES: dict[str, str] = {}
STAGES: dict[str, str] = {}
