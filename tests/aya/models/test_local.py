"""Checkpoints of both kinds, tiny and untrained, behind the Protocol."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aya.errors import UserError
from aya.models.caller import Caller
from aya.models.journal import Journal
from aya.models.local import Transformers
from aya.models.model import Answer, Decoding, Message, Request

transformers: Any = pytest.importorskip("transformers")
torch: Any = pytest.importorskip("torch")


@pytest.fixture(scope="module", params=["causal", "encoder-decoder", "gguf"])
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder, or the file, of a model of bytes with random weights."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "gguf":
        return write_gguf(folder / "tiny.gguf")
    torch.manual_seed(0)
    ids = {"vocab_size": 384, "pad_token_id": 0, "eos_token_id": 1}
    if request.param == "causal":
        config = transformers.GPT2Config(n_embd=32, n_layer=2, n_head=2, n_positions=256, bos_token_id=1, **ids)
        model = transformers.GPT2LMHeadModel(config)
    else:
        config = transformers.T5Config(d_model=32, d_ff=32, num_layers=1, num_heads=2, decoder_start_token_id=0, **ids)
        model = transformers.T5ForConditionalGeneration(config)
    model.save_pretrained(folder)
    transformers.ByT5Tokenizer().save_pretrained(folder)
    return folder


def write_gguf(path: Path, width: int = 32) -> Path:
    """Write a llama of one block in the format of llama.cpp."""
    gguf = pytest.importorskip("gguf")
    signs = import_module("transformers.convert_slow_tokenizer").bytes_to_unicode().values()
    tokens = ["<|end|>", *signs, "an"]
    shapes = {"token_embd": (len(tokens), width), "output": (len(tokens), width), "output_norm": (width,)}
    shapes |= {f"blk.0.attn_{name}": (width, width) for name in ("q", "k", "v", "output")}
    shapes |= {f"blk.0.ffn_{name}": (width, width) for name in ("gate", "up", "down")}
    shapes |= {f"blk.0.{name}_norm": (width,) for name in ("attn", "ffn")}
    file, draw = gguf.GGUFWriter(path, "llama"), np.random.default_rng(0)
    for name, number in {"context_length": 256, "embedding_length": width, "feed_forward_length": width,
                         "block_count": 1, "head_count": 2, "head_count_kv": 2, "rope_dimension_count": width // 2,
                         "layer_norm_rms_eps": 1e-5, "vocab_size": len(tokens),
                         "bos_token_id": 0, "eos_token_id": 0}.items():  # fmt: skip
        getattr(file, f"add_{name}")(number)
    file.add_tokenizer_model("gpt2")
    file.add_token_list(tokens)
    file.add_token_merges(["a n"])
    for name, shape in shapes.items():
        file.add_tensor(f"{name}.weight", draw.normal(size=shape).astype(np.float32))
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
    return path


@contextmanager
def caller(checkpoint: Path, folder: Path) -> Iterator[Caller]:
    with Journal(folder / "j") as journal, Caller(Transformers(str(checkpoint)), journal) as made:
        yield made


def asked(texts: Sequence[str], **how: Any) -> list[Request]:
    seed = how.pop("seed", 0)
    decoding = Decoding(max_tokens=6, more={"min_new_tokens": 6}, **how)
    return [Request(messages=(Message("user", text),), decoding=decoding, seed=seed) for text in texts]


def test_what_else_is_asked_does_not_matter(checkpoint: Path, tmp_path: Path) -> None:
    questions = asked(["Kí ni?", "ስም", "a longer question than the others"])
    with caller(checkpoint, tmp_path / "together") as one, caller(checkpoint, tmp_path / "alone") as other:
        together = one.ask(questions)
        assert together == [other.ask([question])[0] for question in questions]
    assert [answer.usage.completion for answer in together if answer] == [6, 6, 6]
    assert {answer.finish for answer in together if answer} == {"length"}


def test_a_seed_repeats_a_sample(checkpoint: Path, tmp_path: Path) -> None:
    def sample(seed: int, name: str) -> Answer | None:
        with caller(checkpoint, tmp_path / name) as made:
            return made.ask(asked(["a"], temperature=1.0, seed=seed))[0]

    assert sample(1, "first") == sample(1, "second") != sample(2, "third")


def test_a_checkpoint_that_is_not_there_is_said(tmp_path: Path) -> None:
    with caller(tmp_path / "nothing", tmp_path) as made, pytest.raises(UserError, match="no such checkpoint"):
        made.ask(asked(["a"]))
