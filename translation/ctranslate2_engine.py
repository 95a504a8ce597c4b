"""An engine that runs a checkpoint by CTranslate2 in 8-bit integers: on processors twice as fast as transformers.

The checkpoint is converted once and kept in a cache folder.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from aya.errors import UserError
from aya.text import digest
from translation.batches import batches
from translation.engine import Hypothesis
from translation.nllb import Decoding, OfCheckpoint, identity


class CTranslate2(OfCheckpoint):
    """The same results contract as `translation.nllb.Transformers`."""

    def __init__(
        self,
        model: str,
        *,
        revision: str | None = None,
        decoding: Decoding | None = None,
        device: str = "auto",
        quantization: str = "int8",
        budget: int = 2_048,
        threads: int = 0,
        cache: Path | None = None,
    ) -> None:
        import ctranslate2

        super().__init__(model, revision, decoding)
        self.quantization, self.budget = quantization, budget
        folder = convert(model, revision=revision, quantization=quantization, cache=cache)
        compute = quantization if quantization in ctranslate2.get_supported_compute_types("cpu") else "default"
        self.translator: Any = ctranslate2.Translator(
            str(folder), device=device, compute_type=compute, intra_threads=threads
        )

    @property
    def key(self) -> str:
        """Model, revision, number type and decoding."""
        return self.named("ctranslate2", self.quantization)

    def stream(self, texts: Sequence[str], *, source: str, target: str) -> Iterator[dict[int, Hypothesis]]:
        """Yield translations by the place of their text; rows that are finished leave their batch."""
        tokenizer = self.checkpoint.tokenizer
        rows = self.checkpoint.ids(texts, source)
        self.checkpoint.check(target)
        for batch in batches([len(row) for row in rows], budget=self.budget):
            results = self.translator.translate_batch(
                [tokenizer.convert_ids_to_tokens(rows[place]) for place in batch],
                target_prefix=[[target]] * len(batch),
                beam_size=self.decoding.beams,
                max_decoding_length=self.decoding.limit(max(len(rows[place]) for place in batch)),
                max_batch_size=0,
                disable_unk=True,
                return_scores=True,
                return_end_token=True,
            )
            yield {place: self._hypothesis(result) for place, result in zip(batch, results, strict=True)}

    def _hypothesis(self, result: Any) -> Hypothesis:
        """Return one result; the first token is the forced language."""
        tokenizer = self.checkpoint.tokenizer
        tokens: list[str] = result.hypotheses[0][1:]
        finished = bool(tokens) and tokens[-1] == tokenizer.eos_token
        text = self.checkpoint.decode([tokenizer.convert_tokens_to_ids(tokens)])[0] if tokens else ""
        return Hypothesis(text, float(result.scores[0]), len(tokens), finished)


def convert(model: str, *, revision: str | None, quantization: str, cache: Path | None) -> Path:
    """Return the folder of the converted model, made when it is not there yet.

    Raises: UserError for a model that CTranslate2 does not know.
    """
    from ctranslate2.converters import TransformersConverter

    root = cache or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "aya" / "ctranslate2"
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
