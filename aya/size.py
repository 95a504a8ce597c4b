"""How large a source is said to be, for a plan that is made before anything is read."""

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field, field_validator, model_validator

from aya import languages
from aya.errors import UserError, unknown
from aya.stage import Settings

Level = Literal["high", "mid", "low"]
LEVELS: Mapping[Level, str] = {"high": "aya_high", "mid": "aya_mid", "low": "aya_low"}
"""Groups of languages by the level of their resources."""


class Size(Settings):
    """What the owner of a source says of its size; nothing of it changes a row.

    Shares of languages need not sum to 1: they are what is said, and are brought to 1.
    """

    rows: int = Field(ge=1, description="rows that are read")
    after: Mapping[str, int] = Field(
        default={}, description="rows that stay after a stage, by its name: a cap, pruning"
    )
    inputs: float = Field(ge=0, description="characters of a prompt, in the mean")
    targets: float = Field(ge=0, description="characters of a completion, in the mean")
    datasets: int = Field(default=1, ge=1, description="data sets inside the source")
    levels: Mapping[Level, float] = Field(default={}, description="shares of languages by the level of their resources")
    languages: Mapping[str, float] = Field(
        default={}, description="shares of single languages, taken out of their level"
    )
    translated: int = Field(default=0, ge=0, description="rows that a model has still to translate")
    generated: int = Field(default=0, ge=0, description="rows whose completions a model has still to write")

    @field_validator("languages")
    @classmethod
    def _known(cls, shares: Mapping[str, float]) -> Mapping[str, float]:
        for code in shares:
            if code not in languages.codes():
                raise ValueError(unknown("language", code, languages.codes()))
        return shares

    @model_validator(mode="after")
    def _shrinks(self) -> "Size":
        for stage, rows in self.after.items():
            if not 1 <= rows <= self.rows:
                raise ValueError(f"after {stage} there must be 1 to {self.rows} rows, not {rows}")
        return self

    @property
    def stays(self) -> int:
        """Return the rows that are left after the stages that are named."""
        return min([self.rows, *self.after.values()])

    @property
    def characters(self) -> float:
        """Return the characters of a row, in the mean."""
        return self.inputs + self.targets

    def shares(self, wanted: Iterable[str] | None = None) -> dict[str, float]:
        """Return the shares (sum 1) of languages among `wanted`; inside a level those not named share alike.

        Without levels all languages that are wanted share alike.
        Raises: UserError if no language is left.
        """
        codes = set(wanted if wanted is not None else languages.group("aya101"))
        found = {code: share for code, share in self.languages.items() if code in codes}
        levels = {name: codes & set(languages.group(LEVELS[name])) for name in self.levels}
        for name, members in levels.items() if levels else [(None, codes)]:
            said = self.levels[name] if name else 1.0
            left = said - sum(self.languages.get(code, 0) for code in members)
            others = members - self.languages.keys()
            found |= {code: max(0.0, left) / len(others) for code in others}
        total = sum(found.values())
        if not total:
            raise UserError("none of the languages that are said is among those of the recipe")
        return {code: share / total for code, share in sorted(found.items()) if share}
