"""Collection: sources, templates, language identification, filters, caps and the mixture."""

SOURCES: dict[str, str] = {
    "arrow": "collection.arrow:Arrow",
    "cldr": "collection.cldr:Cldr",
    "csv": "collection.delimited:Delimited",
    "gettext": "collection.catalogues:Gettext",
    "hub": "collection.hub:Hub",
    "jsonl": "collection.json_lines:JsonLines",
    "parquet": "collection.parquet:Parquet",
}
STAGES: dict[str, str] = {
    "caps": "collection.caps:Caps",
    "echo": "collection.echo:Echo",
    "language_id": "collection.language_id:LanguageId",
    "length": "collection.length:Length",
    "markup": "collection.markup:Markup",
    "pii": "collection.pii:Pii",
    "pruning": "collection.pruning:Pruning",
    "repetition": "collection.repetition:Repetition",
    "script": "collection.script:Script",
    "word_list": "collection.word_list:WordList",
}
