"""An engine that runs an NLLB or M2M100 checkpoint by transformers, on any device."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

from aya.errors import UserError, needs
from translation.batches import batches
from translation.checkpoint import Decoding, OfCheckpoint
from translation.engine import Hypothesis
from translation.greedy import Said, decode


class Ends(NamedTuple):
    """The two ends of a decoder, in and out: for the whole vocabulary, or for the tokens that are kept."""

    embedding: Any
    head: Any
    kept: Sequence[int] | None = None
    """Ids of the kept tokens, ascending; None of the whole vocabulary."""

    def short(self, id_: int) -> int:
        """Return what the decoder calls a token."""
        return id_ if self.kept is None else self.kept.index(id_)


class Transformers(OfCheckpoint):
    """An engine that runs a checkpoint by transformers: batches of like length by a budget of tokens, bf16 if fast.

    With `kept` (ids of tokens, see `translation.vocabulary`) only those can be said, which halves the work of
    decoding; a text that itself has another token is translated with the whole vocabulary.
    """

    def __init__(
        self,
        model: str,
        *,
        revision: str | None = None,
        decoding: Decoding | None = None,
        device: str | None = None,
        dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto",
        budget: int | None = None,
        kept: Sequence[int] | None = None,
    ) -> None:
        with needs("translation"):
            import torch
            import transformers

        super().__init__(model, revision, decoding, kept)
        self.device = _there(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.dtype = _dtype(self.device) if dtype == "auto" else getattr(torch, dtype)
        self.budget = budget or (4_096 if self.device == "cpu" else 16_384)
        loaded: Any = transformers.AutoModelForSeq2SeqLM
        # PyTorch's fused attention takes three times as long on a processor for one token a row
        kind: dict[str, Any] = {"attn_implementation": "eager"} if self.device == "cpu" else {}
        self.network = loaded.from_pretrained(model, revision=revision, dtype=self.dtype, **kind)
        self.network.to(self.device).eval()

    @property
    def key(self) -> str:
        """Model, revision, number type, decoding and kept tokens."""
        return self.named("transformers", str(self.dtype).removeprefix("torch."))

    def stream(self, texts: Sequence[str], *, source: str, target: str) -> Iterator[dict[int, Hypothesis]]:
        """Yield translations by the place of their text; a batch that does not fit the device is halved."""
        rows = self.checkpoint.ids(texts, source)
        first = self.checkpoint.language_id(target)
        if beyond := self.too_long(rows):
            yield beyond
        for whole, places in self.by_vocabulary(rows):
            for batch in batches([len(rows[place]) for place in places], budget=self.budget):
                yield from self._fitting([places[index] for index in batch], rows, first, whole=whole)

    def _fitting(
        self, batch: list[int], rows: Sequence[Sequence[int]], first: int, *, whole: bool
    ) -> Iterator[dict[int, Hypothesis]]:
        """Yield the translations of a batch, in halves where the device has no room for it."""
        try:
            yield dict(zip(batch, self._run([rows[place] for place in batch], first, whole=whole), strict=True))
            return
        except RuntimeError as error:
            if len(batch) == 1 or "out of memory" not in str(error):
                raise
        self.budget = max(1, self.budget // 2)
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            yield from self._fitting(half, rows, first, whole=whole)

    def _run(self, rows: Sequence[Sequence[int]], first: int, *, whole: bool) -> list[Hypothesis]:
        import torch

        pad = self.checkpoint.tokenizer.pad_token_id
        longest = max(map(len, rows))
        ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows], device=self.device)
        ends = self._whole if whole else self._short
        self._use(ends)
        with torch.inference_mode():
            if self.decoding.beams > 1:
                made = self._by_beams(ids, ids != pad, ends.short(first))
            else:
                never = self.checkpoint.tokenizer.unk_token_id
                common: dict[str, Any] = {"first": ends.short(first), "never": never, "change": self.change}
                limits = [self.limit(len(row)) for row in rows]
                made = decode(self.network, ids, ids != pad, limits=limits, **common)
        return self._hypotheses(made if ends.kept is None else [_long(said, ends.kept) for said in made])

    def change(self, places: Any, step: int, scores: Any) -> Any:
        """Return the scores of rows of a batch as they are; what is forced or barred besides is said by who derives."""
        return scores

    def _by_beams(self, ids: Any, mask: Any, first: int) -> list[Said]:
        tokenizer = self.checkpoint.tokenizer
        sequences = self.network.generate(
            input_ids=ids,
            attention_mask=mask.long(),
            forced_bos_token_id=first,
            max_new_tokens=self.limit(ids.shape[1]),
            num_beams=self.decoding.beams,
            do_sample=False,
            suppress_tokens=[tokenizer.unk_token_id],
        )
        logprobs = self._again(ids, mask, sequences)[:, 1:]  # the start and the language come first
        found = []
        for row, steps in zip(sequences[:, 2:].tolist(), logprobs, strict=True):
            num = sum(id_ != tokenizer.pad_token_id for id_ in row)
            found.append(Said(row[:num], float(steps[:num].mean()) if num else 0.0))
        return found

    def _again(self, ids: Any, mask: Any, sequences: Any) -> Any:
        """Return the log-probability of each token of finished beams, rows by steps, a row at a time.

        generate() would have to keep the scores of all beams at all steps for it.
        """
        import torch

        rows = []
        for place, said in enumerate(sequences):
            one = slice(place, place + 1)
            scores = self.network(ids[one], mask[one].long(), decoder_input_ids=said[None, :-1]).logits[0].float()
            scores[:, self.checkpoint.tokenizer.unk_token_id] = float("-inf")
            rows.append(scores.log_softmax(-1).gather(1, said[1:, None])[:, 0])
        return torch.stack(rows)

    def _hypotheses(self, made: Sequence[Said]) -> list[Hypothesis]:
        texts = self.checkpoint.decode([said.tokens for said in made])
        end = self.checkpoint.tokenizer.eos_token_id
        return [
            Hypothesis(text, said.logprob, len(said.tokens), said.tokens[-1:] == [end])
            for text, said in zip(texts, made, strict=True)
        ]

    @cached_property
    def _whole(self) -> Ends:
        return Ends(self.network.model.decoder.embed_tokens, self.network.lm_head)

    @cached_property
    def _short(self) -> Ends:
        """Return the ends of the decoder for the kept tokens."""
        import torch

        if self.kept is None:
            return self._whole
        whole, num = self._whole.embedding, len(self.kept)
        with torch.inference_mode():
            weights = whole.weight[torch.tensor(self.kept, device=self.device)].clone()
        short = type(whole)(num, whole.embedding_dim, whole.padding_idx, embed_scale=whole.embed_scale)
        head = torch.nn.Linear(whole.embedding_dim, num, bias=False)
        short.weight = head.weight = torch.nn.Parameter(weights, requires_grad=False)
        return Ends(short, head, self.kept)

    def _use(self, ends: Ends) -> None:
        self.network.model.decoder.embed_tokens, self.network.lm_head = ends.embedding, ends.head
        self.network.config.vocab_size = len(ends.head.weight)


def _long(said: Said, kept: Sequence[int]) -> Said:
    """Return what was said as the whole vocabulary calls it."""
    return said._replace(tokens=[kept[id_] for id_ in said.tokens])


def _there(device: str) -> str:
    """Return a device that is there.

    Raises: UserError.
    """
    import torch

    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"no device '{device}' here: {str(error).splitlines()[0]}") from error
    return device


def _dtype(device: str) -> Any:
    """Return bf16 where the processor multiplies it in hardware (two to three times as fast), else fp32."""
    import torch

    if device != "cpu":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    capable = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
    return torch.bfloat16 if capable else torch.float32
