"""Keep texts that are in the language that their record says."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import ClassVar, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import regex
from pydantic import Field

from aya import languages
from aya.stage import InputPath, Settings
from aya.table import mark, put
from collection.confusable import relatives
from collection.guess import Guess, Identifier
from collection.identify import Backend, identifier
from collection.prose import GROUPS, groups_of, prose
from collection.script import ROMANISED

UNDETERMINED = "und"
WHERE_IT_ENDS = regex.compile(r"[\n.!?:;\"“”«»„「」『』。！？；：؟؛।॥።၊။]+")
"""Where one language may end and another begin in a prompt: sentences, lines, quotations, labels."""

MOST_PIECES = 40
"""Pieces of a prompt that are looked at."""


class Unit(NamedTuple):
    """What is known of one text, or of one piece of it."""

    row: int
    field: str
    group: str
    """The script that was judged (`collection.prose.GROUPS`); empty without letters."""
    letters: int
    guess: Guess


class Verdict(NamedTuple):
    """What a unit says of its record."""

    language: str
    script: str | None
    score: float | None
    letters: int
    fault: str | None = None
    evidence: Mapping[str, object] | None = None
    right: bool = False


def undetermined(script: str | None, letters: int) -> Verdict:
    """Return the verdict on a text that can not be judged."""
    return Verdict(UNDETERMINED, script, None, letters)


class LanguageId(Settings):
    """Drop records whose text is not in their language: a check of what is declared, no open guessing.

    Code, addresses, tags, placeholders, digits and signs are left out first. Then the script: letters of
    which fewer than one in ten are in a script of the language are `wrong script`; a script of one language
    decides at once. Else the backend says how likely which language is, and a text is `other language`
    when the likeliest is so with at least `least` and is no relative of the declared one (`collection.confusable`:
    bos/hrv/srp, msa/ind, zul/xho/ssw, ... count as right for one another). Few letters, no declared
    language, or one that the backend does not know: `und`, which never drops. A Han letter counts as
    three, a Hangul or Ethiopic one as two.

    `field`: `auto` judges the targets if they have letters enough; else (a label, a name, a number) the pieces
    of inputs and targets between full stops, colons and quotation marks: one that is right confirms the record.
    None of them convicts it, since a prompt may well be in another language than its short answer. `both` wants
    both texts right.

    Reads `inputs`, `targets`, `language`, `script`. Writes `lid_language` (ISO 639-3 or `und`),
    `lid_script` (ISO 15924 of the letters judged; `Hani` for Chinese) and `lid_score`: the probability of that
    language, 0 to 1, null for `und`.
    """

    name: ClassVar[str] = "collection.language_id"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("inputs", "targets", "language", "script")
    writes: ClassVar[Mapping[str, pa.DataType]] = {
        "lid_language": pa.string(),
        "lid_script": pa.string(),
        "lid_score": pa.float32(),
    }

    backend: Backend = Field(default="vote", description="who identifies (docs/language_id.md compares them)")
    model: InputPath | None = Field(default=None, description="file of a fastText model, for backend fasttext")
    field: Literal["auto", "inputs", "targets", "both"] = Field(default="auto", description="the text that is judged")
    least: float = Field(default=0.9, ge=0, le=1, description="probability of another language that drops a record")
    least_in: Mapping[str, float] = Field(
        default_factory=dict, description="the same for some declared languages (ISO 639-3); above 1: never"
    )
    least_letters: int = Field(default=20, ge=1, description="letters below which a text is und")
    also: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict, description="more languages that are right, by declared language (ISO 639-3)"
    )

    def setup(self) -> None:
        """Load the backend."""
        self._backend()

    def _backend(self) -> Identifier:
        return identifier(self.backend, self.model)

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with the three columns set, and a reason where the language is another."""
        verdicts = self._verdicts(table)
        table = put(table, "lid_language", [verdict.language for verdict in verdicts], pa.string())
        table = put(table, "lid_script", [verdict.script for verdict in verdicts], pa.string())
        table = put(table, "lid_score", [verdict.score for verdict in verdicts], pa.float32())
        reasons = [f"{self.name}: {verdict.fault}" if verdict.fault else None for verdict in verdicts]
        return mark(table, reasons, [verdict.evidence for verdict in verdicts])

    # -- which text ------------------------------------------------------------------------------

    def _verdicts(self, table: pa.Table) -> list[Verdict]:
        declared = table["language"].to_pylist()
        allowed = _allowed(declared, table["script"].to_pylist())
        if self.field in ("inputs", "targets"):
            return self._whole(table, self.field, declared, allowed)
        targets = self._whole(table, "targets", declared, allowed)
        if self.field == "both":
            inputs = self._whole(table, "inputs", declared, allowed)
            return [
                max(pair, key=lambda verdict: (verdict.fault or "", not verdict.right))
                for pair in zip(targets, inputs, strict=True)
            ]
        few = [row for row, verdict in enumerate(targets) if verdict.letters < self.least_letters]
        for row, verdict in self._by_pieces(table, few, declared, allowed):
            if verdict.right:
                targets[row] = verdict
        return targets

    def _whole(
        self, table: pa.Table, field: str, declared: Sequence[str | None], allowed: npt.NDArray[np.bool_]
    ) -> list[Verdict]:
        units = self._units(table[field], range(len(table)), field, declared, allowed)
        return [self._verdict(unit, declared[unit.row], allowed) for unit in units]

    def _by_pieces(
        self, table: pa.Table, rows: Sequence[int], declared: Sequence[str | None], allowed: npt.NDArray[np.bool_]
    ) -> Iterator[tuple[int, Verdict]]:
        """Yield the verdict on the pieces of a record's texts: of a right one, if there is one."""
        pieces, places, fields = [], [], []
        for field in ("inputs", "targets"):
            for row, text in zip(rows, table[field].take(pa.array(rows, pa.int64())).to_pylist(), strict=True):
                found = [piece for piece in WHERE_IT_ENDS.split(text or "") if len(piece) > 3][:MOST_PIECES]
                pieces += found
                places += [row] * len(found)
                fields += [field] * len(found)
        best: dict[int, Verdict] = {}
        column = pa.chunked_array([pa.array(pieces, pa.large_string())])
        for unit, field in zip(self._units(column, places, "", declared, allowed[places]), fields, strict=True):
            verdict = self._verdict(unit._replace(field=field), declared[unit.row], allowed)
            if verdict.language != UNDETERMINED:
                best[unit.row] = max(best.get(unit.row, verdict), verdict, key=lambda said: (said.right, said.letters))
        yield from best.items()

    def _units(
        self,
        texts: pa.ChunkedArray,
        rows: Sequence[int],
        field: str,
        declared: Sequence[str | None],
        allowed: npt.NDArray[np.bool_],
    ) -> Iterator[Unit]:
        identify = self._backend()
        for first, letters in prose(texts, allowed):
            kinds = list(zip(letters.groups_R.tolist(), letters.letters_R.tolist(), strict=True))
            said = [declared[row] for row in rows[first : first + len(kinds)]]
            asked = [self._asks(*kind, code) for kind, code in zip(kinds, said, strict=True)]
            guesses = iter(identify(letters.only(np.array(asked, bool))))
            for at, (group, num) in enumerate(kinds):
                guess = next(guesses) if asked[at] else []
                yield Unit(rows[first + at], field, GROUPS[group] if group >= 0 else "", num, guess)

    def _asks(self, group: int, letters: int, declared: str | None) -> bool:
        """Return whether a verdict may depend on a guess: not with few letters, or in the script of one language."""
        code = GROUPS[group] if group >= 0 else ""
        return code == "Hani" or (letters >= self.least_letters and not _decides(code, declared))

    # -- what it says ----------------------------------------------------------------------------

    def _verdict(self, unit: Unit, declared: str | None, allowed: npt.NDArray[np.bool_]) -> Verdict:
        wanted = allowed[unit.row]
        enough = unit.letters >= self.least_letters
        script = _script(unit.group, unit.guess)
        found = languages.resolve(declared) if declared else None
        if not unit.group or found is None:
            return undetermined(script, unit.letters)
        if wanted.any() and not wanted[GROUPS.index(unit.group)]:
            if not enough or not self._can_judge(found.language, wanted):
                return undetermined(script, unit.letters)
            other, score = unit.guess[0] if unit.guess else (UNDETERMINED, None)
            return Verdict(other, script, score, unit.letters, "wrong script", self._evidence(unit))
        alone = _only(unit.group)
        if alone == found.language:
            return Verdict(alone, script, 1.0, max(unit.letters, self.least_letters), right=True)
        if not enough or not unit.guess or not self._backend().knows(found.language, unit.group):
            return undetermined(script, unit.letters)
        return self._judged(unit, found.language, script)

    def _can_judge(self, language: str, wanted: npt.NDArray[np.bool_]) -> bool:
        groups = [GROUPS[at] for at in np.flatnonzero(wanted)]
        return any(_only(group) == language or self._backend().knows(language, group) for group in groups)

    def _judged(self, unit: Unit, declared: str, script: str | None) -> Verdict:
        language, score = unit.guess[0]
        right = relatives(declared) | set(self.also.get(declared, ()))
        least = self.least_in.get(declared, self.least)
        if language in right or score < least or sum(p for code, p in unit.guess if code in right) > 1 - least:
            return Verdict(language, script, score, unit.letters, right=language in right)
        return Verdict(language, script, score, unit.letters, "other language", self._evidence(unit))

    def _evidence(self, unit: Unit) -> dict[str, object]:
        top = [[code, chance] for code, chance in unit.guess[:3]]
        found, score = top[0] if top else (UNDETERMINED, None)
        return {"field": unit.field, "found": found, "score": score, "script": unit.group, "top": top}


