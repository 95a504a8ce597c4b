"""What a training recipe says, checked; and the recipes that are known by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from aya.errors import unknown
from aya.stage import Settings

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "aya-101": {
            "model": "google/mt5-xxl",
            "mixture": {"preset": "aya-translation-heavy", "total": 25_000_000},
            "optimiser": {"name": "adafactor", "rate": 3e-4},
            "steps": 30_000,
            "rows": 256,
            "rows_at_once": 1,
            "inputs": 1024,
            "targets": 1024,
            "dropout": 0.1,
            "precision": "bfloat16",
            "recompute": True,
            "checkpoint_every": 5_000,
        },
        "tiny": {
            "model": {"new": "tiny-mt5", "vocabulary": 2_000},
            "optimiser": {"name": "adafactor", "rate": 0.02},
            "steps": 60,
            "rows": 8,
            "rows_at_once": 4,
            "inputs": 128,
            "targets": 128,
            "dropout": 0.0,
            "checkpoint_every": 20,
            "held_out": 0.05,
        },
    }
)
"""`aya-101` is the paper's (Üstün et al. 2024, section 3.1; dropout and checkpoints: T5X); `tiny` is for trying."""


class NewModel(Settings):
    """A model with random weights, instead of one that was trained before."""

    new: str = Field(description="a shape: tiny-mt5, mini-mt5, tiny-causal")
    vocabulary: int | None = Field(
        default=None, ge=300, description="pieces of a vocabulary that is learned from the mixture"
    )
    tokens: str | None = Field(default=None, description="folder or name of a model whose vocabulary is taken instead")
    sizes: dict[str, int] = Field(default={}, description="settings of the network's configuration")

    @model_validator(mode="after")
    def _has_one_vocabulary(self) -> "NewModel":
        if (self.vocabulary is None) == (self.tokens is None):
            raise ValueError("a new model has either `vocabulary` or `tokens`")
        return self


class OptimiserSettings(Settings):
    """What makes a step of a gradient."""

    name: Literal["adafactor", "adamw"] = Field(default="adafactor", description="Adafactor is T5X's")
    rate: float = Field(default=3e-4, gt=0, description="learning rate; constant after the warm-up")
    warmup: int = Field(default=0, ge=0, description="steps over which the rate rises from 0")
    decay: Literal["constant", "linear"] = Field(default="constant", description="linear: to 0 at the last step")
    weight_decay: float = Field(default=0.0, ge=0, description="of AdamW")
    clip: float | None = Field(default=None, gt=0, description="largest norm of a gradient; none as in T5X")

    def rate_at(self, step: int, steps: int) -> float:
        """Return the learning rate of a step (from 1)."""
        rising = min(1.0, step / self.warmup) if self.warmup else 1.0
        falling = 1.0 if self.decay == "constant" else (steps - step + 1) / max(1, steps - self.warmup + 1)
        return self.rate * min(rising, falling)


class Training(Settings):
    """A training recipe: data, model and how one is trained on the other."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$", description="of the model; lower case, digits, - _ .")
    preset: str | None = Field(default=None, description="aya-101 or tiny; what the recipe says goes before it")
    seed: int = Field(default=0, ge=0, description="of every random choice")
    data: str | tuple[str, ...] = Field(
        default=(), description="versions to train on: a store, a store@version, a folder, a release org/name@tag"
    )
    mixture: dict[str, Any] | None = Field(
        default=None,
        description="weights of the sources, as in a recipe for a collection; the version's own if left out",
    )
    model: NewModel | str = Field(description="a folder, a name on the Hub, or a new one")
    revision: str | None = Field(default=None, description="commit of a model on the Hub")
    optimiser: OptimiserSettings = OptimiserSettings()
    steps: int = Field(ge=1)
    rows: int = Field(default=256, ge=1, description="packed rows of a step, over all processes")
    rows_at_once: int = Field(default=8, ge=1, description="that go through a model together; gradients add up")
    pool: int | None = Field(default=None, ge=1, description="open rows that an example may go into; all if left out")
    inputs: int = Field(default=1024, ge=8, description="tokens of a prompt, and of all prompts of a row")
    targets: int = Field(default=1024, ge=8, description="tokens of a completion, and of all completions of a row")
    dropout: float | None = Field(default=None, ge=0, lt=1, description="the model's own if left out")
    precision: Literal["float32", "bfloat16"] = Field(default="float32", description="of products; weights are float32")
    recompute: bool = Field(default=False, description="compute activations again instead of keeping them")
    held_out: float = Field(default=0.0, ge=0, lt=1, description="share of the rows that is never trained on")
    validate_every: int | None = Field(default=None, ge=1, description="steps; at checkpoints if left out")
    validation_rows: int = Field(default=200, ge=1, description="held-out rows that the loss is computed on")
    checkpoint_every: int = Field(default=1_000, ge=1, description="steps")
    keep: int = Field(default=2, ge=1, description="checkpoints")
    workers: int = Field(default=0, ge=0, description="processes that read and cut texts; 0 does it in between")

    @model_validator(mode="before")
    @classmethod
    def _of_preset(cls, said: Any) -> Any:
        name = said.get("preset") if isinstance(said, dict) else None
        if not isinstance(name, str) or name not in PRESETS:
            return said
        return {**PRESETS[name], **said}

    @field_validator("preset")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name is not None and name not in PRESETS:
            raise ValueError(unknown("preset", name, PRESETS))
        return name

    @field_validator("data")
    @classmethod
    def _listed(cls, data: str | tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        return (data,) if isinstance(data, str) else data

    @model_validator(mode="after")
    def _divides(self) -> "Training":
        if self.rows % self.rows_at_once:
            raise ValueError(f"rows ({self.rows}) is no multiple of rows_at_once ({self.rows_at_once})")
        return self


OF_THE_RUN = frozenset({"steps", "checkpoint_every", "keep", "workers", "validate_every", "rows_at_once", "recompute"})
"""Settings that a run may be continued with others of: they change how long and how, not what is learned."""
