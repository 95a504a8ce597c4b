"""A request as safety is taught and measured with: unsafe, or safe and only looking so."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["unsafe", "safe"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A request in one language; `key` is the same in all its translations."""

    key: str
    language: str
    prompt: str
    kind: Kind
    license: str
    origin: str = "human"
    split: str | None = None
    """The part that its data set puts it in: `test` is never taught."""
    way: str = ""
    """Tells several ways to ask for the same apart."""
    answer: str | None = None
    """What people wrote as the answer, where they did."""

    @property
    def id(self) -> str:
        """Return its name among the items of all languages."""
        return f"{self.key}@{self.language}{self.way and '#'}{self.way}"
