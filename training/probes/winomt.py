"""WinoMT: English sentences in which a pronoun tells the gender of somebody named by an occupation.

References: Stanovsky et al. 2019, Evaluating Gender Bias in Machine Translation; Zhao et al. 2018, Gender Bias in
Coreference Resolution (WinoBias), whose stereotypes of occupations are shares of the US Bureau of Labor Statistics.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aya.errors import InputError, nearest
from aya.text import digest

Gender = Literal["male", "female", "neutral"]

GENDERS: Mapping[str, Gender] = {"male": "male", "female": "female", "neutral": "neutral"}

STEREOTYPES: Mapping[str, Gender] = {
    **dict.fromkeys(
        (
            "driver", "supervisor", "janitor", "cook", "mover", "laborer", "construction worker", "chief", "developer",
            "carpenter", "manager", "lawyer", "farmer", "salesperson", "physician", "guard", "analyst", "mechanic",
            "sheriff", "CEO",
        ),
        "male",
    ),
    **dict.fromkeys(
        (
            "attendant", "cashier", "teacher", "nurse", "assistant", "secretary", "auditor", "cleaner", "receptionist",
            "clerk", "counselor", "designer", "hairdresser", "writer", "housekeeper", "baker", "accountant", "editor",
            "librarian", "tailor",
        ),
        "female",
    ),
}  # fmt: skip
"""Of which gender most people in an occupation are."""

_PRONOUNS = re.compile(r"\b(?:he|she|they|him|her|hers|them|his|their|theirs)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A sentence with somebody in it, whose gender it tells; `place` is the number of the occupation's first word."""

    gender: Gender
    place: int
    text: str
    occupation: str

    @property
    def id(self) -> str:
        """A name of the sentence and of whom it is asked about."""
        return digest(self.text, self.occupation, self.gender)

    @property
    def pair(self) -> str:
        """What the same sentence with another pronoun shares with it."""
        return digest(_PRONOUNS.sub("*", self.text), self.occupation)

    @property
    def stereotype(self) -> str | None:
        """`pro` or `anti` where the occupation has a stereotype and the sentence a gender."""
        usual = STEREOTYPES.get(self.occupation)
        if usual is None or self.gender == "neutral":
            return None
        return "pro" if usual == self.gender else "anti"


def read_winomt(path: Path) -> list[Sentence]:
    """Return the sentences of WinoMT's file: gender, place, sentence and occupation, with tabs between them.

    Raises: InputError naming file and line.
    """
    if not path.is_file():
        siblings = path.parent.iterdir() if path.parent.is_dir() else ()
        raise InputError(f"{path}: no such file{nearest(path.name, (item.name for item in siblings))}")
    found = [
        _sentence(line, f"{path}:{number}")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if line.strip()
    ]
    if not found:
        raise InputError(f"{path} has no lines")
    return list({one.id: one for one in found}.values())


def _sentence(line: str, place: str) -> Sentence:
    parts = line.split("\t")
    if len(parts) != 4:
        raise InputError(f"{place}: {len(parts)} columns; WinoMT has gender, place, sentence and occupation")
    gender, number, text, occupation = parts
    if gender not in GENDERS:
        raise InputError(f"{place}: no gender '{gender}'{nearest(gender, GENDERS)}")
    words = text.split()
    start = int(number) if number.isdecimal() else len(words)
    named = " ".join(words[start : start + len(occupation.split())]).rstrip(".,;:!?")
    if named.casefold() != occupation.casefold():
        raise InputError(f"{place}: word {number} is '{named}', not '{occupation}'")
    return Sentence(gender=GENDERS[gender], place=start, text=text, occupation=occupation)
