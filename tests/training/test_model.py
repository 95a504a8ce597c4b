import math
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

from aya.errors import UserError
from tests.training.draws import questions
from tests.workshop import QUESTIONS
from training.generate import GREEDY, Decoding, generate
from training.loop import train
from training.model import SEPARATOR, Model, load_model, new_model, prompts_of
from training.score import Scored, score
from training.settings import Training
from training.tokens import Tokens

PROMPTS = [str(row["q"]) for row in QUESTIONS]
ANSWERS = [str(row["a"]) for row in QUESTIONS]


def test_a_saved_model_is_the_same_here_and_in_plain_transformers(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path)
    again = load_model(str(tmp_path), device="cpu")
    plain = {"encoder-decoder": AutoModelForSeq2SeqLM, "causal": AutoModelForCausalLM}[model.kind]
    for network in (again.network, plain.from_pretrained(tmp_path)):
        assert all(
            torch.equal(weight, network.state_dict()[name]) for name, weight in model.network.state_dict().items()
        )
    assert again.tokens.encode(PROMPTS) == model.tokens.encode(PROMPTS)


def test_a_new_model_finds_every_token_about_as_likely(model: Model) -> None:
    uniform = -math.log(len(model.tokens))
    for (scored,) in score(model, PROMPTS, [[answer] for answer in ANSWERS], end=True):
        assert abs(scored.log_likelihood / scored.tokens - uniform) < 1


def test_a_score_does_not_depend_on_what_is_scored_beside_it(model: Model) -> None:
    choices = [ANSWERS, ANSWERS[:1], [], ["", "北京"]]
    together = score(model, PROMPTS[:4], choices)
    alone = [
        [score(model, [prompt], [[text]], budget=1)[0][0] for text in texts]
        for prompt, texts in zip(PROMPTS, choices, strict=False)
    ]
    for row, other in zip(together, alone, strict=True):
        for scored, expected in zip(row, other, strict=True):
            assert scored.log_likelihood == pytest.approx(expected.log_likelihood, abs=1e-4)
            assert scored.tokens == expected.tokens
    assert together[3][0] == Scored(0.0, 0)


def test_the_end_of_a_choice_counts_only_if_asked_for(model: Model) -> None:
    ((without,),) = score(model, PROMPTS[:1], [["a"]])
    ((with_end,),) = score(model, PROMPTS[:1], [["a"]], end=True)
    assert with_end.tokens == without.tokens + 1
    assert with_end.log_likelihood < without.log_likelihood


@pytest.mark.parametrize("decoding", [GREEDY, Decoding(), Decoding(sample=False, beams=2)])
def test_the_same_prompts_get_the_same_completions(model: Model, decoding: Decoding) -> None:
    decoding = decoding.model_copy(update={"most": 5})
    before = torch.random.get_rng_state()
    first = generate(model, PROMPTS, decoding)
    assert generate(model, PROMPTS, decoding) == first
    assert torch.equal(torch.random.get_rng_state(), before)  # whose generator it is not
    assert len(first) == len(PROMPTS)


def test_greedy_completions_do_not_depend_on_the_batch(model: Model) -> None:
    few = Decoding(sample=False, most=5)
    assert generate(model, PROMPTS, few, budget=1) == generate(model, PROMPTS, few)


def test_other_names_are_refused(tokens: Tokens, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no shape 'tiny-mt6'; did you mean 'tiny-mt5'"):
        new_model("tiny-mt6", tokens)
    with pytest.raises(UserError, match="no model '"):
        load_model(str(tmp_path / "nothing"))


def test_a_head_of_its_own_as_mt5_has_it_stays_its_own(tokens: Tokens, tmp_path: Path) -> None:
    made = new_model("tiny-mt5", tokens, device="cpu", d_model=32)
    head = torch.nn.Parameter(torch.randn_like(made.network.lm_head.weight) / 32)
    made.network.lm_head.weight = head
    made.save(tmp_path / "untied")
    model = load_model(str(tmp_path / "untied"), device="cpu")
    names = [name for name, _ in model.network.named_parameters()]
    assert {"shared.weight", "lm_head.weight"} <= set(names)
    before = model.network.lm_head.weight.detach().clone(), model.network.shared.weight.detach().clone()
    assert torch.equal(before[0], head)
    plan = Training(name="x", data=("none",), model="none", steps=1, rows=4, rows_at_once=4, inputs=64, targets=64)
    train(plan, model, questions(60), tmp_path / "run")
    model.save(tmp_path / "trained")
    again = load_model(str(tmp_path / "trained"), device="cpu").network
    assert not torch.equal(again.lm_head.weight, before[0])
    assert not torch.equal(again.shared.weight, before[1])
    assert torch.equal(again.lm_head.weight, model.network.lm_head.weight)
    assert torch.equal(again.shared.weight, model.network.shared.weight)


def test_a_causal_model_may_go_on_with_the_text_itself(model: Model) -> None:
    (asked,), (gone_on,) = prompts_of(model, ["ጤና"]), prompts_of(model, ["ጤና"], between="")
    (bridge,) = model.tokens.encode([SEPARATOR], end=False)
    assert asked == ([*gone_on, *bridge] if model.kind == "causal" else gone_on)
    ((plain,),) = score(model, ["a"], [["b"]], between="")
    ((apart,),) = score(model, ["a"], [["b"]])
    assert (plain.log_likelihood == apart.log_likelihood) == (model.kind == "encoder-decoder")
