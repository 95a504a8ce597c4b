"""NLLB and M2M100 checkpoints: the codes they know, the characters they have, and how transformers runs them."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import regex

from aya.errors import UserError, needs, unknown
from aya.stage import Settings
from translation.batches import batches
from translation.engine import Hypothesis, in_order

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
            raise UserError(f"no model '{model}': {str(error).splitlines()[0]}") from error

    @cached_property
    def identity(self) -> str:
        """What names the weights; a folder's are read at both ends, so it is asked for once."""
        return identity(self.model, self.revision)

    @cached_property
    def codes(self) -> frozenset[str]:
        """The FLORES-200 codes that the vocabulary has a token for."""
        from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

        known = {*FAIRSEQ_LANGUAGE_CODES, *self.tokenizer.get_added_vocab()}
        names = (name for name in known if _FLORES.fullmatch(name))
        return frozenset(name for name in names if self._id(name) != self.tokenizer.unk_token_id)

    def _id(self, code: str) -> int:
        found: int = self.tokenizer.convert_tokens_to_ids(code)
        return found

    def check(self, code: str) -> None:
        """Raise UserError for a code without a token; the tokenizer itself would take `<unk>` without a word."""
        if code not in self.codes:
            raise UserError(f"{self.model} knows {unknown('language', code, self.codes)}")

    def language_id(self, code: str) -> int:
        """Return the token that a translation into this language starts with."""
        self.check(code)
        return self._id(code)

    def unknown(self, text: str) -> list[tuple[int, int]]:
        """Return the places of characters that would be lost, as nothing in the vocabulary stands for them."""
        unk = self.tokenizer.unk_token_id
        found = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        pairs = zip(found["input_ids"], found["offset_mapping"], strict=True)
        return [_trimmed(text, *place) for id_, place in pairs if id_ == unk and place[0] < place[1]]

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


class OfCheckpoint:
    """What the engines of a checkpoint share, whichever library runs it."""

    def __init__(self, model: str, revision: str | None, decoding: Decoding | None) -> None:
        self.checkpoint = Checkpoint(model, revision)
        self.decoding = decoding or Decoding()

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

    def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[Hypothesis]:
        """Return a translation of each text, in order."""
        return in_order(self.stream(texts, source=source, target=target))

    def stream(self, texts: Sequence[str], *, source: str, target: str) -> Iterator[dict[int, Hypothesis]]:
        """Yield translations by the place of their text, a batch at a time."""
        raise NotImplementedError

    def named(self, library: str, numbers: str) -> str:
        """Return what makes results the same: library, weights, type of the numbers, decoding."""
        return f"{library} {self.checkpoint.identity} {numbers} {self.decoding.model_dump_json()}"


class Transformers(OfCheckpoint):
    """An engine that runs a checkpoint by transformers: batches of like length by a budget of tokens, bf16 if fast."""

    def __init__(
        self,
        model: str,
        *,
        revision: str | None = None,
        decoding: Decoding | None = None,
        device: str | None = None,
        dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto",
        budget: int | None = None,
    ) -> None:
        import torch
        import transformers

        super().__init__(model, revision, decoding)
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.dtype = _dtype(self.device) if dtype == "auto" else getattr(torch, dtype)
        self.budget = budget or (2_048 if self.device == "cpu" else 16_384)
        loaded: Any = transformers.AutoModelForSeq2SeqLM
        self.network = loaded.from_pretrained(model, revision=revision, dtype=self.dtype).to(self.device).eval()

    @property
    def key(self) -> str:
        """Model, revision, number type and decoding."""
        return self.named("transformers", str(self.dtype).removeprefix("torch."))

    def stream(self, texts: Sequence[str], *, source: str, target: str) -> Iterator[dict[int, Hypothesis]]:
        """Yield translations by the place of their text; a batch that does not fit the device is halved."""
        rows = self.checkpoint.ids(texts, source)
        first = self.checkpoint.language_id(target)
        waiting = batches([len(row) for row in rows], budget=self.budget)[::-1]
        while waiting:
            batch = waiting.pop()
            try:
                made = self._run([rows[place] for place in batch], first)
            except RuntimeError as error:
                if len(batch) == 1 or "out of memory" not in str(error):
                    raise
                self.budget = max(1, self.budget // 2)
                waiting += [batch[len(batch) // 2 :], batch[: len(batch) // 2]]
                continue
            yield dict(zip(batch, made, strict=True))

    def _run(self, rows: Sequence[Sequence[int]], first: int) -> list[Hypothesis]:
        import torch

        pad, end = self.checkpoint.tokenizer.pad_token_id, self.checkpoint.tokenizer.eos_token_id
        longest = max(map(len, rows))
        ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows], device=self.device)
        with torch.inference_mode():
            out = self.network.generate(
                input_ids=ids,
                attention_mask=(ids != pad).long(),
                forced_bos_token_id=first,
                max_new_tokens=self.decoding.limit(longest),
                num_beams=self.decoding.beams,
                do_sample=False,
                suppress_tokens=[self.checkpoint.tokenizer.unk_token_id],
                output_logits=True,
                return_dict_in_generate=True,
            )
            scores = self.network.compute_transition_scores(
                out.sequences, out.logits, getattr(out, "beam_indices", None), normalize_logits=True
            )
        texts = self.checkpoint.decode(out.sequences.tolist())
        made = out.sequences[:, -scores.shape[1] :]
        return [
            _hypothesis(text, ids_, row, pad=pad, end=end)
            for text, ids_, row in zip(texts, made.tolist(), scores.float().tolist(), strict=True)
        ]


def _hypothesis(text: str, ids: Sequence[int], scores: Sequence[float], *, pad: int, end: int) -> Hypothesis:
    """Return one row of a batch; the first token is the forced language and says nothing."""
    length = next((index + 1 for index, id_ in enumerate(ids) if id_ == end), None)
    used = [score for id_, score in zip(ids[1:length], scores[1:length], strict=True) if id_ != pad]
    mean = sum(used) / len(used) if used else 0.0
    return Hypothesis(text, mean, len(used), length is not None)


def identity(model: str, revision: str | None) -> str:
    """Return what names the weights: name and revision, or the folder's own fingerprint."""
    from aya.text import digest

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


def _dtype(device: str) -> Any:
    """Return bf16 where the processor multiplies it in hardware (two to three times as fast), else fp32."""
    import torch

    if device != "cpu":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    capable = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
    return torch.bfloat16 if capable else torch.float32
