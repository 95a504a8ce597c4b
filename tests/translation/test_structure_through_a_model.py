"""Structure through the real engine with a model that answers anything: nothing of it may depend on the model."""

from functools import cached_property
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.translation.conftest import CODES
from translation.checkpoint import Decoding
from translation.locales import locale
from translation.nllb import Transformers
from translation.protection import spans
from translation.structure import parts
from translation.translate import Pair, translate_pairs

BLOCKS = [
    "# How it works {name}",
    "Run `pip install aya`, then open https://aya.org/x?y=1&z=[2] or write to ann@example.org.",
    '```python\nfor word in [1, 2]:\n    print(f"{word}")  # a comment\n```',
    "- first: %(count)d of {{ total }}\n- with **bold** and <b>tags</b>\n  1. nested 😀 👍🏽\n  2. again ${HOME}",
    "| Name | Age |\n|---|:-:|\n| Ann `x` | 7 |",
    "If $2x = 4$, then $\\frac{1}{x}$ is half.\n\n$$\n\\sum_{i=0}^n i^2\n$$\n\n\\[a^2 + b^2\\]",
    "مرحبا يا {name}، افتح https://aya.org/ar الآن.\n\n- واحد\n- اثنان `f(x)`",
    "שלום %s, ראה [קישור](http://a.b/c) כאן.",
    "> He said: do it.\n>> No ___ at all &amp; more.\n\n---\n\nDone\tat\tlast ☃ ꙮ.",
    "    indented = code\n    more()",
    "1. One\n2) Two\n(c) Three\n१. चार\n٥. خمسة\n四、五",
]
DOCUMENT = "\n\n".join([*BLOCKS * 7, "a sentence without an end " * 30])


class Lettered(Transformers):
    """Says letters alone, so that nothing it says looks like form."""

    def change(self, places: torch.Tensor, step: int, scores: torch.Tensor) -> torch.Tensor:
        return scores.masked_fill(self.silent, float("-inf"))

    @cached_property
    def silent(self) -> torch.Tensor:
        tokens = self.checkpoint.tokenizer.convert_ids_to_tokens(list(range(len(self.checkpoint.tokenizer))))
        return torch.tensor([not token.removeprefix("▁").isalpha() and token != "</s>" for token in tokens])


@pytest.fixture(scope="module")
def engine(random_model: Path) -> Lettered:
    return Lettered(str(random_model), dtype="float32", decoding=Decoding(ratio=0.3, extra=3))


def protected(text: str) -> list[str]:
    """Return in order what a translation must leave as it is: form between prose, and spans inside it."""
    found = []
    for part in parts(text):
        inside = [part.text[start:end] for start, end in spans(part.text)] if part.prose else [part.text]
        found += [one.strip() for one in inside if one.strip()]
    return found


def translated(text: str, code: str, engine: Transformers) -> str:
    (made,) = translate_pairs([Pair(text, "")], engine, source=locale("eng"), target=locale(code), memory={})
    return made.inputs or ""


@pytest.mark.parametrize("code", CODES)
def test_a_long_document_comes_through_with_its_structure(code: str, engine: Lettered) -> None:
    assert len(DOCUMENT) > 5_000
    made = translated(DOCUMENT, code, engine)
    assert protected(made) == protected(DOCUMENT)
    assert made.count("\n") == DOCUMENT.count("\n")
    assert made != DOCUMENT


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(blocks=st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=4), code=st.sampled_from(CODES))
def test_any_order_of_blocks_comes_through(blocks: list[str], code: str, engine: Lettered) -> None:
    text = "\n\n".join(blocks)
    made = translated(text, code, engine)
    assert protected(made) == protected(text)
    assert made.count("\n") == text.count("\n")
