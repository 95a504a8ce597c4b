"""An engine that needs no model: Apertium's rules, for some pairs of languages, as Debian packages them.

For trying a recipe with real translations and without a GPU: `apt-get install apertium apertium-eng-spa` is 10 MB.
"""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from aya import languages
from aya.errors import UserError
from aya.text import digest
from translation.engine import Hypothesis, Streaming

DATA = Path("/usr/share/apertium")
BATCH = 500
"""Texts of one call: the rules are read anew in each."""


class Apertium(Streaming):
    """The same results contract as a model's engine; there is no log-probability, and tokens are words."""

    longest = 4_000

    def __init__(self, data: Path = DATA) -> None:
        found = shutil.which("apertium")
        if found is None or not data.is_dir():
            raise UserError("Apertium is not installed; on Debian: apt-get install apertium apertium-eng-spa")
        self._program, self._data = found, data

    @cached_property
    def key(self) -> str:
        """The version of the program, and names and sizes of all its data."""
        said = subprocess.run([self._program, "-V"], check=True, capture_output=True, text=True).stdout
        files = sorted(path for path in self._data.rglob("*") if path.is_file())
        data = digest(*(f"{path.relative_to(self._data)} {path.stat().st_size}" for path in files))
        return f"apertium {data} rules {said.split()[-1]}"

    @cached_property
    def pairs(self) -> list[str]:
        """The directions that are installed, as `eng-spa`."""
        return sorted(path.stem for path in (self._data / "modes").glob("*.mode"))

    def check(self, code: str) -> None:
        """Raise UserError for a language that no installed direction has."""
        known = {name.partition("_")[0] for pair in self.pairs for name in pair.split("-")}
        if known.isdisjoint(_names(code)):
            raise UserError(f"Apertium has no {code} here; installed are {', '.join(self.pairs) or 'no directions'}")

    def unknown(self, text: str) -> list[tuple[int, int]]:
        """Return nothing: unknown words stay as they are."""
        return []

    def stream(self, texts: Sequence[str], *, source: str, target: str) -> Iterator[dict[int, Hypothesis]]:
        """Yield translations by the place of their text.

        Raises: UserError for a direction that is not installed.
        """
        pair = self._pair(source, target)
        for start in range(0, len(texts), BATCH):
            some = [" ".join(text.split()) for text in texts[start : start + BATCH]]
            made = self._lines(pair, some)
            yield {start + place: Hypothesis(text, None, len(text.split()), True) for place, text in enumerate(made)}

    def _lines(self, pair: str, texts: list[str]) -> list[str]:
        """Return the translation of each text, as a paragraph; where one was lost, each is translated by itself."""
        made = self._run(pair, "\n\n".join(texts)).split("\n\n")
        if len(made) == len(texts):
            return [line.strip() for line in made]
        return [" ".join(self._run(pair, f"{text}\n").split()) for text in texts]

    def _run(self, pair: str, text: str) -> str:
        command = [self._program, "-d", str(self._data), "-u", "-f", "txt", pair]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, encoding="utf-8")
        if done.returncode:
            raise UserError(f"Apertium failed on {pair}: {(done.stderr.splitlines() or ['no message'])[-1]}")
        return done.stdout

    def _pair(self, source: str, target: str) -> str:
        wanted = (f"{one}-{other}" for one in _names(source) for other in _names(target))
        found = next((pair for pair in wanted if pair in self.pairs), None)
        if found is None:
            raise UserError(f"Apertium has no {source} to {target} here; installed are {', '.join(self.pairs)}")
        return found


def _names(code: str) -> list[str]:
    """Return how Apertium may call a language: ISO 639-3, of a macrolanguage's member too, or 639-1."""
    found = languages.resolve(code)
    row = languages.get(found.language) if found else None
    names = [code.partition("_")[0], *((row.code, row.iso639_1) if row else ())]
    return [name for name in dict.fromkeys(names) if name]
