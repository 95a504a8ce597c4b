"""NLLB and M2M100 checkpoints: the codes they know, the characters they have, what names them, how they decode."""

import os
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import regex

from aya import languages
from aya.errors import UserError, needs, unknown
from aya.stage import Settings
from aya.text import digest
from translation.engine import Hypothesis, Streaming

DEFAULT_MODEL = "facebook/nllb-200-3.3B"
_FLORES = regex.compile(r"[a-z]{3}_[A-Z][a-z]{3}")


class Checkpoint:
    """The tokenizer of a checkpoint by its name on the Hub or its folder."""

    def __init__(self, model: str, revision: str | None = None) -> None:
        with needs("translation"):
            import transformers

        self.model, self.revision = model, revision
        try:
            self.tokenizer: Any = transformers.AutoTokenizer.from_pretrained(model, revision=revision)
        except (OSError, ValueError) as error:
            why = "no such folder" if _is_path(model) and not Path(model).exists() else str(error).splitlines()[0]
            raise UserError(f"no model '{model}': {why}") from error

    @cached_property
    def identity(self) -> str:
        """What names the weights; a folder's are read at both ends, so it is asked for once."""
        return identity(self.model, self.revision)

    @cached_property
    def positions(self) -> int:
        """The tokens that a text may have; CTranslate2 would end with an error at the next one."""
        from transformers import AutoConfig

        config: Any = AutoConfig.from_pretrained(self.model, revision=self.revision)
        return int(config.max_position_embeddings)

    @cached_property
    def codes(self) -> frozenset[str]:
        """The FLORES-200 codes that the vocabulary has a token for."""
        from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

        rows = map(languages.get, languages.codes())
        known = {
            *FAIRSEQ_LANGUAGE_CODES,
            *self.tokenizer.get_added_vocab(),
            *(name for row in rows for name in row.flores200),
        }
        return frozenset(name for name in known if _FLORES.fullmatch(name) and self._token(name) is not None)

    def _token(self, code: str) -> str | None:
        """Return the token of a FLORES-200 code: itself, or as M2M100 writes it, `__en__`."""
        found = languages.resolve(code)
        row = languages.get(found.language) if found else None
        short = f"__{row.iso639_1 or row.code}__" if row and code in row.flores200[:1] else code
        tokens = (token for token in (code, short) if self._id(token) != self.tokenizer.unk_token_id)
        return next(tokens, None)

    def _id(self, token: str) -> int:
        found: int = self.tokenizer.convert_tokens_to_ids(token)
        return found

    def check(self, code: str) -> None:
        """Raise UserError for a code without a token; the tokenizer itself would take `<unk>` without a word."""
        if code not in self.codes:
            raise UserError(f"{self.model} knows {unknown('language', code, self.codes)}")

    def language_id(self, code: str) -> int:
        """Return the token that a translation into this language starts with."""
        return self._id(self.language_token(code))

    def language_token(self, code: str) -> str:
        """Return the same as text."""
        self.check(code)
        return self._token(code) or code

    def unknown(self, text: str) -> list[tuple[int, int]]:
        """Return the places of characters that would be lost, as nothing in the vocabulary stands for them."""
        unk = self.tokenizer.unk_token_id
        if not self.tokenizer.is_fast:
            return [(place, place + 1) for place, letter in enumerate(text) if self._lost(letter)]
        found = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        pairs = zip(found["input_ids"], found["offset_mapping"], strict=True)
        return [_trimmed(text, *place) for id_, place in pairs if id_ == unk and place[0] < place[1]]

    @cache  # noqa: B019  # as long-lived as the process
    def _lost(self, letter: str) -> bool:
        found: list[int] = self.tokenizer(letter, add_special_tokens=False)["input_ids"]
        return self.tokenizer.unk_token_id in found

    def ids(self, texts: Sequence[str], code: str) -> list[list[int]]:
        """Return the tokens of each text as NLLB wants them: the language, the pieces, the end."""
        first, last = self.language_id(code), self.tokenizer.eos_token_id
        if not texts:
            return []
        found = self.tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        return [[first, *ids, last] for ids in found]

    def decode(self, rows: Sequence[Sequence[int]]) -> list[str]:
        """Return the texts of tokens, without the special ones."""
        return [self.tokenizer.decode(row, skip_special_tokens=True).strip() for row in rows]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave the space out that a tokenizer counts to the word behind it."""
    while start < end and text[start].isspace():
        start += 1
    return start, end


def _is_path(model: str) -> bool:
    """Return whether this is a path for sure: names on the Hub are OWNER/NAME."""
    return model.startswith((".", "~", "/")) or model.count("/") > 1


_NOTHING = Hypothesis("", None, 0, finished=False)


class Decoding(Settings):
    """How a translation is searched for; part of what its cached results are named by."""

    beams: int = 1
    longest: int = 400
    """Letters of a sentence at most; NLLB was trained on sentences."""
    ratio: float = 3.0
    """Tokens of a translation at most, for a token of its source; a runaway loop ends there."""
    extra: int = 16
    """Tokens besides, for short sources."""

    def limit(self, tokens: int) -> int:
        """Return how many tokens a translation may have, given those of its longest source."""
        return int(self.ratio * tokens) + self.extra


class OfCheckpoint(Streaming):
    """What the engines of a checkpoint share, whichever library runs it."""

    def __init__(self, model: str, revision: str | None, decoding: Decoding | None, kept: Sequence[int] | None) -> None:
        self.checkpoint = Checkpoint(model, revision)
        self.decoding = decoding or Decoding()
        self.kept = kept

    @property
    def longest(self) -> int:
        """Letters of a sentence at most."""
        return self.decoding.longest

    def check(self, code: str) -> None:
        """Raise UserError for a language that the model does not know."""
        self.checkpoint.check(code)

    def unknown(self, text: str) -> list[tuple[int, int]]:
        """Return the places of characters without a token."""
        return self.checkpoint.unknown(text)

    def named(self, library: str, numbers: str) -> str:
        """Return what makes results the same: library, weights, type of the numbers, decoding, kept tokens."""
        kept = f" {digest(*map(str, self.kept))}" if self.kept is not None else ""
        return f"{library} {self.checkpoint.identity} {numbers} {self.decoding.model_dump_json()}{kept}"

    def limit(self, tokens: int) -> int:
        """Return how many tokens a translation may have, given those of its source; the language is one more."""
        return min(self.decoding.limit(tokens), self.checkpoint.positions - 2)

    def too_long(self, rows: Sequence[Sequence[int]]) -> dict[int, Hypothesis]:
        """Return an empty translation of each row that has more tokens than the model has places for."""
        return {place: _NOTHING for place, row in enumerate(rows) if len(row) > self.checkpoint.positions}

    def by_vocabulary(self, rows: Sequence[Sequence[int]]) -> Iterator[tuple[bool, list[int]]]:
        """Yield whether the whole vocabulary is needed, and the places of the rows for which that is so.

        Rows that are too long are left out.
        """
        beyond = self.too_long(rows)
        known = None if self.kept is None else frozenset(self.kept)
        needs_whole = [known is None or not known.issuperset(row) for row in rows]
        for whole in (False, True):
            if places := [place for place, needed in enumerate(needs_whole) if needed == whole and place not in beyond]:
                yield whole, places


def quiet() -> None:
    """Let transformers load models without a word."""
    with needs("translation"):
        from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers gives it no types


def identity(model: str, revision: str | None) -> str:
    """Return what names the weights: name and revision, or the folder's own fingerprint."""
    folder = Path(model)
    if not folder.is_dir():
        return f"{model}@{revision or 'main'}"
    files = sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".bin", ".json", ".model"))
    return digest(*(f"{path.name} {path.stat().st_size} {_tail(path)}" for path in files))


def _tail(path: Path, num: int = 1 << 20) -> str:
    """Return the hash of the beginning and end of a file; weights of gigabytes are not read through."""
    import hashlib

    with path.open("rb") as file:
        head = file.read(num)
        file.seek(max(0, path.stat().st_size - num))
        return hashlib.sha256(head + file.read()).hexdigest()


def cache_folder() -> Path:
    """Return where what was made once is kept for later runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aya"