def _allowed(declared: Sequence[str | None], scripts: Sequence[str | None]) -> npt.NDArray[np.bool_]:
    """Return in which groups of scripts each record may be written."""
    pairs = list(zip(declared, scripts, strict=True))
    kinds = {pair: at for at, pair in enumerate(dict.fromkeys(pairs))}
    masks = np.array([_mask(*pair) for pair in kinds], bool).reshape(len(kinds), len(GROUPS))
    return masks[[kinds[pair] for pair in pairs]]


@cache
def _mask(declared: str | None, script: str | None) -> tuple[bool, ...]:
    found = languages.resolve(declared) if declared else None
    listed = set(languages.get(found.language).scripts) if found else set()
    if found and found.language in ROMANISED:
        listed -= {"Latn"}
    groups = groups_of(frozenset(listed | ({script} if script else set())))
    return tuple(group in groups for group in GROUPS)


@cache
def _only(group: str) -> str | None:
    """Return the one language of the registry that is written in a script, if there is but one."""
    codes = [code for code in languages.codes() if group in groups_of(frozenset(languages.get(code).scripts))]
    return codes[0] if len(codes) == 1 else None


@cache
def _decides(group: str, declared: str | None) -> bool:
    """Return whether no guess is needed: a script makes a text right, or nothing could, without a language."""
    found = languages.resolve(declared) if declared else None
    return found is None or (_only(group) == found.language and _mask(declared, None)[GROUPS.index(group)])


def _script(group: str, guess: Guess) -> str | None:
    """Return ISO 15924 of the script judged; Japanese mixes three."""
    return "Jpan" if group == "Hani" and guess and guess[0][0] == "jpn" else group or None
