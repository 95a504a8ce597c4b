"""An engine that runs a checkpoint by CTranslate2 in 8-bit integers: on processors twice as fast as transformers.

The checkpoint is converted once and kept in a cache folder.
"""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from aya.errors import UserError, needs
from aya.text import digest
from translation.batches import batches
from translation.checkpoint import Decoding, OfCheckpoint, cache_folder, identity
from translation.engine import Hypothesis


class CTranslate2(OfCheckpoint):
    """The same results contract as `translation.nllb.Transformers`, `kept` tokens included."""

    def __init__(
        self,
        model: str,
        *,
        revision: str | None = None,
        decoding: Decoding | None = None,
        device: str | None = None,
        quantization: str = "int8",
        budget: int | None = None,
        threads: int = 0,
        cache: Path | None = None,
        kept: Sequence[int] | None = None,
    ) -> None:
        with needs("translation"):
            import ctranslate2

        super().__init__(model, revision, decoding, kept)
        kind, _, index = (device or "auto").partition(":")
        self.quantization, self.budget = quantization, budget or 4_096
        folder = convert(model, revision=revision, quantization=quantization, cache=cache)
        if kept is not None:
            tokens = self.checkpoint.tokenizer.convert_ids_to_tokens(list(kept))
            folder = _with_map(folder, tokens, digest(*map(str, kept)))
        compute = quantization if quantization in ctranslate2.get_supported_compute_types("cpu") else "default"
        where = {"device": kind, "device_index": int(index or 0)}
        try:
            self.translator: Any = ctranslate2.Translator(
                str(folder), compute_type=compute, intra_threads=threads, **where
            )
        except (ValueError, RuntimeError) as error:
            raise UserError(f"CTranslate2 can not run '{model}' on '{device or 'auto'}': {error}") from error

    @property
    def key(self) -> str:
        """Model, revision, number type, decoding and kept tokens."""
        return self.named("ctranslate2", self.quantization)

    def stream(self, texts: Sequence[str], *, source: str, target: str) -> Iterator[dict[int, Hypothesis]]:
        """Yield translations by the place of their text; rows that are finished leave their batch."""
        rows = self.checkpoint.ids(texts, source)
        first = self.checkpoint.language_token(target)
        if beyond := self.too_long(rows):
            yield beyond
        for whole, places in self.by_vocabulary(rows):
            for batch in batches([len(rows[place]) for place in places], budget=self.budget):
                chosen = [places[index] for index in batch]
                yield dict(zip(chosen, self._run([rows[place] for place in chosen], first, whole=whole), strict=True))

    def _run(self, rows: Sequence[Sequence[int]], first: str, *, whole: bool) -> list[Hypothesis]:
        tokenizer = self.checkpoint.tokenizer
        results = self.translator.translate_batch(
            [tokenizer.convert_ids_to_tokens(list(row)) for row in rows],
            target_prefix=[[first]] * len(rows),
            beam_size=self.decoding.beams,
            max_batch_size=0,
            disable_unk=True,
            use_vmap=not whole,
            return_scores=True,
            return_end_token=True,
            **self.lengths(rows),
        )
        limits = [self.limit(len(row)) for row in rows]
        return [self._hypothesis(*both) for both in zip(results, limits, strict=True)]

    def lengths(self, rows: Sequence[Sequence[int]]) -> dict[str, Any]:
        """Return how long translations of these rows may be, as CTranslate2 is told."""
        return {"max_decoding_length": self.limit(max(map(len, rows))) + 1}  # the forced language counts

    def _hypothesis(self, result: Any, limit: int) -> Hypothesis:
        """Return one result, cut at its own limit; the first token is the forced language."""
        tokenizer = self.checkpoint.tokenizer
        said: list[str] = result.hypotheses[0][1:]
        tokens = said[:limit]
        finished = bool(tokens) and tokens[-1] == tokenizer.eos_token
        text = self.checkpoint.decode([tokenizer.convert_tokens_to_ids(tokens)])[0] if tokens else ""
        mean = float(result.scores[0]) * (len(said) + 1) / max(1, len(said))  # it was divided by all tokens
        return Hypothesis(text, mean, len(tokens), finished)


def convert(model: str, *, revision: str | None, quantization: str, cache: Path | None) -> Path:
    """Return the folder of the converted model, made when it is not there yet.

    Raises: UserError for a model that CTranslate2 does not know.
    """
    from ctranslate2.converters import TransformersConverter

    root = cache or cache_folder() / "ctranslate2"
    folder = root / digest(identity(model, revision), quantization)
    if (folder / "model.bin").is_file():
        return folder
    root.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(dir=root))
    try:
        TransformersConverter(model, revision=revision).convert(str(draft), quantization=quantization, force=True)
        draft.replace(folder)
    except (ValueError, OSError) as error:
        if (folder / "model.bin").is_file():  # another process was quicker
            return folder
        raise UserError(f"'{model}' can not be converted for CTranslate2: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _with_map(folder: Path, tokens: Sequence[str], name: str) -> Path:
    """Return a folder with the same model (no copy) and a list of the tokens that it may say."""
    made = folder.with_name(f"{folder.name}-{name}")
    if not made.is_dir():
        draft = Path(mkdtemp(dir=folder.parent))
        for path in folder.iterdir():
            (draft / path.name).hardlink_to(path)
        (draft / "vmap.txt").write_text(f"\t{' '.join(tokens)}\n", encoding="utf-8")  # after any source: these
        try:
            draft.replace(made)
        except OSError:  # another process was quicker
            shutil.rmtree(draft)
    return made
