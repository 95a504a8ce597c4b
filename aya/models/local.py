"""A checkpoint of transformers in this process, causal or encoder-decoder."""

import asyncio
import importlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from aya.errors import needs
from aya.models.model import Answer, Heard, ModelError, Request, Usage

_HAND = 16
"""Requests that go through the model together, at most."""


class Transformers:
    """A checkpoint by its name on the Hub, its folder or its GGUF file; needs the extra `translation`.

    Greedy requests of one decoding that come together are answered together; sampled ones one by one, so that a seed
    means the same whoever else asks. A conversation is written as the checkpoint's chat template says; without
    one its texts are joined by empty lines.
    """

    def __init__(self, name: str, *, revision: str = "", device: str = "cpu") -> None:
        self.name, self.revision, self._device = name, revision, device
        self._waiting: list[tuple[Request, asyncio.Future[Answer]]] = []
        self._work: asyncio.Task[None] | None = None

    @cached_property
    def _parts(self) -> tuple[Any, Any]:
        """The tokenizer and the model, on the device.

        Raises: ModelError if there is no such checkpoint.
        """
        where, which = self._where()
        with needs("translation"):
            transformers = importlib.import_module("transformers")
            importlib.import_module("gguf" if "gguf_file" in which else "transformers")
        try:
            config = transformers.AutoConfig.from_pretrained(where, **which)
            kind = (
                transformers.AutoModelForSeq2SeqLM if config.is_encoder_decoder else transformers.AutoModelForCausalLM
            )
            model = kind.from_pretrained(where, config=config, **which).to(self._device).eval()
            tokenizer = transformers.AutoTokenizer.from_pretrained(where, padding_side="left", **which)
        except (OSError, ValueError) as error:
            raise ModelError(f"{self.name}: no such checkpoint: {str(error).splitlines()[0]}") from error
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        return tokenizer, model

    def _where(self) -> tuple[str, dict[str, Any]]:
        """Return what transformers calls the checkpoint: its place, and a revision or a file in it."""
        if self.name.endswith(".gguf"):
            path = Path(self.name)
            return str(path.parent), {"gguf_file": path.name}
        return self.name, {"revision": self.revision} if self.revision else {}

    async def answer(self, request: Request, heard: Heard | None = None) -> Answer:
        """Return the answer; `heard` is told it as a whole."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, future))
        if self._work is None or self._work.done():
            self._work = asyncio.ensure_future(self._answer_waiting())
        answer = await future
        if heard:
            heard(answer.text)
        return answer

    async def close(self) -> None:
        """Give back the memory of the weights."""
        self.__dict__.pop("_parts", None)

    async def _answer_waiting(self) -> None:
        """Answer what is waiting, and what comes meanwhile; the model works in a thread."""
        await asyncio.sleep(0)  # all that ask now are here by then
        while self._waiting:
            hand = self._next_hand()
            try:
                answers = await asyncio.to_thread(self._generate, [request for request, _ in hand])
            except Exception as error:
                for _, future in hand:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), answer in zip(hand, answers, strict=True):
                if not future.done():
                    future.set_result(answer)

    def _next_hand(self) -> list[tuple[Request, "asyncio.Future[Answer]"]]:
        """Take the first request, and those that may go with it."""
        first = self._waiting[0][0]
        most = _HAND if first.decoding.temperature == 0 else 1
        hand = [item for item in self._waiting if item[0].decoding == first.decoding][:most]
        self._waiting = [item for item in self._waiting if item not in hand]
        return hand

    def _generate(self, requests: Sequence[Request]) -> list[Answer]:
        import torch

        tokenizer, model = self._parts
        decoding = requests[0].decoding
        texts = [_prompt(request, tokenizer) for request in requests]
        encoded = tokenizer(texts, return_tensors="pt", padding=True, return_token_type_ids=False).to(self._device)
        how: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if decoding.temperature > 0:
            torch.manual_seed(requests[0].seed)
            how = {"do_sample": True, "temperature": decoding.temperature, "top_p": decoding.top_p, "top_k": 0}
        with torch.inference_mode():
            made_BT = model.generate(**encoded, max_new_tokens=decoding.max_tokens, **how, **decoding.more)
        start = 1 if model.config.is_encoder_decoder else encoded["input_ids"].shape[1]
        prompts = encoded["attention_mask"].sum(dim=1).tolist()
        ends = model.generation_config.eos_token_id
        stops = set(ends if isinstance(ends, list) else [ends])
        return [
            _answer(tokenizer, row[start:], request, stops, num)
            for request, row, num in zip(requests, made_BT.tolist(), prompts, strict=True)
        ]


def _prompt(request: Request, tokenizer: Any) -> str:
    if request.prompt is not None:
        return request.prompt
    if tokenizer.chat_template:
        turns = [message._asdict() for message in request.messages]
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
    return "\n\n".join(message.content for message in request.messages)


def _answer(tokenizer: Any, tokens: list[int], request: Request, stops: set[int | None], num_prompt: int) -> Answer:
    """Return the answer that ends at the first of its end tokens or stop texts."""
    num = next((at for at, token in enumerate(tokens) if token in stops), None)
    finish = "length" if num is None else "stop"
    own = tokens if num is None else tokens[:num]
    text = tokenizer.decode(own, skip_special_tokens=True).strip()
    for stop in request.decoding.stop:
        if stop in text:
            text, finish = text[: text.index(stop)], "stop"
    return Answer(text=text, finish=finish, usage=Usage(num_prompt, len(own) + (num is not None)))
