"""Texts into the numbers of a model, and back."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from aya.errors import UserError, needs

with needs("training"):
    import transformers


class Tokens:
    """A tokenizer of transformers that takes texts literally: `</s>` inside a text is four letters, not the end.

    `sentencepiece` is the content of the model that it was built from, if there is one: that cuts the texts then. The
    tokenizer, which is saved for plain transformers, normalises a grapheme at a time, and so drops a mark behind a
    letter that is replaced (Arabic presentation forms) and joins no long ones (decomposed Bengali, Tamil, Korean).
    """

    def __init__(self, tokenizer: Any, *, sentencepiece: bytes | None = None) -> None:
        self.tokenizer, self.sentencepiece = tokenizer, sentencepiece
        self._processor = None if sentencepiece is None else _processor(sentencepiece)
        if tokenizer.eos_token_id is None:
            raise UserError("the tokenizer has no token for the end of a text")
        self.end: int = tokenizer.eos_token_id
        self.pad: int = self.end if tokenizer.pad_token_id is None else tokenizer.pad_token_id
        self.begin: int | None = tokenizer.bos_token_id

    def __len__(self) -> int:
        """Return the size of the vocabulary."""
        return len(self.tokenizer)

    def encode(self, texts: Sequence[str], *, most: int | None = None, end: bool = True) -> list[list[int]]:
        """Return the tokens of each text, closed by the end; a text of more than `most` tokens is cut before it."""
        if not texts:
            return []
        return [self._closed(row, most=most, end=end) for row in self._cut_into_tokens(list(texts))]

    def _cut_into_tokens(self, texts: list[str]) -> list[list[int]]:
        if self._processor is not None:
            rows: list[list[int]] = self._processor.encode(texts)
        else:
            rows = self.tokenizer(texts, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        return rows

    def _closed(self, row: Sequence[int], *, most: int | None, end: bool) -> list[int]:
        ending = [self.end] if end else []
        return [*row[: None if most is None else most - len(ending)], *ending]

    def decode(self, rows: Iterable[Sequence[int]]) -> list[str]:
        """Return the texts of tokens, up to the end or the padding of each."""
        return [self.tokenizer.decode(self._cut(row)) for row in rows]

    def _cut(self, row: Sequence[int]) -> list[int]:
        stop = next((place for place, token in enumerate(row) if token in (self.end, self.pad)), len(row))
        return list(row[:stop])

    @property
    def lost(self) -> tuple[str, ...]:
        """What of a text does not come back, in words: line breaks, joiners, ..."""
        from training.sentencepiece_model import lost

        return lost(self.tokenizer)

    def save(self, folder: Path) -> None:
        """Write the files that transformers reads, and the sentencepiece model beside them."""
        self.tokenizer.save_pretrained(folder)
        if self.sentencepiece is not None:
            from training.sentencepiece_model import FILE

            (folder / FILE).write_bytes(self.sentencepiece)


def _processor(content: bytes) -> Any:
    import sentencepiece

    return sentencepiece.SentencePieceProcessor(model_proto=content)


def load_tokens(name: str, *, revision: str | None = None) -> Tokens:
    """Return the tokens of a checkpoint, by its folder or its name on the Hub.

    A sentencepiece Unigram model goes before every other file: transformers' own reading of it may differ.

    Raises: UserError if there is none, or if its sentencepiece model can not be read exactly.
    """
    from training.sentencepiece_model import build, file_of

    path = file_of(name, revision)
    if path is not None:
        content = path.read_bytes()
        return Tokens(build(content, name=name), sentencepiece=content)
    try:
        return Tokens(transformers.AutoTokenizer.from_pretrained(name, revision=revision))
    except (OSError, ValueError) as error:
        raise UserError(f"no tokenizer in '{name}': {str(error).splitlines()[0]}") from error
