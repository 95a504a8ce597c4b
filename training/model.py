"""A model and its tokens, opened from a folder or the Hub, or made new from a named shape."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from aya.errors import UserError, needs, unknown
from training.checkpoint_names import check_checkpoint
from training.tokens import Tokens, load_tokens

with needs("training"):
    import torch
    import transformers

Kind = Literal["encoder-decoder", "causal"]

SEPARATOR = "\n"
"""Between prompt and completion of a causal model; an encoder-decoder has them on two sides."""

T5_FAMILY = frozenset({"t5", "mt5", "umt5"})

SHAPES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "tiny-mt5": {"d_model": 64, "d_kv": 16, "num_heads": 4, "d_ff": 128, "num_layers": 2},
        "mini-mt5": {"d_model": 192, "d_kv": 32, "num_heads": 6, "d_ff": 512, "num_layers": 4},
        "tiny-causal": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4},
    }
)
"""Models that are made new, for trying recipes and for tests; the rest is as in mT5 and Llama."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A network of transformers with its tokens; `name` is how it was asked for."""

    name: str
    network: Any
    tokens: Tokens

    @property
    def kind(self) -> Kind:
        """Whether prompts go into an encoder or stand before the completion."""
        return "encoder-decoder" if self.network.config.is_encoder_decoder else "causal"

    @property
    def start(self) -> int:
        """The token that a decoder starts a completion with."""
        return int(self.network.config.decoder_start_token_id)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        found: torch.device = self.network.device
        return found

    def save(self, folder: Path) -> None:
        """Write the folder that plain transformers loads."""
        self.network.save_pretrained(folder)
        self.tokens.save(folder)


def load_model(
    name: str, *, revision: str | None = None, dtype: torch.dtype = torch.float32, device: str | None = None
) -> Model:
    """Open a model by its folder or its name on the Hub; `device` is the accelerator if there is one, unless named.

    Raises: UserError if there is none, or of a kind that can not be trained here.
    """
    check_checkpoint(name, revision=revision)
    tokens = load_tokens(name, revision=revision)
    try:
        config: Any = transformers.AutoConfig.from_pretrained(name, revision=revision)
        loader: Any = (
            transformers.AutoModelForSeq2SeqLM if config.is_encoder_decoder else transformers.AutoModelForCausalLM
        )
        network = loader.from_pretrained(name, revision=revision, dtype=dtype, attn_implementation="sdpa")
    except (OSError, ValueError) as error:
        raise UserError(f"no model '{name}': {str(error).splitlines()[0]}") from error
    _check(config, tokens, name)
    return Model(name=name, network=network.to(device or default_device()).eval(), tokens=tokens)


def new_model(shape: str, tokens: Tokens, *, seed: int = 0, device: str | None = None, **changes: Any) -> Model:
    """Make a model of a named shape with random weights; `changes` are settings of its configuration.

    Raises: UserError if there is no such shape.
    """
    if shape not in SHAPES:
        raise UserError(unknown("shape", shape, SHAPES))
    sizes = {**SHAPES[shape], "vocab_size": len(tokens), **changes}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = _causal(sizes, tokens) if shape.endswith("causal") else _mt5(sizes, tokens)
    return Model(name=shape, network=network.to(device or default_device()).eval(), tokens=tokens)


def default_device() -> str:
    """Return the accelerator if there is one, else the processor."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def _mt5(sizes: Mapping[str, Any], tokens: Tokens) -> Any:
    special = {"pad_token_id": tokens.pad, "eos_token_id": tokens.end, "decoder_start_token_id": tokens.pad}
    network = transformers.MT5ForConditionalGeneration(transformers.MT5Config(**{**special, **sizes}))
    # transformers ties mT5's embeddings to its output; with mT5's deviation of 1 the first loss would be above 30.
    with torch.no_grad():
        network.shared.weight.mul_(network.config.d_model**-0.5)
    return network


def _causal(sizes: Mapping[str, Any], tokens: Tokens) -> Any:
    special = {"pad_token_id": tokens.pad, "eos_token_id": tokens.end, "bos_token_id": None}
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**{**special, **sizes}))


def _check(config: Any, tokens: Tokens, name: str) -> None:
    if config.is_encoder_decoder and config.model_type not in T5_FAMILY:
        known = ", ".join(sorted(T5_FAMILY))
        raise UserError(
            f"'{name}' is a {config.model_type}; of encoder-decoders only {known} are known to pack exactly"
        )
    if len(tokens) > config.vocab_size:
        raise UserError(f"'{name}' has {config.vocab_size:,} embeddings, too few for its {len(tokens):,} tokens")


def prompts_of(
    model: Model, texts: Iterable[str], *, most: int | None = None, between: str = SEPARATOR
) -> list[list[int]]:
    """Return the tokens of prompts as the model meets them before a completion.

    `between` stands between the prompt and completion of a causal model; nothing, where it is to go on with a text.
    """
    texts = list(texts)
    if model.kind == "encoder-decoder":
        return model.tokens.encode(texts, most=most)
    first = [] if model.tokens.begin is None else [model.tokens.begin]
    (bridge,) = model.tokens.encode([between], end=False)
    room = None if most is None else max(0, most - len(first) - len(bridge))
    return [[*first, *row, *bridge] for row in model.tokens.encode(texts, most=room, end=False)]
