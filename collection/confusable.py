"""Which languages a text can not safely be told from: near relatives, and members of one macrolanguage."""

from functools import cache

from aya import languages

GROUPS = (
    ("bos", "hrv", "srp"),
    ("msa", "ind", "min", "bjn", "bew"),
    ("nor", "nno", "dan"),
    ("fas", "prs"),
    ("zho", "yue"),
    ("bod", "dzo"),
    ("zul", "xho", "nde", "ssw", "nbl"),
    ("sot", "nso", "tsn"),
    ("kin", "run"),
    ("tat", "bak"),
    ("hin", "awa", "bho", "mag", "hne", "mai", "bgc", "raj"),
    ("spa", "ast", "arg", "glg"),
    ("pol", "szl"),
    ("ita", "scn", "vec", "lij", "lmo"),
    ("deu", "gsw", "nds"),
    ("eng", "pcm"),
)
"""Languages that are taken for one another too often for a rejection to be safe (`docs/language_id.md`)."""


@cache
def relatives(language: str) -> frozenset[str]:
    """Return the languages that count as right for `language`: itself, its macrolanguage's members, its group."""
    macro = languages.get(language).macrolanguage or language
    found = {language, macro}
    found |= {code for code in languages.codes() if languages.get(code).macrolanguage == macro}
    return frozenset(found.union(*(group for group in GROUPS if found & set(group))))
