"""NLLB translation that keeps structure and checks itself."""

SOURCES: dict[str, str] = {"nllb": "translation.source:Nllb"}
