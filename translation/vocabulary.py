"""The tokens that a group of languages needs: half of NLLB's decoding is the choice among 256,000 of them.

A model that may only say tokens of its target languages says the same, unless it would have said another token; what
makes that likely, a token in the source that is not kept (a name in another script), is asked of the whole vocabulary.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from translation.checkpoint import Checkpoint

_LINES = 1_000


def kept(checkpoint: Checkpoint, texts: Iterable[str]) -> list[int]:
    """Return the ids, ascending, of tokens to keep: those of the texts, all of one letter, all that are special.

    The texts are of the source and of all target languages; 100,000 sentences of each are plenty.
    """
    tokenizer = checkpoint.tokenizer
    ids = {*tokenizer.all_special_ids, *range(4), *map(checkpoint.language_id, checkpoint.codes)}
    ids.update(id_ for token, id_ in tokenizer.get_vocab().items() if len(token.removeprefix("▁")) <= 1)
    for lines in _some(texts):
        for row in tokenizer(lines, add_special_tokens=False)["input_ids"]:
            ids.update(row)
    return sorted(ids)


def lines(files: Iterable[Path]) -> Iterator[str]:
    """Yield the lines of text files."""
    for path in files:
        with path.open(encoding="utf-8") as file:
            yield from (line.strip() for line in file)


def _some(texts: Iterable[str]) -> Iterator[list[str]]:
    some: list[str] = []
    for text in texts:
        some.append(text)
        if len(some) == _LINES:
            yield some
            some = []
    if some:
        yield some
