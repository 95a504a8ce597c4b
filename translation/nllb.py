"""An engine that runs an NLLB or M2M100 checkpoint by transformers, on any device."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

from aya.errors import needs
from translation.batches import batches
from translation.checkpoint import Decoding, OfCheckpoint
from translation.engine import Hypothesis


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
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.dtype = _dtype(self.device) if dtype == "auto" else getattr(torch, dtype)
        self.budget = budget or (4_096 if self.device == "cpu" else 16_384)
        loaded: Any = transformers.AutoModelForSeq2SeqLM
        self.network = loaded.from_pretrained(model, revision=revision, dtype=self.dtype).to(self.device).eval()

    @property
    def key(self) -> str:
        """Model, revision, number type, decoding and kept tokens."""
        return self.named("transformers", str(self.dtype).removeprefix("torch."))

    def stream(self, texts: Sequence[str], *, source: str, target: str) -> Iterator[dict[int, Hypothesis]]:
        """Yield translations by the place of their text; a batch that does not fit the device is halved."""
        rows = self.checkpoint.ids(texts, source)
        first = self.checkpoint.language_id(target)
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
            made, logprobs = self._decode(ids, ids != pad, ends.short(first), self.decoding.limit(longest))
        if ends.kept is not None:
            made = torch.tensor(ends.kept)[made.cpu()]
        return self._hypotheses(made.tolist(), logprobs.tolist())

    def _decode(self, ids: Any, mask: Any, first: int, limit: int) -> tuple[Any, Any]:
        """Return the tokens of each row, the forced language first, and the mean log-probability of the others."""
        from transformers import LogitsProcessorList

        watch = Watch(never=self.checkpoint.tokenizer.unk_token_id)
        out = self.network.generate(
            input_ids=ids,
            attention_mask=mask.long(),
            forced_bos_token_id=first,
            max_new_tokens=limit,
            num_beams=self.decoding.beams,
            do_sample=False,
            logits_processor=LogitsProcessorList([watch, *self.processors(len(ids))]),
            output_scores=False,
            return_dict_in_generate=True,
        )
        made = out.sequences[:, 1:]  # the decoder's own start comes first
        said = made != self.checkpoint.tokenizer.pad_token_id
        said[:, 0] = False  # the forced language says nothing
        steps = watch.logprobs() if self.decoding.beams == 1 else self._again(ids, mask, out.sequences)
        return made, (steps * said).sum(1) / said.sum(1).clamp(min=1)

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

    def processors(self, num: int) -> list[Any]:
        """Return what else changes the scores of `num` rows; nothing here."""
        return []

    def _hypotheses(self, made: list[list[int]], logprobs: list[float]) -> list[Hypothesis]:
        tokenizer = self.checkpoint.tokenizer
        nothing = (tokenizer.pad_token_id, tokenizer.eos_token_id)
        found = []
        said = [ids[1:] for ids in made]  # the forced language comes first
        for text, ids, logprob in zip(self.checkpoint.decode(said), said, logprobs, strict=True):
            finished = tokenizer.eos_token_id in ids
            num = sum(id_ not in nothing for id_ in ids) + finished
            found.append(Hypothesis(text, logprob, num, finished))
        return found

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


class Watch:
    """A logits processor that notes the log-probability of the likeliest token, step by step, and bars one token.

    generate() can keep all scores instead: for 50 sentences of 60 tokens and NLLB's vocabulary 3 GB. It can bar
    tokens, too, by a copy of all scores.
    """

    def __init__(self, *, never: int) -> None:
        self._never = never
        self._steps: list[Any] = []

    def __call__(self, ids: Any, scores: Any) -> Any:
        """Note the best score and return all but the barred one as they are."""
        import torch

        scores[:, self._never] = float("-inf")
        few = scores.split(16)  # stays in the processor's cache: four times as fast as logsumexp() of all
        self._steps.append(torch.cat([some.log_softmax(-1).amax(-1) for some in few]))
        return scores

    def logprobs(self) -> Any:
        """Return rows by steps."""
        import torch

        return torch.stack(self._steps, dim=1)


def _dtype(device: str) -> Any:
    """Return bf16 where the processor multiplies it in hardware (two to three times as fast), else fp32."""
    import torch

    if device != "cpu":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    capable = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
    return torch.bfloat16 if capable else torch.float32
