"""Fold texts so that a search finds them in any script, and read the query language of the search box."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

# Latin, Greek and Cyrillic accents; Hebrew points; Arabic harakat, hamza above and below, tatweel; joiners and marks of
# direction. Vowel signs of Indic, Thai, Khmer, Burmese, Ethiopic are letters and stay.
_FOLDED = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00]"
)
_TOKEN = re.compile(r'(\|)|([+-]?)(?:(\()|"([^"]*)"?|([^\s|"]+))')
MOST_WORDS: Final = 200
"""Of a query; SQLite takes no deeper conditions than some 1,000."""
_FUZZY = re.compile(r"(?<=.)(\*|~\d*)$")


class Atom(NamedTuple):
    """A folded text that must occur."""

    text: str


class Not(NamedTuple):
    """What must not hold."""

    query: "Query"


class All(NamedTuple):
    """Queries that must hold together."""

    queries: "tuple[Query, ...]"


class Some(NamedTuple):
    """Queries of which one must hold."""

    queries: "tuple[Query, ...]"


Query = Atom | Not | All | Some


@dataclass
class _Group:
    """What is between two parentheses, as far as it is read."""

    negated: bool = False
    query: Query | None = None
    either: bool = False

    def add(self, query: Query, *, negated: bool = False) -> None:
        """Join a query to those before it, from the left: `a | b c` is `(a | b) c`, as Lucene reads it."""
        query, join = Not(query) if negated else query, Some if self.either else All
        if isinstance(self.query, join):
            query = join((*self.query.queries, query))
        elif self.query is not None:
            query = join((self.query, query))
        self.query, self.either = query, False


def fold(text: str) -> str:
    """Return the text without case, compatibility forms, accents and harakat, with single spaces."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = _FOLDED.sub("", unicodedata.normalize("NFD", plain))
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", plain)).strip()


def parse(query: str) -> Query | None:
    """Return what a query of the search box asks for; None if it asks for nothing.

    `a b` wants both, `a | b` one of them, `-a` none, `"a b"` the phrase, parentheses group; `a*` and `a~1` ask for `a`,
    since every search is for a part of a text. Of more than `MOST_WORDS` the rest is left out.
    """
    groups = [_Group()]
    for match in islice(_TOKEN.finditer(query), MOST_WORDS):
        either, sign, opening, phrase, word = match.groups()
        if either:
            groups[-1].either = True
        elif opening:
            groups.append(_Group(negated=sign == "-"))
        elif phrase is not None:
            _add(groups[-1], phrase, sign)
        else:
            bare = word.rstrip(")")
            num_closed = min(len(word) - len(bare), len(groups) - 1)
            _add(groups[-1], _FUZZY.sub("", word[: len(word) - num_closed]), sign)
            for _ in range(num_closed):
                _close(groups)
    while len(groups) > 1:
        _close(groups)
    return groups[0].query


def atoms(query: Query) -> Iterator[Atom]:
    """Yield the texts that a query wants."""
    if isinstance(query, Atom):
        yield query
    elif not isinstance(query, Not):
        for part in query.queries:
            yield from atoms(part)


def _add(group: _Group, text: str, sign: str) -> None:
    if (folded := fold(text)).strip("+-"):
        group.add(Atom(folded), negated=sign == "-")


def _close(groups: list[_Group]) -> None:
    closed = groups.pop()
    if closed.query is not None:
        groups[-1].add(closed.query, negated=closed.negated)
